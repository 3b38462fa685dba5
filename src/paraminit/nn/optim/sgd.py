"""SGD and Momentum: steps along the gradient, with and without memory."""

from __future__ import annotations

from typing import Any

import torch

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import nonnegative
from paraminit.errors import ArgumentValueError
from paraminit.nn.optim.optimizer import Optimizer, float32
from paraminit.nn.weights import check_bool
from paraminit.profiles import current_profile

__all__ = ["Momentum", "SGD"]


class SGD(Optimizer):
    """w <- w - rate * v, where v <- momentum * v + (1 - dampening) * g, in the first step v = g, and g is
    gradient + weight_decay * w. With nesterov, w <- w - rate * (g + momentum * v).

    Args:
        params: Parameters or groups of them, see :class:`Optimizer`.
        learning_rate: default 0.1; see there.
        momentum, dampening, weight_decay: 0 or more; default 0.
        nesterov: needs a momentum and no dampening.
        loss_scale: see there.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError, ParameterNameError: see there.

    Example:
        >>> from paraminit import Parameter
        >>> weight = Parameter([1.0], name="weight")
        >>> optimizer = SGD([weight], 0.5, momentum=0.5)
        >>> for _ in range(2):
        ...     _ = optimizer((torch.ones(1),))
        >>> print(weight.asnumpy())
        [-0.25]
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 0.1,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float | Cell = 0.0,
        nesterov: bool = False,
        loss_scale: float = 1.0,
    ) -> None:
        owner = type(self).__name__
        coefficients = {
            "momentum": nonnegative(owner, "momentum", momentum),
            "dampening": nonnegative(owner, "dampening", dampening),
            "nesterov": nesterov,
        }
        check_bool(owner, "nesterov", nesterov)
        if nesterov and not (momentum and not dampening):
            raise ArgumentValueError(
                f"{owner}: nesterov=True needs a momentum above 0 and dampening 0, got momentum={momentum!r} "
                f"and dampening={dampening!r}."
            )
        super().__init__(learning_rate, params, weight_decay, loss_scale, **coefficients)

    def update(
        self,
        parameter: torch.nn.Parameter,
        gradient: torch.Tensor,
        rate: float,
        state: dict[str, Any],
        group: dict[str, Any],
    ) -> None:
        if group["weight_decay"]:
            gradient = gradient + parameter * group["weight_decay"]
        momentum = group["momentum"]
        if momentum:
            if "accum" not in state:
                state["accum"] = gradient.clone()
            else:
                fresh = float32(1 - float32(group["dampening"]))
                state["accum"].mul_(momentum).add_(gradient * fresh)
            velocity = state["accum"]
            gradient = gradient + velocity * momentum if group["nesterov"] else velocity
        # Not add_(..., alpha): it rounds once where MindSpore rounds twice.
        parameter.sub_(gradient * rate)


class Momentum(SGD):
    """w <- w - rate * v, where v <- momentum * v + g, and g is gradient + weight_decay * w. With
    use_nesterov, w <- w - rate * (g + momentum * v).

    MindSpore documents that formula and ignores use_nesterov on the CPU. The profile ``mindspore-2.10``
    ignores it too.

    Args:
        params: Parameters or groups of them, see :class:`Optimizer`.
        learning_rate: see there.
        momentum: 0 or more.
        weight_decay, loss_scale: see there.
        use_nesterov: whether to look ahead.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError, ParameterNameError: see there.

    Example:
        >>> from paraminit import Parameter
        >>> weight = Parameter([1.0], name="weight")
        >>> _ = Momentum([weight], learning_rate=0.5, momentum=0.9)((torch.ones(1),))
        >>> print(weight.asnumpy())
        [0.5]
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any,
        momentum: float,
        weight_decay: float | Cell = 0.0,
        loss_scale: float = 1.0,
        use_nesterov: bool = False,
    ) -> None:
        check_bool("Momentum", "use_nesterov", use_nesterov)
        nesterov = use_nesterov and current_profile() != "mindspore-2.10" and momentum != 0
        super().__init__(params, learning_rate, momentum, 0.0, weight_decay, nesterov, loss_scale)
