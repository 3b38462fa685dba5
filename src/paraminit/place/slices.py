"""From an N-D slice of a tensor to runs of flat indices."""

from __future__ import annotations

import math
import operator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["Part", "part"]


class Part(NamedTuple):
    """A box inside a tensor: from ``starts`` on, ``lengths`` elements in each dimension.

    Attributes:
        of: shape of the complete tensor.
        shape: of the part as indexing gives it, without the dimensions that an int selected.
    """

    of: tuple[int, ...]
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        """One slice for each dimension of the complete tensor."""
        return tuple(slice(a, a + n) for a, n in zip(self.starts, self.lengths, strict=True))

    @property
    def contiguous(self) -> bool:
        """Whether its elements have successive flat indices."""
        return all(length == 1 for length in self.lengths[: self._inner])

    @property
    def _inner(self) -> int:
        """The dimension from which on a piece of it is contiguous."""
        inner = len(self.of)  # the first of the trailing dimensions that are taken in full
        while inner and self.lengths[inner - 1] == self.of[inner - 1]:
            inner -= 1
        return max(inner - 1, 0)  # a piece of one more dimension is still contiguous

    def runs(self) -> npt.NDArray[np.int64]:
        """(start, length) of the contiguous runs of row-major flat indices, shape (runs, 2), in order.

        Example:
            >>> part((3, 4), (slice(1, 3), slice(2, 4))).runs()
            array([[ 6,  2],
                   [10,  2]])
        """
        if not math.prod(self.lengths):
            return np.zeros((0, 2), np.int64)
        inner = self._inner
        starts = np.zeros(1, np.int64)
        for axis, (start, length) in enumerate(zip(self.starts, self.lengths, strict=True)):
            stride = math.prod(self.of[axis + 1 :])
            steps = np.arange(length if axis < inner else 1, dtype=np.int64)
            starts = (starts[:, None] + (start + steps) * stride).reshape(-1)
        length = math.prod(self.lengths[inner:])
        return np.stack([starts, np.full_like(starts, length)], axis=1)


def part(shape: tuple[int, ...], index: object) -> Part:
    """The part of a tensor that an index selects, by NumPy's rules.

    Args:
        shape: of the complete tensor.
        index: an int, a slice of step 1, an Ellipsis, or a tuple of these.

    Raises:
        ArgumentTypeError: an array, a list, a bool, None or anything else.
        ArgumentValueError: too many indices, an int out of range, another step.

    Example:
        >>> part((5, 6), (-1, slice(2, None)))
        Part(of=(5, 6), starts=(4, 2), lengths=(1, 4), shape=(4,))
    """
    items = _complete(shape, index if isinstance(index, tuple) else (index,))
    starts, lengths, kept = [], [], []
    for axis, (size, item) in enumerate(zip(shape, items, strict=True)):
        start, length = _sliced(axis, size, item) if isinstance(item, slice) else (_at(axis, size, item), 1)
        starts.append(start)
        lengths.append(length)
        if isinstance(item, slice):
            kept.append(length)
    return Part(tuple(shape), tuple(starts), tuple(lengths), tuple(kept))


def _complete(shape: tuple[int, ...], items: tuple[object, ...]) -> tuple[object, ...]:
    """One item for each dimension."""
    dots = [n for n, item in enumerate(items) if item is Ellipsis]
    missing = len(shape) - (len(items) - len(dots))
    if len(dots) > 1 or missing < 0:
        raise ArgumentValueError(f"the index {items!r} does not fit a tensor of shape {shape}.")
    at = dots[0] if dots else len(items)
    return (*items[:at], *[slice(None)] * missing, *items[at + 1 :])


def _sliced(axis: int, size: int, item: slice) -> tuple[int, int]:
    try:
        start, stop, step = item.indices(size)
    except TypeError:
        raise ArgumentTypeError(f"a slice needs ints, got {item!r} for dimension {axis}.") from None
    if step != 1:
        raise ArgumentValueError(f"a slice must have step 1, got {item!r} for dimension {axis}.")
    return start, max(stop - start, 0)


def _at(axis: int, size: int, item: object) -> int:
    try:
        number = None if isinstance(item, bool | np.bool_) else operator.index(item)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None:
        raise ArgumentTypeError(f"an index must be an int or a slice, got {item!r} for dimension {axis}.")
    if not -size <= number < size:
        raise ArgumentValueError(f"the index {number} is out of range for dimension {axis} of size {size}.")
    return number % size
