"""Cell.to_empty: never uninitialised memory, never values lost that nothing can make again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, nn
from paraminit.common.initializer import Initializer, Normal, initializer
from paraminit.errors import InitializationError, PlanError


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(4, 3)
        self.norm = nn.BatchNorm1d(3)
        self.scale = Parameter(initializer(Normal(1.0), (3,)), layerwise_parallel=True)

    def construct(self, x):
        return self.norm(self.dense(x)) * self.scale


def values(net):
    return {name: p.detach().clone() for name, p in net.named_parameters()}


def same(a, b):
    return a.keys() == b.keys() and all(a[name].equal(b[name]) for name in a)


def build(lazy):
    paraminit.set_seed(1)
    if not lazy:
        return Net()
    with paraminit.no_init_parameters():
        return Net()


@pytest.mark.parametrize("lazy", [True, False], ids=["pending", "filled"])
@pytest.mark.parametrize("devices", [["cpu"], ["meta", "CPU"], ["meta", "meta", "cpu"], [None]])
def test_values_are_made_again(lazy, devices):
    expected = values(build(lazy=False))
    net = build(lazy)
    objects = list(net.get_parameters())
    if not lazy:
        with torch.no_grad():
            for p in objects:
                p.add_(1)  # training, say: the values it *began* with come back
    for device in devices:
        assert net.to_empty(device=device) is net
        assert all(p.is_meta == (device == "meta") for p in net.get_parameters())
    assert list(map(id, net.get_parameters())) == list(map(id, objects))
    assert same(values(net), expected)
    assert net.scale.layerwise_parallel
    assert [p.name for p in net.get_parameters()] == [name for name, _ in net.named_parameters()]
    assert tuple(net(torch.ones(2, 4)).shape) == (2, 3)


def test_given_values_stay_and_are_not_given_up():
    net = build(lazy=False)
    net.given = Parameter(torch.tensor([1.0, 2.0]))
    net.dense.bias.set_data(torch.tensor([5.0, 6.0, 7.0]))
    before = values(net)
    net.to_empty(device="cpu")
    assert same(values(net), before)
    with pytest.raises(
        InitializationError, match=r"would lose values .*: given, dense.bias. They were given"
    ):
        net.to_empty(device="meta")
    assert same(values(net), before)


def test_only_its_own_parameters_without_recurse():
    net = build(lazy=True)
    net.to_empty(device="cpu", recurse=False)
    assert not net.scale.has_init
    assert net.dense.weight.has_init
    assert same(values(net), values(build(lazy=False)))


def test_the_present_dtype_counts():
    net = build(lazy=False).to(torch.bfloat16)
    weight = net.dense.weight.detach().clone()
    net.to_empty(device="meta").to_empty(device="cpu")
    assert net.dense.weight.dtype is torch.bfloat16
    assert net.dense.weight.equal(weight)  # rounded once from the same float32 numbers


def test_what_nothing_can_make_is_refused_before_any_change():
    net = build(lazy=True)
    net.torchs = torch.nn.Linear(2, 2, device="meta")
    with pytest.raises(
        PlanError, match=r"'torchs.weight' is to keep its values and has none \(meta device\)"
    ):
        net.to_empty(device="cpu")
    assert net.scale.has_init


def test_torch_layers_and_buffers_below_keep_their_values():
    net = build(lazy=True)
    net.torchs = torch.nn.BatchNorm1d(3)
    net.torchs.running_mean.fill_(4)
    with torch.no_grad():
        net.torchs.weight.fill_(2)
    net.to_empty(device="cpu")
    assert net.torchs.running_mean.tolist() == [4, 4, 4]
    assert net.torchs.weight.tolist() == [2, 2, 2]


def test_layers_that_start_equal_on_purpose_may():
    seeded = Normal(1.0).with_seed(2)
    net = nn.SequentialCell(nn.Dense(3, 3, weight_init=seeded), nn.Dense(3, 3, weight_init=seeded))
    net.to_empty(device="cpu")
    assert net[0].weight.equal(net[1].weight)


def test_custom_initializers_run_again():
    class Counting(Initializer):
        runs = 0

        def _initialize(self, arr):
            Counting.runs += 1
            arr[...] = Counting.runs

    cell = nn.Dense(2, 2, weight_init=Counting())
    cell.to_empty(device="cpu")
    assert cell.weight.eq(2).all()
    assert np.isfinite(cell.bias.asnumpy()).all()
