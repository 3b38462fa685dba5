"""Optimizer: what MindSpore's optimizers share, as a torch optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.optim.given import Given
from paraminit.nn.optim.groups import checked_rate, parameters_and_groups

__all__ = ["Optimizer", "float32"]


def float32(number: float) -> float:
    """The nearest float32: MindSpore keeps rates and coefficients in it."""
    return float(np.float32(number))


class Optimizer(Given):
    """Base of the optimizers: call it with the gradients of its parameters, or call ``step()`` as in torch.

    A frozen parameter (``requires_grad=False``) keeps its values, whatever its gradient and weight decay.
    Moments and the count of steps are in ``state_dict()``. A subclass says in :meth:`update` what one step
    does to one parameter.

    Args:
        learning_rate: 0 or more; or a list, tuple, array or Tensor with one for each step; or a
            :class:`~paraminit.nn.learning_rate_schedule.LearningRateSchedule`. Each group's is a scalar
            tensor, so that torch's schedulers and ``optimizer.learning_rate.set_data`` change it.
        parameters: Parameters, such as ``net.trainable_params()``; or dicts with ``params`` and, to differ
            from the rest, ``lr`` and ``weight_decay``. One more dict with ``order_params`` says in which
            order the gradients come.
        weight_decay: 0 or more, or a Cell that computes it from the number of steps taken. Parameters with
            gamma or beta in their name are exempt, unless there are dicts.
        loss_scale: what the loss was multiplied by; gradients are divided by it.
        coefficients: further entries of each group, for ``update``.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
        ParameterNameError: a parameter, or a name of one, that is there twice.

    Example:
        >>> from paraminit import Parameter
        >>> weight = Parameter([1.0, 2.0], name="weight")
        >>> class SignDescent(Optimizer):
        ...     def update(self, parameter, gradient, rate, state, group):
        ...         parameter.sub_(gradient.sign() * rate)
        >>> SignDescent(0.5, [weight])((torch.tensor([3.0, -3.0]),))
        (True,)
        >>> print(weight.asnumpy())
        [0.5 2.5]
    """

    def __init__(
        self,
        learning_rate: Any,
        parameters: Any,
        weight_decay: float | Cell = 0.0,
        loss_scale: float = 1.0,
        **coefficients: Any,
    ) -> None:
        owner = type(self).__name__
        scale = positive(owner, "loss_scale", loss_scale)
        if not isinstance(parameters, torch.Tensor | dict | str) and isinstance(parameters, Iterable):
            parameters = list(parameters)  # it may be read but once
        rate = checked_rate(owner, learning_rate)
        in_order, groups = parameters_and_groups(owner, parameters, rate, weight_decay)
        self._note(in_order, parameters)
        shared = {"loss_scale": scale, "steps": 0, **coefficients}
        super().__init__(groups, {**rate, "weight_decay": weight_decay, **shared})

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
        pairs = [*zip(self.param_groups, self._cells, strict=True)]
        now = [(self._rate(*pair), self._decay(*pair)) for pair in pairs]  # all before the first write
        for (group, cells), (rate, decay) in zip(pairs, now, strict=True):
            if group["schedule"] is not None or "schedule" in cells:
                group["lr"].fill_(rate)
            group["weight_decay"] = decay
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
