"""Stacks of layers and the whole Transformer: which values they start with, and what they answer."""

from __future__ import annotations

import copy
import hashlib
import itertools
import pickle

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Tensor, nn
from paraminit.common.initializer import Normal, XavierUniform, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError
from paraminit.fill.keys import next_key

PROFILES = ["default", "mindspore-2.10", "mindspore-1"]
ENCODER, DECODER = "nn.TransformerEncoderLayer(8, 2, 6)", "nn.TransformerDecoderLayer(8, 2, 6)"
# After set_seed(7), of all names and values in order: SHA-256 with MindSpore 2.10, its first 32 digits.
RECORDED = {
    "nn.MultiheadAttention(8, 2, add_bias_kv=True)": "25c07a6a7ce841893e83ba916b6ac268",
    "nn.MultiheadAttention(8, 2, add_bias_kv=True, kdim=5, vdim=6)": "e267f6479afea6759347ac857c9dc71f",
    f"nn.TransformerEncoder({ENCODER}, 3)": "363f685c71c77686e4bc1d47bf28b455",
    f"nn.TransformerDecoder({DECODER}, 2, nn.LayerNorm((8,)))": "22c427ca91d3a23c663cd1d77078f60b",
    "nn.Transformer(8, 2, 2, 3, 6)": "a682f463f75ccbcf3251d99af8a9d14e",
    f"nn.SequentialCell(nn.TransformerEncoder({ENCODER}, 0), nn.Dense(8, 2))": (
        "5faadbe6921bf0547cefebd022966d27"
    ),
    f"nn.Transformer(8, 2, 1, 1, 6, custom_encoder=nn.TransformerEncoder({ENCODER}, 2))": (
        "8d44fa6b026776f4ecc1a234ad0bc949"
    ),
}


def build(cell, profile="default", seed=7):
    paraminit.set_seed(seed)
    with paraminit.profile(profile):
        return eval(cell, {"nn": nn})


def values(net):
    return {name: p.asnumpy() for name, p in net.parameters_and_names()}


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
@pytest.mark.parametrize("cell", RECORDED)
def test_bits_of_mindspore(cell, lazy):
    if lazy:
        with paraminit.no_init_parameters():
            net = build(cell, "mindspore-2.10")
        parameters = list(net.get_parameters())
        assert all(p.has_init for p in parameters)
        for p in reversed(parameters):
            p.init_data()
    else:
        net = build(cell, "mindspore-2.10")
    digest = hashlib.sha256()
    for name, p in net.parameters_and_names():
        assert p.name == name
        digest.update(name.encode() + p.asnumpy().tobytes())
    assert digest.hexdigest()[:32] == RECORDED[cell]


@pytest.mark.parametrize("profile", PROFILES[:2])
@pytest.mark.parametrize("cell", list(RECORDED)[2:5])
def test_lazy_equals_eager(cell, profile):
    eager = build(cell, profile)
    with paraminit.no_init_parameters():
        lazy = build(cell, profile)
    assert all(p.has_init for p in lazy.get_parameters())
    assert {name: recipe.key for name, recipe in lazy.recipes().items()} == {
        name: recipe.key for name, recipe in eager.recipes().items()
    }
    for name, expected in reversed(values(eager).items()):
        np.testing.assert_array_equal(lazy.get_parameter(name).asnumpy(), expected)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("kind", "layer"), [("Encoder", ENCODER), ("Decoder", DECODER)])
def test_layers_are_independent(kind, layer, profile):
    """Except under mindspore-2.10, any two layers differ in every parameter that is random."""
    net = build(f"nn.Transformer{kind}({layer}, 3)", profile)
    constant = {"in_proj_bias", "gamma", "beta"}
    if profile == "mindspore-1":
        constant.add("bias")  # zeros then
    names = dict(net.layers[0].parameters_and_names())
    for one, other in itertools.combinations(net.layers, 2):
        for name in names:
            a, b = (x.get_parameter(name).asnumpy() for x in (one, other))
            same = profile == "mindspore-2.10" or name.rpartition(".")[2] in constant
            assert np.array_equal(a, b) == same, name
            assert not np.shares_memory(a, b)


def test_layers_are_what_writing_them_out_gives():
    net = build(f"nn.TransformerEncoder({ENCODER}, 2)")
    written = build(f"nn.CellList([{ENCODER} for _ in range(3)])")
    for number in range(2):
        for name, p in net.layers[number].parameters_and_names():
            np.testing.assert_array_equal(p.asnumpy(), written[number + 1].get_parameter(name).asnumpy())


def test_the_given_layer_is_left_alone():
    paraminit.set_seed(1)
    layer = nn.TransformerEncoderLayer(8, 2, 6)
    before = values(layer)
    net = nn.TransformerEncoder(layer, 2)
    assert all(np.array_equal(before[name], array) for name, array in values(layer).items())
    assert [p.name for p in layer.get_parameters()] == list(before)
    assert not any(p is q for p in net.parameters() for q in layer.parameters())


class Wider(nn.TransformerEncoderLayer):
    def __init__(self):
        super().__init__(8, 2, 6, norm_first=True)
        self.extra = nn.Conv1d(8, 8, 3)

    def construct(self, src, src_mask=None, src_key_padding_mask=None):
        return self.extra(super().construct(src, src_mask, src_key_padding_mask).mT).mT


def test_layers_have_the_settings_of_the_given_one():
    layer = Wider().set_train()
    layer.dense1.weight.requires_grad = False
    layer.dense1.bias.set_data(initializer(Normal(0.3), [6]))
    layer.dense2.bias.set_data(Tensor(np.arange(8, dtype=np.float32)))
    net = nn.TransformerEncoder(layer, 2)
    for part in net.layers:
        assert type(part) is Wider
        assert part.norm_first
        assert not part.training
        assert not part.dense1.weight.requires_grad
        assert part.dense1.bias.recipe.initializer == Normal(0.3)
        assert part.dense2.bias.asnumpy().tolist() == list(range(8))  # given, not drawn
    first, second = net.layers
    assert not torch.equal(first.extra.weight, second.extra.weight)
    assert not torch.equal(first.dense1.bias, second.dense1.bias)
    assert net(torch.ones(3, 2, 8)).shape == (3, 2, 8)
    first.extra.weight.set_data(Tensor(np.ones((8, 8, 3), np.float32)))  # as Conv1d's weight allows


def test_mindspore_210_ignores_values_given_to_the_layer():
    expected = values(build(f"nn.TransformerEncoder({ENCODER}, 2)", "mindspore-2.10"))
    paraminit.set_seed(7)
    layer = nn.TransformerEncoderLayer(8, 2, 6)
    for p in layer.get_parameters():
        p.set_data(Tensor(np.full(p.shape, 3, np.float32)))
    with paraminit.profile("mindspore-2.10"):
        net = nn.TransformerEncoder(layer, 2)
    for name, array in values(net).items():
        np.testing.assert_array_equal(array, expected[name])


def test_default_and_210_share_the_first_layer():
    cell = f"nn.TransformerDecoder({DECODER}, 2)"
    ours, theirs = values(build(cell)), values(build(cell, "mindspore-2.10"))
    for name, array in ours.items():
        if name.startswith("layers.0."):
            np.testing.assert_array_equal(array, theirs[name])


@pytest.mark.parametrize("profile", PROFILES[:2])
def test_the_transformer_draws_its_matrices_last_and_in_order(profile):
    paraminit.set_seed(4)
    with paraminit.profile(profile):
        net = nn.Transformer(8, 2, 2, 2, 6)
    following = next_key()
    recipes = net.recipes()
    matrices = [name for name, p in net.parameters_and_names() if p.ndim > 1]
    assert {recipes[name].initializer for name in matrices} == {XavierUniform()}
    drawn_before = {"default": 7 * 3 + 10 * 3, "mindspore-2.10": 7 * 2 + 10 * 2}[profile]
    paraminit.set_seed(4)
    keys = [next_key() for _ in range(drawn_before + len(matrices) + 1)]
    assert [recipes[name].key for name in matrices] == keys[drawn_before:-1]
    assert following == keys[-1]
    weights = [net.get_parameter(name).asnumpy() for name in matrices]
    assert not any(np.array_equal(a, b) for a, b in itertools.combinations(weights, 2) if a.shape == b.shape)
    biases = [net.get_parameter(f"encoder.layers.{n}.dense1.bias").asnumpy() for n in range(2)]
    assert np.array_equal(*biases) == (profile == "mindspore-2.10")
    # Recipes are the Cells' too: they say the same once something has replaced the parameters.
    owner = net.encoder.layers[1].dense1
    owner._parameters["weight"] = torch.nn.Parameter(owner.weight.detach().clone())
    assert net.recipes()["encoder.layers.1.dense1.weight"] == recipes["encoder.layers.1.dense1.weight"]


def test_the_transformer_is_its_parts():
    net = nn.Transformer(8, 2, 2, 2, 6, batch_first=True, norm_first=True)
    src, tgt = torch.randn(3, 5, 8), torch.randn(3, 4, 8)
    causal, padding = torch.ones(4, 4).triu(1).bool(), torch.tensor([[False] * 4 + [True]] * 3)
    memory = src
    for layer in net.encoder.layers:
        memory = layer(memory, src_key_padding_mask=padding)
    memory = net.encoder.norm(memory)
    y = tgt
    for layer in net.decoder.layers:
        y = layer(y, memory, tgt_mask=causal, memory_key_padding_mask=padding)
    y = net.decoder.norm(y)
    masks = {"src_key_padding_mask": padding, "memory_key_padding_mask": padding, "tgt_mask": causal}
    torch.testing.assert_close(net(src, tgt, **masks), y)
    assert not torch.allclose(net(src, tgt), y, atol=1e-3)
    changed = src.clone()
    changed[:, -1] += 1  # the padded position
    torch.testing.assert_close(net(changed, tgt, **masks), y)
    one = {name: mask[0] if "padding" in name else mask for name, mask in masks.items()}
    torch.testing.assert_close(net(src[0], tgt[0], **one), y[0])


class Doubling(nn.Cell):
    def construct(self, src, src_mask=None, src_key_padding_mask=None):
        return 2 * src


def test_custom_parts():
    net = nn.Transformer(8, 2, 1, 1, 6, custom_encoder=Doubling())
    src, tgt = torch.randn(3, 2, 8), torch.randn(4, 2, 8)
    torch.testing.assert_close(net(src, tgt), net.decoder(tgt, 2 * src))
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 6), 1)
    before = decoder.layers[0].dense1.weight.asnumpy().copy()
    assert nn.Transformer(8, 2, 1, 1, 6, custom_decoder=decoder).decoder is decoder
    assert not np.array_equal(before, decoder.layers[0].dense1.weight.asnumpy())


@pytest.mark.parametrize("kind", ["Encoder", "Decoder", ""])
def test_training_reaches_every_parameter(kind):
    net = {
        "Encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 6), 2, nn.LayerNorm((8,))),
        "Decoder": lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 6), 2),
        "": lambda: nn.Transformer(8, 2, 1, 2, 6),
    }[kind]()
    inputs = [torch.randn(4, 3, 8)] if kind == "Encoder" else [torch.randn(4, 3, 8), torch.randn(5, 3, 8)]
    before = {name: array.copy() for name, array in values(net).items()}
    optimizer = torch.optim.Adam(net.trainable_params(), lr=0.01)
    y = net.set_train()(*inputs)
    (y * torch.randn(y.shape)).sum().backward()
    optimizer.step()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    assert all(not np.array_equal(before[name], array) for name, array in values(net).items())
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert list(twin.parameters_dict()) == list(before)
        assert all(map(torch.equal, twin.parameters(), net.parameters()))
        torch.testing.assert_close(twin.set_train(False)(*inputs), net.set_train(False)(*inputs))


def test_state_round_trip():
    net, other = build("nn.Transformer(8, 2, 1, 2, 6)"), build("nn.Transformer(8, 2, 1, 2, 6)", seed=8)
    assert not torch.equal(net.encoder.layers[0].dense1.weight, other.encoder.layers[0].dense1.weight)
    other.load_state_dict(net.state_dict())
    assert all(map(torch.equal, net.parameters(), other.parameters()))


def test_empty_stacks():
    x = torch.randn(3, 2, 8)
    assert nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 6), 0)(x) is x
    net = nn.Transformer(8, 2, 0, 0, 6)
    torch.testing.assert_close(net(x, x), net.decoder.norm(x))


X = torch.ones(3, 2, 8)
LAYER = nn.TransformerEncoderLayer(8, 2, 6)
BAD = [
    (lambda: nn.TransformerEncoder(3, 2), ArgumentTypeError, "encoder_layer must be a Cell, got 3"),
    (lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer, 2), ArgumentTypeError, "decoder_layer must"),
    (
        lambda: nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2), 2),
        ArgumentTypeError,
        "encoder_layer must be a Cell",
    ),
    (lambda: nn.TransformerEncoder(LAYER, 2.0), ArgumentTypeError, "num_layers must be an int, got 2.0"),
    (lambda: nn.TransformerEncoder(LAYER, -1), ArgumentValueError, "num_layers must be 0 or more, got -1"),
    (lambda: nn.TransformerEncoder(LAYER, 1, 3), ArgumentTypeError, "norm must be a Cell or None, got 3"),
    (lambda: nn.Transformer(8, 3), ArgumentValueError, "nhead must divide d_model, got 3 and 8"),
    (lambda: nn.Transformer(8, 2, True), ArgumentTypeError, "num_encoder_layers must be an int, got True"),
    (lambda: nn.Transformer(8, 2, 1, -1), ArgumentValueError, "num_decoder_layers must be 0 or more"),
    (lambda: nn.Transformer(8, 2, custom_encoder=3), ArgumentTypeError, "custom_encoder must be a Cell"),
    (lambda: nn.Transformer(8, 2, 0, 0, 6, batch_first=1), ArgumentTypeError, "batch_first must be a bool"),
    (lambda: nn.Transformer(8, 2, 0, 0, 6)(X[..., 1:], X), ArgumentValueError, "8 elements on the last axis"),
    (lambda: nn.Transformer(8, 2, 0, 0, 6)(X, X[0]), ArgumentValueError, "both have 2 dimensions, or 3"),
    (lambda: nn.Transformer(8, 2, 0, 0, 6)(X, X[:, :1]), ArgumentValueError, "agree on axis 1, the batch"),
    (lambda: nn.Transformer(8, 2, 0, 0, 6)(X, 3), ArgumentTypeError, "tgt must be a Tensor"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_say_what_is_expected(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)
