"""A plan and a module: the parameters get their values, wherever they live."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, cast

import torch

from paraminit.describe.plan import Plan
from paraminit.describe.planning import plan
from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.undivided import Whole
from paraminit.pending import Pending, hold, over
from paraminit.place.ledger import Ledger, Record
from paraminit.place.shards import local_memory, with_memory
from paraminit.place.swap import let_go, put_under
from paraminit.place.targets import Found, Target, targets
from paraminit.place.write import Write, write_all

__all__ = ["apply", "drop_gathered", "fill", "give_memory", "initialize", "usable_device"]


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
    with let_go(module):
        return fill(targets(planned, module, where), where, progress=progress)


def fill(found: Found, device: torch.device | None, *, progress: bool = False) -> Ledger:
    """Give all targets and buffers their values, or none of them if a custom initializer fails or there is
    not enough memory for those that have none.

    Args:
        device: where what has no memory gets it.
        progress: whether to show a bar.
    """
    # What can fail is made beside the module first, and put in place when all of it is there.
    beside = [target for target in found.targets if target.needs_memory or _runs_code(target)]
    ready = [target for target in found.targets if not (target.needs_memory or _runs_code(target))]
    in_place = [target for target in ready if target.entry.recipe is not None]
    kept = [target for target in ready if target.entry.recipe is None]
    with torch.inference_mode(False), torch.no_grad(), _bar([*beside, *in_place], progress) as advance:
        try:
            made = list(_written(((target, _new_memory(target, device)) for target in beside), advance))
        except Exception as error:
            error.add_note("the network is unchanged")
            raise
        records = {target.name: _put(target, memory, seconds) for target, memory, seconds in made}
        for target, memory, seconds in _written(((one, _opened(one)) for one in in_place), advance):
            _declare(target)
            records[target.name] = Record(target.entry, memory.nbytes, seconds)
        for buffer in found.buffers:
            put_under(buffer.missing.tensor, buffer.values.to(device))
    records |= {target.name: Record(target.entry, 0, 0.0) for target in kept}
    return Ledger(found, [records[target.name] for target in found.targets])


def usable_device(owner: str, device: torch.device | str | int) -> torch.device:
    """The device, its number included, after making sure that it has memory.

    Raises:
        ArgumentValueError: it has none here.
    """
    try:
        where = torch.empty(0, device=device).device
    except Exception as error:  # each kind of device that is missing raises another
        why = str(error).partition(". ")[0]
        raise ArgumentValueError(f"{owner}: device {str(device)!r} cannot be used: {why}") from None
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


def _runs_code(target: Target) -> bool:
    """Whether filling it runs a function that may be anybody's: a custom initializer's."""
    recipe = target.entry.recipe
    return recipe is not None and isinstance(recipe.law, Whole)


def _new_memory(target: Target, device: torch.device | None) -> torch.Tensor:
    """Memory for a target, beside what it has."""
    tensor = target.tensor
    try:
        if target.kind == "pending":
            return torch.empty(target.entry.shape, dtype=tensor.dtype, device=device or "cpu")
        return torch.empty_like(_memory(target), device=device if target.needs_memory else None)
    except Exception as error:
        error.add_note(f"while getting memory for {target.name!r}")
        raise


def _written(
    memories: Iterable[tuple[Target, torch.Tensor]], advance: Callable[[Target], None]
) -> Iterator[tuple[Target, torch.Tensor, float]]:
    """Targets and memory with their values in it, and the seconds that it took."""
    for_writing, reported = itertools.tee(memories)
    writes = (
        Write(target.name, cast(Recipe, target.entry.recipe), memory, target.shares)
        for target, memory in for_writing
    )
    for seconds, (target, memory) in zip(write_all(writes), reported, strict=True):
        advance(target)
        yield target, memory, seconds


def _put(target: Target, memory: torch.Tensor, seconds: float) -> Record:
    """Give a target memory that has its values: nobody ever sees memory that nothing has filled."""
    if target.needs_memory:
        give_memory(target, memory)
    else:
        _opened(target).copy_(memory)
    _declare(target)
    return Record(target.entry, memory.nbytes, seconds)


def _memory(target: Target) -> torch.Tensor:
    return local_memory(target.tensor) if target.kind == "sharded" else target.tensor.data


def _opened(target: Target) -> torch.Tensor:
    """The memory of a target, for other values. Autograd, which may have saved the tensor, is told before
    they are there: writing may fail midway."""
    memory = _memory(target)
    if not memory.is_inference():
        torch.autograd.graph.increment_version(target.tensor)
    return memory


def _declare(target: Target) -> None:
    """A Cell and its Parameter know what made the values."""
    for place in target.places:
        if (recipes := vars(place.module).get("_recipes")) is not None:
            recipes[place.attribute] = target.entry.recipe
    if "_recipe" in vars(target.tensor):
        vars(target.tensor)["_recipe"] = target.entry.recipe


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


@contextmanager
def _bar(found: list[Target], shown: bool) -> Iterator[Callable[[Target], None]]:
    """A function to call with each target that has its values; if shown, a bar on the standard error
    stream counts their bytes."""
    if not shown:
        yield lambda target: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=sum(target.entry.nbytes for target in found))

        def advance(target: Target) -> None:
            bar.update(task, description=target.name, advance=target.entry.nbytes)

        yield advance
