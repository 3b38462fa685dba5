"""Dense: x @ weight.T + bias."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.declare import Init
from paraminit.errors import ArgumentValueError
from paraminit.nn.activation import checked_activation
from paraminit.nn.weights import check_bool, default_bias, default_weight, weight_and_bias
from paraminit.parameter import Parameter

__all__ = ["Dense"]


class Dense(Cell, torch.nn.Linear):
    """x @ weight.T + bias, then the activation. It is a torch.nn.Linear to whatever looks for one.

    Args:
        in_channels, out_channels: above 0.
        weight_init: what ``initializer`` takes. Default ``HeUniform(sqrt(5))``, Normal under the profile
            ``mindspore-1``.
        bias_init: the same for the bias. Default ``Uniform(1 / sqrt(in_channels))``, or zeros.
        has_bias: default True.
        activation: a Cell, or the name of one (``"relu"``).
        dtype: of the parameters; default float32.

    Shape:
        x (*, in_channels), the parameters' dtype; weight (out_channels, in_channels), bias
        (out_channels,); result (*, out_channels).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = Dense(2, 1, weight_init="ones", bias_init=0.5)
        >>> net
        Dense(input_channels=2, output_channels=1, has_bias=True)
        >>> print(net(paraminit.Tensor([[1.0, 2.0]])))
        [[3.5]]
    """

    weight: Parameter
    bias: Parameter | None  # type: ignore[assignment]
    activation: torch.nn.Module | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        weight_init: Init = None,
        bias_init: Init = None,
        has_bias: bool = True,
        activation: str | torch.nn.Module | None = None,
        dtype: object = torch.float32,
    ) -> None:
        Cell.__init__(self)
        positive_int("Dense", "in_channels", in_channels)
        positive_int("Dense", "out_channels", out_channels)
        check_bool("Dense", "has_bias", has_bias)
        vars(self).update(  # at once: attributes one by one cost as much as a parameter's values
            in_channels=in_channels,
            in_features=in_channels,
            out_channels=out_channels,
            out_features=out_channels,
            has_bias=has_bias,
            activation=None,
        )
        chosen = None if activation is None else checked_activation("Dense", activation)
        weight_init = default_weight() if weight_init is None else weight_init
        bias_init = default_bias(in_channels) if bias_init is None else bias_init
        self.weight, bias = weight_and_bias(
            "Dense",
            dtype,
            (weight_init, (out_channels, in_channels)),
            (bias_init, (out_channels,)) if has_bias else None,
        )
        if bias is None:
            self.register_parameter("bias", None)
        else:
            self.bias = bias
        if chosen is not None:
            self.activation = chosen

    @property
    def activation_flag(self) -> bool:
        """Whether there is an activation."""
        return self.activation is not None

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        check_tensors("Dense", x=x)
        if x.ndim == 0 or x.shape[-1] != self.in_channels:
            raise ArgumentValueError(
                f"Dense: the last axis of x must have {self.in_channels} elements, "
                f"got shape {tuple(x.shape)}."
            )
        y = F.linear(x, self.weight, self.bias)
        return y if self.activation is None else self.activation(y)

    def extend_repr(self) -> str:
        text = f"input_channels={self.in_channels}, output_channels={self.out_channels}"
        if self.has_bias:
            text += ", has_bias=True"
        return text if self.activation is None else f"{text}, activation={self.activation}"
