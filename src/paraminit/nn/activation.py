"""Activations by the names that layers take."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.along_axis import LogSoftmax, Softmax, Softmax2d, Softmin
from paraminit.nn.elementwise import (
    CELU,
    ELU,
    GELU,
    FastGelu,
    LogSigmoid,
    Mish,
    SeLU,
    Sigmoid,
    SiLU,
    Softsign,
    Tanh,
    Tanhshrink,
)
from paraminit.nn.over_dim import LogSoftmaxExt
from paraminit.nn.piecewise import (
    Hardtanh,
    HShrink,
    HSigmoid,
    HSwish,
    LeakyReLU,
    ReLU,
    ReLU6,
    RReLU,
    SoftShrink,
)
from paraminit.nn.prelu import PReLU, PReLUExt

__all__ = ["ACTIVATIONS", "checked_activation", "get_activation"]

#: Every activation that can be built without arguments, by the name that layers take.
ACTIVATIONS: dict[str, type[Cell]] = {
    "celu": CELU,
    "elu": ELU,
    "fast_gelu": FastGelu,
    "gelu": GELU,
    "hardtanh": Hardtanh,
    "hshrink": HShrink,
    "hsigmoid": HSigmoid,
    "hswish": HSwish,
    "leakyrelu": LeakyReLU,
    "logsigmoid": LogSigmoid,
    "logsoftmaxext": LogSoftmaxExt,
    "logsoftmax": LogSoftmax,
    "mish": Mish,
    "prelu": PReLU,
    "preluext": PReLUExt,
    "relu": ReLU,
    "relu6": ReLU6,
    "rrelu": RReLU,
    "selu": SeLU,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softmax": Softmax,
    "softmax2d": Softmax2d,
    "softmin": Softmin,
    "softshrink": SoftShrink,
    "softsign": Softsign,
    "tanh": Tanh,
    "tanhshrink": Tanhshrink,
}


def get_activation(name: str | None, prim_name: str | None = None) -> Cell | None:
    """The activation of a name, with its default arguments.

    Args:
        name: in any case; None gives None.
        prim_name: who asks, for the error message.

    Raises:
        ArgumentTypeError: the name is no str.
        ArgumentValueError: ``"threshold"``, which has no default arguments.
        UnknownNameError: there is none of that name.

    Example:
        >>> get_activation("relu"), get_activation("leakyrelu")
        (ReLU(), LeakyReLU(alpha=0.2))
    """
    who = f"{prim_name}: " if prim_name else ""
    if name is None:
        return None
    if not isinstance(name, str):
        raise ArgumentTypeError(f"{who}the name of an activation must be a str, got {name!r}.")
    if name.lower() == "threshold":
        raise ArgumentValueError(f"{who}{name!r} needs arguments. Give nn.Threshold(threshold, value).")
    if name.lower() not in ACTIVATIONS:
        raise UnknownNameError(f"activation{f' of {prim_name}' if prim_name else ''}", name, ACTIVATIONS)
    return ACTIVATIONS[name.lower()]()


def checked_activation(owner: str, activation: object) -> torch.nn.Module | None:
    """What a layer's ``activation`` argument means: a module, or None.

    Raises:
        ArgumentTypeError: no str, Cell or torch module.
        ArgumentValueError, UnknownNameError: as :func:`get_activation`.
    """
    if activation is None or isinstance(activation, torch.nn.Module):
        return activation
    if not isinstance(activation, str):
        raise ArgumentTypeError(
            f"{owner}: activation must be the name of one, a Cell such as nn.ReLU(), or None, "
            f"got {activation!r}."
        )
    return get_activation(activation, owner)
