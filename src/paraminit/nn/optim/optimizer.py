"""Optimizer: what MindSpore's optimizers share, as a torch optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from paraminit.describe.initializers.arguments import positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.optim.groups import checked_rate, parameters_and_groups
from paraminit.parameter import Parameter
from paraminit.pending import over
from paraminit.tensor import Tensor

__all__ = ["Optimizer", "float32"]


def float32(number: float) -> float:
    """The nearest float32: MindSpore keeps rates and coefficients in it."""
    return float(np.float32(number))


class Optimizer(torch.optim.Optimizer):
    """Base of the optimizers: call it with the gradients of its parameters, or call ``step()`` as in torch.

    A frozen parameter (``requires_grad=False``) keeps its values, whatever its gradient and weight decay.
    Moments and the count of steps are in ``state_dict()``. A subclass says in :meth:`update` what one step
    does to one parameter.

    Args:
        learning_rate: 0 or more; or a list, tuple, array or Tensor with one for each step. Each group's is
            a scalar tensor, so that torch's schedulers and ``optimizer.learning_rate.set_data`` change it.
        parameters: Parameters, such as ``net.trainable_params()``; or dicts with ``params`` and, to differ
            from the rest, ``lr`` and ``weight_decay``. One more dict with ``order_params`` says in which
            order the gradients come.
        weight_decay: 0 or more. Parameters with gamma or beta in their name are exempt, unless there are
            dicts.
        loss_scale: what the loss was multiplied by; gradients are divided by it.
        coefficients: further entries of each group, for ``update``.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
        ParameterNameError: a parameter, or a name of one, that is there twice.

    Example:
        >>> weight = Parameter([1.0, 2.0], name="weight")
        >>> class SignDescent(Optimizer):
        ...     def update(self, parameter, gradient, rate, state, group):
        ...         parameter.sub_(gradient.sign() * rate)
        >>> SignDescent(0.5, [weight])((torch.tensor([3.0, -3.0]),))
        (True,)
        >>> print(weight.asnumpy())
        [0.5 2.5]
    """

    #: In the order of the gradients.
    parameters: tuple[torch.nn.Parameter, ...]

    def __init__(
        self,
        learning_rate: Any,
        parameters: Any,
        weight_decay: float = 0.0,
        loss_scale: float = 1.0,
        **coefficients: Any,
    ) -> None:
        owner = type(self).__name__
        scale = positive(owner, "loss_scale", loss_scale)
        if not isinstance(parameters, torch.Tensor | dict | str) and isinstance(parameters, Iterable):
            parameters = list(parameters)  # it may be read but once
        rate = checked_rate(owner, learning_rate)
        self.parameters, groups = parameters_and_groups(owner, parameters, rate, weight_decay)
        self._own_rates = _has_own(parameters, "lr")
        self._own_decays = _has_own(parameters, "weight_decay")
        shared = {"loss_scale": scale, "steps": 0, **coefficients}
        super().__init__(groups, {**rate, "weight_decay": float(weight_decay), **shared})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As torch's: train further parameters. Their gradients come after those of the others."""
        super().add_param_group(param_group)
        known = set(map(id, self.parameters))
        self.parameters += tuple(p for p in self.param_groups[-1]["params"] if id(p) not in known)

    def update(
        self,
        parameter: torch.nn.Parameter,
        gradient: torch.Tensor,
        rate: float,
        state: dict[str, Any],
        group: dict[str, Any],
    ) -> None:
        """Change one parameter in place. Override this.

        Args:
            parameter: with values.
            gradient: unscaled, of the parameter's dtype, without weight decay.
            rate: of this step.
            state: the parameter's own, empty before its first step.
            group: the coefficients; ``group["steps"]`` counts from 1.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update(self, parameter, ...).")

    # -- steps ------------------------------------------------------------------------------------

    def __call__(self, gradients: Iterable[torch.Tensor]) -> tuple[bool, ...]:
        """One step with these gradients, in the order of ``parameters``.

        Raises:
            ArgumentTypeError: not a list or tuple of tensors.
            ArgumentValueError: another number of them or other shapes than the parameters; no learning
                rate is left in the list. Nothing is changed.
        """
        self.step(gradients=self._checked(gradients))
        return (True,) * len(self.parameters)

    @torch.no_grad()
    def step(
        self,
        closure: Callable[[], Any] | None = None,
        *,
        gradients: Iterable[torch.Tensor | None] | None = None,
    ) -> Any:
        """One step with the parameters' ``.grad``, or with these gradients; return what the closure does.

        Args:
            closure: called first, to compute loss and ``.grad`` anew.
            gradients: in the order of ``parameters``; None leaves that parameter as it is.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        if gradients is None:
            gradients = [parameter.grad for parameter in self.parameters]
        by_parameter = dict(zip(self.parameters, gradients, strict=True))
        rates = [self._rate(group) for group in self.param_groups]  # all before the first write
        for group, rate in zip(self.param_groups, rates, strict=True):
            if group["schedule"] is not None:
                group["lr"].fill_(rate)
            group["steps"] += 1
            self.begin(group)
            for parameter in group["params"]:
                gradient = by_parameter[parameter]
                if gradient is None or not parameter.requires_grad:
                    continue
                gradient = gradient.detach().as_subclass(torch.Tensor).to(parameter.dtype)
                if group["loss_scale"] != 1:
                    gradient = gradient * float32(1 / group["loss_scale"])
                self.update(parameter, gradient, rate, self.state[parameter], group)
        return loss

    def begin(self, group: dict[str, Any]) -> None:
        """What a step changes once for all parameters of a group."""

    def _checked(self, gradients: Any) -> list[torch.Tensor]:
        owner = type(self).__name__
        if not isinstance(gradients, list | tuple):
            raise ArgumentTypeError(
                f"{owner}: the gradients must be a tuple, as value_and_grad returns them for a list of "
                f"weights; got {type(gradients).__name__}."
            )
        if len(gradients) != len(self.parameters):
            raise ArgumentValueError(
                f"{owner}: {len(self.parameters)} parameters need as many gradients, got {len(gradients)}."
            )
        for index, (parameter, gradient) in enumerate(zip(self.parameters, gradients, strict=True)):
            who = f"{owner}: gradients[{index}], of {getattr(parameter, 'name', None) or 'a parameter'},"
            if not isinstance(gradient, torch.Tensor):
                raise ArgumentTypeError(f"{who} must be a Tensor, got {type(gradient).__name__}.")
            if gradient.shape != parameter.shape:
                raise ArgumentValueError(
                    f"{who} must have shape {tuple(parameter.shape)}, got {tuple(gradient.shape)}."
                )
        return list(gradients)

    def _rate(self, group: dict[str, Any]) -> float:
        schedule, steps = group["schedule"], group["steps"]
        if schedule is None:
            return float(group["lr"])
        if steps >= len(schedule):
            raise ArgumentValueError(
                f"{type(self).__name__}: learning_rate holds {len(schedule)} steps, and all have been taken. "
                "Give one for each step."
            )
        return float(schedule[steps])

    # -- what it was given ------------------------------------------------------------------------

    def _groups(self) -> list[dict[str, Any]]:
        """The group of each parameter, in the order of ``parameters``."""
        of = {parameter: group for group in self.param_groups for parameter in group["params"]}
        return [of[parameter] for parameter in self.parameters]

    @property
    def learning_rate(self) -> Any:
        """A scalar Parameter over the memory of the learning rate, or a Tensor with that of each step; with
        rates of groups, a tuple with that of each parameter."""
        rates = [_shown_rate(group) for group in self._groups()]
        return tuple(rates) if self._own_rates else rates[0]

    def get_lr(self) -> Any:
        """The next step's learning rate, a scalar Tensor; with rates of groups, a tuple of them."""
        rates = [Tensor(self._rate(group)) for group in self._groups()]
        return tuple(rates) if self._own_rates else rates[0]

    def get_lr_parameter(self, param: Any) -> Any:
        """What :attr:`learning_rate` holds for this parameter, or for each of a list.

        Raises:
            ArgumentTypeError: not a Parameter or a list of them.
            ArgumentValueError: not one of the optimizer's.
        """
        if isinstance(param, list | tuple):
            return [self.get_lr_parameter(one) for one in param]
        if not isinstance(param, torch.nn.Parameter):
            raise ArgumentTypeError(
                f"{type(self).__name__}: get_lr_parameter takes a Parameter, got {type(param).__name__}."
            )
        for parameter, group in zip(self.parameters, self._groups(), strict=True):
            if parameter is param:
                return _shown_rate(group)
        raise ArgumentValueError(f"{type(self).__name__} does not train {param!r}.")

    @property
    def weight_decay(self) -> float | tuple[float, ...]:
        """As given; with that of groups, a tuple with that of each parameter."""
        if self._own_decays:
            return tuple(group["weight_decay"] for group in self._groups())
        return float(self.defaults["weight_decay"])

    @property
    def loss_scale(self) -> float:
        """What gradients are divided by."""
        return float(self.defaults["loss_scale"])

    @property
    def global_step(self) -> Tensor:
        """How many steps were taken: Int32, of shape (1,)."""
        return Tensor([self.param_groups[0]["steps"]], torch.int32)

    def __getstate__(self) -> dict[str, Any]:
        mine = ("parameters", "_own_rates", "_own_decays")
        return {**super().__getstate__(), **{name: getattr(self, name) for name in mine}}


def _shown_rate(group: dict[str, Any]) -> Tensor:
    if group["schedule"] is not None:
        return Tensor(group["schedule"])
    if not isinstance(group["lr"], torch.Tensor):  # set by hand, as is usual in torch
        group["lr"] = torch.tensor(float(group["lr"]))
    rate = over(Parameter, group["lr"], False)
    Parameter.__init__(rate, rate, "learning_rate", requires_grad=False)
    return rate


def _has_own(parameters: Any, key: str) -> bool:
    return any(isinstance(entry, dict) and key in entry for entry in parameters)
