"""ConvTranspose2d with torch's arguments."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import per_axis
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.mint.nn.conv import ConvLayer, Sizes, amounts, as_tuple

__all__ = ["ConvTranspose2d"]


class ConvTranspose2d(ConvLayer):
    """The transpose of :class:`Conv2d`: what maps its output's gradient to its input's.

    Args:
        in_channels, out_channels: above 0.
        kernel_size, stride, dilation: an int above 0, or a tuple or list of two; stride and dilation 1 by
            default.
        padding: elements cut from both sides of each axis; default 0.
        output_padding: elements of the transpose added at the end of each axis, fewer than stride or
            dilation; default 0.
        groups: divides both channel numbers; default 1.
        bias: default True.
        padding_mode: ``"zeros"``.
        dtype: of the parameters; None for float32.

    The weight starts from ``HeUniform(sqrt(5))`` for its shape, the bias from ``Uniform(1 / sqrt(out /
    groups * height * width))``, in every profile.

    Shape:
        input (N, C_in, H, W) or (C_in, H, W), the parameters' dtype; weight (in, out / groups, height,
        width), bias (out,); result (N, C_out, H_out, W_out) or (C_out, H_out, W_out), H_out = (H - 1) *
        stride - 2 * padding + dilation * (height - 1) + output_padding + 1. ``output_size``, given in the
        call as (H_out, W_out), chooses output_padding.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> ConvTranspose2d(3, 8, 4, stride=2)(torch.ones(1, 3, 5, 5)).shape
        torch.Size([1, 8, 12, 12])
    """

    _axes, transposed = 2, True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        dtype: object = None,
    ) -> None:
        super().__init__()
        owner = "ConvTranspose2d"
        if padding_mode != "zeros":
            raise ArgumentValueError(f"{owner}: padding_mode must be 'zeros', got {padding_mode!r}.")
        extra = amounts(owner, "output_padding", output_padding, 2)
        steps, gaps = (
            per_axis(owner, n, as_tuple(v), 2) for n, v in (("stride", stride), ("dilation", dilation))
        )
        if any(more >= max(step, gap) for more, step, gap in zip(extra, steps, gaps, strict=True)):
            raise ArgumentValueError(
                f"{owner}: output_padding must be below stride or dilation, got {output_padding!r} with "
                f"stride={stride!r}, dilation={dilation!r}."
            )
        if isinstance(padding, str):
            raise ArgumentTypeError(f"{owner}: padding must be an int or a tuple of 2 ints, got {padding!r}.")
        self.output_padding = extra
        sizes = (kernel_size, stride, padding, dilation)
        self._build(in_channels, out_channels, *sizes, groups, bias, padding_mode, dtype)

    def construct(self, input: torch.Tensor, output_size: Sizes | None = None) -> torch.Tensor:
        x = self._with_batch(input)
        if x.shape[1] != self.in_channels:
            raise ArgumentValueError(
                f"ConvTranspose2d: input must have {self.in_channels} channels, "
                f"got shape {tuple(input.shape)}."
            )
        if x.dtype != self.weight.dtype:
            raise ArgumentTypeError(
                "ConvTranspose2d: input and weight must have one dtype, "
                f"got {x.dtype} and {self.weight.dtype}."
            )
        cuts = self._convolution.padding[::2]
        least = [
            (size - 1) * stride - 2 * cut + dilation * (kernel - 1) + 1
            for size, kernel, stride, cut, dilation in zip(
                x.shape[2:], self.kernel_size, self.stride, cuts, self.dilation, strict=True
            )
        ]
        extra = self.output_padding if output_size is None else self._extra(output_size, least)
        if any(size + more < 1 for size, more in zip(least, extra, strict=True)):
            raise ArgumentValueError(
                f"ConvTranspose2d: padding={self.padding} leaves nothing of an input of shape "
                f"{tuple(input.shape)}. Use less."
            )
        y = F.conv_transpose2d(
            x, self.weight, self.bias, self.stride, cuts, extra, self.groups, self.dilation
        )
        return y if y.ndim == input.ndim else y.squeeze(0)

    def _extra(self, output_size: Sizes, least: list[int]) -> tuple[int, ...]:
        wanted = amounts("ConvTranspose2d", "output_size", output_size, 2)
        most = [size + stride - 1 for size, stride in zip(least, self.stride, strict=True)]
        if any(not low <= size <= high for low, size, high in zip(least, wanted, most, strict=True)):
            raise ArgumentValueError(
                f"ConvTranspose2d: output_size must be from {tuple(least)} to {tuple(most)}, "
                f"got {output_size!r}."
            )
        return tuple(size - low for size, low in zip(wanted, least, strict=True))
