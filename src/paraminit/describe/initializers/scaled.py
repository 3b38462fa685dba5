"""Initializers whose spread follows the fans and a gain: Xavier, He.

Bounds and deviations are computed in float64 and in MindSpore's order of operations, since the order
decides the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from paraminit.describe.initializers.arguments import nonnegative
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans, fans_of_shape, gain_of
from paraminit.describe.initializers.registry import register
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.fill import distributions

__all__ = ["HeNormal", "HeUniform", "XavierNormal", "XavierUniform"]


class _Xavier(Initializer):
    def __init__(self, gain: float = 1) -> None:
        super().__init__()
        nonnegative(type(self).__name__, "gain", gain)
        self.gain = gain

    def _both_fans(self, shape: Sequence[int], fans: Fans | None) -> int:
        fans = fans or fans_of_shape(shape, type(self).__name__)
        return max(sum(fans), 1)  # an empty tensor has no elements to scale


@register("xavier_uniform", "glorot_uniform", "glorotuniform")
class XavierUniform(_Xavier):
    """U(-b, b) with b = gain * sqrt(6 / (fan_in + fan_out)).

    Args:
        gain: factor of the activation, 0 or more; default 1.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: gain is negative or not finite; (when applied) fewer than 2 dimensions.

    References:
        Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".

    Example:
        >>> XavierUniform().distribution((3, 3))
        Uniform(low=-1.0, high=1.0)
    """

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Uniform:
        bound = self.gain * math.sqrt(6 / self._both_fans(shape, fans))
        return distributions.Uniform(-bound, bound)


@register("xavier_normal")
class XavierNormal(_Xavier):
    """N(0, s**2) with s = gain * sqrt(2 / (fan_in + fan_out)), not cut (GlorotNormal is).

    Args:
        gain: factor of the activation, 0 or more; default 1.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: gain is negative or not finite; (when applied) fewer than 2 dimensions.

    References:
        Glorot & Bengio 2010, as for XavierUniform.

    Example:
        >>> XavierNormal().distribution((1, 1))
        Normal(mean=0.0, sigma=1.0)
    """

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Normal:
        return distributions.Normal(0.0, self.gain * math.sqrt(2 / self._both_fans(shape, fans)))


class _He(Initializer):
    def __init__(
        self,
        negative_slope: float = 0,
        mode: str = "fan_in",
        nonlinearity: str | Callable[[Any], Any] = "leaky_relu",
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        if not isinstance(mode, str):
            raise ArgumentTypeError(f"{owner}: mode must be 'fan_in' or 'fan_out', got {mode!r}.")
        if mode.lower() not in ("fan_in", "fan_out"):
            raise ArgumentValueError(f"{owner}: mode must be 'fan_in' or 'fan_out', got {mode!r}.")
        try:
            gain_of(nonlinearity, negative_slope)
        except (ArgumentValueError, UnknownNameError, ArgumentTypeError) as error:
            error.args = (f"{owner}: {error}",)
            raise
        self.negative_slope, self.mode, self.nonlinearity = negative_slope, mode, nonlinearity

    def _std(self, shape: Sequence[int], fans: Fans | None) -> float:
        fans = fans or fans_of_shape(shape, type(self).__name__)
        fan = max(fans.of_mode(self.mode.lower()), 1)  # an empty tensor has no elements to scale
        return gain_of(self.nonlinearity, self.negative_slope) / math.sqrt(fan)


@register("he_uniform", "kaiming_uniform", "kaiminguniform")
class HeUniform(_He):
    """U(-b, b) with b = sqrt(3) * gain / sqrt(fan).

    ``HeUniform(math.sqrt(5))`` is U(-1/sqrt(fan_in), 1/sqrt(fan_in)), the default weight of MindSpore's
    and torch's layers.

    Args:
        negative_slope: of leaky_relu, no unit; default 0. Not used by the other activations.
        mode: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward; any case.
        nonlinearity: the activation that follows, a name or a function; see :func:`gain_of`.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: unknown mode or nonlinearity, or a slope that is no finite number;
            (when applied) fewer than 2 dimensions.

    References:
        He, Zhang, Ren, Sun 2015, arXiv 1502.01852.

    Example:
        >>> HeUniform().distribution((5, 6))
        Uniform(low=-1.0, high=1.0)
    """

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Uniform:
        bound = self._std(shape, fans) * math.sqrt(3.0)
        return distributions.Uniform(-bound, bound)


@register("he_normal", "kaiming_normal", "kaimingnormal")
class HeNormal(_He):
    """N(0, s**2) with s = gain / sqrt(fan).

    Not cut, as in MindSpore and torch. JAX's and Keras' ``he_normal`` is
    ``VarianceScaling(2.0, "fan_in", "truncated_normal")``.

    Args:
        negative_slope: of leaky_relu, no unit; default 0. Not used by the other activations.
        mode: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward; any case.
        nonlinearity: the activation that follows, a name or a function; see :func:`gain_of`.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: unknown mode or nonlinearity, or a slope that is no finite number;
            (when applied) fewer than 2 dimensions.

    References:
        He, Zhang, Ren, Sun 2015, arXiv 1502.01852.

    Example:
        >>> HeNormal(nonlinearity="linear").distribution((5, 4))
        Normal(mean=0.0, sigma=0.5)
    """

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Normal:
        return distributions.Normal(0.0, self._std(shape, fans))
