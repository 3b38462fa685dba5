"""Plan: every parameter of a network by name, with the recipe of its values. No device, no memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from paraminit.describe.recipe import Recipe
from paraminit.errors import UnknownNameError

__all__ = ["Entry", "Plan"]


@dataclass(frozen=True)
class Entry:
    """What a plan says about one parameter.

    Attributes:
        shape: of the complete parameter, never of a shard.
        dtype: NumPy's (ml_dtypes for bfloat16 and float8).
        rule: which rule claimed it, as the rules print it, such as ``"*.bias"``.
        recipe: how its values are made; None to keep the values it has.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rule: str
    recipe: Recipe | None

    @property
    def nbytes(self) -> int:
        """Bytes of the complete parameter."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


class Plan(Mapping[str, Recipe]):
    """Recipes by parameter name, in the network's order.

    As a mapping it holds the parameters that will be filled; ``entries`` also those that are kept, and
    ``tied`` the further names of parameters that have more than one.

    Args:
        entries: by name, in the network's order.
        seed: from which the keys were made; None if they were drawn in order.
        tied: each further name of a parameter, to its first.
    """

    def __init__(
        self, entries: Mapping[str, Entry], seed: int | None, tied: Mapping[str, str] | None = None
    ) -> None:
        self.entries: Mapping[str, Entry] = MappingProxyType(dict(entries))
        self.seed = seed
        self.tied: Mapping[str, str] = MappingProxyType(dict(tied or {}))

    def __getitem__(self, name: str) -> Recipe:
        entry = self.entries.get(self.tied.get(name, name))
        if entry is None or entry.recipe is None:
            raise UnknownNameError("planned parameter", name, list(self))
        return entry.recipe

    def __iter__(self) -> Iterator[str]:
        return (name for name, entry in self.entries.items() if entry.recipe is not None)

    def __len__(self) -> int:
        return sum(entry.recipe is not None for entry in self.entries.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all parameters, tied ones once."""
        return sum(entry.nbytes for entry in self.entries.values())
