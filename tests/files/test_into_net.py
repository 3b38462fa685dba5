"""load_param_into_net: exact names, kept shapes, all or nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.errors import CheckpointMismatchError, ParaminitError
from paraminit.files import load_param_into_net


def dense(**values) -> dict[str, Parameter]:
    return {name.replace("__", "."): Parameter(Tensor(value)) for name, value in values.items()}


WEIGHT = np.float32([[1, 2], [3, 4], [5, 6]])


def test_what_is_missing_and_what_is_left_over():
    net = nn.Dense(2, 3)
    bias = net.bias.asnumpy().copy()
    extra = {**dense(weight=WEIGHT, epoch=np.int64(3)), "note": "x"}
    assert load_param_into_net(net, extra) == (["bias"], ["epoch", "note"])
    assert np.array_equal(net.weight.asnumpy(), WEIGHT)
    assert np.array_equal(net.bias.asnumpy(), bias)
    assert load_param_into_net(net, {}) == (["weight", "bias"], [])


def test_the_parameter_stays_the_object_and_shares_no_memory():
    net, loaded = nn.Dense(2, 3), dense(weight=WEIGHT)
    weight = net.weight
    load_param_into_net(net, loaded)
    loaded["weight"][0] = 99.0
    assert net.weight is weight
    assert np.array_equal(weight.asnumpy(), WEIGHT)


def test_names_are_exact_unless_a_prefix_is_asked_for():
    """MindSpore loads `other_weight` into `weight` and strips a prefix that it guesses."""
    net = nn.Dense(2, 3)
    before = net.weight.asnumpy().copy()
    named = {**dense(other_weight=WEIGHT, a__weight=WEIGHT, a__bias=np.ones(3, np.float32))}
    assert load_param_into_net(net, named) == (["weight", "bias"], list(named))
    assert np.array_equal(net.weight.asnumpy(), before)
    assert load_param_into_net(net, named, prefix="a.") == ([], ["other_weight"])
    assert np.array_equal(net.weight.asnumpy(), WEIGHT)


def test_a_chosen_name_counts():
    class Named(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter([0.0], name="chosen")

    net = Named()
    assert load_param_into_net(net, dense(chosen=np.float32([4]))) == ([], [])
    assert net.w.item() == 4


def test_pending_parameters_are_filled_without_drawing():
    """No initializer runs and no random number is used up."""
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        net = nn.Dense(2, 3)
    state = np.random.get_state()[1].copy()
    load_param_into_net(net, dense(weight=WEIGHT))
    assert (net.weight.has_init, net.bias.has_init) == (False, True)
    assert np.array_equal(np.random.get_state()[1], state)
    assert np.array_equal(net.weight.asnumpy(), WEIGHT)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        *((np.float32, np.float64), (np.float16, np.float32), (np.float32, np.float16)),
        *((np.int32, np.int64), (np.int64, np.int8), (np.uint8, np.int64)),
    ],
    ids=lambda kind: kind.__name__,
)
def test_dtypes_of_one_kind_are_converted_unless_strict(target, source):
    net = nn.Cell()
    net.w = Parameter(Tensor(np.zeros(2, target)))
    loaded = dense(w=np.array([1, 2], source))
    with pytest.raises(CheckpointMismatchError, match="'w' is "):
        load_param_into_net(net, loaded, strict_load=True)
    assert load_param_into_net(net, loaded) == ([], [])
    assert net.w.asnumpy().dtype == target
    assert net.w.asnumpy().tolist() == [1, 2]


def test_a_plain_torch_module():
    net = torch.nn.Linear(2, 3)
    assert load_param_into_net(net, dense(weight=WEIGHT)) == (["bias"], [])
    assert np.array_equal(net.weight.detach().numpy(), WEIGHT)


@pytest.mark.parametrize(
    ("loaded", "strict", "message"),
    [
        (
            {"weight": np.zeros((2, 3), np.float32)},
            False,
            "'weight' has shape (3, 2), the checkpoint's (2, 3)",
        ),
        ({"weight": np.zeros((3, 2, 1), np.float32)}, False, "the checkpoint's (3, 2, 1)"),
        ({"weight": np.zeros((3, 2), np.int32)}, False, "'weight' is Float32, the checkpoint's Int32"),
        ({"weight": np.zeros((3, 2), np.complex64)}, False, "the checkpoint's Complex64"),
        ({"weight": np.zeros((3, 2), np.bool_)}, False, "the checkpoint's Bool"),
        ({"count": np.float32(1)}, False, "'count' is Int8, the checkpoint's Float32"),
        (
            {"count": np.int64(300)},
            False,
            "'count' is Int8, the checkpoint's Int64, with values that do not fit",
        ),
        ({"weight": np.zeros((3, 2), np.float64)}, True, "'weight' is Float32, the checkpoint's Float64"),
        ({"weight": WEIGHT}, True, "no 'bias'; no 'count'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_a_mismatch_changes_nothing(loaded, strict, message):
    """Not even the parameters that would have fitted and come first."""
    net = nn.Dense(2, 3)
    net.count = Parameter(Tensor(np.int8(5)))
    before = {name: p.asnumpy().copy() for name, p in net.parameters_and_names()}
    fitting = {} if strict else {"bias": np.float32([7, 7, 7])}
    with pytest.raises(CheckpointMismatchError) as caught:
        load_param_into_net(net, dense(**fitting, **loaded), strict)
    assert message in str(caught.value)
    assert "Dense, which is unchanged" in str(caught.value)
    assert isinstance(caught.value, RuntimeError)
    for name, parameter in net.parameters_and_names():
        assert np.array_equal(parameter.asnumpy(), before[name])


def test_all_mismatches_are_listed():
    with pytest.raises(CheckpointMismatchError, match=r"'weight' has shape .*; 'bias' has shape"):
        load_param_into_net(nn.Dense(2, 3), dense(weight=np.float32([1]), bias=np.float32([1])))


def test_a_meta_module_is_refused():
    with pytest.raises(CheckpointMismatchError, match=r"'weight' is on torch's meta device"):
        load_param_into_net(torch.nn.Linear(2, 3, device="meta"), dense(weight=WEIGHT))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, {}), "net must be a Cell, got 3 of type int"),
        ((nn.Cell(), [1]), "parameter_dict must be a dictionary, got [1] of type list"),
        ((nn.Cell(), {"w": Tensor(1.0)}), "got 'w' with a value of type Tensor. Wrap a Tensor"),
        ((nn.Cell(), {1: Parameter(1.0)}), "must map str to Parameter, got 1 with"),
        ((nn.Cell(), {}, "x"), "strict_load must be a bool, got 'x'"),
        ((nn.Cell(), {}, False, 3), "remove_redundancy must be a bool, got 3"),
    ],
    ids=["net", "list", "tensor", "key", "strict", "redundancy"],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(TypeError) as caught:
        load_param_into_net(*arguments)
    assert message in str(caught.value)
    assert isinstance(caught.value, ParaminitError)
