"""Checks that the constructors of initializers share: numbers, at construction, by name."""

from __future__ import annotations

import math
import operator
from numbers import Real

import numpy as np

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["count", "finite", "nonnegative", "positive"]


def finite(owner: str, name: str, value: object) -> float:
    """``value`` as a finite real number.

    Raises:
        ArgumentTypeError: not a real number (a str, a bool, None).
        ArgumentValueError: NaN or infinite.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise ArgumentTypeError(
            f"{owner}: {name} must be a real number, got {value!r} of type {type(value).__name__}."
        )
    try:
        usable = math.isfinite(value)
    except OverflowError:  # an int beyond float64
        usable = False
    if not usable:
        raise ArgumentValueError(f"{owner}: {name} must be finite, got {value!r}.")
    return float(value)


def nonnegative(owner: str, name: str, value: object) -> float:
    """``value`` as a finite real number of 0 or more."""
    number = finite(owner, name, value)
    if number < 0:
        raise ArgumentValueError(f"{owner}: {name} must be 0 or more, got {value!r}.")
    return number


def positive(owner: str, name: str, value: object) -> float:
    """``value`` as a finite real number above 0."""
    number = finite(owner, name, value)
    if number <= 0:
        raise ArgumentValueError(f"{owner}: {name} must be positive, got {value!r}.")
    return number


def count(owner: str, name: str, value: object) -> int:
    """``value`` as an integer of 1 or more.

    Raises:
        ArgumentTypeError: not an integer (a float, a bool).
        ArgumentValueError: 0 or negative.
    """
    try:
        number = None if isinstance(value, bool | np.bool_) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None:
        raise ArgumentTypeError(
            f"{owner}: {name} must be an int, got {value!r} of type {type(value).__name__}."
        )
    if number < 1:
        raise ArgumentValueError(f"{owner}: {name} must be 1 or more, got {value!r}.")
    return number
