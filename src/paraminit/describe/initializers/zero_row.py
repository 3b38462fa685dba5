"""ZeroRow: another initializer's values, one row of them zero, for the padding of an embedding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import as_initializer, register
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import distributions
from paraminit.fill.undivided import Undivided

__all__ = ["ZeroRow"]


@register("zero_row")
class ZeroRow(Initializer):
    """Another initializer's values, one row of them zero.

    Args:
        initializer: an Initializer, the name of one or a number.
        row: index into the first dimension, from the end if negative.

    Shape:
        one or more dimensions.

    Raises:
        ArgumentTypeError: row is no int, or initializer stands for none.
        ArgumentValueError: (when applied) there is no such row.

    Example:
        >>> a = np.empty((2, 3), np.float32)
        >>> ZeroRow("ones", 0)(a)
        >>> a
        array([[0., 0., 0.],
               [1., 1., 1.]], dtype=float32)
    """

    def __init__(self, initializer: Initializer | str | float, row: int) -> None:
        super().__init__()
        if isinstance(row, bool) or not isinstance(row, int | np.integer):
            raise ArgumentTypeError(f"ZeroRow: row must be an int, got {row!r}.")
        self.initializer, self.row = as_initializer(initializer), int(row)

    def check(
        self, shape: Sequence[int], dtype: npt.DTypeLike, fans: Fans | None = None
    ) -> distributions.Distribution:
        law = super().check(shape, dtype, fans)
        self.initializer.check(shape, dtype, fans)
        return law

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Distribution:
        law = self.initializer._law(tuple(shape), fans)
        if 0 in shape:
            return law  # no elements, no row
        if not len(shape) or not -shape[0] <= self.row < shape[0]:
            raise ArgumentValueError(f"ZeroRow: a tensor of shape {tuple(shape)} has no row {self.row}.")
        if isinstance(law, Undivided):
            return law  # write() clears the row
        width = math.prod(shape[1:])
        start = self.row % shape[0] * width
        if isinstance(law, distributions.Cleared):
            raise ArgumentValueError(f"ZeroRow: {self.initializer!r} clears a row already.")
        return distributions.Cleared(law, start, start + width, shape[0] * width)

    def write(self, array: npt.NDArray[Any], law: distributions.Distribution, key: int | None = None) -> None:
        inner = law.law if isinstance(law, distributions.Cleared) else law
        self.initializer.write(array, inner, super().own_key() if key is None else key)
        if array.size:
            array[self.row] = 0

    def own_key(self) -> int | None:
        return self.initializer.own_key() if self.seed is None else super().own_key()
