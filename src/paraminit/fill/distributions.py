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
from paraminit.fill.moments import cut_moments
from paraminit.fill.undivided import Keyed, Undivided, Whole

__all__ = [
    "Cleared",
    "Constant",
    "Distribution",
    "Normal",
    "Pattern",
    "Precise",
    "TruncatedNormal",
    "Uniform",
    "is_random",
    "takes_key",
]

_LARGEST = float(np.finfo(np.float32).max)
#: How many sigma from the mean a value can lie: MindSpore's normal, its truncated normal where the bounds
#: do not stop it, and the normal of stream 2.
_NORMAL_REACH, _TRUNCATED_REACH, _PRECISE_REACH = 5.678, 14.2, 9.5
#: Farther out than so many sigma, probabilities are no normal float64 numbers.
_FARTHEST = 36.0


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

    @property
    def reach(self) -> float:
        """The largest magnitude that a value can have."""
        return max(abs(self.low), abs(self.high))


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

    @property
    def reach(self) -> float:
        """The largest magnitude that a value can have."""
        return abs(self.mean) + _NORMAL_REACH * self.sigma


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

    def _moments(self) -> tuple[float, float]:
        return cut_moments((self.low - self.mu) / self.sigma, (self.high - self.mu) / self.sigma)

    @property
    def mean(self) -> float:
        return self.mu + self.sigma * self._moments()[0]

    @property
    def std(self) -> float:
        return self.sigma * math.sqrt(self._moments()[1])

    @property
    def reach(self) -> float:
        """The largest magnitude that a value can have."""
        ends = (self.mu + side * _TRUNCATED_REACH * self.sigma for side in (-1, 1))
        return max(abs(min(max(end, self.low), self.high)) for end in ends)


@dataclass(frozen=True)
class Precise:
    """The same law drawn as stream 2: to float64's precision, and never outside its bounds.

    Raises:
        ArgumentTypeError: another law, which has no such form.
        ArgumentValueError: low > high, or a window so far out that float64 has no probabilities for it.
    """

    law: Uniform | Normal | TruncatedNormal

    def __post_init__(self) -> None:
        law = self.law
        if not isinstance(law, Uniform | Normal | TruncatedNormal):
            raise ArgumentTypeError(
                f"only uniform, normal and truncated normal values can be drawn precisely, got {law!r}."
            )
        if isinstance(law, Uniform) and law.low > law.high:
            raise ArgumentValueError(f"a uniform needs low <= high, got {law.low!r} and {law.high!r}.")
        if isinstance(law, TruncatedNormal):
            distance = max(law.low - law.mu, law.mu - law.high) / law.sigma
            if distance > _FARTHEST:
                raise ArgumentValueError(
                    f"[{law.low!r}, {law.high!r}] lies {distance:.3g} sigma away from the mean "
                    f"{law.mu!r}; at most {_FARTHEST:g} are possible."
                )

    @property
    def mean(self) -> float:
        return self.law.mean

    @property
    def std(self) -> float:
        return self.law.std

    @property
    def reach(self) -> float:
        """The largest magnitude that a value can have."""
        if isinstance(self.law, Normal):
            return abs(self.law.mean) + _PRECISE_REACH * self.law.sigma
        return max(abs(self.law.low), abs(self.law.high))


@dataclass(frozen=True)
class Pattern:
    """Values that are a function of the flat (row-major) index alone, such as an identity matrix.

    Attributes:
        function: flat indices, int64 of shape (n,), to float32 or float64 values of shape (n,).
        mean, std: of all the values, population.
    """

    function: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.floating[Any]]]
    mean: float
    std: float


@dataclass(frozen=True)
class Cleared:
    """Another law's values, but zeros from flat index ``start`` up to ``stop`` of a tensor of ``size``."""

    law: Constant | Uniform | Normal | TruncatedNormal | Precise | Pattern
    start: int
    stop: int
    size: int

    @property
    def _kept(self) -> float:
        return 1 - (self.stop - self.start) / self.size

    @property
    def mean(self) -> float:
        return self._kept * self.law.mean

    @property
    def std(self) -> float:
        return math.sqrt(self._kept * (self.law.std**2 + (1 - self._kept) * self.law.mean**2))

    @property
    def reach(self) -> float | None:
        return getattr(self.law, "reach", None)


_RANDOM = (Uniform, Normal, TruncatedNormal, Precise, Keyed)
Distribution = Constant | Uniform | Normal | TruncatedNormal | Precise | Pattern | Cleared | Undivided


def is_random(law: Distribution) -> bool:
    """Whether the law's values depend on a key."""
    return isinstance(law, _RANDOM) or (isinstance(law, Cleared) and is_random(law.law))


def takes_key(law: Distribution) -> bool:
    """Whether a key can decide the law's values, as also those of a custom initializer."""
    return is_random(law) or (isinstance(law, Whole) and law.draws)
