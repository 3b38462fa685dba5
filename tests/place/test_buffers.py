"""Buffers of networks built on the meta device: computed again by the network's own methods, or refused."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
import torch
from torch import nn

import paraminit
from paraminit.describe.initializers import Initializer
from paraminit.errors import PlanError
from paraminit.place import buffers

NORMS = {
    "BatchNorm1d": lambda: nn.BatchNorm1d(3),
    "BatchNorm2d, no scale": lambda: nn.BatchNorm2d(3, affine=False, momentum=None),
    "BatchNorm3d": lambda: nn.BatchNorm3d(3),
    "SyncBatchNorm": lambda: nn.SyncBatchNorm(3),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(3, track_running_stats=True),
    "half": lambda: nn.BatchNorm1d(3).half(),
    "deep": lambda: nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)), nn.BatchNorm2d(4)),
}


def on_meta(build) -> nn.Module:
    with torch.device("meta"):
        return build()


def filled(net: nn.Module):
    rules = {"*": "normal"} if any(True for _ in net.parameters()) else None
    return paraminit.initialize(net, rules, seed=1, device="cpu")


def refused(net: nn.Module, device: str | None = "cpu") -> tuple[str, ...]:
    """What apply names, after making sure that nothing has got memory."""
    rules = {"*": "normal"} if any(True for _ in net.parameters()) else None
    with pytest.raises(PlanError) as caught:
        paraminit.initialize(net, rules, seed=1, device=device)
    assert all(tensor.is_meta for tensor in (*net.parameters(), *net.buffers()))
    return caught.value.problems


class Waves(nn.Module):
    """Holds one buffer, which is 0, 1, 2."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("waves", torch.arange(3.0), persistent=False)
        self.linear = nn.Linear(3, 3)


NO_METHOD = (
    "the buffer 'waves' of {} is on the meta device and has no values, and no method of the network computes "
    "it; build the network inside paraminit.parameters_on_meta(), or with its memory if this is computed "
    "from a parameter, or compute it and assign it"
)


# -- computed again -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NORMS)
def test_torchs_norms_have_what_their_constructor_gives(name):
    net, expected = on_meta(NORMS[name]), NORMS[name]()
    objects = dict(net.named_buffers())
    ledger = filled(net)
    assert set(ledger.buffers) == set(objects)
    assert all(re.fullmatch(r"\w+Norm\d?d?\.reset_parameters", by) for by in ledger.buffers.values())
    for buffer_name, buffer in expected.named_buffers():
        ours = net.get_buffer(buffer_name)
        assert ours is objects[buffer_name]
        assert (ours.dtype, ours.tolist()) == (buffer.dtype, buffer.tolist())
    assert set(net.state_dict()) == set(expected.state_dict())


class ByReset(Waves):
    def reset_parameters(self):
        self.linear.reset_parameters()
        self.waves.copy_(torch.arange(3))


class AsInTimm(Waves):
    def init_non_persistent_buffers(self):
        self.waves = torch.arange(3.0, device=self.waves.device)


class AsInTorchtitan(Waves):
    def init_weights(self, buffer_device=None):
        nn.init.trunc_normal_(self.linear.weight, std=0.02)
        with torch.device(buffer_device or self.waves.device):
            self.waves = torch.arange(3).double()  # of a wider dtype than it had


class AsInTransformers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.size = 3
        self.inner = nn.Sequential(nn.ReLU(), Waves())

    def _init_weights(self, module):
        if isinstance(module, Waves):
            module.waves.data.copy_(torch.arange(self.size))
            module.linear.weight.data.zero_()


class WhereItsParametersAre(Waves):
    def reset_parameters(self):
        self.waves = torch.arange(3.0, device=self.linear.weight.device)


@pytest.mark.parametrize(
    "build", [ByReset, AsInTimm, AsInTorchtitan, AsInTransformers, WhereItsParametersAre]
)
def test_methods_that_compute_buffers(build):
    net = on_meta(build)
    ledger = filled(net)
    ((name, by),) = ledger.buffers.items()
    buffer = net.get_buffer(name)
    assert buffer.tolist() == [0, 1, 2]
    assert buffer.dtype is torch.float32
    assert by.startswith(build.__name__)
    assert str(ledger).splitlines()[-3].split() == [name, "buffer,", "by", f"{by}()"]
    assert repr(ledger).startswith("<Ledger: 2 filled, 0 kept, 0 tied, 1 buffers computed: ")
    assert all(parameter.count_nonzero() for parameter in net.parameters())  # not what the method wrote


def test_the_nearest_model_decides():
    class Inner(AsInTransformers):
        def _init_weights(self, module):
            module.waves.copy_(torch.arange(3) + 5)

    class Outer(AsInTransformers):
        def __init__(self):
            super().__init__()
            self.model = Inner()

    net = on_meta(Outer)
    assert filled(net).buffers == {
        "inner.1.waves": "Outer._init_weights",
        "model.inner.1.waves": "Inner._init_weights",
    }
    assert net.model.inner[1].waves.tolist() == [5, 6, 7]


def test_plain_tensors_are_computed_too_and_aliases_stay():
    class Aliased(Waves):
        def __init__(self):
            super().__init__()
            self.original = self.waves
            self.plain = torch.ones(2)

        def reset_parameters(self):
            self.waves.copy_(torch.arange(3))
            self.plain = torch.full((2,), 7.0)

    net = on_meta(Aliased)
    assert set(filled(net).buffers) == {"waves", "plain"}
    assert net.original is net.waves
    assert net.plain.tolist() == [7, 7]


def test_the_network_is_not_touched_meanwhile():
    """The methods see copies: real parameters and buffers, and the generators, stay as they are."""

    class Careless(ByReset):
        def reset_parameters(self):
            super().reset_parameters()
            torch.rand(3)
            self.count.add_(1)
            self.note.fill_(9)
            self.seen = True

    net = Careless()
    net.register_buffer("count", torch.zeros(1))
    net.note = torch.zeros(1)
    net.waves = net.waves.to("meta")
    weight = net.linear.weight.detach().clone()
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    paraminit.initialize(net, {"*": "keep"}, seed=1, device="cpu")
    assert net.waves.tolist() == [0, 1, 2]
    assert net.linear.weight.equal(weight)
    assert (net.count.item(), net.note.item(), hasattr(net, "seen")) == (0, 0, False)
    assert before[0].equal(torch.get_rng_state())
    assert before[1:] == (np.random.get_state()[1].tolist(), random.getstate())


def test_a_cells_to_empty_computes_buffers_below():
    cell = paraminit.nn.Cell()
    cell.norm = nn.BatchNorm1d(3, affine=False, device="meta")
    cell.to_empty(device="cpu")
    assert cell.norm.running_var.tolist() == [1, 1, 1]


# -- refused --------------------------------------------------------------------------------------


class Random(Waves):
    def reset_parameters(self):
        self.waves.normal_()


class InPart(Waves):
    def reset_parameters(self):
        self.waves[:2] = torch.arange(2)


class Fails(Waves):
    def reset_parameters(self):
        raise RuntimeError("no")


class OtherShape(Waves):
    def reset_parameters(self):
        self.waves = torch.arange(4.0)


class FromValues(Waves):
    def reset_parameters(self):
        self.waves = self.linear.weight[0] * 2


class FromRatios(Waves):
    def reset_parameters(self):
        self.waves = self.linear.weight[0].softmax(0)


class FromNothing(Waves):
    def reset_parameters(self):
        weight = self.linear.weight
        self.waves = (weight[0] - weight[0].mean()) / weight[0].std()


@pytest.mark.parametrize(
    "build", [Waves, Random, InPart, Fails, OtherShape, FromValues, FromRatios, FromNothing]
)
def test_what_no_method_computes_is_refused(build):
    assert refused(on_meta(build)) == (NO_METHOD.format(build.__name__),)


def test_large_parameters_are_lent_no_memory(monkeypatch):
    monkeypatch.setattr(buffers, "_LENT", 47)  # a Linear(3, 3) has 48 bytes
    assert len(refused(on_meta(WhereItsParametersAre))) == 1
    monkeypatch.setattr(buffers, "_LENT", 48)
    filled(on_meta(WhereItsParametersAre))


def test_tensors_among_the_attributes_are_named():
    class Tables(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.more = torch.ones(2), {"a": [1], "b": torch.ones(1)}

    problems = refused(on_meta(Tables))
    assert [re.match(r"the tensor (\S+) of Tables is on the meta device", p)[1] for p in problems] == [
        "'table'",
        "\"more['b']\"",
    ]
    Tables.reset_parameters = lambda self: setattr(self, "table", torch.ones(2))
    assert len(refused(on_meta(Tables))) == 1


def test_memory_needs_a_device():
    net = nn.BatchNorm1d(3, affine=False, device="meta")
    assert refused(net, device=None)[0] == (
        "the buffer 'running_mean' is on the meta device and has no memory; say where, such as device='cpu'"
    )


def test_nothing_is_computed_if_an_initializer_fails():
    class Failing(Initializer):
        def _initialize(self, arr):
            raise RuntimeError("out of ideas")

    net = nn.BatchNorm1d(3, device="meta")
    with pytest.raises(RuntimeError, match="out of ideas"):
        paraminit.initialize(net, {"weight": "ones", "bias": Failing()}, seed=1, device="cpu")
    assert all(tensor.is_meta for tensor in (*net.parameters(), *net.buffers()))
