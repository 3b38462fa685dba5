"""fan_in, fan_out and gain: the three numbers that variance-preserving initializers scale by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, NamedTuple

from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

__all__ = ["Fans", "fans_of_axes", "fans_of_shape", "gain_of"]


class Fans(NamedTuple):
    """How many inputs feed one output, and how many outputs one input feeds."""

    fan_in: int
    fan_out: int

    def of_mode(self, mode: str) -> float:
        """The fan that ``mode`` names: fan_in, fan_out, fan_avg (their mean) or fan_geo_avg."""
        if mode == "fan_in":
            return self.fan_in
        if mode == "fan_out":
            return self.fan_out
        if mode == "fan_avg":
            return (self.fan_in + self.fan_out) / 2
        if mode == "fan_geo_avg":
            return math.sqrt(self.fan_in * self.fan_out)
        raise UnknownNameError("mode", mode, ["fan_in", "fan_out", "fan_avg", "fan_geo_avg"])


def fans_of_shape(shape: Sequence[int], owner: str = "this initializer") -> Fans:
    """Fans of a weight by its shape alone, in MindSpore's layout (out, in, *kernel).

    Args:
        shape: two or more dimensions.
        owner: who asks, for the error message.

    Raises:
        ArgumentValueError: fewer than two dimensions.

    Example:
        >>> fans_of_shape((3, 4, 5, 6, 7))
        Fans(fan_in=840, fan_out=630)
    """
    if len(shape) < 2:
        raise ArgumentValueError(
            f"{owner} needs a tensor of 2 or more dimensions to compute fan_in and fan_out, got shape "
            f"{tuple(shape)}. Use 'zeros', Constant, Uniform or Normal for a bias or a scale."
        )
    kernel = math.prod(shape[2:])
    return Fans(int(shape[1] * kernel), int(shape[0] * kernel))


def fans_of_axes(
    shape: Sequence[int],
    in_axis: Sequence[int],
    out_axis: Sequence[int],
    batch_axis: Sequence[int],
    owner: str = "this initializer",
) -> Fans:
    """Fans of a weight of any layout; dimensions that are in no argument belong to the kernel.

    Raises:
        ArgumentValueError: fewer than two dimensions; an axis that the shape lacks, or given twice.

    Example:
        >>> fans_of_axes((3, 3, 16, 64), [-2], [-1], [])
        Fans(fan_in=144, fan_out=576)
    """
    fans_of_shape(shape, owner)  # two dimensions at least
    rank = len(shape)
    axes = [*in_axis, *out_axis, *batch_axis]
    if not all(-rank <= axis < rank for axis in axes) or len({axis % rank for axis in axes}) < len(axes):
        raise ArgumentValueError(
            f"{owner}: in_axis={tuple(in_axis)}, out_axis={tuple(out_axis)} and batch_axis="
            f"{tuple(batch_axis)} must be different dimensions of shape {tuple(shape)}."
        )
    taken = {axis % rank for axis in axes}
    kernel = math.prod(size for axis, size in enumerate(shape) if axis not in taken)
    inputs, outputs = (math.prod(shape[axis] for axis in group) for group in (in_axis, out_axis))
    return Fans(int(inputs * kernel), int(outputs * kernel))


_GAINS: dict[str, float] = {  # an int where MindSpore's is: programs print it
    **dict.fromkeys(["linear", "sigmoid", "conv1d", "conv2d", "conv3d"], 1),
    **dict.fromkeys(["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"], 1),
    "tanh": 5 / 3,
    "relu": math.sqrt(2.0),
}


def gain_of(nonlinearity: str | Callable[[Any], Any], param: float | None = None) -> float:
    """The gain that keeps the variance through an activation.

    Args:
        nonlinearity: linear, sigmoid, conv1d/2d/3d, conv_transpose1d/2d/3d (1), tanh (5/3),
            relu (sqrt 2) or leaky_relu (sqrt(2 / (1 + param**2))). Or any elementwise function f of an
            array, a tensor or a float: 1 / sqrt(E[f(z)**2]) for a standard normal z, by quadrature.
        param: the negative slope of leaky_relu; None means 0.01. Ignored by the others.

    Raises:
        UnknownNameError: another name; upper case counts as another name.
        ArgumentValueError: a slope that is no finite number.

    References:
        He, Zhang, Ren, Sun 2015, "Delving Deep into Rectifiers", arXiv 1502.01852 (relu, leaky_relu).

    Example:
        >>> gain_of("leaky_relu", 5 ** 0.5) == (1 / 3) ** 0.5
        True
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, Real) or not math.isfinite(slope):
            raise ArgumentValueError(f"negative_slope must be a finite number, got {slope!r}.")
        return math.sqrt(2.0 / (1 + float(slope) ** 2))
    if callable(nonlinearity):
        from paraminit.describe.initializers.gains import gain_of_function

        return gain_of_function(nonlinearity)
    if not isinstance(nonlinearity, str):
        raise ArgumentTypeError(f"nonlinearity must be a str, got {nonlinearity!r}.")
    try:
        return _GAINS[nonlinearity]
    except KeyError:
        raise UnknownNameError("nonlinearity", nonlinearity, [*_GAINS, "leaky_relu"]) from None
