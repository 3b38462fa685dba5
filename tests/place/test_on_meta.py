"""parameters_on_meta: parameters without memory, everything else with its values."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

import paraminit
from paraminit import parameters_on_meta


class Net(nn.Module):
    """Computes with tensors in its constructor, as torch.device("meta") would not let it."""

    def __init__(self) -> None:
        super().__init__()
        shared = nn.Parameter(torch.ones(4, 4))
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.first.weight = self.second.weight = shared
        self.rates = [rate.item() for rate in torch.linspace(0, 1, 3)]
        self.register_buffer("mask", torch.ones(4, 4).tril())
        self.norm = nn.BatchNorm1d(4)
        self.scales = nn.ParameterList([torch.ones(2), nn.Parameter(torch.ones(3, dtype=torch.float64))])
        self.layout = nn.Parameter(torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last))
        self.frozen = nn.Parameter(torch.ones(2, dtype=torch.int32), requires_grad=False)
        self.recurrent = nn.LSTM(4, 4)


def build() -> Net:
    with parameters_on_meta():
        return Net()


def test_parameters_have_no_memory_and_all_else_is_as_always():
    net, expected = build(), Net()
    assert all(p.is_meta for p in net.parameters())
    for (name, ours), (other, theirs) in zip(
        net.named_parameters(), expected.named_parameters(), strict=True
    ):
        assert name == other
        assert (type(ours), ours.shape, ours.dtype, ours.stride(), ours.requires_grad) == (
            type(theirs),
            theirs.shape,
            theirs.dtype,
            theirs.stride(),
            theirs.requires_grad,
        )
    for name, buffer in expected.named_buffers():
        assert net.get_buffer(name).equal(buffer)
    assert net.rates == expected.rates
    assert net.first.weight is net.second.weight


def test_filled_it_is_the_network_that_was_filled_in_place():
    net, expected = build(), Net()
    for each in (net, expected):
        paraminit.initialize(each, {"frozen": 3, "*": "normal"}, seed=1, device="cpu")
    ours, theirs = net.state_dict(), expected.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(ours[name].equal(theirs[name]) for name in ours)
    x = torch.randn(2, 3, 4)
    assert net.recurrent(x)[0].equal(expected.recurrent(x)[0])
    net.recurrent(x)[0].sum().backward()
    assert net.recurrent.weight_hh_l0.grad is not None


def test_outside_nothing_is_different():
    with pytest.raises(ZeroDivisionError), parameters_on_meta():
        1 / 0  # noqa: B018
    assert not nn.Linear(2, 2).weight.is_meta
    with parameters_on_meta():
        with parameters_on_meta():
            first = nn.Linear(2, 2)
        second = nn.Linear(2, 2)
    assert all(p.is_meta for p in (*first.parameters(), *second.parameters()))
    assert not nn.Linear(2, 2).weight.is_meta


def test_other_threads_are_not_inside():
    made = []
    with parameters_on_meta():
        thread = threading.Thread(target=lambda: made.append(nn.Linear(2, 2)))
        thread.start()
        thread.join()
    assert not made[0].weight.is_meta


def test_a_block_that_ends_does_not_disturb_another_where_a_parameter_is_registered():
    def open_and_close() -> None:
        with parameters_on_meta():
            pass

    def in_between(*_: object) -> None:
        thread = threading.Thread(target=open_and_close)
        thread.start()
        thread.join()

    handle = nn.modules.module.register_module_parameter_registration_hook(in_between)
    try:
        with parameters_on_meta():
            layer = nn.Linear(2, 2)
    finally:
        handle.remove()
    assert all(p.is_meta for p in layer.parameters())
    assert not nn.modules.module._global_parameter_registration_hooks
    assert not nn.modules.module._global_buffer_registration_hooks


def test_layers_of_this_package_wait_for_their_values():
    with parameters_on_meta():
        cell = paraminit.nn.Dense(3, 2)
        given = paraminit.Parameter(paraminit.Tensor([1.0, 2.0]), name="given")
    assert cell.weight.has_init
    assert given.asnumpy().tolist() == [1, 2]


def test_layers_whose_shapes_are_not_known_yet_stay_so():
    with parameters_on_meta():
        layer = nn.LazyLinear(3)
    assert layer(torch.ones(2, 4)).shape == (2, 3)


def test_a_parameter_that_a_graph_needs_keeps_its_memory():
    weight = nn.Parameter(torch.ones(3))
    loss = (weight**2).sum()
    module = nn.Module()
    with parameters_on_meta():
        module.weight = weight
    loss.backward()
    assert module.weight.grad.tolist() == [2, 2, 2]
