"""From float32 to the parameter's dtype, and which dtypes can hold which values."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.distributions import Cleared, Constant, Distribution, Precise, is_random

__all__ = ["cast_into", "check_dtype", "constant_word"]


_WIDE = (np.float64, np.complex128)


def _is_integer(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "iub"


def check_dtype(law: Distribution, dtype: np.dtype[Any], owner: object) -> None:
    """Make sure that values of this law can be stored in this dtype.

    Raises:
        ArgumentTypeError: random values into integers or booleans; a fraction or NaN into integers;
            a complex constant into anything but complex.
        ArgumentValueError: a constant, or values that a random law can take, beyond the dtype's range.
    """
    if isinstance(law, Cleared):
        check_dtype(law.law, dtype, owner)
        return
    if _is_integer(dtype) and is_random(law):
        raise ArgumentTypeError(
            f"{owner} makes random real numbers, which {dtype.name} cannot hold (they would all become "
            "0). Use a floating-point dtype, or a constant such as 'zeros'."
        )
    if isinstance(law, Constant):
        _check_constant(law.value, dtype, owner)
    elif is_random(law):
        _check_reach(law, dtype, owner)


def _check_reach(law: Distribution, dtype: np.dtype[Any], owner: object) -> None:
    reach: float | None = getattr(law, "reach", None)
    if reach is None:
        return
    limits = dtype if isinstance(law, Precise) else np.dtype(np.float32)  # which the others pass through
    if not all(np.isfinite(_converted(reach, kind)) for kind in (dtype, limits)):
        small = next(kind for kind in (dtype, limits) if not np.isfinite(_converted(reach, kind)))
        raise ArgumentValueError(
            f"{owner} makes values up to {reach:.6g}, beyond the range of {small.name}. "
            "Use a smaller spread or a dtype of wider range."
        )


def _check_constant(value: complex, dtype: np.dtype[Any], owner: object) -> None:
    if isinstance(value, complex):
        if dtype.kind != "c":
            raise ArgumentTypeError(f"{owner}: {value!r} is complex, {dtype.name} is not.")
        return
    if not _is_integer(dtype):
        if -1 <= value <= 1 or value != value or abs(value) == math.inf:
            return
        if not np.isfinite(_converted(value, dtype)):
            raise ArgumentValueError(f"{owner}: {value!r} is beyond the range of {dtype.name}.")
        return
    if not isinstance(value, int) and not value.is_integer():
        raise ArgumentTypeError(
            f"{owner}: {value!r} is no whole number, which {dtype.name} needs. "
            "Use a whole number or a floating-point dtype."
        )
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if not low <= value <= high:
        raise ArgumentValueError(f"{owner}: {value!r} is beyond the range of {dtype.name}, {low} to {high}.")


def _converted(value: complex, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if _is_integer(dtype):
        return np.array([int(value.real)]).astype(dtype)
    try:
        number = value if isinstance(value, complex) else float(value)
    except OverflowError:  # an int beyond float64
        number = math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array([number]).astype(dtype)


def constant_word(value: complex, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """The constant as an array of one element of the dtype."""
    return _converted(value, dtype)


def cast_into(values: npt.NDArray[np.floating[Any]], out: npt.NDArray[Any]) -> None:
    """Cast float32 or float64 values to the dtype of ``out``, to nearest even.

    float64 values reach float64, complex128 and integers as they are, and every other dtype by way of
    float32, as NumPy and ml_dtypes cast it.

    Example:
        >>> half = np.empty(1, ml_dtypes.bfloat16)
        >>> cast_into(np.array([1.00390625], np.float32), half)  # halfway between 1 and 1.0078125
        >>> half
        array([1], dtype=bfloat16)
    """
    if values.dtype == np.float64 and not (_is_integer(out.dtype) or out.dtype in _WIDE):
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)
    if out.dtype == ml_dtypes.bfloat16:
        from paraminit.fill.bfloat16 import round_to_bfloat16

        round_to_bfloat16(values.view(np.uint32), out.view(np.uint16))
        return
    with np.errstate(over="ignore"):  # beyond float16 is infinite, as in NumPy's cast
        out[...] = values
