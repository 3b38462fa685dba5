"""Conv2dBnAct and DenseBnAct: a layer, its normalization and its activation in one Cell."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.declare import Init
from paraminit.describe.initializers.arguments import finite
from paraminit.nn.activation import checked_activation
from paraminit.nn.batch_norm import BatchNorm1d, BatchNorm2d
from paraminit.nn.conv import Conv2d
from paraminit.nn.dense import Dense
from paraminit.nn.piecewise import LeakyReLU
from paraminit.nn.weights import check_bool

__all__ = ["Conv2dBnAct", "DenseBnAct"]


class Conv2dBnAct(Cell):
    """:class:`Conv2d`, then :class:`BatchNorm2d` and an activation where asked for.

    Args:
        in_channels, out_channels, kernel_size, stride, pad_mode, padding, dilation, group, has_bias: as for
            Conv2d.
        weight_init, bias_init: what ``initializer`` takes, or None for Conv2d's default; default
            ``Normal(0.01)`` and zeros.
        has_bn: whether there is a BatchNorm2d; default False.
        momentum, eps: its own; default 0.997 and 1e-5.
        activation: a Cell, or the name of one; default None.
        alpha: the slope of ``"leakyrelu"``; default 0.2.
        after_fake: kept, without effect.

    Shape:
        x (N, C_in, H, W); conv.weight, conv.bias as Conv2d's; batchnorm.gamma and the others (C_out,);
        result (N, C_out, H_out, W_out).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> net = Conv2dBnAct(3, 8, 3, has_bn=True, activation="relu")
        >>> net(torch.ones(1, 3, 5, 5)).shape
        torch.Size([1, 8, 5, 5])
    """

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
        weight_init: Init = "normal",
        bias_init: Init = "zeros",
        has_bn: bool = False,
        momentum: float = 0.997,
        eps: float = 1e-5,
        activation: str | torch.nn.Module | None = None,
        alpha: float = 0.2,
        after_fake: bool = True,
    ) -> None:
        super().__init__()
        self.has_bn, self.after_fake, chosen = _checked("Conv2dBnAct", has_bn, after_fake, activation, alpha)
        # Normalization draws no key, so it comes first: what it refuses is refused before one is drawn.
        normalization = BatchNorm2d(out_channels, eps, momentum) if has_bn else None
        self.conv = Conv2d(
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
        )
        self.batchnorm, self.activation = normalization, chosen
        self.has_act = chosen is not None

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return _rest(self.conv(x), self.batchnorm, self.activation)


class DenseBnAct(Cell):
    """:class:`Dense`, then :class:`BatchNorm1d` and an activation where asked for.

    Args:
        in_channels, out_channels: above 0.
        weight_init, bias_init: what ``initializer`` takes, or None for Dense's default; default
            ``Normal(0.01)`` and zeros.
        has_bias: default True.
        has_bn: whether there is a BatchNorm1d; default False.
        momentum, eps: its own; default 0.9 and 1e-5.
        activation: a Cell, or the name of one; default None.
        alpha: the slope of ``"leakyrelu"``; default 0.2.
        after_fake: kept, without effect.

    Shape:
        x (N, in_channels); dense.weight (out_channels, in_channels), dense.bias, batchnorm.gamma and the
        others (out_channels,); result (N, out_channels).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> [name for name, _ in DenseBnAct(2, 3, activation="prelu").parameters_and_names()]
        ['dense.weight', 'dense.bias', 'activation.w']
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        weight_init: Init = "normal",
        bias_init: Init = "zeros",
        has_bias: bool = True,
        has_bn: bool = False,
        momentum: float = 0.9,
        eps: float = 1e-5,
        activation: str | torch.nn.Module | None = None,
        alpha: float = 0.2,
        after_fake: bool = True,
    ) -> None:
        super().__init__()
        self.has_bn, self.after_fake, chosen = _checked("DenseBnAct", has_bn, after_fake, activation, alpha)
        normalization = BatchNorm1d(out_channels, eps, momentum) if has_bn else None
        self.dense = Dense(in_channels, out_channels, weight_init, bias_init, has_bias)
        self.batchnorm, self.activation = normalization, chosen
        self.has_act = chosen is not None

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return _rest(self.dense(x), self.batchnorm, self.activation)


def _checked(
    owner: str, has_bn: bool, after_fake: bool, activation: object, alpha: object
) -> tuple[bool, bool, torch.nn.Module | None]:
    check_bool(owner, "has_bn", has_bn)
    check_bool(owner, "after_fake", after_fake)
    slope = finite(owner, "alpha", alpha)
    if isinstance(activation, str) and activation.lower() == "leakyrelu":
        return has_bn, after_fake, LeakyReLU(slope)
    return has_bn, after_fake, checked_activation(owner, activation)


def _rest(
    x: torch.Tensor, normalization: torch.nn.Module | None, activation: torch.nn.Module | None
) -> torch.Tensor:
    for layer in (normalization, activation):
        x = x if layer is None else layer(x)
    return x
