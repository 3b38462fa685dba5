"""Conv2DTranspose, Conv3DTranspose: transposed convolutions whose weight is given in the call."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import Convolution, check_tensors
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.ops.conv import without_batch
from paraminit.transposed_convolution import checked_output_padding, cut_to, spread, transposed_edges

__all__ = ["Conv2DTranspose", "Conv3DTranspose"]


class _ConvTranspose:
    _axes: ClassVar[int]
    _format: ClassVar[str]

    def _build(
        self,
        channels: dict[str, object],
        sizes: tuple[object, object, object, object],
        mode: int,
        pad_mode: str,
        group: int,
        data_format: str,
    ) -> None:
        """Check everything. ``sizes``: kernel, stride, padding, dilation."""
        owner = type(self).__name__
        if mode != 1:
            raise ArgumentValueError(f"{owner}: mode must be 1 (convolution), got {mode!r}.")
        if data_format != self._format:
            raise ArgumentValueError(f"{owner}: data_format must be {self._format!r}, got {data_format!r}.")
        kernel_size, stride, pad, dilation = sizes
        stride = without_batch(owner, "stride", stride, self._axes)
        dilation = without_batch(owner, "dilation", dilation, self._axes)
        self._convolution = Convolution.checked(
            *(owner, self._axes, kernel_size, stride, pad_mode, pad, dilation, group, channels),
            padding_name="pad",
        )
        self.group, self.mode = group, mode
        self.kernel_size = self._convolution.kernel_size
        self.stride = (1, 1, *self._convolution.stride)
        self.dilation = (1, 1, *self._convolution.dilation)
        self.format = self.data_format = self._format

    def _spread(self, dout: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Check the call, and compute the whole result."""
        owner = type(self).__name__
        check_tensors(owner, dout=dout, weight=weight)
        if dout.ndim != self._axes + 2:
            raise ArgumentValueError(
                f"{owner}: dout must have {self._axes + 2} dimensions (N, C, ...), "
                f"got shape {tuple(dout.shape)}."
            )
        if weight.ndim != self._axes + 2 or tuple(weight.shape[2:]) != self.kernel_size:
            raise ArgumentValueError(
                f"{owner}: weight must have shape (channels of dout, C / group, "
                f"{', '.join(map(str, self.kernel_size))}), got {tuple(weight.shape)}."
            )
        if weight.shape[0] != dout.shape[1] or weight.shape[0] % self.group:
            raise ArgumentValueError(
                f"{owner}: dout must have as many channels as weight has rows, a multiple of group; got dout "
                f"{tuple(dout.shape)}, weight {tuple(weight.shape)}, group {self.group}."
            )
        if dout.dtype != weight.dtype or not dout.is_floating_point():
            raise ArgumentTypeError(
                f"{owner}: dout and weight must have one floating-point dtype, got {dout.dtype} and "
                f"{weight.dtype}. Convert with .astype(...)."
            )
        return spread(self._convolution, dout, weight)


class Conv2DTranspose(_ConvTranspose):
    """The gradient of :class:`Conv2D` to x: ``Conv2DTranspose(...)(dout, weight, input_size)``.

    Args:
        out_channel: above 0. Only the tensors' own channels matter in the call, as in MindSpore.
        kernel_size: int or (height, width), above 0.
        pad_mode: ``"valid"`` (default), ``"same"`` or ``"pad"``, that of the convolution; in any case.
        pad: int or (top, bottom, left, right); 0 unless pad_mode is ``"pad"``.
        pad_list: (top, bottom, left, right), which replaces ``pad`` if pad_mode is ``"pad"`` and has no
            effect otherwise; default None.
        mode: 1.
        stride, dilation: int, (height, width) or (1, 1, height, width); default 1.
        group: divides out_channel; default 1.
        data_format: ``"NCHW"``.

    Shape:
        dout (N, C_out, H_out, W_out), weight (C_out, C_in / group, *kernel_size), one floating-point dtype;
        input_size and result (N, C_in, H, W), of which the convolution makes dout's shape. A pending weight
        is created first.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind, at once;
            tensors or sizes that do not fit, when called.

    Example:
        >>> dout, weight = torch.ones(10, 32, 30, 30), torch.ones(32, 3, 3, 3)
        >>> Conv2DTranspose(32, 3)(dout, weight, (10, 3, 32, 32)).shape
        torch.Size([10, 3, 32, 32])
    """

    _axes, _format = 2, "NCHW"

    def __init__(
        self,
        out_channel: int,
        kernel_size: int | tuple[int, ...],
        pad_mode: str = "valid",
        pad: int | tuple[int, ...] = 0,
        pad_list: tuple[int, ...] | list[int] | None = None,
        mode: int = 1,
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        data_format: str = "NCHW",
    ) -> None:
        if not (pad_list is None or isinstance(pad_list, tuple | list)):
            raise ArgumentTypeError(f"Conv2DTranspose: pad_list must be a tuple of 4 ints, got {pad_list!r}.")
        self.pad_list = None if pad_list is None else tuple(pad_list)
        listed = self.pad_list if str(pad_mode).lower() == "pad" else None
        sizes = (kernel_size, stride, pad if listed is None else listed, dilation)
        self._build({"out_channel": out_channel}, sizes, mode, pad_mode, group, data_format)
        self.out_channel, self.pad_mode = out_channel, pad_mode.upper()
        self.pad = self.padding = self._convolution.padding

    def __call__(
        self, dout: torch.Tensor, weight: torch.Tensor, input_size: tuple[int, ...] | list[int] | torch.Tensor
    ) -> torch.Tensor:
        whole = self._spread(dout, weight)
        size = tuple(input_size.tolist() if isinstance(input_size, torch.Tensor) else input_size)
        if size[:2] != whole.shape[:2] or len(size) != 4:
            raise ArgumentValueError(
                f"Conv2DTranspose: input_size must be (N, C_in, H, W) = ({whole.shape[0]}, {whole.shape[1]}, "
                f"H, W), got {size}."
            )
        return cut_to(self._convolution, whole, dout.shape[2:], size[2:])

    def __repr__(self) -> str:
        return (
            f"Prim[Conv2DTranspose]<out_channel={self.out_channel}, kernel_size={self.kernel_size}, "
            f"pad_mode={self.pad_mode}, pad={self.pad}, pad_list={self.pad_list}, mode={self.mode}, "
            f"stride={self.stride}, dilation={self.dilation}, group={self.group}, "
            f"data_format={self.data_format}, groups={self.group}>"
        )


class Conv3DTranspose(_ConvTranspose):
    """The transpose of :class:`Conv3D`: ``Conv3DTranspose(...)(dout, weight)``.

    Args:
        in_channel, out_channel: above 0. Only the tensors' own channels matter in the call, as in MindSpore.
        kernel_size: int or (depth, height, width), above 0.
        mode: 1.
        pad_mode: ``"valid"`` (default), ``"same"`` (the result has stride times the elements) or ``"pad"``;
            in any case.
        pad: int or (head, tail, top, bottom, left, right), cut from the result; 0 unless pad_mode is
            ``"pad"``.
        stride, dilation: int or (depth, height, width); default 1.
        group: divides in_channel and out_channel; default 1.
        output_padding: int or (depth, height, width), by which the result is longer at its end; needs
            pad_mode ``"pad"``; default 0.
        data_format: ``"NCDHW"``.

    Shape:
        dout (N, C_in, D, H, W), weight (C_in, C_out / group, *kernel_size), bias (C_out,), one floating-point
        dtype; result (N, C_out, D_out, H_out, W_out). A pending weight is created first.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind, at once;
            tensors that do not fit, when called.

    Example:
        >>> dout, weight = torch.ones(2, 16, 10, 8, 8), torch.ones(16, 3, 4, 6, 2)
        >>> Conv3DTranspose(16, 3, (4, 6, 2))(dout, weight).shape
        torch.Size([2, 3, 13, 13, 9])
    """

    _axes, _format = 3, "NCDHW"

    def __init__(
        self,
        in_channel: int,
        out_channel: int,
        kernel_size: int | tuple[int, ...],
        mode: int = 1,
        pad_mode: str = "valid",
        pad: int | tuple[int, ...] = 0,
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        output_padding: int | tuple[int, ...] = 0,
        data_format: str = "NCDHW",
    ) -> None:
        channels: dict[str, object] = {"in_channel": in_channel, "out_channel": out_channel}
        self._build(channels, (kernel_size, stride, pad, dilation), mode, pad_mode, group, data_format)
        self._extra = checked_output_padding(output_padding, self._convolution)
        self.in_channel, self.out_channel = in_channel, out_channel
        self.pad_mode, self.pad, self.pad_list = self._convolution.pad_mode, pad, self._convolution.padding
        self.output_padding = (0, 0, *self._extra)
        self._given = f"stride={stride}, dilation={dilation}"

    def __call__(
        self, dout: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        whole = self._spread(dout, weight)
        y = F.pad(whole, transposed_edges(self._convolution, dout.shape[2:], self._extra))
        if bias is None:
            return y
        check_tensors("Conv3DTranspose", bias=bias)
        if bias.shape != (y.shape[1],):
            raise ArgumentValueError(
                f"Conv3DTranspose: bias must have shape ({y.shape[1]},), got {tuple(bias.shape)}."
            )
        return y + bias.reshape(-1, 1, 1, 1)

    def __repr__(self) -> str:
        return (
            f"Prim[Conv3DTranspose]<in_channel={self.in_channel}, out_channel={self.out_channel}, "
            f"kernel_size={self.kernel_size}, mode={self.mode}, pad_mode={self.pad_mode}, pad={self.pad}, "
            f"{self._given}, group={self.group}, output_padding={self.output_padding}, "
            f"data_format={self.data_format}, strides={self.stride}, dilations={self.dilation}, "
            f"pad_list={self.pad_list}, groups={self.group}>"
        )
