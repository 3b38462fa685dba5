"""What MindSpore programs with initializers of their own import beside ``Initializer``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import fans_of_shape, gain_of
from paraminit.describe.initializers.registry import _BY_NAME
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.distributions import Distribution, Normal, TruncatedNormal, Uniform
from paraminit.fill.keys import next_key

__all__ = [
    "_INITIALIZER_ALIAS",
    "_assignment",
    "_calculate_correct_fan",
    "_calculate_fan_in_and_fan_out",
    "_calculate_gain",
    "_calculate_in_and_out",
    "_init_random_normal",
    "_init_random_uniform",
    "_init_truncated_normal",
    "_numpy_seed",
    "_register",
]

_Class = TypeVar("_Class", bound=type[Initializer])

_INITIALIZER_ALIAS = _BY_NAME
# A program may have a class of its own under any of the other names registered here.
_MINDSPORES = {
    *("dirac", "he_normal", "he_uniform", "henormal", "heuniform", "identity", "normal", "one", "ones"),
    *("orthogonal", "sparse", "truncatednormal", "uniform", "variancescaling", "xavier_normal"),
    *("xavier_uniform", "xaviernormal", "xavieruniform", "zero", "zeros"),
}
_calculate_gain = gain_of


def _calculate_fan_in_and_fan_out(shape: Sequence[int]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight of shape (out, in, *kernel).

    Example:
        >>> _calculate_fan_in_and_fan_out((3, 4, 5, 6, 7))
        (840, 630)
    """
    fan_in, fan_out = fans_of_shape(shape, "_calculate_fan_in_and_fan_out")
    return fan_in, fan_out


def _calculate_in_and_out(arr: npt.NDArray[Any]) -> tuple[int, int]:
    """(fan_in, fan_out) of an array: those of its shape."""
    return _calculate_fan_in_and_fan_out(arr.shape)


def _calculate_correct_fan(shape: Sequence[int], mode: str) -> int:
    """The fan that ``mode`` names, ``"fan_in"`` or ``"fan_out"`` in any case.

    Raises:
        ArgumentTypeError: mode is no str.
        ArgumentValueError: another mode, or fewer than 2 dimensions.
    """
    if not isinstance(mode, str):
        raise ArgumentTypeError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}.")
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ArgumentValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}.")
    return getattr(fans_of_shape(shape, "_calculate_correct_fan"), mode.lower())  # type: ignore[no-any-return]


def _assignment(arr: npt.NDArray[Any], num: Any) -> npt.NDArray[Any]:
    """Write ``num``, a number or an array that broadcasts, into ``arr`` in place and return ``arr``.

    Raises:
        ArgumentValueError: an array that does not fit.

    Example:
        >>> _assignment(np.zeros(2), 3)
        array([3., 3.])
    """
    try:
        arr[...] = num
    except ValueError as error:
        raise ArgumentValueError(
            f"_assignment: values of shape {np.shape(num)} do not fit an array of shape {arr.shape}: {error}."
        ) from error
    return arr


def _register(*aliases: str) -> Callable[[_Class], _Class]:
    """Class decorator: make an initializer known by its class name and by ``aliases``. A name that MindSpore
    knows, or another program's class has, keeps its meaning."""

    def enrol(cls: _Class) -> _Class:
        for name in {alias.lower() for alias in (cls.__name__, *aliases)}:
            holder = _BY_NAME.get(name)
            extra = (
                name not in _MINDSPORES and holder is not None and holder.__module__.startswith("paraminit.")
            )
            if holder is None or extra:
                _BY_NAME[name] = cls
        return cls

    return enrol


def _numpy_seed() -> int:
    """The next key: a draw from NumPy's global generator."""
    return next_key()


def _drawn(law: Distribution, shape: Sequence[int]) -> npt.NDArray[np.float32]:
    from paraminit.fill.fill import fill

    out = np.empty(tuple(shape), np.float32)
    fill(law, next_key(), None, out.reshape(-1))
    return out


def _init_random_normal(mean: float, sigma: float, shape: Sequence[int]) -> npt.NDArray[np.float32]:
    """N(mean, sigma**2), under the next key.

    Example:
        >>> _init_random_normal(1.0, 0.0, (2,))
        array([1., 1.], dtype=float32)
    """
    return _drawn(Normal(mean, sigma), shape)


def _init_random_uniform(a: float, b: float, shape: Sequence[int]) -> npt.NDArray[np.float32]:
    """U(a, b), under the next key."""
    return _drawn(Uniform(a, b), shape)


def _init_truncated_normal(
    a: float, b: float, mean: float, sigma: float, shape: Sequence[int]
) -> npt.NDArray[np.float32]:
    """N(mean, sigma**2) restricted to [a, b], under the next key."""
    return _drawn(TruncatedNormal(a, b, mean, sigma), shape)
