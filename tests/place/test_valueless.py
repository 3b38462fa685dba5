"""What constructors compute from parameters inside parameters_on_meta(): as without it, or a clear error."""

from __future__ import annotations

import copy
import io

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import paraminit
from paraminit import parameters_on_meta
from paraminit.errors import InitializationError, PlanError

REMEDY = "Build the network outside of it, where Plan.apply fills it in place; or, "


class Net(nn.Module):
    """A layer, a norm, a buffer, and a constructor that goes on."""

    def __init__(self, more) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(3, 3), nn.BatchNorm1d(3)
        self.register_buffer("buffer", torch.zeros(3, 3))
        more(self)

    @property
    def weight(self) -> torch.Tensor:
        return self.linear.weight.detach()


def assigned(name, value):
    return lambda net: setattr(net, name, value(net))


def if_it_has_memory(net):
    """As transformers' frozen batch norms copy those that they replace."""
    if net.linear.weight.device != torch.device("meta"):
        net.buffer.copy_(net.linear.weight)


def if_it_is_not_meta(net):
    if not net.linear.weight.is_meta:
        net.buffer.data.copy_(net.linear.weight.data)


# What would get into a buffer that has values.
WRITES = {
    "copy": lambda net: net.buffer.copy_(net.weight),
    "copy of data": lambda net: net.buffer.data.copy_(net.linear.weight.data),
    "rows": lambda net: net.buffer[1:].copy_(net.weight[1:]),
    "slices": lambda net: net.buffer.__setitem__(slice(None), net.weight),
    "indices": lambda net: net.buffer.__setitem__(torch.arange(3), net.weight),
    "scatter": lambda net: net.buffer.scatter_(0, torch.zeros(1, 3, dtype=torch.long), net.weight),
    "sum": lambda net: net.buffer.add_(net.weight),
    "scale": lambda net: net.buffer.mul_(net.weight.std()),
    "fill": lambda net: net.buffer.fill_(net.weight.sum()),
    "out": lambda net: torch.mul(net.weight, 2, out=net.buffer),
    "list": lambda net: torch._foreach_copy_([net.buffer], [net.weight]),
    "data": lambda net: setattr(net.buffer, "data", net.weight),
    "asks for the device": if_it_has_memory,
    "asks for meta": if_it_is_not_meta,
}


@pytest.mark.parametrize("kind", WRITES)
def test_what_would_get_into_a_buffer_names_it(kind):
    with pytest.raises(InitializationError) as caught, parameters_on_meta():
        Net(WRITES[kind])
    assert str(caught.value).startswith(
        "parameters_on_meta: the buffer 'buffer' of Net is to get values that are computed from a parameter. "
    )
    assert REMEDY in str(caught.value)
    Net(WRITES[kind])  # on its own it is no error


def test_a_forward_pass_would_change_statistics():
    with pytest.raises(InitializationError) as caught, parameters_on_meta():
        Net(lambda net: net.norm(net.linear(torch.ones(2, 3))))
    assert "the buffer 'running_mean' of BatchNorm1d is to get values" in str(caught.value)


# What needs the values in Python.
NEEDS = {
    "item": lambda net: net.weight.sum().item(),
    "bool": lambda net: bool(net.weight.max() > 100),
    "float": lambda net: float(net.weight[0, 0]),
    "list": lambda net: net.weight.tolist(),
    "array": lambda net: net.weight.numpy(),
    "equal": lambda net: torch.equal(net.weight, net.buffer),
    "nonzero": lambda net: net.weight.nonzero(),
    "format": lambda net: f"{net.weight.sum():.3f}",
}


@pytest.mark.parametrize("kind", NEEDS)
def test_what_needs_values_says_so(kind):
    with pytest.raises(InitializationError) as caught, parameters_on_meta():
        Net(NEEDS[kind])
    assert "() needs the values of a parameter. " in str(caught.value)
    assert REMEDY in str(caught.value)


# What gives tensors that have no values either; whose names, once the network is to be filled.
WITHOUT = {
    "copy": (lambda net: net.register_buffer("one", net.weight.clone()), ["one"]),
    "among others": (
        lambda net: net.register_buffer("one", torch.where(net.buffer < 1, net.weight, 0)),
        ["one"],
    ),
    "of a batch": (lambda net: net.register_buffer("one", net.linear(torch.ones(2, 3)).detach()), ["one"]),
    "other dtype": (lambda net: net.register_buffer("one", (net.weight * 127).to(torch.int8)), ["one"]),
    "vmap": (lambda net: net.register_buffer("one", torch.vmap(torch.sum)(net.weight)), ["one"]),
    "attribute": (assigned("one", lambda net: net.weight * 2), ["one"]),
    "assigned buffer": (assigned("buffer", lambda net: net.weight * 2), ["buffer"]),
    "recurrent": (assigned("one", lambda net: nn.LSTM(3, 3).bias_hh_l0.detach() * 2), ["one"]),
    "average": (
        lambda net: net.register_buffer("one", copy.deepcopy(net.linear).weight.detach().clone()),
        ["one"],
    ),
    "spectral norm": (
        lambda net: parametrizations.spectral_norm(net.linear),
        [f"linear.parametrizations.weight.0.{name}" for name in ("_u", "_v")],
    ),
}


@pytest.mark.parametrize("kind", WITHOUT)
def test_what_has_no_values_is_refused_when_the_network_is_filled(kind):
    more, names = WITHOUT[kind]
    with parameters_on_meta():
        net = Net(more)
    with pytest.raises(PlanError) as caught:
        paraminit.initialize(net, {"*": "normal"}, seed=1, device="cpu")
    assert [problem.split("'")[1] for problem in caught.value.problems] == names
    for problem in caught.value.problems:
        assert "or with its memory if this is computed from a parameter" in problem
    assert all(parameter.is_meta for parameter in net.parameters())


def started(net):
    nn.init.constant_(net.norm.weight, 3)
    for init in (nn.init.orthogonal_, nn.init.trunc_normal_, nn.init.kaiming_uniform_, nn.init.eye_):
        init(net.linear.weight)
    net.register_buffer("one", net.norm.weight.detach().clone())


def frozen(net):
    with torch.no_grad():
        net.norm.weight.fill_(0)
    net.register_buffer("scale", torch.ones(3))
    if net.norm.weight.device != torch.device("meta"):
        net.scale.copy_(net.norm.weight)
    net.norm = nn.Identity()


def encoder(net):
    """Whose layers are copies of one."""
    net.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2, enable_nested_tensor=False)
    net.register_buffer("one", net.encoder.layers[1].norm1.weight.detach() * 2)


def of_its_own(net):
    net.linear.weight.data = torch.eye(3)
    net.linear.bias.data.copy_(net.linear.weight.data.mean(1))
    net.norm.bias.data = net.linear.weight.data.sum(1)
    net.norm.weight.data[1:] = net.weight[0, 1:]


def on_the_same_device(net):
    net.register_buffer("one", torch.arange(3.0, device=net.linear.weight.device))
    net.register_buffer("two", torch.zeros_like(net.weight) + net.weight.new_ones(3))
    net.register_buffer("three", torch.empty_like(net.weight, device=net.weight.device).fill_(3))


def like_a_parameter(net):
    net.linear.half()
    net.register_buffer("one", torch.eye(3).to(net.weight))
    net.register_buffer("two", torch.eye(3).to(tensor=net.weight, copy=True))
    net.register_buffer("three", torch.eye(3).type_as(other=net.linear.weight))
    net.register_buffer("four", net.one.to(net.weight, True, True))


def sizes(net):
    """A batch goes through, for its shape."""
    net.norm.eval()
    net.register_buffer("one", torch.ones(net.norm(net.linear(torch.ones(2, 3))).shape))
    net.norm.train()


def moved(net):
    net.half().float().to("cpu")
    net.cpu()


def other_parameters(net):
    left, _, right = torch.linalg.svd(net.weight)
    net.left, net.right = nn.Parameter(left), nn.Parameter(right.t())
    net.more = nn.ParameterList([net.weight.clone(), net.linear.bias.detach().clone()])


def saved(net):
    torch.save(net.state_dict(), io.BytesIO())
    net.load_state_dict(Net(lambda net: None).state_dict())


RIGHT = {
    "vectors": lambda net: net.register_buffer("one", net.norm.weight.detach().exp()),
    "started": started,
    "frozen": frozen,
    "encoder": encoder,
    "of its own": of_its_own,
    "on the same device": on_the_same_device,
    "like a parameter": like_a_parameter,
    "sizes": sizes,
    "moved": moved,
    "other parameters": other_parameters,
    "saved": saved,
    "weight norm": lambda net: parametrizations.weight_norm(net.linear)(torch.ones(1, 3)),
    "optimizer": assigned("optimizers", lambda net: [torch.optim.Adam(net.parameters())]),
    "average": assigned("average", lambda net: torch.optim.swa_utils.AveragedModel(net.linear)),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_what_comes_out_as_without_the_block(kind):
    expected = Net(RIGHT[kind])
    with parameters_on_meta():
        net = Net(RIGHT[kind])
    assert all(parameter.is_meta for parameter in net.parameters())
    assert all(
        vars(ours).keys() == vars(theirs).keys()
        for ours, theirs in zip(net.parameters(), expected.parameters(), strict=True)
    )
    for each in (net, expected):
        paraminit.initialize(each, {"*": "normal"}, seed=1, device="cpu")
    ours, theirs = net.state_dict(), expected.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(ours[name].equal(theirs[name]) for name in ours)


def test_inside_a_network_can_be_filled_too():
    with parameters_on_meta():
        net = Net(lambda net: None)
        paraminit.initialize(net, {"*": 2.0}, seed=1, device="cpu")
        total = sum(parameter.sum().item() for parameter in net.parameters())
        later = nn.Linear(2, 2)
    assert total == 2 * (9 + 3 * 3)
    assert net.linear.weight.tolist() == [[2.0] * 3] * 3
    assert net.linear.bias.tolist() == [2.0] * 3
    assert all(parameter.is_meta for parameter in later.parameters())


def test_where_meta_is_the_default_device_all_is_as_torch_has_it():
    with parameters_on_meta(), torch.device("meta"):
        layer = nn.Linear(2, 2)
        assert layer.weight.is_meta
        assert layer.weight.device.type == "meta"
    with torch.device("meta"), parameters_on_meta():
        assert nn.Linear(2, 2).weight.is_meta


def test_a_failed_constructor_leaves_nothing_behind():
    kept = []
    with pytest.raises(ZeroDivisionError), parameters_on_meta():
        Net(lambda net: kept.append(net) or 1 / 0)
    assert all(parameter.is_meta and not vars(parameter) for parameter in kept[0].parameters())
    assert torch.zeros(2).add_(1).tolist() == [1, 1]
    assert nn.Linear(2, 2, device="meta").weight.device.type == "meta"


def test_large_vectors_lose_their_memory_at_once():
    seen = []
    with parameters_on_meta():
        module = nn.Module()
        for size in (1 << 18, (1 << 18) + 1):
            module.vector = nn.Parameter(torch.ones(size))
            seen.append(module.vector.untyped_storage().device.type)
    assert seen == ["cpu", "meta"]
