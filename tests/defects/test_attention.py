"""MindSpore's defects in attention and transformers: what this library does instead."""

from __future__ import annotations

import numpy as np
import pytest

from paraminit import Tensor, nn, profile

SIZES = {"d_model": 8, "nhead": 2, "dim_feedforward": 16}


def equal_in_both_layers(encoder):
    """Names of the random parameters that are the same in the first two layers."""
    first, second = (dict(layer.parameters_and_names()) for layer in list(encoder.layers)[:2])
    return {
        name
        for name in first
        if "norm" not in name
        and name != "self_attn.in_proj_bias"  # zeros
        and np.array_equal(first[name].asnumpy(), second[name].asnumpy())
    }


def test_encoder_layers_start_independent():
    """Weights and biases; the profile mindspore-2.10 keeps equal layers, and equal biases in Transformer."""

    def stack():
        return nn.TransformerEncoder(nn.TransformerEncoderLayer(**SIZES), 2)

    def transformer():
        return nn.Transformer(num_encoder_layers=2, num_decoder_layers=2, **SIZES).encoder

    assert not equal_in_both_layers(stack())
    assert not equal_in_both_layers(transformer())
    with profile("mindspore-2.10"):
        assert len(equal_in_both_layers(stack())) == 7
        assert equal_in_both_layers(transformer()) == {
            "self_attn.out_proj.bias",
            "dense1.bias",
            "dense2.bias",
        }


@pytest.mark.parametrize("activation", ["relu", nn.ReLU()], ids=["name", "Cell"])
def test_attention_takes_cells_and_keywords(activation):
    """An activation may be a Cell; keywords alone do; the output's bias is MindSpore's, and can be zeroed."""
    x = Tensor(np.ones((3, 2, 8), np.float32))
    layer = nn.TransformerEncoderLayer(**SIZES, activation=activation)
    assert layer(x).shape == (3, 2, 8)
    attention = nn.MultiheadAttention(8, 2)
    assert attention(query=x, key=x, value=x)[0].shape == (3, 2, 8)
    bias = attention.out_proj.bias
    assert bias.asnumpy().any()
    bias.set_data(Tensor(np.zeros(8, np.float32)))
    assert not attention.out_proj.bias.asnumpy().any()
