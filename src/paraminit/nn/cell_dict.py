"""CellDict: a Cell that holds Cells by name."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError

__all__ = ["CellDict"]


class CellDict(Cell):
    """Cells by name, to be called one by one in some other Cell's ``construct``.

    Args:
        cells: a dict, another CellDict, or (name, Cell) pairs; default none.
        auto_prefix: as of Cell.

    Raises:
        ArgumentTypeError: anything else; a name that is no str, a value that is no Cell.
        ArgumentValueError: an item that is no pair.
        ParameterNameError: a name that is empty, holds a dot, or is an attribute of every Cell.

    Example:
        >>> from paraminit.nn import Dense, ReLU
        >>> blocks = CellDict({"proj": Dense(2, 2, has_bias=False), "act": ReLU()})
        >>> list(blocks), blocks["proj"].weight.name
        (['proj', 'act'], 'proj.weight')
    """

    def __init__(self, cells: Any = (), auto_prefix: bool = True) -> None:
        super().__init__(auto_prefix)
        self.update(cells)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def __getitem__(self, key: str) -> torch.nn.Module | None:
        self._check_present(key)
        return self._modules[key]

    def __setitem__(self, key: str, cell: torch.nn.Module) -> None:
        self._check(key, cell)
        setattr(self, key, cell)

    def __delitem__(self, key: str) -> None:
        self._check_present(key)
        delattr(self, key)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> ValuesView[torch.nn.Module | None]:
        """The Cells."""
        return self._modules.values()

    def items(self) -> ItemsView[str, torch.nn.Module | None]:
        """(name, Cell) pairs."""
        return self._modules.items()

    def pop(self, key: str) -> torch.nn.Module | None:
        """Take a Cell out and return it.

        Raises:
            KeyError: no Cell of this name.
        """
        cell = self[key]
        del self[key]
        return cell

    def clear(self) -> None:
        """Take out all Cells."""
        self._modules.clear()

    def update(self, cells: Mapping[str, torch.nn.Module] | Iterable[Any]) -> None:
        """Add Cells, or replace those of the same names. All are checked before the first is added."""
        if isinstance(cells, Mapping | CellDict):
            pairs = list(cells.items())
        else:
            pairs = [self._pair(item) for item in self._iterated(cells)]
        for key, cell in pairs:
            self._check(key, cell)
        for key, cell in pairs:
            setattr(self, key, cell)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("a CellDict cannot be called: call its Cells one by one.")

    def _iterated(self, cells: Any) -> list[Any]:
        if isinstance(cells, torch.nn.Module) or not isinstance(cells, Iterable):
            raise ArgumentTypeError(f"CellDict takes a dict or (name, Cell) pairs, got {cells!r}.")
        return list(cells)

    def _pair(self, item: Any) -> tuple[Any, Any]:
        if isinstance(item, torch.nn.Module) or not isinstance(item, Iterable):
            raise ArgumentTypeError(f"CellDict takes (name, Cell) pairs, got {item!r}.")
        pair = tuple(item)
        if len(pair) != 2:
            raise ArgumentValueError(f"CellDict takes (name, Cell) pairs, got {item!r} of {len(pair)} items.")
        return pair

    def _check(self, key: object, cell: object) -> None:
        if not isinstance(key, str):
            raise ArgumentTypeError(f"CellDict: a name must be a str, got {key!r}.")
        if not isinstance(cell, torch.nn.Module):
            raise ArgumentTypeError(f"CellDict holds Cells, got {cell!r} of type {type(cell).__name__}.")
        if not key or "." in key:
            raise ParameterNameError(f"CellDict: a name must not be empty or hold a dot, got {key!r}.")
        if key not in self._modules and hasattr(self, key):
            raise ParameterNameError(
                f"CellDict: {key!r} is an attribute of the CellDict itself. Choose another name."
            )

    def _check_present(self, key: object) -> None:
        if key not in self._modules:
            raise KeyError(
                f"CellDict holds {', '.join(map(repr, self._modules)) or 'no Cells'}, not {key!r}."
            )
