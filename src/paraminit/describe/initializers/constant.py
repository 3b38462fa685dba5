"""Initializers without randomness: Zero, One, Constant, Identity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.arguments import finite
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import register
from paraminit.dtype import array_over
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import distributions
from paraminit.fill.cast import check_dtype
from paraminit.fill.undivided import Whole

__all__ = ["Constant", "Identity", "One", "Zero"]


@register("zeros")
class Zero(Initializer):
    """0 everywhere; as a string ``"zero"`` or ``"zeros"``.

    Example:
        >>> a = np.ones(3, np.float32)
        >>> Zero()(a)
        >>> a
        array([0., 0., 0.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__()

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Constant:
        return distributions.Constant(0)


@register("ones")
class One(Initializer):
    """1 everywhere; as a string ``"one"`` or ``"ones"``.

    Example:
        >>> a = np.zeros(3, np.float32)
        >>> One()(a)
        >>> a
        array([1., 1., 1.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__()

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Constant:
        return distributions.Constant(1)


@register()
class Constant(Initializer):
    """One value everywhere, or the values of an array of the parameter's own shape.

    Args:
        value: a real number, a 0-dimensional array or Tensor, or an array of the full shape.

    Raises:
        ArgumentTypeError: a complex number, None, or anything that is no number.
        ArgumentValueError: a str or list, as in MindSpore.

    Example:
        >>> a = np.empty(2, np.float32)
        >>> Constant(0.25)(a)
        >>> a
        array([0.25, 0.25], dtype=float32)
    """

    def __init__(self, value: Any) -> None:
        super().__init__()
        if isinstance(value, str | list | tuple):
            raise ArgumentValueError(f"Constant: value must be a number or an array, got {value!r}.")
        if not isinstance(value, bool | int | float):
            array = array_over(value) if hasattr(value, "detach") else np.asarray(value)
            if array.dtype.kind not in "biufV" or array.dtype == object:
                raise ArgumentTypeError(f"Constant: value must be real, got {value!r}.")
            value = array.item() if array.ndim == 0 else array.copy()
        self.value = value

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Distribution:
        if not isinstance(self.value, np.ndarray):
            return distributions.Constant(self.value)
        values = self.value
        if values.shape != tuple(shape):
            raise ArgumentValueError(
                f"Constant: the array of values has shape {values.shape}, the parameter {tuple(shape)}."
            )

        def assign(arr: npt.NDArray[Any]) -> None:
            for value in _hardest(values, arr.dtype):
                check_dtype(distributions.Constant(value), arr.dtype, "Constant")
            with np.errstate(invalid="ignore"):
                arr[...] = values

        real = values.astype(np.float64)
        with np.errstate(invalid="ignore"):  # the std of infinite values is NaN
            mean, std = (float(real.mean()), float(real.std())) if values.size else (0.0, 0.0)
        return Whole(assign, tuple(shape), mean, std)


def _hardest(values: npt.NDArray[Any], dtype: np.dtype[Any]) -> list[Any]:
    """Of an array's values those that fit the dtype if all do: the extremes, and one no integer equals."""
    flat, real = values.ravel(), values.ravel().astype(np.float64)
    finite = flat[np.isfinite(real)]
    hardest = [finite.min(), finite.max()] if finite.size else []
    if dtype.kind in "iub":
        hardest += [*flat[~np.isfinite(real) | (real != np.trunc(real))][:1]]
    return [value.item() for value in hardest]


@register("eye")
class Identity(Initializer):
    """``gain`` on the main diagonal of a matrix, zeros elsewhere.

    Args:
        gain: any finite number; default 1.

    Raises:
        ArgumentTypeError: gain is no real number; (when applied) a fraction into an integer dtype.
        ArgumentValueError: gain is NaN or infinite; (when applied) the tensor has not exactly 2
            dimensions, or gain is beyond the dtype's range.

    Example:
        >>> a = np.empty((2, 3), np.float32)
        >>> Identity(0.5)(a)
        >>> a
        array([[0.5, 0. , 0. ],
               [0. , 0.5, 0. ]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        finite("Identity", "gain", gain)
        self.gain = gain

    def check(
        self, shape: Sequence[int], dtype: npt.DTypeLike, fans: Fans | None = None
    ) -> distributions.Distribution:
        check_dtype(distributions.Constant(float(self.gain)), np.dtype(dtype), owner=self)
        return super().check(shape, dtype, fans)

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Pattern:
        if len(shape) != 2:
            raise ArgumentValueError(
                f"Identity needs a tensor of exactly 2 dimensions, got shape {tuple(shape)}."
            )
        rows, columns = shape
        gain = float(self.gain)

        def on_diagonal(index: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
            return np.where(index // columns == index % columns, gain, 0.0)

        share = min(rows, columns) / (rows * columns) if rows * columns else 0.0
        return distributions.Pattern(on_diagonal, gain * share, abs(gain) * math.sqrt(share * (1 - share)))
