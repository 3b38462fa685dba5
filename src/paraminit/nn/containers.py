"""SequentialCell and CellList: Cells that hold Cells in order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Self, overload

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError

__all__ = ["CellList", "SequentialCell"]


class _Ordered(Cell):
    """What both share: positions are names, ``"0"``, ``"1"``, ..., and stay so whatever is inserted. Names
    that an OrderedDict gave stay too."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[torch.nn.Module]:
        return iter(self._held())

    @overload
    def __getitem__(self, index: int) -> torch.nn.Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> torch.nn.Module | Self:
        if not isinstance(index, slice):
            return self._held()[self._position(index)]
        # The same Cells in a second list: their parameters keep the names of their first place. A subclass
        # may want other arguments than Cells, so a slice of it is the container it descends from.
        own: Any = type(self)
        kind: Any = next(cls for cls in own.__mro__ if cls.__module__ == __name__)
        part: Self = own() if own.__init__ is kind.__init__ else kind()
        part._modules.update(self._slice(index))
        part._pending = self._pending
        return part

    def __setitem__(self, index: int, cell: torch.nn.Module) -> None:
        setattr(self, list(self._modules)[self._position(index)], self._checked(cell))

    def __delitem__(self, index: int | slice) -> None:
        items = list(self._modules.items())
        del items[index if isinstance(index, slice) else self._position(index)]
        self._renumber(items)

    def append(self, cell: torch.nn.Module) -> Self:
        """Add a Cell at the end; return self."""
        return self.extend([cell])

    def insert(self, index: int, cell: torch.nn.Module) -> Self:
        """Put a Cell before position ``index``, from -len to len; return self.

        Raises:
            IndexError: beyond that.
        """
        items = list(self._modules.items())
        if isinstance(index, bool) or not isinstance(index, int):
            raise ArgumentTypeError(f"{self._kind}: an index must be an int, got {index!r}.")
        if not -len(items) <= index <= len(items):
            raise IndexError(f"{self._kind}: insert takes -{len(items)} to {len(items)}, got {index}.")
        items.insert(index, ("0", self._checked(cell)))
        self._renumber(items)
        return self

    def extend(self, cells: Iterable[torch.nn.Module]) -> Self:
        """Add Cells at the end; return self."""
        if isinstance(cells, torch.nn.Module) and not isinstance(cells, _Ordered):
            raise ArgumentTypeError(
                f"{self._kind}: extend takes a list of Cells, got {type(cells).__name__}."
            )
        try:
            added = [self._checked(cell) for cell in cells]
        except TypeError as error:
            if isinstance(error, ArgumentTypeError):
                raise
            raise ArgumentTypeError(f"{self._kind} takes a list of Cells, got {cells!r}.") from None
        for cell in added:
            number = len(self._modules)
            while str(number) in self._modules:
                number += 1
            self._set_child(str(number), cell)
        return self

    @property
    def _kind(self) -> str:
        return type(self).__name__

    def _held(self) -> list[torch.nn.Module]:
        return [cell for cell in self._modules.values() if cell is not None]

    def _checked(self, cell: object) -> torch.nn.Module:
        if not isinstance(cell, torch.nn.Module):
            raise ArgumentTypeError(f"{self._kind} holds Cells, got {cell!r} of type {type(cell).__name__}.")
        return cell

    def _position(self, index: object) -> int:
        if isinstance(index, bool) or not isinstance(index, int):
            raise ArgumentTypeError(f"{self._kind}: an index must be an int or a slice, got {index!r}.")
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self._kind} has {len(self)} cells, got index {index}.")
        return index % len(self)

    def _slice(self, part: slice) -> dict[str, Any]:
        """The Cells of a slice by the names that they have in it."""
        return {str(i): cell for i, cell in enumerate(self._held()[part])}

    def _renumber(self, items: list[tuple[str, Any]]) -> None:
        """Hold these Cells; a name that is a number becomes the position, others stay."""
        self._modules.clear()
        self._modules.update({str(i) if key.isdigit() else key: cell for i, (key, cell) in enumerate(items)})
        for key, cell in self._modules.items():
            if cell is not None:
                self._settle(key, cell)


class SequentialCell(_Ordered):
    """Cells one after the other: each is given what the one before returned.

    Args:
        *cells: the Cells; or one list of them; or one OrderedDict, name to Cell.

    Raises:
        ArgumentTypeError: anything else.

    Example:
        >>> from paraminit.nn import Dense, ReLU
        >>> net = SequentialCell(Dense(2, 3), ReLU())
        >>> net
        SequentialCell(
          (0): Dense(input_channels=2, output_channels=3, has_bias=True)
          (1): ReLU()
        )
        >>> [name for name, _ in net.parameters_and_names()]
        ['0.weight', '0.bias']
    """

    def __init__(self, *cells: Any) -> None:
        super().__init__()
        if len(cells) == 1 and isinstance(cells[0], OrderedDict):
            for name, cell in cells[0].items():
                self.insert_child_to_cell(name, self._checked(cell))
        elif len(cells) == 1 and isinstance(cells[0], list):
            self.extend(cells[0])
        else:
            self.extend(cells)

    @property
    def cell_list(self) -> list[torch.nn.Module]:
        """The Cells in order, in a list of its own."""
        return [*self]

    def _slice(self, part: slice) -> dict[str, Any]:
        return dict(list(self._modules.items())[part])  # as a state_dict of the whole names them

    def construct(self, x: Any) -> Any:
        for cell in self._modules.values():
            x = cell(x)  # type: ignore[misc]
        return x


class CellList(_Ordered):
    """A list of Cells, to be called one by one in some other Cell's ``construct``.

    Args:
        cells: list of Cells; default none.
        auto_prefix: as of Cell.

    Raises:
        ArgumentTypeError: anything else than a list (or other iterable) of Cells.

    Example:
        >>> from paraminit.nn import Dense
        >>> layers = CellList([Dense(2, 2)])
        >>> layers.append(Dense(2, 2, has_bias=False)).parameters_dict().keys()
        odict_keys(['0.weight', '0.bias', '1.weight'])
    """

    def __init__(self, cells: Iterable[torch.nn.Module] = (), auto_prefix: bool = True) -> None:
        if isinstance(auto_prefix, torch.nn.Module):
            raise ArgumentTypeError("CellList takes one list of Cells: CellList([a, b]).")
        super().__init__(auto_prefix)
        self.extend(cells)

    def __iadd__(self, cells: Iterable[torch.nn.Module]) -> Self:
        return self.extend(cells)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("a CellList cannot be called: call its Cells one by one.")
