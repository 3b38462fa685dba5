"""Run by torchrun: a small language model under every placement, compared with the plan's values bit for bit.

Prints one line for each scenario that holds; any that does not fails the process.
"""

from __future__ import annotations

import os
import re
import sys
import tracemalloc
from collections.abc import Callable
from unittest import mock

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

import paraminit
from paraminit import nn as cnn
from paraminit.describe.initializers import HeNormal, Initializer, Normal, One, Orthogonal, Uniform
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.dtype import array_over, numpy_dtype
from paraminit.errors import InitializationError, PlanError
from paraminit.fill.keys import key_by_name
from paraminit.place import materialize, write
from paraminit.place.digest import digest_of_memory

SEED = 3


class Drawn(Initializer):
    """A custom initializer as a tutorial would write it: values need the whole tensor and NumPy."""

    def _initialize(self, arr):
        arr[...] = np.random.normal(0, 0.1, arr.shape)


RULES = [
    ("norm", One()),
    ("bias", Uniform(0.1)),
    ("embed", Normal(0.02)),
    ("wq", Orthogonal()),
    ("wo", Drawn()),
    ("w2", HeNormal()),
    ("", Uniform(0.1)),
]


class Block(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.norm = nn.RMSNorm(width)
        for name in ("wq", "wk", "wv", "wo"):
            setattr(self, name, nn.Linear(width, width, bias=name == "wq"))
        self.norm2 = nn.RMSNorm(width)
        self.w1, self.w3 = nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
        self.w2 = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        h = self.norm(x)
        x = x + self.wo(nn.functional.scaled_dot_product_attention(self.wq(h), self.wk(h), self.wv(h)))
        h = self.norm2(x)
        return x + self.w2(nn.functional.silu(self.w1(h)) * self.w3(h))


class Llama(nn.Module):
    def __init__(self, vocabulary=37, width=24, hidden=50, tie=False):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Block(width, hidden) for _ in range(2))
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        if tie:
            self.head.weight = self.embed.weight

    def forward(self, tokens):
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


def on_meta(**sizes) -> Llama:
    with torch.device("meta"):
        return Llama(**sizes)


def planned(net: nn.Module) -> Plan:
    """By name, as ``paraminit.plan`` does it; shapes are those of the complete parameters."""
    entries, tied, seen = {}, {}, {}
    for name, p in net.named_parameters(remove_duplicate=False):
        if p in seen:
            tied[name] = seen[p]
            continue
        seen[p] = name
        rule, init = next((key, init) for key, init in RULES if key in name)
        shape, dtype = tuple(p.shape), numpy_dtype(p.dtype)
        entries[name] = Entry(shape, dtype, rule, Recipe(init, shape, dtype, key_by_name(SEED, name)))
    return Plan(entries, SEED, tied)


def whole(p: torch.Tensor) -> np.ndarray:
    return array_over((p.full_tensor() if isinstance(p, DTensor) else p).detach().contiguous())


def check_values(net: nn.Module, plan: Plan) -> None:
    for name, p in net.named_parameters():
        assert whole(p).tobytes() == plan[name].values().tobytes(), f"{name} differs from one process's"


def apply_and_check(net: nn.Module, plan: Plan, **where) -> None:
    np.random.seed(dist.get_rank())  # what a process drew before must not matter
    objects = list(map(id, net.parameters()))
    with CommDebugMode() as talk:
        ledger = plan.apply(net, **where)
        digests = ledger.digests()
    assert talk.get_total_counts() == 0, talk.get_comm_counts()
    assert list(map(id, net.parameters())) == objects
    check_values(net, plan)
    single = {name: digest_of_memory(torch.from_numpy(plan[name].values())) for name in plan}
    assert digests == single
    held = sum((p.to_local() if isinstance(p, DTensor) else p).nbytes for p in net.parameters())
    assert ledger.nbytes == held


def check_training(net: nn.Module, plain: nn.Module) -> None:
    """The losses of three steps agree with one process's: the values reached the memory that is used."""
    tokens = torch.arange(2 * 7).reshape(2, 7)
    losses = []
    for model in (net, plain):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        losses.append([])
        for _ in range(3):
            loss = model(tokens).square().mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses[-1].append(loss.item())
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)  # sums in another order


def sharded(net: Llama, mesh) -> Llama:
    for layer in net.layers:
        fully_shard(layer, mesh=mesh)
    return fully_shard(net, mesh=mesh)


def in_tensor_parallel(net: Llama, mesh) -> Llama:
    plan = {
        "embed": RowwiseParallel(input_layouts=Replicate()),
        "head": ColwiseParallel(output_layouts=Replicate()),
    }
    for n in range(len(net.layers)):
        plan |= {f"layers.{n}.{name}": ColwiseParallel() for name in ("w1", "w3")}
        plan[f"layers.{n}.w2"] = RowwiseParallel()
    return parallelize_module(net, mesh, plan)


def fsdp_on_meta(world: int, folder: str) -> None:
    net = sharded(on_meta(), init_device_mesh("cpu", (world,)))
    plan, plain = planned(on_meta()), on_meta()
    apply_and_check(net, plan, device="cpu")
    plan.apply(plain, device="cpu")
    check_training(net, plain)
    apply_and_check(net, plan)  # again, after training, where it is; what FSDP has gathered is dropped
    plan.apply(plain)
    check_training(net, plain)


def fsdp_after_to_empty_or_real(world: int, folder: str) -> None:
    mesh, plan, plain = init_device_mesh("cpu", (world,)), planned(on_meta()), on_meta()
    plan.apply(plain, device="cpu")
    for net in (sharded(on_meta(), mesh).to_empty(device="cpu"), sharded(Llama(), mesh)):
        apply_and_check(net, plan)
    check_training(net, plain)


def fsdp_tied(world: int, folder: str) -> None:
    net = sharded(on_meta(tie=True), init_device_mesh("cpu", (world,)))
    plan = planned(on_meta(tie=True))
    apply_and_check(net, plan, device="cpu")
    assert net.head.weight is net.embed.weight
    assert dict(plan.tied) == {"head.weight": "embed.weight"}


def tensor_parallel(world: int, folder: str) -> None:
    net = in_tensor_parallel(on_meta(), init_device_mesh("cpu", (world,)))
    plan, plain = planned(on_meta()), on_meta()
    assert sum(isinstance(p, DTensor) for p in net.parameters()) == 8
    apply_and_check(net, plan, device="cpu")
    plan.apply(plain, device="cpu")
    check_training(net, plain)


def both(world: int, folder: str) -> None:
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor"))
    net = sharded(in_tensor_parallel(on_meta(), mesh["tensor"]), mesh["data"])
    assert "_S(0, 2)" in str([list(map(str, p.placements)) for p in net.parameters()])
    apply_and_check(net, planned(on_meta()), device="cpu")


def hsdp(world: int, folder: str) -> None:
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("replicate", "shard"))
    apply_and_check(sharded(on_meta(), mesh), planned(on_meta()), device="cpu")


def uneven_and_replicated(world: int, folder: str) -> None:
    """Every kind of placement on one matrix, with rows and columns that do not divide, and fewer rows
    than processes."""
    meshes = [init_device_mesh("cpu", (world,))]
    if world == 4:
        meshes.append(init_device_mesh("cpu", (2, 2)))
    for mesh in meshes:
        kinds = [Replicate(), Shard(0), Shard(1), Shard(2)]
        for placements in [[a] for a in kinds] if mesh.ndim == 1 else [[a, b] for a in kinds for b in kinds]:
            for shape in ((7, 5, 3), (1, 9, 2), (3, 1, 1)):
                net = nn.Module()
                for name in ("wv", "wo", "w2"):
                    blank = torch.zeros(shape)
                    net.register_parameter(name, nn.Parameter(distribute_tensor(blank, mesh, placements)))
                apply_and_check(net, planned(net))


def checkpoint(world: int, folder: str) -> None:
    plan = planned(on_meta())
    net, again = (sharded(on_meta(), init_device_mesh("cpu", (world,))) for _ in range(2))
    plan.apply(net, device="cpu")
    dcp.save(net.state_dict(), checkpoint_id=folder, no_dist=False)
    again.to_empty(device="cpu")
    state = again.state_dict()
    dcp.load(state, checkpoint_id=folder)
    again.load_state_dict(state)
    check_values(again, plan)
    plain = on_meta().to_empty(device="cpu")
    state = plain.state_dict()
    dcp.load(state, checkpoint_id=folder)
    check_values(plain, plan)


def nothing_whole_in_memory(world: int, folder: str) -> None:
    shape = (4000, 1000)
    with torch.device("meta"):
        net = fully_shard(nn.Linear(*shape[::-1], bias=False), mesh=init_device_mesh("cpu", (world,)))
    recipe = Recipe(Normal(0.02), shape, np.dtype("float32"), 5)
    plan = Plan({"weight": Entry(shape, recipe.dtype, "*", recipe)}, 0)
    sizes: list[int] = []
    empty_like = torch.empty_like

    def recorded(tensor, **options):
        sizes.append(tensor.numel())
        return empty_like(tensor, **options)

    tracemalloc.start()
    with mock.patch.object(torch, "empty_like", recorded):
        plan.apply(net, device="cpu")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes == [4000 * 1000 // world]
    assert peak < recipe.shape[0] * recipe.shape[1] * 4 / world  # NumPy's memory, and Python's


def a_wrong_placement_is_caught(world: int, folder: str) -> None:
    """Meta-test: shards that all begin with element 0, which is what a seed per process gives."""
    plan = planned(on_meta())
    net = sharded(on_meta(), init_device_mesh("cpu", (world,)))

    def from_the_start(writes):
        for _, recipe, memory, _ in writes:
            size = int(np.prod(memory.shape))
            memory.copy_(torch.from_numpy(recipe.values().reshape(-1)[:size].reshape(memory.shape)))
            yield 0.0

    with mock.patch.object(materialize, "write_all", from_the_start):
        ledger = plan.apply(net, device="cpu")
    noticed = 0
    for notice in (lambda: check_values(net, plan), lambda: ledger.digest("embed.weight")):
        try:
            notice()
        except (AssertionError, InitializationError):
            noticed += 1
    wrong = dist.get_rank() > 0  # the first shard does begin with element 0
    assert noticed == (2 if wrong else 1)
    assert write.write_all is not from_the_start


def torch_makes_all_shards_alike(world: int, folder: str) -> None:
    """Why this layer exists: torch's own initialization of a CPU mesh's DTensor."""
    p = distribute_tensor(torch.zeros(8 * world, 4), init_device_mesh("cpu", (world,)), [Shard(0)])
    torch.manual_seed(0)
    nn.init.normal_(p)
    shards = p.full_tensor().reshape(world, -1)
    assert all(shard.equal(shards[0]) for shard in shards)


def cells(world: int, folder: str) -> None:
    """A Cell that waits for its values is sharded without them, and each process makes what it holds."""
    paraminit.set_seed(1)
    expected = cnn.SequentialCell(cnn.Dense(24, 50), cnn.BatchNorm1d(50), cnn.Dense(50, 7))
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        net = cnn.SequentialCell(cnn.Dense(24, 50), cnn.BatchNorm1d(50), cnn.Dense(50, 7))
    net.to_empty(device="meta")
    fully_shard(net, mesh=init_device_mesh("cpu", (world,)))
    assert all(p.is_meta for p in net.parameters())
    with CommDebugMode() as talk:
        net.to_empty(device="cpu")
    assert talk.get_total_counts() == 0
    for (name, p), q in zip(net.named_parameters(), expected.parameters(), strict=True):
        assert p.to_local().numel() < q.numel()
        assert whole(p).tobytes() == whole(q).tobytes(), name
    x = torch.ones(3, 24)
    assert torch.allclose(net(x), expected(x))
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
    net.to_empty(device="cpu")  # again, while FSDP holds what it gathered for the forward pass
    assert torch.allclose(net(x), expected(x))


def refusals(world: int, folder: str) -> None:
    mesh = init_device_mesh("cpu", (world,))
    net = sharded(on_meta(), mesh)
    local = torch.ones(3)
    partial = nn.Module()
    partial.weight = nn.Parameter(
        DTensor.from_local(local, mesh, [torch.distributed.tensor.Partial()], run_check=False)
    )
    lied = nn.Module()
    lied.weight = nn.Parameter(
        DTensor.from_local(
            local, mesh, [Shard(0)], run_check=False, shape=(3 * world + 4 * world,), stride=(1,)
        )
    )
    for module, where, text in (
        (net, {}, "'embed.weight' is on the meta device and has no memory"),
        (partial, {}, "'weight' is a sum over processes"),
        (lied, {}, "'weight' holds (3,) in this process, where its placements give (7,)"),
    ):
        with pytest.raises(PlanError, match=re.escape(text)):
            planned(module).apply(module, **where)
    divided = nn.Module()
    divided.weight = nn.Parameter(distribute_tensor(torch.ones(8), mesh, [Shard(0)]))
    drawing = Recipe(Drawn(), (8,), np.dtype("float32"))
    with pytest.raises(PlanError, match="'weight' is divided among processes and its recipe has no key"):
        Plan({"weight": Entry((8,), drawing.dtype, "*", drawing)}, None).apply(divided)
    assert divided.weight.to_local().eq(1).all()
    assert all(p.is_meta for p in net.parameters())
    assert local.equal(torch.ones(3))


ANYWHERE: list[Callable[[int, str], None]] = [
    fsdp_on_meta,
    uneven_and_replicated,
    checkpoint,
    nothing_whole_in_memory,
    a_wrong_placement_is_caught,
]
SCENARIOS = {
    2: [
        *ANYWHERE,
        fsdp_after_to_empty_or_real,
        fsdp_tied,
        tensor_parallel,
        cells,
        torch_makes_all_shards_alike,
        refusals,
    ],
    4: [*ANYWHERE, both, hsdp],
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    for scenario in SCENARIOS[dist.get_world_size()]:
        scenario(dist.get_world_size(), sys.argv[1])
        dist.barrier()
        if dist.get_rank() == 0:
            print(scenario.__name__, flush=True)
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)  # all is checked: now and then torch's threads abort an interpreter that shuts down
