"""Initializers that are told a variance over a fan: VarianceScaling, Lecun, GlorotNormal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from paraminit.describe.initializers.arguments import positive
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans, fans_of_axes, fans_of_shape
from paraminit.describe.initializers.registry import register
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import distributions
from paraminit.profiles import current_profile

__all__ = ["GlorotNormal", "LecunNormal", "LecunUniform", "VarianceScaling"]

# The standard deviation of a standard normal cut at -2 and 2:
# sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)), phi and Phi its density and distribution function.
STD_CUT_AT_TWO = 0.87962566103423978

_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")
_MODES = ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
Axes = int | Sequence[int]


@register("variance_scaling")
class VarianceScaling(Initializer):
    """Variance scale / n, where n is a fan.

    ``"uniform"``: U(-l, l), l = sqrt(3 * scale / n). ``"untruncated_normal"``: N(0, scale / n).
    ``"truncated_normal"``: a normal cut at two of its standard deviations whose standard deviation
    *after* the cut is sqrt(scale / n). (MindSpore 2.10 draws the uniform for it; so do the profiles
    ``mindspore-2.10`` and ``mindspore-1``.)

    Args:
        scale: above 0; default 1.
        mode: ``"fan_in"``, ``"fan_out"``, ``"fan_avg"`` (their mean) or ``"fan_geo_avg"`` (their geometric
            mean); n is at least 1.
        distribution: one of the three above; default ``"truncated_normal"``.
        in_axis, out_axis: the dimensions, one or several, of inputs and outputs in a tensor of another
            layout, as in JAX; default 1 and 0. What is in none of the three belongs to the kernel.
        batch_axis: dimensions that count separate weights, such as experts; default none.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentTypeError: scale is no real number.
        ArgumentValueError: scale is not positive and finite; unknown mode or distribution;
            (when applied) fewer than 2 dimensions, or axes that it lacks or that occur twice.
        ArgumentTypeError: an axis is no int.

    Example:
        >>> VarianceScaling(2.0, distribution="untruncated_normal").distribution((5, 8))
        Normal(mean=0.0, sigma=0.5)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        *,
        in_axis: Axes = 1,
        out_axis: Axes = 0,
        batch_axis: Axes = (),
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
        self.in_axis = _axes("in_axis", in_axis)
        self.out_axis = _axes("out_axis", out_axis)
        self.batch_axis = _axes("batch_axis", batch_axis)

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Distribution:
        if self._axis_arguments():
            fans = fans_of_axes(shape, self.in_axis, self.out_axis, self.batch_axis, "VarianceScaling")
        else:
            fans = fans or fans_of_shape(shape, "VarianceScaling")
        variance = self.scale / max(1.0, fans.of_mode(self.mode))
        law = self.distribution_name
        if law == "truncated_normal" and current_profile() != "default":
            law = "uniform"
        if law == "uniform":
            return _uniform(variance)
        if law == "untruncated_normal":
            return distributions.Normal(0.0, math.sqrt(variance))
        return _cut_normal(variance)

    def _arguments(self) -> dict[str, object]:
        named = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution_name}
        return {**named, **self._axis_arguments()}

    def _axis_arguments(self) -> dict[str, tuple[int, ...]]:
        """The axes that differ from the defaults."""
        axes = {"in_axis": self.in_axis, "out_axis": self.out_axis, "batch_axis": self.batch_axis}
        return {name: value for name, value in axes.items() if value != _DEFAULT_AXES[name]}


_DEFAULT_AXES: dict[str, tuple[int, ...]] = {"in_axis": (1,), "out_axis": (0,), "batch_axis": ()}


def _axes(name: str, value: object) -> tuple[int, ...]:
    given = tuple(value) if isinstance(value, list | tuple) else (value,)
    for axis in given:
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ArgumentTypeError(f"VarianceScaling: {name} must be an int or ints, got {value!r}.")
    return given


def _uniform(variance: float) -> distributions.Uniform:
    bound = math.sqrt(3.0 * variance)
    return distributions.Uniform(-bound, bound)


def _cut_normal(variance: float) -> distributions.TruncatedNormal:
    """Cut at two of its deviations, with this variance after the cut."""
    sigma = math.sqrt(variance) / STD_CUT_AT_TWO
    return distributions.TruncatedNormal(-2 * sigma, 2 * sigma, 0.0, sigma)


@register("lecun_uniform")
class LecunUniform(Initializer):
    """U(-b, b) with b = sqrt(3 / fan_in): variance 1 / fan_in.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: (when applied) fewer than 2 dimensions.

    References:
        LeCun, Bottou, Orr, Müller 1998, "Efficient BackProp".

    Example:
        >>> LecunUniform().distribution((5, 3))
        Uniform(low=-1.0, high=1.0)
    """

    def __init__(self) -> None:
        super().__init__()

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Uniform:
        return _uniform(1 / max(1, (fans or fans_of_shape(shape, "LecunUniform")).fan_in))


@register("lecun_normal")
class LecunNormal(Initializer):
    """A normal cut at two of its deviations, with variance 1 / fan_in after the cut, as JAX and Keras
    define it.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: (when applied) fewer than 2 dimensions.

    References:
        LeCun et al. 1998, as for LecunUniform; Klambauer, Unterthiner, Mayr, Hochreiter 2017,
        arXiv 1706.02515 (with SELU).

    Example:
        >>> round(LecunNormal().distribution((5, 4)).std, 12)
        0.5
    """

    def __init__(self) -> None:
        super().__init__()

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.TruncatedNormal:
        return _cut_normal(1 / max(1, (fans or fans_of_shape(shape, "LecunNormal")).fan_in))


@register("glorot_normal")
class GlorotNormal(Initializer):
    """A normal cut at two of its deviations, with variance 2 / (fan_in + fan_out) after the cut, as JAX
    and Keras define it. XavierNormal, MindSpore's and torch's, is not cut.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentValueError: (when applied) fewer than 2 dimensions.

    References:
        Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".

    Example:
        >>> round(GlorotNormal().distribution((5, 3)).std, 12)
        0.5
    """

    def __init__(self) -> None:
        super().__init__()

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.TruncatedNormal:
        return _cut_normal(2 / max(1, sum(fans or fans_of_shape(shape, "GlorotNormal"))))
