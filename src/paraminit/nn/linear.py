"""Linear: Dense under torch's names. It is also ``mint.nn.Linear``."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import HeUniform, Uniform
from paraminit.errors import ArgumentValueError
from paraminit.nn.weights import check_bool, weight_and_bias
from paraminit.parameter import Parameter

__all__ = ["Linear"]


class Linear(Cell, torch.nn.Linear):
    """x @ weight.T + bias. It is a torch.nn.Linear to whatever looks for one.

    Args:
        in_features, out_features: above 0.
        bias: default True.
        weight_init: what ``initializer`` takes; default ``HeUniform(sqrt(5))``, in every profile.
        bias_init: the same for the bias; default ``Uniform(1 / sqrt(in_features))``.
        dtype: of the parameters; None for float32.

    Shape:
        x (*, in_features), the parameters' dtype; weight (out_features, in_features), bias
        (out_features,); result (*, out_features).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = Linear(2, 1, weight_init="ones", bias_init=0.5)
        >>> net
        Linear(input_features=2, output_features=1, has_bias=True)
        >>> print(net(paraminit.Tensor([[1.0, 2.0]])))
        [[3.5]]
    """

    weight: Parameter
    bias: Parameter | None  # type: ignore[assignment]

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        weight_init: Init = None,
        bias_init: Init = None,
        dtype: object = None,
    ) -> None:
        Cell.__init__(self)
        self.in_features = positive_int("Linear", "in_features", in_features)
        self.out_features = positive_int("Linear", "out_features", out_features)
        check_bool("Linear", "bias", bias)
        self.has_bias = bias
        dtype = torch.float32 if dtype is None else dtype
        weight_init = HeUniform(math.sqrt(5)) if weight_init is None else weight_init
        bias_init = Uniform(1 / math.sqrt(in_features)) if bias_init is None else bias_init
        self.weight, made = weight_and_bias(
            "Linear",
            dtype,
            (weight_init, (out_features, in_features)),
            (bias_init, (out_features,)) if bias else None,
        )
        self.register_parameter("bias", None)
        self.bias = made

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        check_tensors("Linear", x=x)
        if x.ndim == 0 or x.shape[-1] != self.in_features:
            raise ArgumentValueError(
                f"Linear: the last axis of x must have {self.in_features} elements, "
                f"got shape {tuple(x.shape)}."
            )
        return F.linear(x, self.weight, self.bias)

    def extend_repr(self) -> str:
        text = f"input_features={self.in_features}, output_features={self.out_features}"
        return f"{text}, has_bias=True" if self.has_bias else text
