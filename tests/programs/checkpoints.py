"""Run by torchrun in two processes: checkpoints of networks that they hold together, or alike.

Prints one line for each scenario that holds; any that does not fails the process.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from unittest import mock

import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.debug import CommDebugMode

import paraminit
from paraminit import load_checkpoint, load_param_into_net, nn, save_checkpoint
from paraminit.errors import (
    ArgumentTypeError,
    ArgumentValueError,
    CheckpointMismatchError,
    InitializationError,
)
from paraminit.files import saving


def network(seed: int = 1) -> nn.Cell:
    """Dimensions that two processes divide unevenly, and a bias of one element."""
    paraminit.set_seed(seed)
    return nn.SequentialCell(nn.Dense(4, 7), nn.ReLU(), nn.Dense(7, 5), nn.BatchNorm1d(5), nn.Dense(5, 1))


def divided(mesh: DeviceMesh, seed: int = 1) -> nn.Cell:
    return fully_shard(network(seed), mesh=mesh)


def whole(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    tensors = [*net.named_parameters(), *net.named_buffers()]
    return {n: (p.full_tensor() if isinstance(p, DTensor) else p).detach().clone() for n, p in tensors}


def assert_equal(net: torch.nn.Module, other: torch.nn.Module) -> None:
    assert_same(whole(net), whole(other))


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor], **numbers: int) -> None:
    assert list(ours) == [*theirs, *numbers]
    for name, value in ours.items():
        assert torch.equal(value, theirs[name] if name in theirs else torch.tensor(numbers[name])), name


def everyones(value: object) -> list[object]:
    values: list[object] = [None, None]
    dist.all_gather_object(values, value)
    return values


def gathered_into_one_file(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """What one process would write; written once for each name, and there when the call returns."""
    net, plain = divided(mesh), network()
    with torch.no_grad():
        for p in [*net.parameters(), *plain.parameters()]:
            p.mul_(3)
    net(torch.ones(2, 4))
    assert not any(isinstance(p, DTensor) for p in net.parameters())  # FSDP has gathered them for this
    for checked in (False, True):
        with mock.patch.object(saving, "write_safetensors", wraps=saving.write_safetensors) as write:
            save_checkpoint(net, folder / "one", append_dict={"epoch": 3}, crc_check=checked)
        assert everyones(write.call_count) == [1, 0]
        assert_same(load_checkpoint(folder / "one.ckpt", crc_check=checked), whole(plain), epoch=3)
    save_checkpoint(net, folder / f"each{rank}", append_dict={"epoch": 3})
    assert_same(load_checkpoint(folder / f"each{rank}.ckpt"), whole(plain), epoch=3)
    save_checkpoint(net, folder / "later", async_save=True)
    if rank == 0:
        assert torch.equal(load_checkpoint(folder / "later.ckpt")["0.weight"], whole(plain)["0.weight"])


def a_whole_file_into_shares(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """Under every placement; each process takes what it holds and asks nobody."""
    plain = network()
    save_checkpoint(plain, folder / f"whole{rank}")
    loaded = load_checkpoint(folder / f"whole{rank}.ckpt")
    net = divided(mesh, seed=2)
    with CommDebugMode() as talk:
        assert load_param_into_net(net, loaded, strict_load=True) == ([], [])
    assert talk.get_total_counts() == 0
    assert_equal(net, plain)
    value = torch.arange(15.0).reshape(5, 3)
    for placement in (Replicate(), Shard(0), Shard(1)):
        module = torch.nn.Module()
        module.w = torch.nn.Parameter(distribute_tensor(torch.zeros(5, 3), mesh, [placement]))
        load_param_into_net(module, {"w": paraminit.Parameter(value)})
        assert torch.equal(module.w.full_tensor(), value)
    with pytest.raises(CheckpointMismatchError, match=r"'w' has shape \(5, 3\), the checkpoint's \(3, 5\)"):
        load_param_into_net(module, {"w": paraminit.Parameter(value.T.contiguous())})


def each_its_own(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """A file of a process holds its part, for a network that is divided in the same way, and no other."""
    net = divided(mesh)
    for name, key in (("own", {}), ("sealed", {"enc_key": bytes(16)})):
        path = folder / f"{name}{rank}.ckpt"
        with mock.patch.object(DTensor, "full_tensor", side_effect=AssertionError("gathered")):
            save_checkpoint(net, path, integrated_save=False, **key)
        again = {"dec_key": key["enc_key"]} if key else {}
        loaded = load_checkpoint(path, **again)
        assert loaded["2.weight"].shape == (3 - rank, 7)
        twin = divided(mesh, seed=2)
        assert load_param_into_net(twin, loaded, strict_load=True) == ([], [])
        assert_equal(twin, net)
        save_checkpoint(loaded, folder / f"resaved{rank}")
        assert load_param_into_net(twin, load_checkpoint(folder / f"resaved{rank}.ckpt")) == ([], [])
        dist.barrier()
        other, before = load_checkpoint(folder / f"{name}{1 - rank}.ckpt", **again), whole(twin)
        with pytest.raises(CheckpointMismatchError, match="holds another part of '0"):
            load_param_into_net(twin, other)
        with pytest.raises(CheckpointMismatchError, match="holds another part of '0"):
            load_param_into_net(network(), loaded)
        assert all(torch.equal(value, before[name]) for name, value in whole(twin).items())
    with pytest.raises(ArgumentValueError, match="processes 0 and 1 hold different parts and both name the"):
        save_checkpoint(net, folder / "same", integrated_save=False)
    assert not (folder / "same.ckpt").exists()


def a_share_in_each(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """What both hold is in one of the files, about half in each, and comes from there."""
    for name, make, integrated in (
        ("alike", lambda seed: network(seed), True),
        ("gathered", lambda seed: divided(mesh, seed), True),
    ):
        net, path = make(1), folder / f"{name}{rank}.safetensors"
        options = {"remove_redundancy": True, "append_dict": {"epoch": 3, "note": "x"}}
        save_checkpoint(net, path, integrated, format="safetensors", **options)
        loaded = load_checkpoint(path, format="safetensors")
        mine, others = everyones({n: v.nbytes for n, v in loaded.items() if n not in ("epoch", "note")})
        single = {"4.bias"}  # one number, which stays with both
        assert mine.keys() & others.keys() == single
        assert mine.keys() | others.keys() == whole(net).keys()
        assert abs(sum(mine.values()) - sum(others.values())) <= 7 * 5 * 4
        twin = make(2)
        missing, _ = load_param_into_net(twin, loaded)
        assert missing
        assert load_param_into_net(twin, loaded, True, remove_redundancy=True) == ([], ["epoch", "note"])
        assert_equal(twin, net)
        twin = make(2)
        load_checkpoint(path, twin, strict_load=True, format="safetensors")  # the file says it itself
        assert_equal(twin, net)


def a_share_of_what_is_replicated(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """Parts stay where they are; what is ``layerwise_parallel`` is each process's own."""

    def make(fill: float) -> torch.nn.Module:
        module = torch.nn.Module()
        module.part = torch.nn.Parameter(distribute_tensor(torch.full((5, 3), fill), mesh, [Shard(0)]))
        module.same = torch.nn.Parameter(distribute_tensor(torch.full((9,), fill), mesh, [Replicate()]))
        module.plain = torch.nn.Parameter(torch.full((8,), fill))
        module.mine = paraminit.Parameter([fill + rank] * 3, layerwise_parallel=True)
        module.mine.name = "mine"
        return module

    path = folder / f"mixed{rank}.ckpt"
    net = make(1.0)
    save_checkpoint(net, path, integrated_save=False, remove_redundancy=True)
    loaded = load_checkpoint(path, remove_redundancy=True)
    assert list(loaded) == [["part", "plain", "mine"], ["part", "same", "mine"]][rank]
    twin = make(0.0)
    assert load_param_into_net(twin, loaded, True, remove_redundancy=True) == ([], [])
    assert_equal(twin, net)
    lacking = {name: value for name, value in loaded.items() if name != "plain"}
    with pytest.raises(CheckpointMismatchError, match="no 'plain'"):
        load_param_into_net(twin, lacking, True, remove_redundancy=True)


def they_fail_together(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """A folder that is missing for one of them, a disk that is full for the one that writes."""
    net, former = divided(mesh), folder / f"former{rank}.ckpt"
    former.write_bytes(b"former")
    here = (FileNotFoundError, "there is no folder")
    there = (InitializationError, "save_checkpoint failed in process 1: FileNotFoundError")
    error, text = here if rank == 1 else there
    with pytest.raises(error, match=text):
        save_checkpoint(net, former if rank == 0 else folder / "no" / "a.ckpt")
    full = mock.patch.object(saving, "write_safetensors", side_effect=OSError("disk full"))
    error, text = (
        (OSError, "disk full") if rank == 0 else (InitializationError, "in process 0: OSError: disk")
    )
    with full, pytest.raises(error, match=text):
        save_checkpoint(net, folder / "full.ckpt")
    with pytest.raises(InitializationError, match="processes 0 and 1 are saving different parameters"):
        save_checkpoint(net, folder / "full.ckpt", choice_func=lambda name: name[0] == str(2 * rank))
    partial = torch.nn.Module()
    partial.w = torch.nn.Parameter(DTensor.from_local(torch.ones(3), mesh, [Partial()], run_check=False))
    with pytest.raises(ArgumentTypeError, match="'w' is a sum over processes"):
        save_checkpoint(partial, folder / f"partial{rank}", integrated_save=False)
    assert former.read_bytes() == b"former"
    assert not (folder / "full.ckpt").exists()
    assert not list(folder.glob(".*"))
    assert not list(folder.glob("partial*"))


def the_pages_script(mesh: DeviceMesh, rank: int, folder: Path) -> None:
    """As torchrun would run it, but in the group that is there."""
    os.chdir(folder)
    with mock.patch.multiple(dist, init_process_group=mock.DEFAULT, destroy_process_group=mock.DEFAULT):
        runpy.run_path("divided.py")


SCENARIOS = (
    gathered_into_one_file,
    a_whole_file_into_shares,
    each_its_own,
    a_share_in_each,
    a_share_of_what_is_replicated,
    they_fail_together,
    the_pages_script,
)

if __name__ == "__main__":
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    for scenario in SCENARIOS:
        scenario(init_device_mesh("cpu", (2,)), dist.get_rank(), Path(sys.argv[1]))
        dist.barrier()
        if dist.get_rank() == 0:
            print(scenario.__name__, flush=True)
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)  # all is checked: now and then torch's threads abort an interpreter that shuts down
