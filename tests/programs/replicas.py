"""Run by torchrun with two processes: layerwise_parallel parameters under data_parallel.

Prints one line for each scenario that holds.
"""

from __future__ import annotations

import os
import sys

import pytest
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import paraminit
from paraminit import Parameter, nn
from paraminit.errors import InitializationError


class Net(nn.Cell):
    """One parameter of its own that is averaged and one that is not, and the same one level down."""

    def __init__(self):
        super().__init__()
        self.shared = Parameter(torch.ones(3))
        self.alone = Parameter(torch.ones(3), layerwise_parallel=True)
        self.child = nn.Dense(3, 2, weight_init="ones")
        self.child.bias.layerwise_parallel = True

    def construct(self, x):
        return self.child(x * self.shared * self.alone).sum()


def local_gradients(net, x):
    net(x).backward()
    found = {name: p.grad.clone() for name, p in net.named_parameters()}
    net.zero_grad()
    return found


def own_gradients_stay_own(rank):
    net = Net()
    with torch.no_grad():
        net.alone.fill_(rank + 1)  # each process's own value, which no broadcast may replace
    x = torch.tensor([[1.0, 2.0, 3.0]]) * (rank + 1)
    mine = local_gradients(net, x)
    wrapped = paraminit.data_parallel(net)
    assert net.alone.tolist() == [rank + 1] * 3
    wrapped(x).backward()
    for name, parameter in net.named_parameters():
        everyones = [torch.empty_like(mine[name]) for _ in range(2)]
        dist.all_gather(everyones, mine[name])
        mean = torch.stack(everyones).mean(0)
        if name in ("alone", "child.bias"):
            assert parameter.grad.equal(mine[name]), name
        else:
            assert parameter.grad.equal(mean), name
    assert mine["alone"].any()


def the_pitfall_is_real(rank):
    """With one spelling of the name, DDP averages a parameter of the outermost module all the same."""
    net = Net()
    x = torch.ones(1, 3) * (rank + 1)
    mine = local_gradients(net, x)["alone"]
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(net, ["alone"])
    wrapped = DistributedDataParallel(net, init_sync=False)
    wrapped(x).backward()
    assert not net.alone.grad.equal(mine)


def other_values_are_noticed(rank):
    net = Net()
    with torch.no_grad():
        net.child.weight[0, 0] += rank
    with pytest.raises(InitializationError, match=r"different values of child.weight, or"):
        paraminit.data_parallel(net)
    paraminit.data_parallel(net, check=False)
    assert net.child.weight[0, 0] == 1 + rank  # and nothing was broadcast
    paraminit.data_parallel(net, own=["child.w*"])  # a parameter that may differ


def torch_modules_and_pending_cells(rank):
    net = torch.nn.Sequential(torch.nn.Linear(3, 3, bias=False), torch.nn.Linear(3, 1))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(1.0)
    x = torch.ones(1, 3) * (rank + 1)
    mine = local_gradients(net, x)["1.weight"]
    wrapped = paraminit.data_parallel(net, own="1.*")
    wrapped(x).backward()
    assert net[1].weight.grad.equal(mine)
    assert net[0].weight.grad.equal(torch.full((3, 3), 1.5))
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        pending = nn.Dense(3, 2, weight_init="ones")
    wrapped = paraminit.data_parallel(pending)
    wrapped(x).sum().backward()
    assert pending.weight.grad.equal(torch.full((2, 3), 1.5))


if __name__ == "__main__":
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    scenarios = (
        own_gradients_stay_own,
        the_pitfall_is_real,
        other_values_are_noticed,
        torch_modules_and_pending_cells,
    )
    for scenario in scenarios:
        scenario(dist.get_rank())
        dist.barrier()
        if dist.get_rank() == 0:
            print(scenario.__name__, flush=True)
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)  # all is checked: now and then torch's threads abort an interpreter that shuts down
