"""Conv1dTranspose, Conv2dTranspose, Conv3dTranspose."""

from __future__ import annotations

import torch

from paraminit.declare import Init
from paraminit.errors import ArgumentValueError
from paraminit.nn.conv_transpose_base import ConvTranspose
from paraminit.nn.height import WithHeight, check_ints

__all__ = ["Conv1dTranspose", "Conv2dTranspose", "Conv3dTranspose"]


class Conv1dTranspose(WithHeight, ConvTranspose):
    """The transpose of :class:`Conv1d`: what maps its output's gradient to its input's.

    Args:
        in_channels, out_channels: above 0.
        kernel_size, stride, dilation: ints above 0; stride and dilation 1 by default.
        pad_mode: ``"same"`` (default): L * stride elements; ``"valid"``: nothing cut; ``"pad"``:
            ``padding`` elements cut on either side.
        padding: 0 unless pad_mode is ``"pad"``.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init: what ``initializer`` takes; a Tensor has shape (in, out / group, kernel). Default
            ``HeUniform(sqrt(5))`` for the weight's shape.
        bias_init: the same for the bias. Default ``Uniform(1 / sqrt(out / group * kernel))``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C_in, L); weight (in, out / group, 1, kernel), bias (out,); result (N, C_out, L_out).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = Conv1dTranspose(1, 1, 2, stride=2, weight_init="ones")
        >>> print(net(paraminit.Tensor([[[1.0, 2.0]]])))
        [[[1. 1. 2. 2.]]]
    """

    _axes = 1

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
        super().__init__()
        check_ints(
            "Conv1dTranspose", kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
        )
        sizes = (kernel_size, stride, padding, dilation)
        self._build(
            in_channels, out_channels, sizes, pad_mode, 0, group, has_bias, weight_init, bias_init, dtype
        )
        self.weight.flat_shape = (*self.weight.shape[:2], kernel_size)
        self.kernel_size, self.stride, self.dilation = (1, kernel_size), (1, stride), (1, dilation)
        self.padding = (0, 0, padding, padding)


_ARGUMENTS = """
    Args:
        in_channels, out_channels: above 0.
        kernel_size, stride, dilation: an int above 0 or one for each axis; stride and dilation 1.
        pad_mode: ``"same"`` (default): input * stride elements; ``"valid"``: nothing cut; ``"pad"``:
            what ``padding`` says is cut.
        padding: int or (before, after) of each axis; 0 unless pad_mode is ``"pad"``.
        output_padding: elements added at the end of each axis; 0 unless pad_mode is ``"pad"``. As in
            MindSpore these are zeros in Conv2dTranspose, and results of the transpose in Conv3dTranspose.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init, bias_init: what ``initializer`` takes. Default ``HeUniform(sqrt(5))`` for the weight's
            shape and ``Uniform(1 / sqrt(out / group * kernel))``.
        dtype: of the parameters; default float32.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
"""


class Conv2dTranspose(ConvTranspose):
    __doc__ = f"""The transpose of :class:`Conv2d`.
{_ARGUMENTS}
    Shape:
        x (N, C_in, H, W); weight (in, out / group, height, width), bias (out,); result
        (N, C_out, H_out, W_out).

    Example:
        >>> Conv2dTranspose(3, 8, 4, stride=2)(torch.ones(1, 3, 5, 5)).shape
        torch.Size([1, 8, 10, 10])
    """
    _axes = 2
    _zeros_at_end = True  # MindSpore's operator of two axes cannot compute these elements

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, ...] = 0,
        output_padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        sizes, out = (kernel_size, stride, padding, dilation), output_padding
        self._build(
            in_channels, out_channels, sizes, pad_mode, out, group, has_bias, weight_init, bias_init, dtype
        )


class Conv3dTranspose(ConvTranspose):
    __doc__ = f"""The transpose of :class:`Conv3d`; data_format must be ``"NCDHW"``.
{_ARGUMENTS}
    Shape:
        x (N, C_in, D, H, W); weight (in, out / group, depth, height, width), bias (out,); result
        (N, C_out, D_out, H_out, W_out).

    Example:
        >>> Conv3dTranspose(3, 8, 4, stride=2)(torch.ones(1, 3, 5, 5, 5)).shape
        torch.Size([1, 8, 10, 10, 10])
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
        output_padding: int | tuple[int, ...] = 0,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        data_format: str = "NCDHW",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        if data_format != "NCDHW":
            raise ArgumentValueError(
                f"Conv3dTranspose: data_format must be 'NCDHW', got {data_format!r}. Transpose the input."
            )
        sizes, out = (kernel_size, stride, padding, dilation), output_padding
        self._build(
            in_channels, out_channels, sizes, pad_mode, out, group, has_bias, weight_init, bias_init, dtype
        )
