"""BiDense: x1 @ weight @ x2 + bias."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import Uniform
from paraminit.errors import ArgumentValueError
from paraminit.nn.weights import check_bool, weight_and_bias
from paraminit.parameter import Parameter

__all__ = ["BiDense"]


class BiDense(Cell):
    """For each output o: x1 @ weight[o] @ x2 + bias[o].

    Args:
        in1_channels, in2_channels, out_channels: above 0.
        weight_init, bias_init: what ``initializer`` takes. Default ``Uniform(1 / sqrt(in1_channels))``.
        has_bias: default True.
        dtype: of the parameters; default float32.

    Shape:
        x1 (*, in1_channels), x2 (*, in2_channels); weight (out_channels, in1_channels, in2_channels),
        bias (out_channels,); result (*, out_channels).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = BiDense(2, 1, 1, weight_init="ones", bias_init=0.5)
        >>> print(net(paraminit.Tensor([[1.0, 2.0]]), paraminit.Tensor([[3.0]])))
        [[9.5]]
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_channels: int,
        in2_channels: int,
        out_channels: int,
        weight_init: Init = None,
        bias_init: Init = None,
        has_bias: bool = True,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        self.in1_channels = positive_int("BiDense", "in1_channels", in1_channels)
        self.in2_channels = positive_int("BiDense", "in2_channels", in2_channels)
        self.out_channels = positive_int("BiDense", "out_channels", out_channels)
        check_bool("BiDense", "has_bias", has_bias)
        self.has_bias = has_bias
        default = Uniform(1 / math.sqrt(in1_channels))
        weight_init = default if weight_init is None else weight_init
        bias_init = default if bias_init is None else bias_init
        shape = (out_channels, in1_channels, in2_channels)
        self.weight, bias = weight_and_bias(
            "BiDense", dtype, (weight_init, shape), (bias_init, (out_channels,)) if has_bias else None
        )
        self.register_parameter("bias", None)
        self.bias = bias

    def construct(self, input1: torch.Tensor, input2: torch.Tensor) -> torch.Tensor:
        wanted = (self.in1_channels, self.in2_channels)
        for name, x, size in zip(("input1", "input2"), (input1, input2), wanted, strict=True):
            if x.ndim == 0 or x.shape[-1] != size:
                raise ArgumentValueError(
                    f"BiDense: the last axis of {name} must have {size} elements, got shape {tuple(x.shape)}."
                )
        if input1.shape[:-1] != input2.shape[:-1]:
            raise ArgumentValueError(
                "BiDense: input1 and input2 must agree in all axes but the last, got shapes "
                f"{tuple(input1.shape)} and {tuple(input2.shape)}."
            )
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extend_repr(self) -> str:
        return (
            f"in1_channels={self.in1_channels}, in2_channels={self.in2_channels}, "
            f"output_channels={self.out_channels}, has_bias={self.has_bias}"
        )
