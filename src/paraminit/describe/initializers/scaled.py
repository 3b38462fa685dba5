"""Initializers whose spread follows the fans: Xavier, He, VarianceScaling.

Bounds and deviations are computed in float64 and in MindSpore's order of operations, since the order
decides the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from paraminit.describe.initializers.arguments import nonnegative, positive
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans, fans_of_shape, gain_of
from paraminit.describe.initializers.registry import register
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.fill import distributions
from paraminit.profiles import current_profile

__all__ = ["HeNormal", "HeUniform", "VarianceScaling", "XavierNormal", "XavierUniform"]


class _Xavier(Initializer):
    def __init__(self, gain: float = 1) -> None:
        super().__init__()
        nonnegative(type(self).__name__, "gain", gain)
        self.gain = gain

    def _both_fans(self, shape: Sequence[int], fans: Fans | None) -> int:
        fans = fans or fans_of_shape(shape, type(self).__name__)
        return max(sum(fans), 1)  # an empty tensor has no elements to scale


@register("xavier_uniform")
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
    """N(0, s**2) with s = gain * sqrt(2 / (fan_in + fan_out)).

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
        self, negative_slope: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
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


@register("he_uniform")
class HeUniform(_He):
    """U(-b, b) with b = sqrt(3) * gain / sqrt(fan).

    ``HeUniform(math.sqrt(5))`` is U(-1/sqrt(fan_in), 1/sqrt(fan_in)), the default weight of MindSpore's
    and torch's layers.

    Args:
        negative_slope: of leaky_relu, no unit; default 0. Not used by the other activations.
        mode: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward; any case.
        nonlinearity: the activation that follows; see :func:`gain_of`.

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


@register("he_normal")
class HeNormal(_He):
    """N(0, s**2) with s = gain / sqrt(fan).

    Args:
        negative_slope: of leaky_relu, no unit; default 0. Not used by the other activations.
        mode: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward; any case.
        nonlinearity: the activation that follows; see :func:`gain_of`.

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


# The standard deviation of a standard normal cut at -2 and 2:
# sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)), phi and Phi its density and distribution function.
STD_CUT_AT_TWO = 0.87962566103423978

_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")
_MODES = ("fan_in", "fan_out", "fan_avg")


@register("variance_scaling")
class VarianceScaling(Initializer):
    """Variance scale / n, where n is a fan.

    ``"uniform"``: U(-l, l), l = sqrt(3 * scale / n). ``"untruncated_normal"``: N(0, scale / n).
    ``"truncated_normal"``: a normal cut at two of its standard deviations whose standard deviation
    *after* the cut is sqrt(scale / n). (MindSpore 2.10 draws the uniform for it; so do the profiles
    ``mindspore-2.10`` and ``mindspore-1``.)

    Args:
        scale: above 0; default 1.
        mode: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"``, their mean; n is at least 1.
        distribution: one of the three above; default ``"truncated_normal"``.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentTypeError: scale is no real number.
        ArgumentValueError: scale is not positive and finite; unknown mode or distribution;
            (when applied) fewer than 2 dimensions.

    Example:
        >>> VarianceScaling(2.0, distribution="untruncated_normal").distribution((5, 8))
        Normal(mean=0.0, sigma=0.5)
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal"
    ) -> None:
        super().__init__()
        positive("VarianceScaling", "scale", scale)
        for name, value, known in (
            ("mode", mode, _MODES),
            ("distribution", distribution, _DISTRIBUTIONS),
        ):
            if value not in known:
                choices = ", ".join(map(repr, known))
                raise ArgumentValueError(f"VarianceScaling: {name} must be one of {choices}, got {value!r}.")
        self.scale, self.mode, self.distribution_name = scale, mode, distribution

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Distribution:
        fans = fans or fans_of_shape(shape, "VarianceScaling")
        variance = self.scale / max(1.0, fans.of_mode(self.mode))
        law = self.distribution_name
        if law == "truncated_normal" and current_profile() != "default":
            law = "uniform"
        if law == "uniform":
            bound = math.sqrt(3.0 * variance)
            return distributions.Uniform(-bound, bound)
        if law == "untruncated_normal":
            return distributions.Normal(0.0, math.sqrt(variance))
        sigma = math.sqrt(variance) / STD_CUT_AT_TWO
        return distributions.TruncatedNormal(-2 * sigma, 2 * sigma, 0.0, sigma)

    def _arguments(self) -> dict[str, object]:
        return {"scale": self.scale, "mode": self.mode, "distribution": self.distribution_name}
