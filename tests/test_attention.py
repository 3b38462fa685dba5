"""Dropout, MultiheadAttention and the single transformer layers."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
import torch

import paraminit
from paraminit import nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError

INFINITE = float("inf")


def close(a, b):
    torch.testing.assert_close(a, b, rtol=2e-5, atol=2e-5)


# -- Dropout ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "p"), [({}, 0.5), ({"keep_prob": 0.8}, 0.2), ({"p": 0.3}, 0.3)])
def test_dropout_drops_p_of_the_elements_and_scales_the_rest(arguments, p):
    torch.manual_seed(1)
    n = 200_000
    y = nn.Dropout(**arguments).set_train()(torch.ones(n))
    dropped = int((y == 0).sum())
    assert abs(dropped - n * p) < 5 * math.sqrt(n * p * (1 - p))  # five standard deviations
    torch.testing.assert_close(y[y != 0], torch.full((n - dropped,), 1 / (1 - p)))


def test_dropout_does_nothing_in_evaluation_and_repeats_under_a_seed():
    x = torch.arange(6.0)
    net = nn.Dropout(p=0.9)
    assert net(x) is x
    net.set_train()
    torch.manual_seed(5)
    first = net(x)
    torch.manual_seed(5)
    assert torch.equal(net(x), first)
    assert nn.Dropout(p=0).set_train()(x) is x
    assert nn.Dropout(1.0).set_train()(x) is x
    assert isinstance(net, torch.nn.Dropout)
    assert net.p == 0.9


def test_dropout_as_mindspore_prints_it():
    assert [repr(net) for net in (nn.Dropout(), nn.Dropout(0.7), nn.Dropout(p=0), nn.Dropout(5, 0.1))] == [
        "Dropout(keep_prob=0.5)",
        "Dropout(keep_prob=0.7)",
        "Dropout(p=0)",
        "Dropout(p=0.1)",
    ]


# -- attention beside torch's -------------------------------------------------------------------------


def both(**options):
    """One of ours and torch's with the same parameters; torch lists them under the same names."""
    ours = nn.MultiheadAttention(12, 3, **options)
    options["bias"] = options.pop("has_bias", True)
    theirs = torch.nn.MultiheadAttention(12, 3, **options)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs.eval()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"has_bias": False, "batch_first": True},
        {"add_bias_kv": True},
        {"add_zero_attn": True, "kdim": 5},
        {"add_bias_kv": True, "add_zero_attn": True, "kdim": 5, "vdim": 7, "batch_first": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("mask", ["none", "bool", "float", "deep", "padding", "both"])
def test_attention_equals_torchs(options, mask):
    ours, theirs = both(**options)
    assert isinstance(ours, torch.nn.MultiheadAttention)
    first = options.get("batch_first", False)
    kdim, vdim = options.get("kdim", 12), options.get("vdim", 12)
    q, k, v = (
        torch.randn((2, n, size) if first else (n, 2, size)) for n, size in ((4, 12), (5, kdim), (5, vdim))
    )
    hidden = torch.rand(6, 4, 5) < 0.4
    hidden[..., 0] = False
    padding = torch.tensor([[False, False, False, True, True], [False] * 5])
    given = {
        "none": {},
        "bool": {"attn_mask": hidden[0]},
        "float": {"attn_mask": torch.randn(4, 5)},
        "deep": {"attn_mask": hidden},
        "padding": {"key_padding_mask": padding},
        "both": {"attn_mask": hidden[0], "key_padding_mask": padding},
    }[mask]
    for average in (True, False):
        y, weights = ours(query=q, key=k, value=v, average_attn_weights=average, **given)
        expected, expected_weights = theirs(q, k, v, average_attn_weights=average, **given)
        close(y, expected)
        close(weights, expected_weights)
    alone, nothing = ours(q, k, v, need_weights=False, **given)
    close(alone, y)
    assert nothing is None
    if mask != "deep":
        single = {"attn_mask": given["attn_mask"]} if "attn_mask" in given else {}
        if "key_padding_mask" in given:
            single["key_padding_mask"] = padding[0]
        axis = 0 if first else 1
        one, one_weights = ours(*(x.select(axis, 0) for x in (q, k, v)), **single)
        close(one, y.select(axis, 0))
        close(one_weights, weights.mean(1)[0])


@pytest.mark.parametrize("need_weights", [True, False])
def test_masks_of_two_kinds_add_up(need_weights):
    """True hides a key beside a floating-point mask too."""
    net, x = nn.MultiheadAttention(8, 2), torch.randn(3, 1, 8)
    numbers, hides = torch.randn(3, 3), torch.tensor([[False, True, False]])
    added = torch.zeros(1, 3).masked_fill(hides, -INFINITE)
    expected = net(x, x, x, attn_mask=numbers + added, need_weights=need_weights)[0]
    close(net(x, x, x, hides, need_weights, numbers)[0], expected)
    close(net(x, x, x, added, need_weights, numbers)[0], expected)
    byte = torch.tensor([[0, 2, 0]] * 3, dtype=torch.uint8)
    close(net(x, x, x, attn_mask=byte)[0], net(x, x, x, hides)[0])
    close(net(x, x, x, attn_mask=numbers.double())[0], net(x, x, x, attn_mask=numbers)[0])


@pytest.mark.parametrize("need_weights", [True, False])
def test_a_query_that_sees_no_key_gets_zeros_and_finite_gradients(need_weights):
    net = nn.MultiheadAttention(8, 2)
    x = torch.randn(2, 3, 8, requires_grad=True)
    padding = torch.tensor([[True, True], [False, True], [False, False]])
    y, weights = net(x, x, x, padding, need_weights)
    close(y[:, 0], net.out_proj.bias.expand(2, 8))
    if need_weights:
        assert not weights[0].any()
        close(weights[1:].sum(-1), torch.ones(2, 2))
    y.sum().backward()
    assert x.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in net.parameters())


def test_attention_drops_weights_in_training_only():
    x = torch.randn(5, 2, 8)
    net = nn.MultiheadAttention(8, 2, 0.5)
    close(net(x, x, x, need_weights=False)[0], net(x, x, x)[0])
    net.set_train()
    weights = net(x, x, x, average_attn_weights=False)[1]
    assert 0 < int((weights == 0).sum()) < weights.numel()
    assert not torch.equal(net(x, x, x, need_weights=False)[0], net(x, x, x, need_weights=False)[0])


# -- layers beside torch's ----------------------------------------------------------------------------


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("kind", ["Encoder", "Decoder"])
@pytest.mark.parametrize(
    ("activation", "torchs"),
    [("relu", "relu"), ("gelu", "gelu"), (nn.ReLU(), "relu"), (torch.tanh, torch.tanh)],
    ids=["relu", "gelu", "Cell", "function"],
)
def test_layers_equal_torchs(kind, norm_first, activation, torchs):
    settings = {"norm_first": norm_first, "batch_first": True, "layer_norm_eps": 1e-3}
    ours = getattr(nn, f"Transformer{kind}Layer")(8, 2, 12, 0.1, activation, **settings)
    theirs = getattr(torch.nn, f"Transformer{kind}Layer")(8, 2, 12, 0.1, torchs, **settings).eval()
    for p in ours.parameters():
        p.set_data(paraminit.Tensor(torch.randn(p.shape) / 3))
    names = {"dense": "linear", "gamma": "weight", "beta": "bias"}
    state = {}
    for name, value in ours.state_dict().items():
        for mine, other in names.items():
            name = name.replace(mine, other)
        state[name] = value
    theirs.load_state_dict(state)
    hides = torch.ones(4, 4, dtype=torch.bool).triu(1)
    padding = torch.tensor([[False, False, False, True], [False] * 4])
    x, memory = torch.randn(2, 4, 8), torch.randn(2, 3, 8)
    if kind == "Encoder":
        arguments, masks = (x,), {"src_mask": hides, "src_key_padding_mask": padding}
    else:
        arguments = (x, memory)
        masks = {"tgt_mask": hides, "tgt_key_padding_mask": padding, "memory_mask": torch.randn(4, 3)}
        masks["memory_key_padding_mask"] = torch.zeros(2, 3)
        masks["tgt_key_padding_mask"] = torch.zeros(2, 4).masked_fill(padding, -INFINITE)
        masks["tgt_mask"] = torch.zeros(4, 4).masked_fill(hides, -INFINITE)
    with torch.no_grad():
        close(ours(*arguments, **masks), theirs(*arguments, **masks))
        close(ours(*(a[0] for a in arguments)), theirs(*(a[0] for a in arguments)))


def test_an_activation_with_parameters_is_trained_and_named():
    net = nn.TransformerEncoderLayer(8, 2, 16, activation=nn.PReLU())
    assert "activation.w" in net.parameters_dict()
    net(torch.randn(3, 2, 8)).sum().backward()
    assert net.activation.w.grad is not None


EVERY = [
    lambda: nn.Dropout(p=0.2),
    lambda: nn.MultiheadAttention(8, 2, 0.1, add_bias_kv=True, add_zero_attn=True),
    lambda: nn.MultiheadAttention(8, 2, kdim=8, vdim=7),
    lambda: nn.TransformerEncoderLayer(8, 2, 16, activation="gelu"),
    lambda: nn.TransformerDecoderLayer(8, 2, 16, norm_first=True, activation=nn.GELU()),
]


@pytest.mark.parametrize("build", EVERY)
def test_copies_pickles_and_states(build):
    net = build()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert repr(twin) == repr(net)
        for mine, other in zip(net.get_parameters(), twin.get_parameters(), strict=True):
            assert mine.name == other.name
            assert mine is not other
            np.testing.assert_array_equal(mine.asnumpy(), other.asnumpy())
    other = build()
    other.load_state_dict(net.state_dict())
    assert all(map(torch.equal, other.parameters(), net.parameters()))


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True, kdim=8, vdim=8),
        lambda: nn.MultiheadAttention(8, 2, kdim=4),
        lambda: nn.TransformerEncoderLayer(8, 2, 16),
        lambda: nn.TransformerDecoderLayer(8, 2, 16, norm_first=True),
    ],
)
def test_gradients_reach_every_parameter(build):
    net = build().set_train()
    x = torch.randn(5, 2, 8)
    if isinstance(net, nn.MultiheadAttention):
        y = net(x, torch.randn(3, 2, net.kdim), torch.randn(3, 2, net.vdim))[0]
    else:
        y = net(x) if isinstance(net, nn.TransformerEncoderLayer) else net(x, torch.randn(3, 2, 8))
    (y * torch.randn(y.shape)).sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in net.parameters())


def test_the_order_of_parameters_and_of_keys():
    """bias_k and bias_v are listed before out_proj and drawn after it."""
    paraminit.set_seed(2)
    net = nn.MultiheadAttention(8, 2, add_bias_kv=True)
    names = ["in_proj_weight", "in_proj_bias", "bias_k", "bias_v", "out_proj.weight", "out_proj.bias"]
    assert list(net.parameters_dict()) == names
    paraminit.set_seed(2)
    keys = [paraminit.fill.keys.next_key() for _ in range(5)]
    drawn = ["in_proj_weight", "out_proj.weight", "out_proj.bias", "bias_k", "bias_v"]
    assert [net.recipes()[name].key for name in drawn] == keys
    bound = math.sqrt(6 / (8 + 24))  # the packed weight counts three projections, as in MindSpore
    assert 0.95 * bound < net.in_proj_weight.abs().max() <= bound
    assert not net.in_proj_bias.any()
    assert net.out_proj.bias.any()


MASKED = torch.ones(4, 2, 8)
BAD = [
    (lambda: nn.Dropout(1), ArgumentTypeError, "keep_prob must be a float, got 1"),
    (lambda: nn.Dropout(0.0), ArgumentValueError, "keep_prob must be above 0 and up to 1, got 0.0"),
    (lambda: nn.Dropout(1.5), ArgumentValueError, "keep_prob must be above 0"),
    (lambda: nn.Dropout(p=1), ArgumentValueError, "Dropout: p must be from 0 up to, but not, 1, got 1"),
    (lambda: nn.Dropout(p=True), ArgumentTypeError, "Dropout: p must be a number, got True"),
    (lambda: nn.Dropout(p=math.nan), ArgumentValueError, "Dropout: p must be from 0"),
    (
        lambda: nn.Dropout().set_train()(torch.ones(2, dtype=torch.int32)),
        ArgumentTypeError,
        "in training x must be floating point, got torch.int32",
    ),
    (lambda: nn.MultiheadAttention(8, 3), ArgumentValueError, "num_heads must divide embed_dim, got 3 and 8"),
    (lambda: nn.MultiheadAttention(8, 2.0), ArgumentTypeError, "num_heads must be an int, got 2.0"),
    (lambda: nn.MultiheadAttention(8, 0), ArgumentValueError, "num_heads must be 1 or more, got 0"),
    (lambda: nn.MultiheadAttention(8, 2, 1.5), ArgumentValueError, "MultiheadAttention: dropout must be"),
    (lambda: nn.MultiheadAttention(8, 2, kdim=0), ArgumentValueError, "kdim must be 1 or more, got 0"),
    (lambda: nn.MultiheadAttention(8, 2, add_bias_kv=1), ArgumentTypeError, "add_bias_kv must be a bool"),
    (lambda: nn.MultiheadAttention(8, 2, batch_first=0), ArgumentTypeError, "batch_first must be a bool"),
    (
        lambda: nn.MultiheadAttention(8, 2, dtype=paraminit.int32),
        ArgumentTypeError,
        "MultiheadAttention.in_proj_weight",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED[..., :7], MASKED, MASKED),
        ArgumentValueError,
        "query must have 3 dimensions and 8 elements on the last, got shape",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED[None], MASKED, MASKED),
        ArgumentValueError,
        "query must have 2 dimensions, or 3 with a batch, got shape",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED[0], MASKED[0]),
        ArgumentValueError,
        "key must have 3 dimensions and 8",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED, MASKED[:3]),
        ArgumentValueError,
        "key and value must agree in all but the last axis",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED[:, :1], MASKED[:, :1]),
        ArgumentValueError,
        r"query and key must agree on axis 1, the batch, .*batch_first=False",
    ),
    (lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED, 3), ArgumentTypeError, "value must be a Tensor"),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED, MASKED, attn_mask=torch.ones(3, 4)),
        ArgumentValueError,
        r"attn_mask must have shape \(4, 4\) or \(4, 4, 4\), got \(3, 4\)",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED, MASKED, torch.ones(4, 2)),
        ArgumentValueError,
        r"key_padding_mask must have shape \(2, 4\), got \(4, 2\)",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED, MASKED, torch.ones(2, 4, dtype=torch.uint8)),
        ArgumentValueError,
        "key_padding_mask must be bool or floating point, got torch.uint8",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(*[MASKED] * 3, attn_mask=torch.ones(4, 4, dtype=torch.int32)),
        ArgumentValueError,
        "attn_mask must be bool, uint8 or floating point, got torch.int32",
    ),
    (
        lambda: nn.MultiheadAttention(8, 2)(MASKED, MASKED, MASKED, attn_mask=True),
        ArgumentTypeError,
        "attn_mask must be a Tensor, got bool",
    ),
    (lambda: nn.TransformerEncoderLayer(8, 3), ArgumentValueError, "nhead must divide d_model, got 3 and 8"),
    (lambda: nn.TransformerDecoderLayer(8.0, 2), ArgumentTypeError, "d_model must be an int, got 8.0"),
    (lambda: nn.TransformerEncoderLayer(8, 2, 0), ArgumentValueError, "dim_feedforward must be 1 or more"),
    (lambda: nn.TransformerEncoderLayer(8, 2, 4, 1), ArgumentValueError, "Layer: dropout must be from 0"),
    (
        lambda: nn.TransformerEncoderLayer(8, 2, 4, activation="ReLU"),
        UnknownNameError,
        "activation of TransformerEncoderLayer named 'ReLU'. Did you mean 'relu'",
    ),
    (
        lambda: nn.TransformerDecoderLayer(8, 2, 4, activation=nn.ReLU),
        ArgumentValueError,
        "TransformerDecoderLayer: activation must be 'relu', 'gelu', a Cell such as nn.ReLU()",
    ),
    (lambda: nn.TransformerEncoderLayer(8, 2, 4, activation=None), ArgumentValueError, "got None"),
    (lambda: nn.TransformerEncoderLayer(8, 2, 4, layer_norm_eps=0), ArgumentValueError, "layer_norm_eps"),
    (lambda: nn.TransformerEncoderLayer(8, 2, 4, norm_first=1), ArgumentTypeError, "norm_first must be"),
    (
        lambda: nn.TransformerEncoderLayer(8, 2, 4, dtype=paraminit.int32),
        ArgumentTypeError,
        "TransformerEncoderLayer: dtype must be a floating-point dtype",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_say_what_is_expected(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)


@pytest.mark.parametrize(
    "call",
    [
        lambda: nn.MultiheadAttention(8, 2, kdim=0),
        lambda: nn.MultiheadAttention(8, 2, dtype="flaot32"),
        lambda: nn.TransformerEncoderLayer(8, 2, 4, activation="rleu"),
        lambda: nn.TransformerDecoderLayer(8, 2, 0),
    ],
)
def test_bad_arguments_draw_no_key(call):
    paraminit.set_seed(3)
    with pytest.raises(ParaminitError):
        call()
    after = paraminit.fill.keys.next_key()
    paraminit.set_seed(3)
    assert paraminit.fill.keys.next_key() == after
