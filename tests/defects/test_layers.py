"""MindSpore's defects in layers and operators: what this library does instead."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from paraminit import Parameter, Tensor, float16, float32, nn, ops


def ones(*shape, dtype=np.float32):
    return Tensor(np.ones(shape, dtype))


def test_the_embedding_table_has_the_layers_dtype():
    """Also with use_one_hot."""
    layer = nn.Embedding(4, 3, use_one_hot=True, dtype=float16)
    assert layer.embedding_table.dtype == float16
    assert layer(Tensor([1, 2])).dtype == float16


def test_a_padding_row_leaves_the_given_tensor_alone():
    """The layer zeroes its own copy."""
    table = ones(4, 3)
    layer = nn.Embedding(4, 3, embedding_table=table, padding_idx=1)
    assert table.asnumpy().all()
    assert layer.embedding_table.asnumpy().sum(axis=1).tolist() == [3, 0, 3, 3]


def test_a_tensor_takes_on_the_layers_dtype_and_a_parameter_is_refused():
    """A Parameter could mean its values or the thing itself; the error says how to write either."""
    assert nn.Dense(2, 3, weight_init=ones(3, 2, dtype=np.float16)).weight.dtype == float32
    with pytest.raises(TypeError, match=r"give param\.value\(\); to share it assign it to the layer"):
        nn.Dense(2, 3, weight_init=Parameter(ones(3, 2)))


@pytest.mark.parametrize(
    "layer",
    [nn.LayerNorm((3,)), nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3, weight_init="normal"), nn.GroupNorm(1, 3)],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_print_how_they_were_made(layer):
    """No Parameters, no object addresses, an equals sign for every argument."""
    text, name = repr(layer), type(layer).__name__
    assert " object at 0x" not in text
    assert "Parameter (" not in text
    assert all("=" in item for item in re.sub(r"\([\d, ]*\)", "shape", text)[len(name) + 1 : -1].split(", "))


def test_conv1d_takes_weights_of_three_dimensions():
    """set_data with (out, in, kernel) keeps the parameter's shape."""
    layer = nn.Conv1d(2, 4, 3)
    shape = tuple(layer.weight.shape)
    layer.weight.set_data(ones(4, 2, 3))
    assert tuple(layer.weight.shape) == shape
    assert layer(ones(1, 2, 5)).asnumpy()[0, 0, 2] == 6


def test_operators_check_alike():
    """InstanceNorm runs on a CPU; 'SAME' in any case; group early; no empty result; Conv3D adds a bias."""
    assert nn.InstanceNorm2d(3)(ones(1, 3, 4, 4)).shape == (1, 3, 4, 4)
    x, weight = ones(1, 3, 8, 8), ones(4, 3, 3, 3)
    assert ops.Conv2D(4, 3, pad_mode="SAME")(x, weight).shape == (1, 4, 8, 8)
    for operator, axes in ((ops.Conv2D, 2), (ops.Conv3D, 3)):
        with pytest.raises(ValueError, match="group must divide out_channel"):
            operator(4, 3, group=3)
        with pytest.raises(ValueError, match="the kernel spans 3 elements"):
            operator(4, 3)(ones(1, 3, *[2] * axes), ones(4, 3, *[3] * axes))
        with pytest.raises(ValueError, match="weight must have shape"):
            operator(4, 3)(ones(1, 3, *[8] * axes), ones(5, 3, *[3] * axes))
    conv = ops.Conv3D(4, 3)
    plain = conv(ones(1, 3, 4, 4, 4), ones(4, 3, 3, 3, 3))
    added = conv(ones(1, 3, 4, 4, 4), ones(4, 3, 3, 3, 3), Tensor([0.0, 1.0, 2.0, 3.0]))
    assert torch.equal((added - plain)[0, :, 0, 0, 0], torch.arange(4.0))
    with pytest.raises(ValueError, match=r"Conv3D: bias must have shape \(4,\), got \(3,\)\."):
        conv(ones(1, 3, 4, 4, 4), ones(4, 3, 3, 3, 3), ones(3))
    odd = torch.zeros(1, 1, 4, 4, 4)
    odd[0, 0, -1, -1, -1] = 1  # 'same' with an even kernel pads after, in every direction
    assert ops.Conv3D(1, 2, pad_mode="same")(odd, torch.ones(1, 1, 2, 2, 2))[0, 0, -1, -1, -1] == 1
