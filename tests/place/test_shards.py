"""Which blocks a process holds: compared with torch's own division, process by process, without any."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.distributed.tensor import Partial, Replicate, Shard
from torch.distributed.tensor._utils import _compute_local_shape_and_global_offset
from torch.distributed.tensor.placement_types import _StridedShard

from paraminit.describe.initializers import Normal, Orthogonal
from paraminit.describe.recipe import Recipe
from paraminit.place.shards import shares
from paraminit.place.write import write

KINDS = [Replicate(), Shard(0), Shard(1), _StridedShard(0, split_factor=2), _StridedShard(1, split_factor=3)]
MESHES = [(1,), (3,), (2, 2), (3, 2)]
SHAPES = [(12, 6), (7, 5), (1, 9), (2, 1)]


def held_by(shape, mesh_shape, coordinate, placements, local):
    """What shards.py looks at of a DTensor."""
    mesh = SimpleNamespace(shape=mesh_shape, get_coordinate=lambda: coordinate)
    return SimpleNamespace(
        shape=torch.Size(shape), device_mesh=mesh, placements=placements, to_local=lambda: torch.empty(local)
    )


def cases():
    for mesh_shape in MESHES:
        for placements in itertools.product(KINDS, repeat=len(mesh_shape)):
            yield pytest.param(mesh_shape, placements, id=f"{mesh_shape}-{'-'.join(map(str, placements))}")


def torchs_split(whole, mesh_shape, coordinate, placements):
    """The definition: torch's placements applied to the complete tensor, one mesh dimension at a time."""
    for count, rank, placement in zip(mesh_shape, coordinate, placements, strict=True):
        if not placement.is_replicate():
            pieces, _ = placement._split_tensor(whole, count, with_padding=False, contiguous=True)
            whole = pieces[rank]
    return whole


@pytest.mark.parametrize(("mesh_shape", "placements"), list(cases()))
def test_blocks_are_what_torch_gives_each_process(mesh_shape, placements):
    for shape in SHAPES:
        recipe = Recipe(Normal(1.0), shape, np.dtype("float32"), key=1)
        whole = torch.from_numpy(recipe.values())
        for coordinate in itertools.product(*map(range, mesh_shape)):
            expected = torchs_split(whole, mesh_shape, coordinate, placements)
            size, first = _compute_local_shape_and_global_offset(
                shape, mesh_shape, list(coordinate), placements
            )
            assert tuple(expected.shape) == size
            held = shares(held_by(shape, mesh_shape, coordinate, placements, size))
            if held and all(size):
                assert held[0].part.starts == first
            memory = torch.full(size, torch.nan)
            write(recipe, memory, held)
            assert memory.equal(expected)


def test_laws_of_the_whole_tensor_are_cut():
    recipe = Recipe(Orthogonal(), (6, 5), np.dtype("float32"), key=1)
    memory = torch.zeros(3, 5)
    write(recipe, memory, shares(held_by((6, 5), (2,), (1,), [Shard(0)], (3, 5))))
    assert memory.equal(torch.from_numpy(recipe.values()[3:]))


def test_all_of_it_is_no_block():
    assert shares(held_by((4, 4), (2,), (1,), [Replicate()], (4, 4))) is None
    assert shares(held_by((4, 4), (1,), (0,), [Shard(0)], (4, 4))) is None


def test_a_process_outside_the_mesh_holds_nothing():
    held = shares(held_by((4, 4), (2,), None, [Shard(0)], (0,)))
    assert held == []
    write(Recipe(Orthogonal(), (4, 4), np.dtype("float32"), key=1), torch.empty(0), held)


def test_partial_sums_and_other_divisions_are_refused():
    with pytest.raises(ValueError, match=r"is a sum over processes that has not been taken \(Partial\)"):
        shares(held_by((4,), (2,), (0,), [Partial()], (4,)))
    with pytest.raises(ValueError, match=r"holds \(3,\) in this process, where its placements give \(2,\)"):
        shares(held_by((4,), (2,), (0,), [Shard(0)], (3,)))
