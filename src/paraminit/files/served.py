"""Loading what several processes have in their files: who lacks a parameter gets it from one that has it."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from paraminit.files.held import Held, mark, part_of
from paraminit.files.processes import Processes
from paraminit.parameter import Parameter
from paraminit.tensor import Tensor

__all__ = ["served"]


def served(
    wanted: Mapping[str, Held | None], sources: Mapping[str, Parameter], group: Processes
) -> dict[str, Parameter]:
    """Parameters that other processes have. Asks all processes; each hands over what it has, one by one.

    Args:
        wanted: names of the parameters that are lacking here, with the part of each that would do as well as
            all of it.
        sources: what there is here.
        group: the processes.

    Returns:
        By name, what somebody has.
    """
    mine = {(name, part_of(source)) for name, source in sources.items()}
    everyones = group.gather((wanted, mine))
    offered: dict[tuple[str, Held | None], int] = {}
    for rank, (_, has) in enumerate(everyones):
        for item in has:
            offered.setdefault(item, rank)
    needed = {
        item
        for wants, _ in everyones
        for name, part in wants.items()
        for item in [(name, part) if (name, part) in offered else (name, None)]
        if item in offered
    }
    found: dict[str, Parameter] = {}
    for name, part in sorted(needed, key=repr):  # in one order everywhere
        value = group.from_one(
            offered[name, part],
            lambda name=name: sources[name].detach().cpu().as_subclass(torch.Tensor),  # type: ignore[misc]
        )
        if name in wanted and part in (None, wanted[name]):
            found[name] = Parameter(value.as_subclass(Tensor), name)
            if part is not None:
                mark(found[name], part)
    return found
