"""Which part of a parameter a process, and therefore its file, holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from paraminit.errors import ArgumentTypeError
from paraminit.place.shards import shares

__all__ = ["Held", "held_by", "mark", "part_of"]

_Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Held:
    """A part of a parameter: one block of it, or several side by side, as they lie in memory.

    Attributes:
        of: shape of the complete parameter.
        blocks: (starts, lengths) of each.
    """

    of: _Sizes
    blocks: tuple[tuple[_Sizes, _Sizes], ...]

    def written(self) -> list[Any]:
        """As JSON has it."""
        return [self.of, self.blocks]

    @classmethod
    def read(cls, written: Any) -> Held:
        """The inverse of :meth:`written`.

        Raises:
            TypeError: it is something else.
            ValueError: likewise.

        Example:
            >>> import json
            >>> part = Held((4, 3), (((2, 0), (2, 3)),))
            >>> Held.read(json.loads(json.dumps(part.written()))) == part
            True
        """
        of, blocks = written
        return cls(
            tuple(map(int, of)),
            tuple((tuple(map(int, starts)), tuple(map(int, lengths))) for starts, lengths in blocks),
        )


def held_by(name: str, tensor: Any) -> Held | None:
    """The part of a divided parameter that this process holds; None for all of it.

    Args:
        name: of the parameter, for messages.
        tensor: a DTensor.

    Raises:
        ArgumentTypeError: it is divided in a way that has no parts (Partial).
    """
    try:
        found = shares(tensor)
    except ValueError as error:
        raise ArgumentTypeError(f"{name!r} {error}; a checkpoint can hold no part of it.") from None
    if found is None:
        return None
    return Held(tuple(tensor.shape), tuple((share.part.starts, share.part.lengths) for share in found))


def part_of(tensor: torch.Tensor) -> Held | None:
    """Which part of a parameter was loaded from a file; None for all of it."""
    known: Held | None = vars(tensor).get("_held")
    return known


def mark(tensor: torch.Tensor, part: Held) -> None:
    """Note which part of a parameter was loaded."""
    vars(tensor)["_held"] = part
