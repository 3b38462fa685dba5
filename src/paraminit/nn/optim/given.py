"""What an optimizer was given, as MindSpore's optimizers show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.optim.groups import dynamic_value
from paraminit.parameter import Parameter
from paraminit.parameter_tuple import ParameterTuple
from paraminit.pending import over
from paraminit.tensor import Tensor

__all__ = ["Given"]


class Given(torch.optim.Optimizer):
    """The part of an optimizer that holds its parameters, learning rates and weight decay."""

    #: In the order of the gradients. A ParameterTuple, unless some of them are torch's own.
    parameters: tuple[torch.nn.Parameter, ...]
    #: Whether it was given dicts; whether one has a learning rate of its own; whether one is the order.
    is_group: bool
    is_group_lr: bool
    is_group_params_ordered: bool
    _own_decays: bool
    _cells: list[dict[str, Cell]]  # of each group; the groups themselves are saved, and hold no Cells

    def _note(self, parameters: tuple[torch.nn.Parameter, ...], given: Iterable[Any]) -> None:
        """Remember what was given: the parameters in order, and the entries they came in."""
        keys = {key for entry in given if isinstance(entry, dict) for key in entry}
        self.is_group, self.is_group_lr = bool(keys), "lr" in keys
        self.is_group_params_ordered, self._own_decays = "order_params" in keys, "weight_decay" in keys
        self.parameters, self._cells = _as_tuple(parameters), []

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As torch's: train further parameters. Their gradients come after those of the others."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        cells = {key: group[key] for key in ("schedule", "weight_decay") if isinstance(group[key], Cell)}
        self._cells.append(cells)
        if "schedule" in cells:
            group["schedule"] = None
        group["weight_decay"] = self._decay(group, cells)
        known = set(map(id, self.parameters))
        self.parameters = _as_tuple((*self.parameters, *(p for p in group["params"] if id(p) not in known)))

    def _rate(self, group: dict[str, Any], cells: dict[str, Cell]) -> float:
        """The next step's learning rate."""
        schedule, steps = group["schedule"], group["steps"]
        if "schedule" in cells:
            return dynamic_value(cells["schedule"], steps)
        if schedule is None:
            return float(group["lr"])
        if steps >= len(schedule):
            raise ArgumentValueError(
                f"{type(self).__name__}: learning_rate holds {len(schedule)} steps, and all have been taken. "
                "Give one for each step."
            )
        return float(schedule[steps])

    def _decay(self, group: dict[str, Any], cells: dict[str, Cell]) -> float:
        """The next step's weight decay."""
        decay = cells.get("weight_decay")
        return float(group["weight_decay"]) if decay is None else dynamic_value(decay, group["steps"])

    def _groups(self) -> list[tuple[dict[str, Any], dict[str, Cell]]]:
        """The group of each parameter and its Cells, in the order of ``parameters``."""
        pairs = zip(self.param_groups, self._cells, strict=True)
        of = {parameter: (group, cells) for group, cells in pairs for parameter in group["params"]}
        return [of[parameter] for parameter in self.parameters]

    @property
    def dynamic_lr(self) -> bool:
        """Whether a learning rate depends on the step."""
        return any(g["schedule"] is not None or "schedule" in c for g, c in self._groups())

    @property
    def dynamic_weight_decay(self) -> bool:
        """Whether a weight decay depends on the step."""
        return any("weight_decay" in cells for cells in self._cells)

    @property
    def learning_rate(self) -> Any:
        """A Parameter over the memory of the learning rate (a scalar, or that of each step), or the schedule
        that computes it; with rates of groups, a tuple with that of each parameter."""
        rates = [_shown_rate(*pair) for pair in self._groups()]
        return tuple(rates) if self.is_group_lr else rates[0]

    def get_lr(self) -> Any:
        """The next step's learning rate, a scalar Tensor; with rates of groups, a tuple of them. One that
        does not depend on the step is the Parameter of :attr:`learning_rate`."""
        rates = [
            Tensor(self._rate(group, cells))
            if cells.get("schedule") or group["schedule"] is not None
            else _shown_rate(group, cells)
            for group, cells in self._groups()
        ]
        return tuple(rates) if self.is_group_lr else rates[0]

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
        for parameter, pair in zip(self.parameters, self._groups(), strict=True):
            if parameter is param:
                return _shown_rate(*pair)
        raise ArgumentValueError(f"{type(self).__name__} does not train {param!r}.")

    @property
    def weight_decay(self) -> Any:
        """A float, or the Cell that computes it; with that of groups, a tuple with that of each parameter."""
        if self._own_decays:
            return tuple(cells.get("weight_decay", group["weight_decay"]) for group, cells in self._groups())
        decay = self.defaults["weight_decay"]
        return decay if isinstance(decay, Cell) else float(decay)

    def get_weight_decay(self) -> Any:
        """The next step's weight decay, a scalar Tensor; with that of groups, a tuple of them."""
        if self._own_decays:
            return tuple(Tensor(self._decay(*pair)) for pair in self._groups())
        decay = self.weight_decay
        steps = self.param_groups[0]["steps"]
        return Tensor(dynamic_value(decay, steps) if isinstance(decay, Cell) else decay)

    @property
    def loss_scale(self) -> float:
        """What gradients are divided by."""
        return float(self.defaults["loss_scale"])

    @property
    def global_step(self) -> Tensor:
        """How many steps were taken: Int32, of shape (1,)."""
        return Tensor([self.param_groups[0]["steps"]], torch.int32)

    def __getstate__(self) -> dict[str, Any]:
        mine = (*Given.__annotations__,)
        return {**super().__getstate__(), **{name: getattr(self, name) for name in mine}}


def _as_tuple(parameters: tuple[torch.nn.Parameter, ...]) -> tuple[torch.nn.Parameter, ...]:
    if all(isinstance(parameter, Parameter) for parameter in parameters):
        return ParameterTuple(parameters)  # type: ignore[arg-type]
    return parameters


def _shown_rate(group: dict[str, Any], cells: dict[str, Cell]) -> Any:
    if "schedule" in cells:
        return cells["schedule"]
    if not isinstance(group["lr"], torch.Tensor):  # set by hand, as is usual in torch
        group["lr"] = torch.tensor(float(group["lr"]))
    memory = group["lr"] if group["schedule"] is None else group["schedule"]
    rate = over(Parameter, memory, False)
    Parameter.__init__(rate, rate, "learning_rate", requires_grad=False)
    return rate
