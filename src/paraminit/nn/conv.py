"""Conv1d, Conv2d, Conv3d."""

from __future__ import annotations

import torch

from paraminit.declare import Init
from paraminit.nn.conv_base import Conv
from paraminit.nn.height import WithHeight, check_ints

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class Conv1d(WithHeight, Conv):
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
        check_ints("Conv1d", kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
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


class Conv2d(Conv):
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


class Conv3d(Conv):
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
