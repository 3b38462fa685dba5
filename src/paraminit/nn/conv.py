"""Conv1d, Conv2d, Conv3d."""

from __future__ import annotations

import math
from typing import ClassVar

import torch

from paraminit.cell import Cell
from paraminit.convolution import Convolution
from paraminit.declare import Init
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool, default_bias, default_weight, shown, weight_and_bias
from paraminit.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class _Conv(Cell):
    """What the three have in common; they differ in the number of axes and the weight's shape."""

    _axes: ClassVar[int]
    _format: ClassVar[str]

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        data_format: str = "NCHW",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        check_bool(owner, "has_bias", has_bias)
        if data_format != self._format:
            raise ArgumentValueError(
                f"{owner}: data_format must be {self._format!r}, got {data_format!r}. Transpose the input."
            )
        channels: dict[str, object] = {"in_channels": in_channels, "out_channels": out_channels}
        self._convolution = Convolution.checked(
            owner, self._axes, kernel_size, stride, pad_mode, padding, dilation, group, channels
        )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = self._convolution.kernel_size, self._convolution.stride
        self.pad_mode, self.padding = self._convolution.pad_mode, padding
        self.dilation, self.group = self._convolution.dilation, group
        self.has_bias, self.data_format = has_bias, self._format
        fan_in = in_channels // group * math.prod(self.kernel_size)
        weight_init = default_weight() if weight_init is None else weight_init
        if has_bias and bias_init is None:
            bias_init = default_bias(fan_in)
        self.weight, bias = weight_and_bias(
            owner, dtype, self._weight_from(weight_init), (bias_init, (out_channels,)) if has_bias else None
        )
        self.register_parameter("bias", None)
        self.bias = bias
        self._shown = f"weight_init={shown(weight_init)}, bias_init={shown(bias_init)}"

    def _weight_from(self, init: Init) -> tuple[Init, tuple[int, ...]]:
        """What initializes the weight, and its shape."""
        return init, (self.out_channels, self.in_channels // self.group, *self.kernel_size)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return self._convolution(x, self.weight, self.bias)

    def extend_repr(self) -> str:
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, pad_mode={self.pad_mode}, "
            f"padding={self.padding}, dilation={self.dilation}, group={self.group}, "
            f"has_bias={self.has_bias}, {self._shown}, format={self.data_format}"
        )


class Conv1d(_Conv):
    """Convolution over one axis.

    Args:
        in_channels, out_channels: above 0.
        kernel_size: above 0, as are stride and dilation.
        stride: default 1.
        pad_mode: ``"same"`` (default): the output has ceil(L / stride) elements, an odd padding element
            goes to the end; ``"valid"``: no padding; ``"pad"``: ``padding`` on either side.
        padding: 0 unless pad_mode is ``"pad"``.
        dilation: default 1.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init: what ``initializer`` takes; a Tensor has shape (out, in / group, kernel). Default
            ``HeUniform(sqrt(5))``, Normal under the profile ``mindspore-1``.
        bias_init: the same for the bias. Default ``Uniform(1 / sqrt(fan_in))``, or zeros.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C_in, L), the parameters' dtype; weight (out, in / group, 1, kernel), bias (out,); result
        (N, C_out, L_out). ``weight.set_data`` also takes (out, in / group, kernel).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> x = paraminit.Tensor([[[1.0, 2.0, 3.0]]])
        >>> print(Conv1d(1, 1, 3, weight_init="ones")(x))
        [[[3. 6. 5.]]]
    """

    _axes, _format = 1, "NCHW"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        pad_mode: str = "same",
        padding: int = 0,
        dilation: int = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        dtype: object = torch.float32,
    ) -> None:
        sizes = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
        for name, value in sizes.items():
            if not isinstance(value, int):
                raise ArgumentTypeError(f"Conv1d: {name} must be an int, got {value!r}.")
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            pad_mode,
            padding,
            dilation,
            group,
            has_bias,
            weight_init,
            bias_init,
            dtype=dtype,
        )
        self.weight.flat_shape = (*self.weight.shape[:2], kernel_size)
        # MindSpore computes over an axis of height 1 as well, which its users see in shapes, attributes and
        # checkpoints.
        self.kernel_size, self.stride, self.dilation = (1, kernel_size), (1, stride), (1, dilation)
        self.padding = (0, 0, padding, padding)

    def _weight_from(self, init: Init) -> tuple[Init, tuple[int, ...]]:
        flat = (self.out_channels, self.in_channels // self.group, *self.kernel_size)
        if isinstance(init, torch.Tensor) and not isinstance(init, torch.nn.Parameter):
            if tuple(init.shape) != flat:
                raise ArgumentValueError(
                    f"Conv1d.weight_init: the Tensor must have shape {flat}, got {tuple(init.shape)}."
                )
            init = init.unsqueeze(2)
        return init, (*flat[:2], 1, flat[2])

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return self._convolution(x, self.weight.squeeze(2), self.bias)


class Conv2d(_Conv):
    """Convolution over two axes.

    Args:
        in_channels, out_channels: above 0.
        kernel_size: int or (height, width), above 0, as are stride and dilation.
        stride: default 1.
        pad_mode: ``"same"`` (default): the output has ceil(size / stride) elements, an odd padding
            element goes to the bottom and right; ``"valid"``: no padding; ``"pad"``: ``padding``.
        padding: int or (top, bottom, left, right); 0 unless pad_mode is ``"pad"``.
        dilation: default 1.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init: what ``initializer`` takes. Default ``HeUniform(sqrt(5))``, Normal under the profile
            ``mindspore-1``.
        bias_init: the same for the bias. Default ``Uniform(1 / sqrt(fan_in))``, or zeros.
        data_format: ``"NCHW"``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C_in, H, W), the parameters' dtype; weight (out, in / group, height, width), bias (out,);
        result (N, C_out, H_out, W_out).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = Conv2d(1, 1, 2, stride=2, weight_init="ones")
        >>> print(net(paraminit.Tensor([[[[1.0, 2.0, 3.0]]]])))
        [[[[3. 3.]]]]
    """

    _axes, _format = 2, "NCHW"


class Conv3d(_Conv):
    """Convolution over three axes.

    Args:
        in_channels, out_channels: above 0.
        kernel_size: int or (depth, height, width), above 0, as are stride and dilation.
        stride: default 1.
        pad_mode: ``"same"`` (default): the output has ceil(size / stride) elements, an odd padding
            element goes to the tail, bottom and right; ``"valid"``: no padding; ``"pad"``: ``padding``.
        padding: int or (head, tail, top, bottom, left, right); 0 unless pad_mode is ``"pad"``.
        dilation: default 1.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init: what ``initializer`` takes. Default ``HeUniform(sqrt(5))``, Normal under the profile
            ``mindspore-1``.
        bias_init: the same for the bias. Default ``Uniform(1 / sqrt(fan_in))``, or zeros.
        data_format: ``"NCDHW"``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C_in, D, H, W), the parameters' dtype; weight (out, in / group, depth, height, width), bias
        (out,); result (N, C_out, D_out, H_out, W_out).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> x = paraminit.Tensor([[[[[2.0]]]]])
        >>> print(Conv3d(1, 1, 3, weight_init="ones")(x))
        [[[[[2.]]]]]
    """

    _axes, _format = 3, "NCDHW"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        data_format: str = "NCDHW",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            pad_mode,
            padding,
            dilation,
            group,
            has_bias,
            weight_init,
            bias_init,
            data_format,
            dtype,
        )
