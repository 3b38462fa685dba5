"""Adam and AdamWeightDecay: steps in units of the gradient's size."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import positive
from paraminit.errors import ArgumentValueError
from paraminit.nn.optim.optimizer import Optimizer, float32
from paraminit.nn.weights import check_bool

__all__ = ["Adam", "AdamWeightDecay"]


class Adam(Optimizer):
    """w <- w - rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps), where
    m <- beta1 * m + (1 - beta1) * g, v <- beta2 * v + (1 - beta2) * g^2, and g is
    gradient + weight_decay * w.

    Unlike torch's Adam it adds eps before v is corrected for its beginning at 0.

    Args:
        params: Parameters or groups of them, see :class:`Optimizer`.
        learning_rate: default 0.001; see there.
        beta1, beta2: between 0 and 1, both excluded.
        eps: above 0; default 1e-8.
        use_locking: accepted for MindSpore's sake; has no effect.
        use_nesterov: put beta1 * m + (1 - beta1) * g in the place of m.
        weight_decay, loss_scale: see there.
        use_amsgrad: divide by the largest v so far. use_nesterov then has no effect, as in MindSpore.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError, ParameterNameError: see there.

    Example:
        >>> from paraminit import Parameter
        >>> weight = Parameter([1.0], name="weight")
        >>> _ = Adam([weight], 0.5)((torch.ones(1),))
        >>> print(weight.asnumpy().round(4))
        [0.5]
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        use_locking: bool = False,
        use_nesterov: bool = False,
        weight_decay: float | Cell = 0.0,
        loss_scale: float = 1.0,
        use_amsgrad: bool = False,
    ) -> None:
        owner = type(self).__name__
        flags = {"use_locking": use_locking, "use_nesterov": use_nesterov, "use_amsgrad": use_amsgrad}
        for name, flag in flags.items():
            check_bool(owner, name, flag)
        coefficients = _betas_and_eps(owner, beta1, beta2, eps)
        coefficients |= {"use_nesterov": use_nesterov, "use_amsgrad": use_amsgrad}
        # beta^t as MindSpore has it: a running product in float32.
        coefficients |= {"beta1_power": 1.0, "beta2_power": 1.0}
        super().__init__(learning_rate, params, weight_decay, loss_scale, **coefficients)

    def begin(self, group: dict[str, Any]) -> None:
        for beta in ("beta1", "beta2"):
            group[f"{beta}_power"] = float32(group[f"{beta}_power"] * float32(group[beta]))

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
        _start(state, parameter, "moment1", "moment2", *(("vhat",) if group["use_amsgrad"] else ()))
        m, v = state["moment1"], state["moment2"]
        fresh1, fresh2 = (float32(1 - float32(group[beta])) for beta in ("beta1", "beta2"))
        m.add_((gradient - m) * fresh1)
        v.add_((gradient * gradient - v) * fresh2)
        if group["use_amsgrad"]:
            torch.maximum(state["vhat"], v, out=state["vhat"])
            v = state["vhat"]
        elif group["use_nesterov"]:
            m = m * group["beta1"] + gradient * fresh1
        parameter.sub_((m * _corrected(rate, group)).div_(v.sqrt().add_(group["eps"])))


class AdamWeightDecay(Optimizer):
    """w <- w - rate * (m / (sqrt(v) + eps) + weight_decay * w), with m and v as in :class:`Adam`.

    Unlike torch's AdamW it does not correct m and v for their beginning at 0.

    Args:
        params: Parameters or groups of them, see :class:`Optimizer`.
        learning_rate: default 0.001; see there.
        beta1, beta2: between 0 and 1, both excluded.
        eps: above 0; default 1e-6.
        weight_decay: see there.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError, ParameterNameError: see there.

    Example:
        >>> from paraminit import Parameter
        >>> weight = Parameter([1.0], name="weight")
        >>> _ = AdamWeightDecay([weight], 0.1, weight_decay=0.5)((torch.zeros(1),))
        >>> print(weight.asnumpy())
        [0.95]
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-6,
        weight_decay: float | Cell = 0.0,
    ) -> None:
        coefficients = _betas_and_eps(type(self).__name__, beta1, beta2, eps)
        super().__init__(learning_rate, params, weight_decay, **coefficients)

    def update(
        self,
        parameter: torch.nn.Parameter,
        gradient: torch.Tensor,
        rate: float,
        state: dict[str, Any],
        group: dict[str, Any],
    ) -> None:
        _start(state, parameter, "adam_m", "adam_v")
        m, v = state["adam_m"], state["adam_v"]
        m.mul_(group["beta1"]).add_(gradient * float32(1 - float32(group["beta1"])))
        v.mul_(group["beta2"]).add_(gradient * gradient * float32(1 - float32(group["beta2"])))
        change = m / v.sqrt().add_(group["eps"])
        if group["weight_decay"]:
            change.add_(parameter * group["weight_decay"])
        parameter.sub_(change.mul_(rate))


def _betas_and_eps(owner: str, beta1: object, beta2: object, eps: object) -> dict[str, Any]:
    betas = {name: positive(owner, name, value) for name, value in (("beta1", beta1), ("beta2", beta2))}
    for name, value in betas.items():
        if value >= 1:
            raise ArgumentValueError(f"{owner}: {name} must be below 1, got {value!r}.")
    return {**betas, "eps": positive(owner, "eps", eps)}


def _start(state: dict[str, Any], parameter: torch.nn.Parameter, *names: str) -> None:
    for name in names:
        if name not in state:
            state[name] = torch.zeros_like(parameter)


def _corrected(rate: float, group: dict[str, Any]) -> float:
    """The rate, corrected for moments that began at 0; in float32 like MindSpore: 1 - beta^t is small."""
    one = np.float32(1)
    powers = np.float32(group["beta1_power"]), np.float32(group["beta2_power"])
    return float(np.float32(rate) * np.sqrt(one - powers[1]) / (one - powers[0]))
