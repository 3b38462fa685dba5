"""What the layers of transposed convolutions have in common: their checks and parameters."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import Convolution
from paraminit.declare import Init
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool, default_bias, default_weight, shown, weight_and_bias
from paraminit.parameter import Parameter
from paraminit.transposed_convolution import checked_output_padding, spread, transposed_edges

__all__ = ["ConvTranspose"]


class ConvTranspose(Cell):
    """What the three layers share; they differ in the number of axes and the order of arguments."""

    _axes: ClassVar[int]
    _format: ClassVar[str] = "NCHW"
    _zeros_at_end: ClassVar[bool] = False  # whether output_padding adds zeros, not results

    weight: Parameter
    bias: Parameter | None
    weight_init: Init
    bias_init: Init

    def _build(
        self,
        in_channels: int,
        out_channels: int,
        sizes: tuple[object, object, object, object],
        pad_mode: str,
        output_padding: object,
        group: int,
        has_bias: bool,
        weight_init: Init,
        bias_init: Init,
        dtype: object,
    ) -> None:
        """Check everything, then make the parameters. ``sizes``: kernel, stride, padding, dilation."""
        owner = type(self).__name__
        check_bool(owner, "has_bias", has_bias)
        kernel_size, stride, padding, dilation = sizes
        channels: dict[str, object] = {"in_channels": in_channels, "out_channels": out_channels}
        checked = Convolution.checked(
            owner, self._axes, kernel_size, stride, pad_mode, padding, dilation, group, channels
        )
        self._convolution, self._extra = checked, checked_output_padding(output_padding, checked)
        self.in_channels, self.out_channels, self.group = in_channels, out_channels, group
        self.kernel_size, self.stride, self.dilation = checked.kernel_size, checked.stride, checked.dilation
        self.pad_mode, self.padding, self.has_bias = checked.pad_mode, padding, has_bias
        self.output_padding, self.data_format = output_padding, self._format
        kernel = self.kernel_size
        weight_init = default_weight() if weight_init is None else weight_init
        if has_bias and bias_init is None:  # MindSpore's fan_in: that of the weight's shape
            bias_init = default_bias(out_channels // group * math.prod(kernel))
        self.weight, bias = weight_and_bias(
            owner,
            dtype,
            self._weight_from(weight_init, (in_channels, out_channels // group, *kernel)),
            (bias_init, (out_channels,)) if has_bias else None,
        )
        self.register_parameter("bias", None)
        self.bias = bias
        # Past torch's __setattr__, which is slow.
        vars(self).update(weight_init=weight_init, bias_init=bias_init)

    def _weight_from(self, init: Init, shape: tuple[int, ...]) -> tuple[Init, tuple[int, ...]]:
        """What initializes the weight, and its shape."""
        return init, shape

    def _kernel(self) -> torch.Tensor:
        return self.weight

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        owner = self._convolution.owner
        if x.ndim != self._axes + 2 or x.shape[1] != self.in_channels:
            raise ArgumentValueError(
                f"{owner}: x must have {self._axes + 2} dimensions and {self.in_channels} channels, "
                f"got shape {tuple(x.shape)}."
            )
        if x.dtype != self.weight.dtype:
            raise ArgumentTypeError(
                f"{owner}: x and weight must have one dtype, got {x.dtype} and {self.weight.dtype}."
            )
        inner = (0,) * self._axes if self._zeros_at_end else self._extra
        edges = transposed_edges(self._convolution, x.shape[2:], inner)
        y = F.pad(spread(self._convolution, x, self._kernel()), edges)
        y = y if self.bias is None else y + self.bias.reshape(-1, *(1,) * self._axes)
        if not self._zeros_at_end:
            return y
        return F.pad(y, [amount for extra in reversed(self._extra) for amount in (0, extra)])

    def extend_repr(self) -> str:
        extra = f"output_padding={self.output_padding}, " if any(self._extra) else ""
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, pad_mode={self.pad_mode}, "
            f"padding={self.padding}, {extra}dilation={self.dilation}, group={self.group}, "
            f"has_bias={self.has_bias}, weight_init={shown(self.weight_init)}, "
            f"bias_init={shown(self.bias_init)}, format={self.data_format}"
        )
