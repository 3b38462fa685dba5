"""plan: describe every parameter of a network by rules, or as its layers declare them."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

import torch
from torch.nn.parameter import is_lazy

from paraminit.describe import known_layers as _known_layers  # noqa: F401  (registers what it describes)
from paraminit.describe import own_layers as _own_layers  # noqa: F401
from paraminit.describe.claims import Claims
from paraminit.describe.entries import entry_for, is_declared
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.registry import registered
from paraminit.describe.meaning import Place, places_in
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.rules import parsed
from paraminit.errors import (
    ArgumentTypeError,
    ArgumentValueError,
    ParaminitError,
    PlanError,
    Problem,
    UnknownNameError,
)
from paraminit.fill.distributions import takes_key
from paraminit.fill.keys import checked_key_seed, get_seed

__all__ = ["plan"]

_DECLARED = "declared"  # as a rule is called
_DEFAULTS = ("error", "torch", "keep")
_UNUSED = ("error", "ignore")
_UNCLAIMED = ". For what no rule claims give default='torch' or default='keep', or a rule '*'"


def plan(
    module: torch.nn.Module,
    rules: Mapping[Any, Any] | None = None,
    *,
    seed: int | None = None,
    default: Literal["error", "torch", "keep"] = "error",
    unused: Literal["error", "ignore"] = "error",
) -> Plan:
    """What every parameter of a network is to be. Nothing is drawn or allocated, and the network, which
    may be on the meta device, is not changed.

    Args:
        module: a Cell or any torch.nn.Module.
        rules: which parameters start how; the first that matches a name claims it. Keys:

            - a pattern of names: ``"*.bias"`` is every bias (of the outermost module too), ``"*"`` is
              everything; ``*`` stands for any characters, dots included, ``?`` for one, ``[01]`` for one
              of these;
            - a name in full, such as ``"h.0.mlp.weight"``;
            - a layer class: the parameters of such layers themselves, subclasses included;
            - ``(layer class, "weight")``: that parameter of them, or a pattern;
            - a function ``(name, parameter, module) -> bool``.

            Values: what ``initializer`` takes (an Initializer, the name of one, a number, a tensor of
            values), ``"torch"`` (the layer's own rule: what torch does, or what this package's layers
            declare), ``"keep"`` (the values stay), or ``Rule(value, fans=...)``.

            None: as the layers of this package declare it; their keys stay unless there is a seed.
        seed: from which each parameter gets a key by its name; None for that of ``set_seed``. Names leave
            out what only wraps: ``torch.compile``, data parallelism, activation checkpointing.
        default: what becomes of parameters that no rule claims.
        unused: whether a rule that claims nothing is an error.

    Raises:
        ArgumentTypeError: module is no module, rules no mapping, seed no int.
        UnknownNameError, ArgumentValueError: another default or unused; an impossible seed.
        ParameterNameError: a wrapper holds something that is named like something in it.
        PlanError: everything else that is wrong, all at once, by name.

    Example:
        >>> from torch import nn
        >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> p = plan(model, {"*.bias": "zeros", nn.Linear: "he_normal"}, seed=1)
        >>> p["2.weight"].std
        0.5
        >>> p["2.weight"][0, :2]
        array([-0.13523641,  0.13498607], dtype=float32)
    """
    _check_arguments(module, default, unused)
    seed = None if seed is None else checked_key_seed(seed, "plan: seed")
    checked, problems, all_keys = ([], [], True) if rules is None else parsed(rules)
    places = list(places_in(module))
    named: dict[int, list[Place]] = {}
    for place in places:
        named.setdefault(id(place.parameter), []).append(place)
    claims, unclaimed = Claims(checked, problems), []
    entries: dict[str, Entry] = {}
    for names in named.values():
        first = names[0]
        try:
            if rules is None and any(map(is_declared, names)):
                entries[first.name] = entry_for(names, "torch", None, _DECLARED)
            elif (rule := claims.rule_for(names)) is not None:
                if rule.action is None:
                    continue
                entries[first.name] = entry_for(names, rule.action, rule.fans, rule.label)
            elif default != "error":
                entries[first.name] = entry_for(names, default, None, "default")
            else:
                unclaimed.append(first)
        except ParaminitError as error:
            problems.append(Problem.said_by(error).about(f"{first.name!r} of {type(first.layer).__name__}: "))
    if unused == "error":
        claims.report_unused(places)
    if all_keys:
        problems += [Problem(f"no rule claims {_shown(place)}", _UNCLAIMED) for place in unclaimed]
    # What is declared has drawn its key by order, and keeps it unless a seed was given.
    keys_stay = rules is None and seed is None
    unkeyed = {name: e for name, e in entries.items() if not (keys_stay and e.rule == _DECLARED)}
    seed = _seed(seed, unkeyed.values(), problems)
    if problems:
        raise PlanError(problems)
    entries |= {name: _keyed(entry, seed, name) for name, entry in unkeyed.items()}
    tied = {place.name: names[0].name for names in named.values() for place in names[1:]}
    return Plan(entries, seed, tied)


def _check_arguments(module: object, default: object, unused: object) -> None:
    if not isinstance(module, torch.nn.Module):
        if isinstance(module, type):
            got = f"the class {module.__name__}. Build one: {module.__name__}(...)."
        elif isinstance(module, Mapping):
            got = f"{type(module).__name__}. Give the module itself, not its state_dict()."
        else:
            got = f"{reprlib.repr(module)} of type {type(module).__name__}."
        raise ArgumentTypeError(f"plan: module must be a Cell or torch.nn.Module, got {got}")
    if isinstance(default, Initializer) or (isinstance(default, str) and default in registered()):
        raise ArgumentValueError(
            f"plan: default must be 'error', 'torch' or 'keep', got the initializer {default!r}. Give that "
            "to all other parameters by a last rule '*'."
        )
    for argument, value, known in (("default", default, _DEFAULTS), ("unused", unused, _UNUSED)):
        if value not in known:
            raise UnknownNameError(f"{argument} of plan", str(value), known)


def _seed(seed: int | None, entries: Iterable[Entry], problems: list[str]) -> int | None:
    """The seed given, or the global one if a key by name is needed."""
    if seed is not None:
        return seed
    needed = any(
        entry.recipe is not None
        and takes_key(entry.recipe.law)
        and entry.recipe.initializer.own_key() is None
        for entry in entries
    )
    if not needed:
        return None
    if get_seed() is None:
        problems.append("random values need a seed: give plan(..., seed=...) or call set_seed first")
    return get_seed()


def _keyed(entry: Entry, seed: int | None, name: str) -> Entry:
    if entry.recipe is None:
        return entry
    # Without a seed nothing needs one: each random law goes by its initializer's own.
    return replace(entry, recipe=entry.recipe.keyed_by_name(seed or 0, name))


def _shown(place: Place) -> str:
    if is_lazy(place.parameter):
        shape = "a shape not known yet"
    else:
        shape = "a nested tensor" if place.parameter.is_nested else f"shape {place.shape}"
    return f"{place.name!r} of {type(place.layer).__name__}, {shape}"
