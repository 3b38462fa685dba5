"""Cells and Parameters take short cuts where torch's own way is slow; nobody who listens may notice."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from torch.nn.utils import prune
from torch.nn.utils.parametrizations import weight_norm

import paraminit
from paraminit import Parameter, nn
from paraminit.common.initializer import initializer
from paraminit.errors import InitializationError, ParameterNameError


def test_a_replaced_register_parameter_is_called(monkeypatch):
    """accelerate's init_empty_weights works so."""
    torchs = torch.nn.Module.register_parameter

    def on_meta(module, name, parameter):
        torchs(module, name, parameter)
        if parameter is not None:
            module._parameters[name] = torch.nn.Parameter(parameter.detach().to("meta"))

    monkeypatch.setattr(torch.nn.Module, "register_parameter", on_meta)
    assert all(parameter.is_meta for parameter in nn.Dense(3, 2).parameters())


def test_a_replaced_setattr_is_called(monkeypatch):
    torchs, seen = torch.nn.Module.__setattr__, []

    def noting(module, name, value):
        seen.append(name)
        torchs(module, name, value)

    net = nn.Cell()
    monkeypatch.setattr(torch.nn.Module, "__setattr__", noting)
    net.weight, net.child = Parameter([1.0]), nn.Cell()
    assert {"weight", "child"} <= {*seen}


def test_a_subclass_registers_its_own_way():
    class Noting(nn.Cell):
        def __init__(self):
            super().__init__()
            self.seen = []
            self.weight = Parameter([1.0])

        def register_parameter(self, name, param):
            self.seen.append(name)
            super().register_parameter(name, param)

    net = Noting()
    assert net.seen == ["weight"]
    assert net.weight.name == "weight"


def test_a_replaced_constructor_is_called(monkeypatch):
    torchs, seen = torch.nn.Module.__init__, []

    def noting(module, *args, **kwargs):
        seen.append(type(module))
        torchs(module, *args, **kwargs)

    monkeypatch.setattr(torch.nn.Module, "__init__", noting)
    net = nn.Dense(3, 2)
    assert seen == [nn.Dense]
    assert net(torch.ones(1, 3)).shape == (1, 2)


def test_call_super_init_reaches_a_class_behind():
    class Behind:
        def __init__(self):
            self.reached = True

    class Net(nn.Cell, Behind):
        call_super_init = True

    assert Net().reached


@pytest.mark.parametrize("lazily", [False, True], ids=["at once", "lazily"])
def test_a_parameter_class_may_have_slots(lazily):
    class Slotted(Parameter):
        __slots__ = ("extra",)

    if lazily:
        with paraminit.no_init_parameters():
            parameter = Slotted(initializer("ones", [2]))
    else:
        parameter = Slotted(initializer("ones", [2]))
    parameter.extra = 3
    assert parameter.init_data() is parameter
    assert parameter.asnumpy().tolist() == [1, 1]
    assert (type(parameter), parameter.extra, parameter.requires_grad) == (Slotted, 3, True)


@pytest.mark.parametrize("lazily", [False, True], ids=["at once", "lazily"])
def test_no_parameters_among_fake_tensors(lazily):
    """A FakeTensor turned into a Parameter would have neither values nor its own class's ways."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    pending = paraminit.no_init_parameters() if lazily else nullcontext()
    with FakeTensorMode(), pending, pytest.raises(InitializationError, match="Leave the mode"):
        nn.Dense(3, 2)


@pytest.mark.parametrize("requires_grad", [True, False])
def test_torchs_parameter_of_a_parameter(requires_grad):
    """The same class over the same memory, with its settings; the first stays as it was."""
    first = Parameter(initializer("ones", [2]), name="w", layerwise_parallel=True)
    second = torch.nn.Parameter(first, requires_grad)
    assert type(second) is Parameter
    assert second is not first
    assert second.data_ptr() == first.data_ptr()
    assert (second.name, second.layerwise_parallel, second.recipe) == ("w", True, first.recipe)
    assert (second.requires_grad, second.is_leaf, first.requires_grad) == (requires_grad, True, True)


def test_torchs_parameter_of_a_pending_one_creates_it():
    with paraminit.no_init_parameters():
        first = Parameter(initializer("ones", [2]))
    assert torch.nn.Parameter(first).asnumpy().tolist() == [1, 1]


def test_a_cell_takes_over_torchs_parameter_of_another_cells():
    former, net = nn.Dense(3, 2), nn.Cell()
    net.kept = torch.nn.Parameter(former.weight)
    assert (net.kept.name, former.weight.name) == ("kept", "weight")


def test_weight_norm():
    net = nn.Dense(3, 2)
    x = torch.ones(1, 3)
    before = net(x).detach()
    weight_norm(net)
    torch.testing.assert_close(net(x).detach(), before)
    net(x).sum().backward()
    assert [name for name, p in net.named_parameters() if p.grad is not None] == [
        "bias",
        "parametrizations.weight.original0",
        "parametrizations.weight.original1",
    ]


def test_pruning_ends():
    """torch finds the hook of its pruning again, by its class."""
    net = nn.Dense(4, 4)
    prune.l1_unstructured(net, "weight", amount=0.5)
    net(torch.ones(1, 4))
    prune.remove(net, "weight")
    assert (net.weight == 0).sum() == 8
    assert not prune.is_pruned(net)


@pytest.mark.parametrize("value", [Parameter(1.0), torch.nn.Linear(1, 1), [Parameter(1.0)]])
def test_no_attribute_without_a_name(value):
    """The parameters of a child named "" would have the names of its parent's."""
    with pytest.raises(ParameterNameError, match="must not be empty"):
        setattr(nn.Cell(), "", value)
