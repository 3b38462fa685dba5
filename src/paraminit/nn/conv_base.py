"""What the layers of convolutions have in common: their checks and parameters."""

from __future__ import annotations

import math
from typing import ClassVar

import torch

from paraminit.cell import Cell
from paraminit.convolution import Convolution
from paraminit.declare import Init
from paraminit.errors import ArgumentValueError
from paraminit.nn.weights import check_bool, default_bias, default_weight, shown, weight_and_bias
from paraminit.parameter import Parameter

__all__ = ["Conv"]


class Conv(Cell):
    """What the three layers share; they differ in the number of axes."""

    _axes: ClassVar[int]
    _format: ClassVar[str]

    weight: Parameter
    bias: Parameter | None
    weight_init: Init
    bias_init: Init

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
            owner,
            dtype,
            self._weight_from(weight_init, (out_channels, in_channels // group, *self.kernel_size)),
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
        return self._convolution(x, self._kernel(), self.bias)

    def extend_repr(self) -> str:
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, pad_mode={self.pad_mode}, "
            f"padding={self.padding}, dilation={self.dilation}, group={self.group}, "
            f"has_bias={self.has_bias}, weight_init={shown(self.weight_init)}, "
            f"bias_init={shown(self.bias_init)}, format={self.data_format}"
        )
