"""Which part of a parameter this process holds: DTensor, and with it FSDP2 and tensor parallelism.

Nothing is asked of other processes: the mesh, this process's place in it and the placements say it all.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from paraminit.place.slices import Part

__all__ = ["Share", "is_sharded", "local_memory", "shares", "with_memory"]

_Indices = npt.NDArray[np.int64]
_Slices = tuple[slice, ...]


class Share(NamedTuple):
    """A block of a parameter that this process holds.

    Attributes:
        part: which block of the complete parameter.
        at: where in this process's memory.
    """

    part: Part
    at: _Slices


def is_sharded(cls: type) -> bool:
    """Whether this is torch's class of tensors that several processes hold together."""
    module = sys.modules.get("torch.distributed.tensor")  # not imported: then there are none
    return module is not None and issubclass(cls, module.DTensor)


def local_memory(tensor: Any) -> torch.Tensor:
    """The plain tensor over what this process holds."""
    with torch.no_grad():
        local: torch.Tensor = tensor.detach().to_local()
    return local


def with_memory(tensor: Any, local: torch.Tensor) -> torch.Tensor:
    """A parameter sharded like ``tensor``, with ``local`` as this process's memory."""
    whole = type(tensor).from_local(
        local,
        tensor.device_mesh,
        tensor.placements,
        run_check=False,
        shape=tensor.shape,
        stride=tensor.stride(),
    )
    return torch.nn.Parameter(whole, tensor.requires_grad)


def shares(tensor: Any) -> list[Share] | None:
    """The blocks of a sharded parameter that this process holds; None for all of it.

    Args:
        tensor: a DTensor.

    Raises:
        ValueError: no such blocks: partial sums, or a share that is none of torch's own placements'.
    """
    mesh, shape = tensor.device_mesh, tuple(tensor.shape)
    coordinate = mesh.get_coordinate()
    if coordinate is None:  # a process outside the mesh holds nothing
        return []
    held: list[_Indices] = [np.arange(size) for size in shape]
    for placement, count, rank in zip(tensor.placements, mesh.shape, coordinate, strict=True):
        if placement.is_partial():
            raise ValueError("is a sum over processes that has not been taken (Partial)")
        if placement.is_replicate():
            continue
        held[placement.dim] = _dealt(held[placement.dim], count, rank, getattr(placement, "split_factor", 1))
    local = tuple(tensor.to_local().shape)
    lengths = tuple(len(indices) for indices in held)
    if lengths != local:
        raise ValueError(f"holds {local} in this process, where its placements give {lengths}")
    if lengths == shape:
        return None
    return [
        Share(
            Part(
                shape, tuple(start for start, _, _ in blocks), sizes := tuple(n for _, n, _ in blocks), sizes
            ),
            tuple(slice(at, at + n) for _, n, at in blocks),
        )
        for blocks in itertools.product(*map(_blocks, held))
    ]


def _chunk(indices: _Indices, count: int, rank: int) -> _Indices:
    """torch's division: chunks of the size rounded up, the last ones short or empty."""
    size = -(-len(indices) // count)
    return indices[rank * size : (rank + 1) * size]


def _dealt(indices: _Indices, count: int, rank: int, pieces: int) -> _Indices:
    """What one of ``count`` processes gets of a dimension.

    FSDP over tensor parallelism says that the dimension is to be cut into ``pieces`` first (by the mesh
    dimension to its right), and each of them among the processes.
    """
    cut = [_chunk(indices, pieces, n) for n in range(pieces)]
    return np.concatenate([_chunk(piece, count, rank) for piece in cut])


def _blocks(indices: _Indices) -> list[tuple[int, int, int]]:
    """(start, length, position) of each contiguous stretch of indices."""
    ends = np.flatnonzero(np.diff(indices) != 1) + 1
    stretches = zip([0, *ends.tolist()], [*ends.tolist(), len(indices)], strict=True)
    return [(int(indices[a]), b - a, a) for a, b in stretches if b > a]
