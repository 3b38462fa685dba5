"""Saving what several processes hold together: gathered, or each its own; in one file, or a share in each."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from paraminit.errors import ArgumentValueError, InitializationError
from paraminit.files.contents import Contents
from paraminit.files.held import Held, held_by
from paraminit.files.processes import Processes
from paraminit.place.shards import is_sharded, local_memory

__all__ = ["gathered", "is_divided", "own", "share_of", "writes"]

_WHO = "save_checkpoint"


def is_divided(contents: Contents) -> bool:
    """Whether several processes hold some of it together."""
    return bool(_divided(contents))


def _divided(contents: Contents) -> dict[str, Any]:
    return {name: value for name, value in contents.tensors.items() if is_sharded(type(value))}


def writes(group: Processes, path: Path, contents: Contents, *, alike: bool) -> bool:
    """Whether this process writes its file. Asks all processes.

    Args:
        group: they.
        path: of this process's file.
        contents: what is in it.
        alike: whether all files hold the same. Then the first process that names a file writes it.

    Raises:
        ArgumentValueError: the files differ, and two processes name the same one.
        InitializationError: the processes are saving different parameters; waiting for one another, they
            would never end.
    """
    mine = [(name, value.device_mesh.mesh.flatten().tolist()) for name, value in _divided(contents).items()]
    everyones = group.gather(((socket.gethostname(), str(path.absolute())), mine))
    files = [file for file, _ in everyones]
    if alike:
        for a, (_, one) in enumerate(everyones):
            for b, (_, other) in enumerate(everyones):
                if [item for item in one if b in item[1]] != [item for item in other if a in item[1]]:
                    raise InitializationError(
                        f"{_WHO}: processes {a} and {b} are saving different parameters of those that they "
                        "hold together. Call it with the same network and choice_func in both, or with "
                        "integrated_save=False."
                    )
        return files.index(files[group.rank]) == group.rank
    for rank, file in enumerate(files):
        if (first := files.index(file)) != rank:
            raise ArgumentValueError(
                f"{_WHO}: processes {first} and {rank} hold different parts and both name the file "
                f"{file[1]}. Give each process a file of its own, with its rank in the name, or use "
                "integrated_save=True."
            )
    return True


def gathered(contents: Contents, *, keep: bool = True) -> Contents:
    """Contents of complete tensors. All processes that hold a part of one take part in this.

    Args:
        contents: tensors of any kind.
        keep: whether this process needs the result; else it is empty.
    """
    values = dict(contents.values)
    for name, value in _divided(contents).items():
        with torch.no_grad():
            complete = value.detach().full_tensor()
        if keep:
            values[name] = complete.cpu()
    return replace(contents, values=values) if keep else Contents()


def own(contents: Contents) -> Contents:
    """What this process holds of each tensor, and which part that is. Asks nobody."""
    values, parts = dict(contents.values), dict(contents.parts)
    for name, value in _divided(contents).items():
        if (held := held_by(name, value)) is not None:
            parts[name] = held
        values[name] = local_memory(value)
    return replace(contents, values=values, parts=parts)


def share_of(contents: Contents, group: Processes) -> Contents:
    """Of what several processes hold alike, the share that falls to this one. Asks all processes.

    Each such tensor goes to the process with the fewest bytes so far. Strings, single numbers and what is
    ``layerwise_parallel`` stay with everybody.

    Args:
        contents: complete tensors, or this process's own parts.
        group: the processes.
    """
    mine = [
        (name, contents.parts.get(name), value.nbytes)
        for name, value in contents.tensors.items()
        if value.numel() > 1 and not getattr(value, "layerwise_parallel", False)
    ]
    holders: dict[tuple[str, Held | None, int], list[int]] = {}
    for rank, items in enumerate(group.gather(mine)):
        for item in items:
            holders.setdefault(item, []).append(rank)
    given, elsewhere = [0] * group.count, set()
    # What one process alone has is given to begin with; of the rest, the largest first.
    for (name, _, size), ranks in sorted(holders.items(), key=lambda each: (len(each[1]) > 1, -each[0][2])):
        owner = min(ranks, key=lambda rank: (given[rank], rank))
        given[owner] += size
        if owner != group.rank and group.rank in ranks:
            elsewhere.add(name)
    return contents.chosen(lambda name: contents.tied.get(name, name) not in elsewhere)
