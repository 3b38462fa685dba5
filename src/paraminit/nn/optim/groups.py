"""What an optimizer is given: parameters or groups of them, learning rates and weight decay, checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import nonnegative
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError, UnknownNameError
from paraminit.nn.learning_rate_schedule import LearningRateSchedule
from paraminit.nn.weights import check_bool

__all__ = ["checked_rate", "dynamic_value", "parameters_and_groups"]

_KEYS = ("params", "lr", "weight_decay", "grad_centralization", "order_params")


def parameters_and_groups(
    owner: str, given: Any, rate: dict[str, Any], weight_decay: object
) -> tuple[tuple[torch.nn.Parameter, ...], list[dict[str, Any]]]:
    """The parameters in the order of their gradients, and torch's parameter groups.

    Args:
        owner: the optimizer, for error messages.
        given: Parameters, or dicts of ``params``, ``lr`` and ``weight_decay`` (and one of ``order_params``).
            ``grad_centralization`` has no effect, as in MindSpore on a CPU.
        rate, weight_decay: of what has none of its own; ``rate`` is a :func:`checked_rate`.

    Without dicts, parameters with gamma or beta in their name get a group without decay.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: no Parameters or dicts of them.
        ParameterNameError: a parameter, or a name of one, is there twice.
    """
    entries = _listed(owner, "params", given)
    if not all(isinstance(entry, dict) for entry in entries):
        parameters = _checked_parameters(owner, entries)
        decay = _checked_decay(owner, weight_decay)
        exempt = [p for p in parameters if decay and _is_scale_or_shift(p)]
        rest = [p for p in parameters if all(p is not other for other in exempt)]
        halves = ((rest, decay), (exempt, 0.0))
        return parameters, [{"params": ps, **rate, "weight_decay": wd} for ps, wd in halves if ps]
    order = [entry for entry in entries if "order_params" in entry]
    groups = [_group(owner, e, rate, weight_decay) for e in entries if "order_params" not in e]
    parameters = _checked_parameters(owner, [p for group in groups for p in group["params"]])
    return (_ordered(owner, order, parameters) if order else parameters), groups


def _group(owner: str, entry: dict[str, Any], rate: dict[str, Any], weight_decay: object) -> dict[str, Any]:
    for key in entry:
        if key not in _KEYS:
            raise UnknownNameError(f"key of a group of {owner}", str(key), _KEYS)
    if "params" not in entry:
        raise ArgumentValueError(
            f"{owner}: a group needs 'params'; got one with {', '.join(entry) or 'nothing'}."
        )
    check_bool(owner, "grad_centralization", entry.get("grad_centralization", False))
    return {
        "params": list(_checked_parameters(owner, _listed(owner, "params of a group", entry["params"]))),
        **(checked_rate(owner, entry["lr"]) if "lr" in entry else rate),
        "weight_decay": _checked_decay(owner, entry.get("weight_decay", weight_decay)),
    }


def _checked_decay(owner: str, decay: object) -> float | Cell:
    return decay if isinstance(decay, Cell) else nonnegative(owner, "weight_decay", decay)


def dynamic_value(cell: Cell, steps: int) -> float:
    """What a Cell makes of the number of steps taken so far."""
    with torch.no_grad():
        return float(cell(torch.tensor([steps], dtype=torch.int32)))


def _listed(owner: str, argument: str, given: Any) -> list[Any]:
    if isinstance(given, torch.Tensor | dict | str) or not isinstance(given, Iterable):
        raise ArgumentTypeError(
            f"{owner}: {argument} must be a list of Parameters, such as net.trainable_params(), or of dicts; "
            f"got {type(given).__name__}."
        )
    entries = list(given)
    if not entries:
        raise ArgumentValueError(f"{owner}: {argument} must not be empty.")
    return entries


def _checked_parameters(owner: str, entries: list[Any]) -> tuple[torch.nn.Parameter, ...]:
    names: set[str] = set()
    seen: set[int] = set()
    for index, entry in enumerate(entries):
        if not isinstance(entry, torch.nn.Parameter):
            raise ArgumentTypeError(
                f"{owner}: params must be Parameters, or dicts and nothing else; params[{index}] is "
                f"{type(entry).__name__}."
            )
        name = _name(entry)
        if id(entry) in seen or name in names:
            raise ParameterNameError(
                f"{owner}: the parameter {name or index!r} already exists in params. Give each once, and "
                "parameters of different networks names of their own: update_parameters_name('first.')."
            )
        seen.add(id(entry))
        names |= {name} - {""}
    return tuple(entries)


def _name(parameter: torch.nn.Parameter) -> str:
    """Its name; "" for a parameter of torch's own, which has none."""
    return getattr(parameter, "name", None) or ""


def _is_scale_or_shift(parameter: torch.nn.Parameter) -> bool:
    return "gamma" in _name(parameter) or "beta" in _name(parameter)


def _ordered(
    owner: str, order: list[dict[str, Any]], parameters: tuple[torch.nn.Parameter, ...]
) -> tuple[torch.nn.Parameter, ...]:
    if len(order) > 1 or len(order[0]) > 1:
        raise ArgumentValueError(f"{owner}: 'order_params' must stand alone in its dict, and once.")
    wanted = _checked_parameters(owner, _listed(owner, "order_params", order[0]["order_params"]))
    if {id(p) for p in wanted} != {id(p) for p in parameters}:
        raise ArgumentValueError(
            f"{owner}: order_params must hold the parameters of all groups, each once: "
            f"{', '.join(map(_name, parameters))}; got {', '.join(map(_name, wanted))}."
        )
    return wanted


def checked_rate(owner: str, learning_rate: Any) -> dict[str, Any]:
    """A learning rate as entries of a group: ``lr``, a scalar tensor, and ``schedule``: that of each step, a
    Cell that computes it, or None.

    Raises:
        ArgumentTypeError, ArgumentValueError: not numbers of 0 or more, nor a LearningRateSchedule.
    """
    if isinstance(learning_rate, torch.nn.Module):
        if not isinstance(learning_rate, LearningRateSchedule):
            raise ArgumentTypeError(
                f"{owner}: learning_rate must be a number, a list of numbers or a LearningRateSchedule, got "
                f"{type(learning_rate).__name__}."
            )
        return {"lr": torch.tensor(dynamic_value(learning_rate, 0)), "schedule": learning_rate}
    if isinstance(learning_rate, torch.Tensor):
        learning_rate = learning_rate.tolist()
    if isinstance(learning_rate, str) or not isinstance(learning_rate, Iterable):
        return {"lr": torch.tensor(nonnegative(owner, "learning_rate", learning_rate)), "schedule": None}
    rates = [nonnegative(owner, "learning_rate", rate) for rate in learning_rate]
    if not rates:
        raise ArgumentValueError(f"{owner}: learning_rate must not be empty.")
    return {"lr": torch.tensor(rates[0]), "schedule": torch.tensor(rates)}
