"""RNN, LSTM, GRU: their numbers, names and states, sequences of different lengths."""

from __future__ import annotations

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Tensor, nn
from paraminit.common.initializer import NumpyUniform
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError

GATES = {nn.RNN: 1, nn.LSTM: 4, nn.GRU: 3}
LAYERS = pytest.mark.parametrize("layer", GATES, ids=[layer.__name__ for layer in GATES])
BITS = {torch.float16: torch.int16, torch.bfloat16: torch.int16, torch.float32: torch.int32}


def tensors(value):
    """The tensors of a result, in order."""
    return [t for item in value for t in tensors(item)] if isinstance(value, tuple) else [value]


def start(net, batch, **kwargs):
    """States to begin with."""
    shape = (net.num_layers * (1 + net.bidirectional), batch, net.hidden_size)
    h = torch.randn(shape, **kwargs)
    return (h, torch.randn(shape, **kwargs)) if isinstance(net, nn.LSTM) else h


# ---- parameters ---------------------------------------------------------------------------------------


def by_definition(gates, inputs, hidden, layers, directions, bias):
    """Layer by layer and direction by direction: NumPy's uniforms, two weights, then two biases."""
    found, rows, k = {}, gates * hidden, 1 / math.sqrt(hidden)
    for layer, way in itertools.product(range(layers), ["", "_reverse"][:directions]):
        reads = inputs if layer == 0 else hidden * directions
        shapes = {"weight_ih": (rows, reads), "weight_hh": (rows, hidden)}
        if bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for kind, shape in shapes.items():
            found[f"{kind}_l{layer}{way}"] = np.random.uniform(-k, k, shape).astype(np.float32)
    return found


@LAYERS
@pytest.mark.parametrize("dtype", BITS, ids=str)
@pytest.mark.parametrize("profile", ["default", "mindspore-2.10", "mindspore-1"])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_numbers_are_numpys_and_stay_the_layers(layer, dtype, profile, bias):
    """Eager or lazy, in any order of creation, from copies, in every profile; the generator moves alike."""
    paraminit.set_seed(4)
    expected = by_definition(GATES[layer], 3, 5, 2, 2, bias)
    after = np.random.random()

    def build():
        paraminit.set_seed(4)
        net = layer(3, 5, 2, has_bias=bias, bidirectional=True, dtype=dtype)
        assert np.random.random() == after
        return net

    with paraminit.profile(profile):
        eager = build()
        with paraminit.no_init_parameters():
            lazy = build()
        nets = [eager, lazy, pickle.loads(pickle.dumps(lazy)), copy.deepcopy(lazy)]
        assert [p.has_init for net in nets for p in net.get_parameters()] == [
            net is not eager for net in nets for _ in expected
        ]
        paraminit.set_seed(99)
        for net in nets:
            parameters = dict(net.parameters_and_names())
            assert sorted(parameters) == sorted(expected)
            for name in reversed(parameters):
                values = torch.from_numpy(expected[name]).to(dtype)
                found = parameters[name].detach().as_subclass(torch.Tensor)
                assert torch.equal(found.view(BITS[dtype]), values.view(BITS[dtype]))


@LAYERS
def test_recipes_say_how_the_values_are_made(layer):
    """Initializer, shape and key of each parameter; the recipe makes the same values again."""
    paraminit.set_seed(4)
    net = layer(3, 5)
    recipes = net.recipes()
    assert list(recipes) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    for name, recipe in recipes.items():
        assert recipe.initializer == NumpyUniform(1 / math.sqrt(5))
        assert recipe.std == pytest.approx(1 / math.sqrt(15))
        assert np.array_equal(recipe.values(), getattr(net, name).asnumpy())
    assert len({recipe.key for recipe in recipes.values()}) == 4


@LAYERS
def test_names_and_lists(layer):
    """Kind by kind, layer by layer, forward before reverse; paths as a child; the lists follow changes."""
    net = layer(3, 5, 2, bidirectional=True)
    places = ["_l0", "_l0_reverse", "_l1", "_l1_reverse"]
    names = [kind + place for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh") for place in places]
    assert [(path, p.name) for path, p in net.parameters_and_names()] == [(name, name) for name in names]
    lists = net.w_ih_list + net.w_hh_list + net.b_ih_list + net.b_hh_list
    assert [p.name for p in lists] == names
    assert [p.shape[1] for p in net.w_ih_list] == [3, 3, 10, 10]
    outer = nn.SequentialCell(net)
    assert [p.name for p in outer.get_parameters()] == [f"0.{name}" for name in names]
    twin = copy.deepcopy(net)
    assert twin.w_ih_list[1] is twin.weight_ih_l0_reverse
    assert twin.w_ih_list[1] is not net.w_ih_list[1]
    assert layer(3, 5, has_bias=False).b_ih_list == ()
    assert list(layer(3, 5, has_bias=False).state_dict()) == ["weight_ih_l0", "weight_hh_l0"]


@LAYERS
def test_state_dict_round_trip(layer):
    """Also into a layer without values yet, and into torch's own of the same names."""
    net = layer(3, 5, 2, bidirectional=True)
    with paraminit.no_init_parameters():
        other = layer(3, 5, 2, bidirectional=True)
    other.load_state_dict(net.state_dict())
    theirs = getattr(torch.nn, layer.__name__)(3, 5, 2, bidirectional=True)
    theirs.load_state_dict(net.state_dict())
    x = torch.randn(6, 2, 3)
    results = [tensors(cell(x)) for cell in (net, other, theirs)]
    for ours, again, torchs in zip(*results, strict=True):
        assert torch.equal(ours, again)
        torch.testing.assert_close(ours, torchs)


# ---- sequences ----------------------------------------------------------------------------------------


@LAYERS
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("batch_first", [False, True], ids=["time first", "batch first"])
@pytest.mark.parametrize("given", [False, True], ids=["zeros", "hx"])
def test_lengths_are_as_if_each_sequence_ran_alone(layer, bidirectional, batch_first, given):
    """Output up to the length, zero after it; last states there; a length of 0 gives hx back."""
    net, lengths, time = layer(3, 4, 2, bidirectional=bidirectional, batch_first=batch_first), [2, 0, 5, 1], 5
    x = torch.randn(len(lengths), time, 3)
    hx = start(net, len(lengths)) if given else None
    turned = (lambda t: t) if batch_first else (lambda t: t.transpose(0, 1))
    output, *last = tensors(net(turned(x), hx, torch.tensor(lengths, dtype=torch.int32)))
    assert turned(output).shape == (4, time, 4 * (1 + bidirectional))
    for n, length in enumerate(lengths):
        one = [t[:, n : n + 1] for t in tensors(hx)] if given else [torch.zeros_like(t[:, :1]) for t in last]
        if length:
            begin = tuple(one) if isinstance(net, nn.LSTM) else one[0]
            alone, *one = tensors(net(turned(x[n : n + 1, :length]), begin))
            torch.testing.assert_close(turned(output)[n, :length], turned(alone)[0])
        assert not turned(output)[n, length:].any()
        for state, expected in zip(last, one, strict=True):
            torch.testing.assert_close(state[:, n : n + 1], expected)


@LAYERS
def test_gradients_reach_every_parameter(layer):
    """With sequences of different lengths too."""
    for lengths in (None, torch.tensor([5, 0, 2])):
        net = layer(3, 4, 2, bidirectional=True).set_train()
        output, *_ = tensors(net(torch.randn(5, 3, 3), None, lengths))
        output.square().sum().backward()
        assert all(p.grad.abs().sum() > 0 for p in net.get_parameters())


@LAYERS
def test_dropout_between_layers_in_training(layer):
    """Half of what the second layer reads is missing, in training alone; a single layer has no dropout."""
    x = torch.randn(4, 2, 3)
    for layers, drops in ((1, False), (2, True)):
        net = layer(3, 50, layers, dropout=0.5)
        assert torch.equal(net(x)[0], net(x)[0])
        net.set_train()
        assert torch.equal(net(x)[0], net(x)[0]) != drops
        assert net(x)[0].all()  # the last layer's output keeps every element


@LAYERS
def test_the_dtype_of_x_decides(layer):
    """Parameters are converted to it, as in MindSpore; half precision stays near."""
    net, x = layer(3, 4, 2), torch.randn(5, 2, 3)
    single = tensors(net(x))
    for dtype, tolerance in ((torch.float64, 1e-6), (torch.float16, 1e-2)):
        for result, expected in zip(tensors(net(x.to(dtype))), single, strict=True):
            assert result.dtype == dtype
            torch.testing.assert_close(result.float(), expected, rtol=0, atol=tolerance)


@LAYERS
def test_an_empty_batch(layer):
    """No sequences, no output; with lengths too."""
    net = layer(3, 4)
    for lengths in (None, torch.zeros(0, dtype=torch.int64)):
        output, *last = tensors(net(torch.ones(5, 0, 3), None, lengths))
        assert output.shape == (5, 0, 4)
        assert all(state.shape == (1, 0, 4) for state in last)


def test_tensors_in_tensors_out():
    """Lengths may be Tensors and be named."""
    output, (h, c) = nn.LSTM(3, 4)(Tensor(np.ones((5, 2, 3), np.float32)), seq_length=Tensor([5, 1]))
    assert {type(output), type(h), type(c)} == {Tensor}


def test_relu():
    """The other nonlinearity, one step at a time as RNNCell takes it."""
    net, cell = nn.RNN(3, 4, nonlinearity="relu"), nn.RNNCell(3, 4, nonlinearity="relu")
    cell.load_state_dict({name.removesuffix("_l0"): p for name, p in net.state_dict().items()})
    x, h = torch.randn(5, 2, 3), torch.zeros(2, 4)
    output, last = net(x)
    for step, expected in zip(x, output, strict=True):
        h = cell(step, h)
        torch.testing.assert_close(h, expected)
    torch.testing.assert_close(h, last[0])
    assert "nonlinearity=relu" in repr(net)


# ---- bad input ----------------------------------------------------------------------------------------

X = torch.ones(5, 2, 3)
BAD = [
    (lambda: nn.RNN(0, 3), ArgumentValueError, "RNN: input_size must be 1 or more, got 0"),
    (lambda: nn.LSTM(3, 4.0), ArgumentTypeError, "LSTM: hidden_size must be an int, got 4.0"),
    (lambda: nn.GRU(3, 4, True), ArgumentTypeError, "GRU: num_layers must be an int, got True"),
    (lambda: nn.GRU(3, 4, has_bias=1), ArgumentTypeError, "GRU: has_bias must be a bool, got 1"),
    (lambda: nn.GRU(3, 4, batch_first=None), ArgumentTypeError, "GRU: batch_first must be a bool, got None"),
    (lambda: nn.GRU(3, 4, bidirectional=1), ArgumentTypeError, "GRU: bidirectional must be a bool, got 1"),
    (lambda: nn.LSTM(3, 4, dropout=0), ArgumentTypeError, "LSTM: dropout must be a float, got 0"),
    (
        lambda: nn.LSTM(3, 4, dropout=1.0),
        ArgumentValueError,
        "dropout must be 0.0 or more and below 1, got 1.0",
    ),
    (lambda: nn.LSTM(3, 4, dropout=-0.1), ArgumentValueError, "dropout must be 0.0 or more .* got -0.1"),
    (lambda: nn.LSTM(3, 4, dropout=math.nan), ArgumentValueError, "dropout must be 0.0 or more .* got nan"),
    (lambda: nn.RNN(3, 4, nonlinearity="gelu"), UnknownNameError, "nonlinearity of RNN named 'gelu'"),
    (lambda: nn.RNN(3, 4, dtype=torch.int32), ArgumentTypeError, "RNN: dtype must be a floating-point dtype"),
    (lambda: nn.RNN(3, 4, dtype="float32"), ArgumentTypeError, "RNN: dtype must be a dtype"),
    (lambda: nn.RNN(3, 4)([1.0]), ArgumentTypeError, "RNN: x must be a Tensor, got list"),
    (lambda: nn.RNN(3, 4)(X[0]), ArgumentValueError, r"x must have shape \(time, batch, 3\) .* got \(2, 3\)"),
    (lambda: nn.RNN(4, 4, batch_first=True)(X), ArgumentValueError, r"x must have shape \(batch, time, 4\)"),
    (lambda: nn.RNN(3, 4)(X[:0]), ArgumentValueError, r"with one step or more, got \(0, 2, 3\)"),
    (lambda: nn.RNN(3, 4)(X.int()), ArgumentTypeError, "x must have a floating-point dtype, got torch.int32"),
    (lambda: nn.GRU(3, 4)(X, torch.ones(2, 4)), ArgumentValueError, r"GRU: hx must have shape \(1, 2, 4\)"),
    (lambda: nn.GRU(3, 4)(X, 0), ArgumentTypeError, "GRU: hx must be a Tensor, got int"),
    (lambda: nn.GRU(3, 4)(X, torch.ones(1, 2, 4).half()), ArgumentTypeError, "hx must have the dtype of x"),
    (lambda: nn.LSTM(3, 4)(X, torch.ones(1, 2, 4)), ArgumentTypeError, r"LSTM: hx must be a tuple \(h, c\)"),
    (
        lambda: nn.LSTM(3, 4)(X, (torch.ones(1, 2, 4), None)),
        ArgumentTypeError,
        "LSTM: c must be a Tensor, got NoneType",
    ),
    (
        lambda: nn.LSTM(3, 4)(X, None, [1, 2]),
        ArgumentTypeError,
        "LSTM: seq_length must be a Tensor, got list",
    ),
    (
        lambda: nn.LSTM(3, 4)(X, None, torch.ones(2)),
        ArgumentTypeError,
        "seq_length must be int32 or int64, got torch.float32",
    ),
    (
        lambda: nn.LSTM(3, 4)(X, None, torch.tensor([1])),
        ArgumentValueError,
        r"seq_length must have shape \(2,\), one length for each sequence, got \(1,\)",
    ),
    (
        lambda: nn.LSTM(3, 4)(X, None, torch.tensor([6, 1])),
        ArgumentValueError,
        r"seq_length must be from 0 to 5, the steps of x, got \[6, 1\]",
    ),
    (lambda: nn.LSTM(3, 4)(X, None, torch.tensor([-1, 1])), ArgumentValueError, r"from 0 to 5, .* \[-1, 1\]"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_name_layer_and_argument(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)


@LAYERS
@pytest.mark.parametrize("kwargs", [{"dropout": 1}, {"bidirectional": 0}, {"dtype": torch.int8}], ids=str)
def test_a_failing_layer_draws_nothing(layer, kwargs):
    paraminit.set_seed(1)
    expected = np.random.random()
    paraminit.set_seed(1)
    with pytest.raises(ArgumentTypeError):
        layer(3, 4, **kwargs)
    assert np.random.random() == expected
