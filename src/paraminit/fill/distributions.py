"""What numbers a parameter is to hold: the values that describe hands to fill.

Each is a frozen value with the mean and standard deviation (std) it promises. Arguments are float64
here; the random fills round them to float32 first, as MindSpore does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = [
    "Constant",
    "Distribution",
    "Keyed",
    "Normal",
    "Pattern",
    "TruncatedNormal",
    "Uniform",
    "Whole",
    "is_random",
]


_LARGEST = float(np.finfo(np.float32).max)


def _finite(owner: str, **values: float) -> None:
    for name, value in values.items():
        if -_LARGEST <= value <= _LARGEST:
            continue
        if math.isfinite(value):
            raise ArgumentValueError(f"{owner} needs {name} within the range of float32, got {value!r}.")
        raise ArgumentValueError(f"{owner} needs a finite {name}, got {value!r}.")


@dataclass(frozen=True)
class Constant:
    """One number everywhere.

    Raises:
        ArgumentTypeError: the value is not a single real or complex number.
    """

    value: complex  # int, float and bool are complex to the type checker

    def __post_init__(self) -> None:
        if not isinstance(self.value, int | float | complex):
            raise ArgumentTypeError(f"a constant must be a number, got {self.value!r}.")

    @property
    def mean(self) -> float:
        return self.value.real

    @property
    def std(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Uniform:
    """Uniform on [low, high)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _finite("a uniform distribution", low=self.low, high=self.high)

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def std(self) -> float:
        return abs(self.high - self.low) / math.sqrt(12)


@dataclass(frozen=True)
class Normal:
    """Normal with the given mean and standard deviation ``sigma``.

    Raises:
        ArgumentValueError: sigma is negative, or an argument is not finite.
    """

    mean: float
    sigma: float

    def __post_init__(self) -> None:
        _finite("a normal distribution", mean=self.mean, sigma=self.sigma)
        if self.sigma < 0:
            raise ArgumentValueError(f"sigma must be 0 or more, got {self.sigma!r}.")

    @property
    def std(self) -> float:
        return self.sigma


@dataclass(frozen=True)
class TruncatedNormal:
    """The normal with parameters ``mu`` and ``sigma``, restricted to [low, high] (absolute bounds).

    Raises:
        ArgumentValueError: sigma is not positive, low >= high, or an argument is not finite.
    """

    low: float
    high: float
    mu: float
    sigma: float

    def __post_init__(self) -> None:
        _finite("a truncated normal", low=self.low, high=self.high, mean=self.mu, sigma=self.sigma)
        if np.float32(self.sigma) <= 0:
            raise ArgumentValueError(
                f"sigma of a truncated normal must be positive (as a float32), got {self.sigma!r}. "
                "For a constant use Constant(mean)."
            )
        if self.low >= self.high:
            raise ArgumentValueError(
                f"a truncated normal needs a < b, got a={self.low!r} and b={self.high!r}."
            )

    def _window(self) -> tuple[float, float]:
        """(mean, variance) of the standardised variable."""
        alpha, beta = (self.low - self.mu) / self.sigma, (self.high - self.mu) / self.sigma
        flip = alpha > 0  # use the lower tail, where erfc keeps its relative precision
        if flip:
            alpha, beta = -beta, -alpha
        width = beta - alpha
        if width * max(1.0, -alpha, abs(beta)) < 1e-3:  # differences would cancel; nearly uniform
            middle = (alpha + beta) / 2 * (1 - width**2 / 12)
            return (-middle if flip else middle), width**2 / 12
        r2 = math.sqrt(2)
        mass = (math.erfc(-beta / r2) - math.erfc(-alpha / r2)) / 2
        if mass <= 0:  # the window lies beyond float64's reach: all mass at the nearer bound
            nearest = beta
            return (-nearest if flip else nearest), 0.0

        def density(x: float) -> float:
            return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)

        first = (density(alpha) - density(beta)) / mass
        second = 1 + (alpha * density(alpha) - beta * density(beta)) / mass
        return (-first if flip else first), max(second - first * first, 0.0)

    @property
    def mean(self) -> float:
        return self.mu + self.sigma * self._window()[0]

    @property
    def std(self) -> float:
        return self.sigma * math.sqrt(self._window()[1])


@dataclass(frozen=True)
class Pattern:
    """Values that are a function of the flat (row-major) index alone, such as an identity matrix.

    Attributes:
        function: flat indices, int64 of shape (n,), to float32 values of shape (n,).
        mean, std: of all the values, population.
    """

    function: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]
    mean: float
    std: float


@dataclass(frozen=True)
class Whole:
    """Values that need the complete tensor, such as a custom initializer's.

    Attributes:
        function: writes every element of a new, contiguous array of ``shape`` in place.
        shape: of the complete tensor.
    """

    function: Callable[[npt.NDArray[Any]], None]
    shape: tuple[int, ...]
    mean: float | None = None
    std: float | None = None


@dataclass(frozen=True)
class Keyed:
    """Random values that need the complete tensor, such as an orthogonal matrix.

    Attributes:
        function: writes every element of a new, contiguous array of ``shape`` in place, given a key.
        shape: of the complete tensor.
        draw: takes the key by order, where more than the next key is drawn with it; else None.
    """

    function: Callable[[npt.NDArray[Any], int], None]
    shape: tuple[int, ...]
    mean: float | None = None
    std: float | None = None
    draw: Callable[[], int] | None = None


_RANDOM = (Uniform, Normal, TruncatedNormal, Keyed)
Distribution = Constant | Uniform | Normal | TruncatedNormal | Pattern | Whole | Keyed


def is_random(law: Distribution) -> bool:
    """Whether the law's values depend on a key."""
    return isinstance(law, _RANDOM)
