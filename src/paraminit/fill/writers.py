"""Writers: for each kind of law the function that threads call to write a stretch of the output."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentTypeError
from paraminit.fill import reference
from paraminit.fill.batches import UNDECIDED, driver
from paraminit.fill.cast import cast_into, constant_word
from paraminit.fill.distributions import (
    Cleared,
    Constant,
    Distribution,
    Normal,
    Pattern,
    Precise,
    TruncatedNormal,
    Uniform,
)
from paraminit.fill.precise import arguments as precise_arguments
from paraminit.fill.transforms import (
    CENTERED_SIGMA,
    CenteredNormalArguments,
    NormalArguments,
    UniformArguments,
)
from paraminit.fill.truncated import TruncatedArguments

__all__ = ["Write", "writer"]

Ends = npt.NDArray[np.int64]
#: Writes elements of ``out`` from one position to another: (key, starts, ends, first, last, out, scratch).
Write = Callable[[int, Ends, Ends, int, int, npt.NDArray[Any], npt.NDArray[np.float32]], None]
_RANDOM = (Uniform, Normal, TruncatedNormal, Precise)


def writer(law: Distribution, dtype: np.dtype[Any]) -> Write:
    """The function that threads call."""
    if isinstance(law, _RANDOM):
        if dtype.kind in "iub":
            raise ArgumentTypeError(f"random values cannot be stored as {dtype.name}.")
        return _precise_writer(law, dtype) if isinstance(law, Precise) else _random_writer(law, dtype)
    if isinstance(law, Constant):
        word = constant_word(law.value, dtype)

        def constant(
            key: int, starts: Ends, ends: Ends, first: int, last: int, out: Any, scratch: Any
        ) -> None:
            out[first:last] = word[0]

        return constant
    if isinstance(law, Pattern):

        def pattern(
            key: int, starts: Ends, ends: Ends, first: int, last: int, out: Any, scratch: Any
        ) -> None:
            cast_into(law.function(_indices(starts, ends, first, last)), out[first:last])

        return pattern
    if isinstance(law, Cleared):
        return _clearing(law, writer(law.law, dtype))
    raise ArgumentTypeError(f"{type(law).__name__} has no parts that could be filled one by one.")


def _clearing(law: Cleared, write: Write) -> Write:
    def cleared(key: int, starts: Ends, ends: Ends, first: int, last: int, out: Any, scratch: Any) -> None:
        write(key, starts, ends, first, last, out, scratch)
        one, other = int(np.searchsorted(ends, first, side="right")), int(np.searchsorted(ends, last)) + 1
        begins = np.append(ends[one - 1] if one else 0, ends[one : other - 1])
        shifts = begins - starts[one:other]  # from flat index to position
        lows = np.maximum(np.maximum(begins, law.start + shifts), first)
        highs = np.minimum(np.minimum(ends[one:other], law.stop + shifts), last)
        for run in np.flatnonzero(lows < highs).tolist():
            out[lows[run] : highs[run]] = 0

    return cleared


@lru_cache
def _precise_writer(law: Precise, dtype: np.dtype[Any]) -> Write:
    arguments, nothing = precise_arguments(law, dtype), np.empty((UNDECIDED, 3), np.int64)
    direct = dtype == np.float64
    drive, arguments = driver(arguments), tuple(arguments)

    def precise(key: int, starts: Ends, ends: Ends, first: int, last: int, out: Any, scratch: Any) -> None:
        values = out[first:last] if direct else np.empty(last - first)
        drive(arguments, np.uint64(key), starts, ends, first, last, values, nothing)
        if not direct:
            cast_into(values, out[first:last])

    return precise


@lru_cache  # a network's layers share few laws
def _random_writer(law: Uniform | Normal | TruncatedNormal, dtype: np.dtype[Any]) -> Write:
    arguments, direct = _arguments(law), dtype == np.float32
    drive, arguments = driver(arguments), tuple(arguments)

    def random(key: int, starts: Ends, ends: Ends, first: int, last: int, out: Any, scratch: Any) -> None:
        word, position = np.uint64(key), first
        values = rest = out[first:last] if direct else scratch[: last - first]
        undecided = np.empty((min(last - first, UNDECIDED), 3), np.int64)
        while position < last:
            position, count = drive(arguments, word, starts, ends, position, last, rest, undecided)
            if position < last:
                rest = values[position - first :]
            for block, begin, end in undecided[:count].tolist() if count else ():  # the definition decides
                index = _indices(starts, ends, begin, end)
                doubtful = np.flatnonzero(index >> 2 == block)
                values[begin - first + doubtful] = reference.elements(law, key, index[doubtful])
        if not direct:
            cast_into(values, out[first:last])

    return random


def _arguments(law: Uniform | Normal | TruncatedNormal) -> tuple[float, ...]:
    """A transform's arguments, the law's rounded to float32 as the definition says."""
    single = [float(np.float32(v)) for v in vars(law).values()]
    if isinstance(law, Uniform):
        low, high = single
        return UniformArguments(low, high - low)
    if isinstance(law, Normal):
        mean, sigma = single
        if mean == 0 and sigma >= CENTERED_SIGMA:
            return CenteredNormalArguments(sigma)
        return NormalArguments(mean, sigma)
    low, high, mean, sigma = single
    p, q = (reference.cumulative(x, mean, sigma) for x in (low, high))
    return TruncatedArguments(p, q - p, mean, sigma)


def _indices(
    starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], first: int, last: int
) -> npt.NDArray[np.int64]:
    """Flat indices of the elements at positions ``first`` to ``last`` of the runs."""
    position = np.arange(first, last, dtype=np.int64)
    run = np.searchsorted(ends, position, side="right")
    shift = starts - np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    position += shift[run]
    return position
