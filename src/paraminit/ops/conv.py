"""Conv2D, Conv3D: convolutions whose weight is given in the call."""

from __future__ import annotations

from typing import ClassVar

import torch

from paraminit.convolution import Convolution, check_tensors
from paraminit.errors import ArgumentValueError

__all__ = ["Conv2D", "Conv3D", "without_batch"]


def without_batch(owner: str, argument: str, value: object, axes: int) -> object:
    """``value``, or its last two entries if there are four for two axes: those of N and C must be 1."""
    if axes == 2 and isinstance(value, tuple) and len(value) == 4:
        if value[:2] != (1, 1):
            raise ArgumentValueError(f"{owner}: {argument} of N and C must be 1, got {value!r}.")
        return value[2:]
    return value


class _Conv:
    _axes: ClassVar[int]
    _format: ClassVar[str]

    def __init__(
        self,
        out_channel: int,
        kernel_size: int | tuple[int, ...],
        mode: int = 1,
        pad_mode: str = "valid",
        pad: int | tuple[int, ...] = 0,
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        data_format: str = "NCHW",
    ) -> None:
        owner = type(self).__name__
        if mode != 1:
            raise ArgumentValueError(f"{owner}: mode must be 1 (convolution), got {mode!r}.")
        if data_format != self._format:
            raise ArgumentValueError(f"{owner}: data_format must be {self._format!r}, got {data_format!r}.")
        self._convolution = Convolution.checked(
            owner,
            self._axes,
            kernel_size,
            without_batch(owner, "stride", stride, self._axes),
            pad_mode,
            pad,
            without_batch(owner, "dilation", dilation, self._axes),
            group,
            {"out_channel": out_channel},
            padding_name="pad",
        )
        self.out_channel, self.group, self.mode = out_channel, group, mode
        self.kernel_size = self._convolution.kernel_size
        self.stride = (1, 1, *self._convolution.stride)
        self.dilation = (1, 1, *self._convolution.dilation)
        self.pad_mode = self._convolution.pad_mode
        self.pad = self.padding = self._convolution.padding
        self.format = self.data_format = self._format

    def __call__(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        owner = type(self).__name__
        check_tensors(owner, x=x, weight=weight)
        if weight.ndim != self._axes + 2 or (weight.shape[0], *weight.shape[2:]) != (
            self.out_channel,
            *self.kernel_size,
        ):
            raise ArgumentValueError(
                f"{owner}: weight must have shape ({self.out_channel}, C / group, "
                f"{', '.join(map(str, self.kernel_size))}), got {tuple(weight.shape)}."
            )
        return self._convolution(x, weight)

    def __repr__(self) -> str:
        return (
            f"Prim[{type(self).__name__}]<out_channel={self.out_channel}, kernel_size={self.kernel_size}, "
            f"mode={self.mode}, pad_mode={self.pad_mode}, pad={self.pad}, stride={self.stride}, "
            f"dilation={self.dilation}, group={self.group}, data_format={self.data_format}>"
        )


class Conv2D(_Conv):
    """Convolution over two axes: ``Conv2D(...)(x, weight)``.

    Args:
        out_channel: above 0.
        kernel_size: int or (height, width), above 0.
        mode: 1.
        pad_mode: ``"valid"`` (default), ``"same"`` (an odd padding element goes to the bottom and right)
            or ``"pad"``; in any case.
        pad: int or (top, bottom, left, right); 0 unless pad_mode is ``"pad"``.
        stride, dilation: int, (height, width) or (1, 1, height, width); default 1.
        group: divides out_channel; default 1.
        data_format: ``"NCHW"``.

    Shape:
        x (N, C, H, W), weight (out_channel, C / group, *kernel_size), one floating-point dtype; result
        (N, out_channel, H_out, W_out). A pending weight is created first.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind, at once;
            tensors that do not fit, when called.

    Example:
        >>> from paraminit.common.initializer import initializer
        >>> Conv2D(4, 3)(torch.ones(1, 2, 5, 5), initializer("normal", [4, 2, 3, 3])).shape
        torch.Size([1, 4, 3, 3])
    """

    _axes, _format = 2, "NCHW"


class Conv3D(_Conv):
    """Convolution over three axes: ``Conv3D(...)(x, weight)`` or ``Conv3D(...)(x, weight, bias)``.

    Args:
        out_channel: above 0.
        kernel_size: int or (depth, height, width), above 0.
        mode: 1.
        pad_mode: ``"valid"`` (default), ``"same"`` (an odd padding element goes to the tail, bottom and
            right) or ``"pad"``; in any case.
        pad: int or (head, tail, top, bottom, left, right); 0 unless pad_mode is ``"pad"``.
        stride, dilation: int or (depth, height, width); default 1.
        group: divides out_channel; default 1.
        data_format: ``"NCDHW"``.

    Shape:
        x (N, C, D, H, W), weight (out_channel, C / group, *kernel_size), bias (out_channel), one
        floating-point dtype; result (N, out_channel, D_out, H_out, W_out). A pending weight is created
        first.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind, at once;
            tensors that do not fit, when called.

    Example:
        >>> Conv3D(32, (4, 3, 3))(torch.ones(16, 3, 10, 8, 8), torch.ones(32, 3, 4, 3, 3)).shape
        torch.Size([16, 32, 7, 6, 6])
    """

    _axes, _format = 3, "NCDHW"

    def __init__(
        self,
        out_channel: int,
        kernel_size: int | tuple[int, ...],
        mode: int = 1,
        pad_mode: str = "valid",
        pad: int | tuple[int, ...] = 0,
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        data_format: str = "NCDHW",
    ) -> None:
        super().__init__(out_channel, kernel_size, mode, pad_mode, pad, stride, dilation, group, data_format)

    def __call__(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        if bias is None:
            return super().__call__(x, weight)
        check_tensors("Conv3D", x=x, bias=bias)
        if bias.shape != (self.out_channel,):
            raise ArgumentValueError(
                f"Conv3D: bias must have shape ({self.out_channel},), got {tuple(bias.shape)}."
            )
        return super().__call__(x, weight) + bias.reshape(-1, 1, 1, 1)
