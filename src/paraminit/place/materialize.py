"""A plan and a module: the parameters get their values, wherever they live."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any, Literal, cast

import torch

from paraminit.describe.plan import Plan
from paraminit.describe.planning import plan
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.pending import Pending, hold, over
from paraminit.place.ledger import Ledger, Record
from paraminit.place.shards import local_memory, with_memory
from paraminit.place.swap import put_under
from paraminit.place.targets import Target, targets
from paraminit.place.write import write

__all__ = ["apply", "drop_gathered", "fill_targets", "give_memory", "initialize", "usable_device"]


def initialize(
    module: torch.nn.Module,
    rules: Mapping[Any, Any] | None,
    *,
    seed: int | None,
    default: Literal["error", "torch", "keep"] = "error",
    device: torch.device | str | None = None,
) -> Ledger:
    """Plan a module's parameters and fill them: ``plan(module, rules, ...).apply(module)``.

    Args:
        module: a Cell or any torch module, real or on the meta device.
        rules: what ``paraminit.plan`` takes.
        seed: the values depend on it and on the parameters' names alone.
        default: what becomes of parameters that no rule claims.
        device: where parameters that have no memory get it.

    Raises:
        As ``paraminit.plan`` and ``Plan.apply``.
    """
    return apply(plan(module, rules, seed=seed, default=default), module, device=device)


def apply(
    planned: Plan,
    module: torch.nn.Module,
    *,
    device: torch.device | str | None = None,
    progress: bool = False,
) -> Ledger:
    """Give a module's parameters the plan's values; see :meth:`Plan.apply`."""
    if not isinstance(module, torch.nn.Module):
        raise ArgumentTypeError(f"Plan.apply needs a Cell or torch module, got {type(module).__name__}.")
    where = None if device is None else usable_device("Plan.apply", device)
    drop_gathered(module)
    found = targets(planned, module, where)
    return Ledger(found, fill_targets(_shown(found) if progress else found, where))


def fill_targets(found: Iterable[Target], device: torch.device | None) -> list[Record]:
    """Write the values of each target, and say what was done.

    Args:
        device: where those without memory get it.
    """
    done: list[Record] = []
    with torch.inference_mode(False), torch.no_grad():
        for target in found:
            started = perf_counter()
            try:
                written = _fill(target, device)
            except Exception as error:
                error.add_note(f"while filling {target.name!r}; the {len(done)} before it were done")
                raise
            done.append(Record(target.entry, written, perf_counter() - started))
    return done


def usable_device(owner: str, device: torch.device | str | int) -> torch.device:
    """The device, its number included, after making sure that it has memory.

    Raises:
        ArgumentValueError: it has none here.
    """
    try:
        where = torch.empty(0, device=device).device
    except (RuntimeError, TypeError, AssertionError) as error:
        raise ArgumentValueError(f"{owner}: device {str(device)!r} cannot be used: {error}") from None
    if where.type == "meta":
        raise ArgumentValueError(f"{owner}: device='meta' has no memory to fill. Name a real device.")
    return where


def drop_gathered(module: torch.nn.Module) -> None:
    """Make FSDP drop what it gathered for a forward pass: values written there would be lost."""
    fsdp = sys.modules.get("torch.distributed.fsdp")  # not imported: then nothing is sharded by it
    if fsdp is not None:
        for child in module.modules():
            if isinstance(child, fsdp.FSDPModule):
                child.reshard()


def _fill(target: Target, device: torch.device | None) -> int:
    """Write one tensor's values and return how many bytes those were."""
    tensor, recipe = target.tensor, target.entry.recipe
    if recipe is None:
        return 0
    if target.kind == "pending":
        memory = torch.empty(recipe.shape, dtype=tensor.dtype, device=device or "cpu")
    else:
        memory = local_memory(tensor) if target.kind == "sharded" else tensor.data
        if target.needs_memory:
            memory = torch.empty_like(memory, device=device)
    write(recipe, memory, target.shares)
    if target.needs_memory:  # only now: nobody ever sees memory that nothing has filled
        give_memory(target, memory)
    elif not memory.is_inference():  # NumPy wrote it: tell autograd, which may have saved it
        torch.autograd.graph.increment_version(tensor)
    for place in target.places:  # a Cell and its Parameter know what made the values
        if (recipes := vars(place.module).get("_recipes")) is not None:
            recipes[place.attribute] = recipe
    if "_recipe" in vars(tensor):
        vars(tensor)["_recipe"] = recipe
    return memory.nbytes


def give_memory(target: Target, memory: torch.Tensor) -> None:
    """Put other memory under a tensor; the object stays.

    Raises:
        InitializationError: torch holds on to the memory that was there. Nothing is changed.
    """
    tensor = target.tensor
    if target.kind == "pending":
        hold(cast(Pending, tensor), memory)
    elif target.kind == "sharded":
        put_under(tensor, with_memory(tensor, memory))
    else:
        put_under(tensor, over(type(tensor), memory, tensor.requires_grad))


def _shown(found: list[Target]) -> Iterable[Target]:
    """The targets, with a bar on the standard error stream that counts their bytes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=sum(target.entry.nbytes for target in found))
        for target in found:
            bar.update(task, description=target.name)
            yield target
            bar.advance(task, target.entry.nbytes)
