"""What ``to_empty`` does for a Cell: other memory, and in it the values that the recipes describe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from paraminit.describe.paths import Located, modules_in
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.dtype import numpy_dtype
from paraminit.errors import InitializationError
from paraminit.parameter import Parameter
from paraminit.place.materialize import drop_gathered, fill, give_memory, usable_device
from paraminit.place.shards import local_memory
from paraminit.place.swap import let_go
from paraminit.place.targets import Target, targets

if TYPE_CHECKING:
    from paraminit.cell import Cell

__all__ = ["to_empty"]


def to_empty(cell: Cell, device: torch.device | str | int | None, recurse: bool) -> None:
    """See :meth:`paraminit.nn.Cell.to_empty`."""
    device = device.lower() if isinstance(device, str) else device  # MindSpore's "CPU"
    drop_gathered(cell)
    modules = modules_in(cell) if recurse else [Located("", cell, ())]
    entries: dict[str, Entry] = {}
    seen: set[int] = set()
    for located in modules:
        module = located.module
        for attribute, parameter in module._parameters.items():
            if parameter is not None and id(parameter) not in seen:
                seen.add(id(parameter))
                recipe, dtype = _recipe(module, attribute, parameter), numpy_dtype(parameter.dtype)
                shape = tuple(parameter.shape)
                entries[located.name_of(attribute)] = Entry(shape, dtype, "its own", recipe)
    plan, scope = Plan(entries, None), cell if recurse else _alone(cell)
    with let_go(cell):
        _refill(plan, scope, [located.module for located in modules], device)


def _refill(
    plan: Plan,
    scope: torch.nn.Module,
    modules: Iterable[torch.nn.Module],
    device: torch.device | str | int | None,
) -> None:
    if device is not None and torch.device(device).type == "meta":
        _forget(targets(plan, scope, torch.device("cpu"), distinct=False).targets)
        return
    where = None if device is None else usable_device("to_empty", device)
    found = targets(plan, scope, where, distinct=False)
    if where is not None:
        _move(found.targets, modules, where)
        found = targets(plan, scope, where, distinct=False)
    fill(found, where)


def _move(found: list[Target], modules: Iterable[torch.nn.Module], device: torch.device) -> None:
    """Take what cannot be made again to the device, and the memory from what can and is elsewhere."""
    with torch.no_grad():
        for target in found:
            if target.kind == "plain" and not target.needs_memory and target.tensor.device != device:
                made = target.entry.recipe is not None
                give_memory(target, target.tensor.data.to("meta" if made else device))
        for module in modules:
            for name, buffer in module._buffers.items():
                if buffer is not None and not buffer.is_meta:
                    module._buffers[name] = buffer.to(device)


def _recipe(module: torch.nn.Module, attribute: str, parameter: torch.Tensor) -> Recipe | None:
    """What made a parameter's values, in its present dtype; None if they were given."""
    if isinstance(parameter, Parameter):
        recipe = parameter.recipe
    else:  # sharded, for one: the Cell still knows
        recipe = vars(module).get("_recipes", {}).get(attribute)
    if recipe is None or recipe.shape != tuple(parameter.shape):
        return None
    return replace(recipe, dtype=numpy_dtype(parameter.dtype))


def _alone(cell: Cell) -> torch.nn.Module:
    """A module of the Cell's own parameters and buffers."""
    alone = torch.nn.Module()
    alone._parameters, alone._buffers = cell._parameters, cell._buffers
    return alone


def _forget(found: list[Target]) -> None:
    """Release all memory that the recipes can fill again."""
    if given := [target.name for target in found if target.entry.recipe is None]:
        raise InitializationError(
            f"to_empty(device='meta') would lose values that nothing can make again: {', '.join(given)}. "
            "They were given, not made by an initializer."
        )
    with torch.no_grad():
        for target in found:
            if not target.tensor.is_meta:
                held = local_memory(target.tensor).shape if target.kind == "sharded" else target.entry.shape
                give_memory(target, torch.empty(held, dtype=target.tensor.dtype, device="meta"))
