"""Entry: what a plan says about one parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from paraminit.describe.initializers.fans import Fans
from paraminit.describe.recipe import Recipe

__all__ = ["Entry"]


@dataclass(frozen=True)
class Entry:
    """What a plan says about one parameter.

    Attributes:
        shape: of the complete parameter, never of a shard.
        dtype: NumPy's (ml_dtypes for bfloat16 and float8).
        rule: which rule claimed it, as the rules print it, such as ``"*.bias"``; ``"default"`` if none
            did, ``"declared"`` for a layer's own declaration, ``"given"`` if its values were given.
        recipe: how its values are made; None to keep the values it has.
        layer: the class of the layer that decides what it means. Equal entries may differ in it:
            ``fully_shard`` gives a layer another class.
        fans: fan_in and fan_out; None for a bias, a scale or the like.
        why: how the fans come about, if not simply from the shape.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rule: str
    recipe: Recipe | None
    layer: str = field(default="", compare=False)
    fans: Fans | None = None
    why: str = ""

    @property
    def size(self) -> int:
        """Elements of the complete parameter."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the complete parameter."""
        return self.size * self.dtype.itemsize
