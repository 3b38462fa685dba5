from __future__ import annotations

import copy
import pickle

import pytest

from paraminit import Parameter, ParameterTuple, Tensor, nn, set_seed
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError, UnknownNameError


def named(*names):
    return ParameterTuple(Parameter([1.0, 2.0], name=name) for name in names)


def paths(cell):
    return [(path, p.name) for path, p in cell.parameters_and_names()]


def test_it_is_a_tuple():
    items = named("a", "b")
    assert isinstance(items, tuple)
    assert [p.name for p in items] == ["a", "b"]
    assert type(items[:1]) is tuple
    p = items[0]
    assert len(ParameterTuple([p, p])) == 2  # one object twice is no collision
    assert ParameterTuple([]) == ()


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        (3, ArgumentTypeError, "takes an iterable of Parameters, got 3"),
        ("ab", ArgumentTypeError, "holds Parameters, got 'a' of type str"),
        ([Parameter(1.0), Tensor([1.0])], ArgumentTypeError, "of type Tensor"),
        ([Parameter(1.0, "w"), Parameter(2.0, "w")], ParameterNameError, "its name 'w' already exists"),
    ],
    ids=["number", "str", "Tensor", "duplicate"],
)
def test_bad_items(items, error, message):
    with pytest.raises(error, match=f"ParameterTuple.*{message}"):
        ParameterTuple(items)


def test_clone_names_and_fills():
    items = named("a", "b.c")
    items[0].layerwise_parallel = True
    twins = items.clone("m_1.x", init="zeros")
    assert type(twins) is ParameterTuple
    assert [p.name for p in twins] == ["m_1.x.a", "m_1.x.b.c"]
    assert twins[0].layerwise_parallel
    assert twins[1].asnumpy().tolist() == [0, 0]
    same = items.clone(prefix="s")
    same[0][0] = 9
    assert items[0].asnumpy().tolist() == [1, 2]
    assert [p.asnumpy().tolist() for p in items.clone("t", Tensor([3.0, 4.0]))] == [[3, 4], [3, 4]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), ArgumentTypeError, "prefix must be a str, got 3"),
        (("",), ParameterNameError, "must not be empty .* got ''"),
        ((".a",), ParameterNameError, "got '.a'"),
        (("a b",), ParameterNameError, "got 'a b'"),
        (("中",), ParameterNameError, "got '中'"),
        (("p", None), ArgumentTypeError, "init must not be None"),
        (("p", "Same"), UnknownNameError, "no initializer named 'Same'"),
        (("p", Tensor([1.0])), ArgumentValueError, "has shape"),
    ],
    ids=repr,
)
def test_bad_clones_draw_nothing(arguments, error, message):
    import numpy as np

    items = named("a")
    set_seed(1)
    before = np.random.get_state()[2]
    with pytest.raises(error, match=message):
        items.clone(*arguments)
    assert np.random.get_state()[2] == before


@pytest.mark.parametrize(
    "how", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))], ids=["copy", "pickle"]
)
def test_copies(how):
    items = named("a", "b")
    twins = how(items)
    assert type(twins) is ParameterTuple
    assert [p.name for p in twins] == ["a", "b"]
    assert twins[0] is not items[0]


class Momentum(nn.Cell):
    """Written as MindSpore programs write optimizers, down to the attribute called ``parameters``."""

    def __init__(self, params):
        super().__init__(auto_prefix=False)
        self.parameters = ParameterTuple(params)
        self.moments = self.parameters.clone("moments", init="zeros")
        self.rate = Parameter(0.1, name="learning_rate")


def test_in_a_cell_its_items_have_their_own_names():
    net = nn.SequentialCell(nn.Dense(1, 1), nn.Dense(1, 1, has_bias=False))
    step = Momentum(net.trainable_params())
    weights = ["0.weight", "0.bias", "1.weight"]
    assert paths(step) == [
        *((name, name) for name in weights),
        *((f"moments.{name}", f"moments.{name}") for name in weights),
        ("rate", "learning_rate"),
    ]
    assert type(step.parameters) is type(step.moments) is ParameterTuple
    assert step.parameters[0] is net[0].weight
    assert list(step.state_dict()) == [path for path, _ in paths(step)]
    other = Momentum(copy.deepcopy(net).trainable_params())
    other.moments[0].set_data(Tensor([[5.0]]))
    step.load_state_dict(other.state_dict())
    assert step.moments[0].item() == 5
    assert list(step.recipes()) == [
        "0.weight",
        "0.bias",
        "1.weight",
        *(f"moments.{name}" for name in weights),
    ]
    twin = copy.deepcopy(step)
    assert type(twin.moments) is ParameterTuple
    assert twin.moments[0] is dict(twin.parameters_and_names())["moments.0.weight"]
    assert paths(twin) == paths(step)


def test_what_is_below_already_is_not_registered_twice():
    net = nn.Cell()
    net.layer = nn.Dense(1, 1)
    net.weights = ParameterTuple(net.layer.trainable_params())
    assert paths(net) == [("layer.weight", "layer.weight"), ("layer.bias", "layer.bias")]
    assert list(net._parameters) == []


def test_in_a_child_they_are_paths():
    outer, inner = nn.Cell(), nn.Cell()
    inner.pair = named("a", "b")
    inner.nameless = ParameterTuple([Parameter(1.0), Parameter(2.0)])
    outer.sub = inner
    assert paths(outer) == [(f"sub.{n}", f"sub.{n}") for n in ("a", "b", "nameless.0", "nameless.1")]
    inner.late = named("c")
    assert inner.late[0].name == "sub.c"


def test_collisions_and_replacements():
    net = nn.Cell()
    net.x = Parameter(1.0)
    with pytest.raises(ParameterNameError, match=r"Cell\.pair: the name 'x' already belongs to another"):
        net.pair = named("y", "x")
    assert paths(net) == [("x", "x")]
    net.pair = named("y", "z")
    net.pair = twins = named("y", "z")
    assert dict(net.parameters_and_names())["z"] is twins[1]
    net = nn.Cell()
    net.a = Parameter(1.0)
    net.a = named("b")
    assert paths(net) == [("b", "b")]
    net.child = nn.ReLU()
    with pytest.raises(ParameterNameError, match=r"Cell\.child is a child Cell"):
        net.child = named("c")
    net.a = None
    assert net.a is None
