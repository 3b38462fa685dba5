"""Conv1d, Conv2d, Conv3d with torch's arguments."""

from __future__ import annotations

import math
from typing import Any, ClassVar, TypeAlias

import torch

from paraminit.cell import Cell
from paraminit.convolution import Convolution, check_tensors
from paraminit.describe.initializers import HeUniform, Uniform
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvLayer", "Sizes", "amounts", "as_tuple"]

Sizes: TypeAlias = int | tuple[int, ...] | list[int]


def amounts(owner: str, argument: str, value: object, axes: int) -> tuple[int, ...]:
    """One int of 0 or more for each axis, given as an int, a tuple or a list.

    Raises:
        ArgumentTypeError: anything else.
        ArgumentValueError: another number of them; one below 0.
    """
    entries: tuple[Any, ...] = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
    if any(isinstance(entry, bool) or not isinstance(entry, int) for entry in entries):
        raise ArgumentTypeError(
            f"{owner}: {argument} must be an int or a tuple of {axes} ints, got {value!r}."
        )
    if len(entries) != axes or min(entries) < 0:
        raise ArgumentValueError(
            f"{owner}: {argument} must be 0 or more, or {axes} such numbers, got {value!r}."
        )
    return entries


def as_tuple(value: object) -> object:
    """A list as a tuple, which is what :class:`Convolution` takes."""
    return tuple(value) if isinstance(value, list) else value


#: What the padding may hold, under torch's name for it.
_BORDERS = {"circular": "circular", "reflect": "reflect", "replicate": "replicate", "zeros": "constant"}


class ConvLayer(Cell):
    """What the convolutions and the transposed one have in common: arguments and parameters."""

    _axes: ClassVar[int]
    transposed: ClassVar[bool] = False

    weight: Parameter
    bias: Parameter | None
    padding: str | tuple[int, ...]

    def _build(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: object,
    ) -> None:
        """Check everything, then make the parameters."""
        owner, axes = type(self).__name__, self._axes
        check_bool(owner, "bias", bias)
        if padding_mode not in tuple(_BORDERS):
            raise UnknownNameError(f"padding_mode of {owner}", str(padding_mode), _BORDERS)
        self.padding = padding if isinstance(padding, str) else amounts(owner, "padding", padding, axes)
        channels: dict[str, object] = {"in_channels": in_channels, "out_channels": out_channels}
        checked = Convolution.checked(
            owner,
            axes,
            as_tuple(kernel_size),
            as_tuple(stride),
            self.padding if isinstance(self.padding, str) else "pad",
            0 if isinstance(self.padding, str) else tuple(n for n in self.padding for _ in range(2)),
            as_tuple(dilation),
            groups,
            channels,
            group_name="groups",
            border=_BORDERS[padding_mode],
        )
        self._convolution = checked
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = checked.kernel_size, checked.stride, checked.dilation
        self.padding_mode = padding_mode
        rows, columns = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (rows, columns // groups, *self.kernel_size)
        dtype = torch.float32 if dtype is None else dtype
        self.weight = layer_parameter(owner, "dtype", HeUniform(math.sqrt(5)), shape, dtype)
        if bias:  # MindSpore's fan_in is that of the weight's shape, also where the convolution is transposed
            uniform = Uniform(1 / math.sqrt(math.prod(shape[1:])))
            self.bias = layer_parameter(owner, "dtype", uniform, (out_channels,), dtype)
        else:
            self.register_parameter("bias", None)

    def _with_batch(self, x: torch.Tensor) -> torch.Tensor:
        """The input with its batch axis, which may be left out."""
        owner, full = type(self).__name__, self._axes + 2
        check_tensors(owner, input=x)
        if x.ndim not in (full - 1, full):
            raise ArgumentValueError(
                f"{owner}: input must have {full} dimensions (N, C, ...), or {full - 1} without N, "
                f"got shape {tuple(x.shape)}."
            )
        return x if x.ndim == full else x.unsqueeze(0)

    def extend_repr(self) -> str:
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, groups={self.groups}, bias={self.bias is not None}"
        )


class _Conv(ConvLayer):
    """What the three convolutions have in common; they differ in the number of axes."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: object = None,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise UnknownNameError(f"padding of {owner}", padding, ("same", "valid"))
        strides = stride if isinstance(stride, tuple | list) else (stride,)
        if padding == "same" and any(step != 1 for step in strides):
            raise ArgumentValueError(f"{owner}: padding='same' needs stride=1, got stride={stride!r}.")
        sizes = (kernel_size, stride, padding, dilation)
        self._build(in_channels, out_channels, *sizes, groups, bias, padding_mode, dtype)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        y = self._convolution(self._with_batch(input), self.weight, self.bias)
        return y if y.ndim == input.ndim else y.squeeze(0)


_ARGUMENTS = """
    Args:
        in_channels, out_channels: above 0.
        kernel_size, stride, dilation: an int above 0, or a tuple or list of one for each axis; stride and
            dilation 1 by default.
        padding: elements added to both sides of each axis, an int or one for each axis; ``"valid"``: none;
            ``"same"``: so many that the output is as large as the input (stride must be 1), an odd one at
            the end. Default 0.
        groups: divides both channel numbers; default 1.
        bias: default True.
        padding_mode: what the padding holds: ``"zeros"`` (default), ``"reflect"``, ``"replicate"`` or
            ``"circular"``.
        dtype: of the parameters; None for float32.

    The weight starts from ``HeUniform(sqrt(5))``, the bias from ``Uniform(1 / sqrt(fan_in))``, in every
    profile.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
"""


class Conv1d(_Conv):
    __doc__ = f"""Convolution over one axis.
{_ARGUMENTS}
    Shape:
        input (N, C_in, L) or (C_in, L), the parameters' dtype; weight (out, in / groups, kernel), bias
        (out,); result (N, C_out, L_out) or (C_out, L_out).

    Example:
        >>> Conv1d(2, 4, 3, padding="same")(torch.ones(1, 2, 5)).shape
        torch.Size([1, 4, 5])
    """
    _axes = 1


class Conv2d(_Conv):
    __doc__ = f"""Convolution over two axes.
{_ARGUMENTS}
    Shape:
        input (N, C_in, H, W) or (C_in, H, W), the parameters' dtype; weight (out, in / groups, height,
        width), bias (out,); result (N, C_out, H_out, W_out) or (C_out, H_out, W_out).

    Example:
        >>> Conv2d(2, 4, 3, stride=2, padding=1)(torch.ones(1, 2, 5, 5)).shape
        torch.Size([1, 4, 3, 3])
    """
    _axes = 2


class Conv3d(_Conv):
    __doc__ = f"""Convolution over three axes.
{_ARGUMENTS}
    Shape:
        input (N, C_in, D, H, W) or (C_in, D, H, W), the parameters' dtype; weight (out, in / groups, depth,
        height, width), bias (out,); result (N, C_out, D_out, H_out, W_out), or without N.

    Example:
        >>> Conv3d(2, 4, (1, 3, 3))(torch.ones(1, 2, 5, 5, 5)).shape
        torch.Size([1, 4, 5, 3, 3])
    """
    _axes = 3
