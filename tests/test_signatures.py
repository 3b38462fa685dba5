"""Defaults and texts of layers as MindSpore 2.10 shows them."""

from __future__ import annotations

import inspect

import pytest

from paraminit import nn
from paraminit.errors import ArgumentValueError


@pytest.mark.parametrize(
    ("layer", "data_format"), [(nn.Conv2d, "NCHW"), (nn.Conv3d, "NCDHW"), (nn.Conv3dTranspose, "NCDHW")]
)
def test_data_formats(layer, data_format):
    assert inspect.signature(layer).parameters["data_format"].default == data_format
    assert layer(1, 1, 1, data_format=data_format).weight.numel() == 1
    with pytest.raises(ArgumentValueError, match="data_format must be"):
        layer(1, 1, 1, data_format=None)


@pytest.mark.parametrize(
    "build", [lambda: nn.Dense(2, 3, dtype=None), lambda: nn.Conv2d(1, 1, 1, dtype=None)]
)
def test_no_dtype(build):
    """MindSpore raises ValueError, as ``initializer`` does."""
    with pytest.raises(ArgumentValueError, match="dtype must not be None; leave it out for float32"):
        build()


def test_bidense_prints_its_channels():
    text = "BiDense(in1_channels=3, in2_channels=4, output_channels=5, has_bias=True)"
    assert str(nn.BiDense(3, 4, 5)) == text


def _arguments(layer):
    return list(inspect.signature(layer).parameters)


@pytest.mark.parametrize(
    ("layer", "last"),
    [
        (nn.AdaptiveMaxPool1d, "output_size"),
        (nn.AdaptiveMaxPool2d, "return_indices"),
        (nn.AvgPool1d, "count_include_pad"),
        (nn.AvgPool2d, "data_format"),
        (nn.AvgPool3d, "divisor_override"),
        (nn.MaxPool1d, "ceil_mode"),
        (nn.MaxPool2d, "data_format"),
        (nn.MaxPool3d, "ceil_mode"),
    ],
)
def test_last_argument_of_pools(layer, last):
    """Of the windows, MindSpore 2.10 gives a data_format to those over two axes alone."""
    assert _arguments(layer)[-1] == last


@pytest.mark.parametrize(
    "layer",
    [
        *("FastGelu", "HSigmoid", "HSwish", "LogSigmoid", "Mish", "ReLU", "ReLU6", "SeLU", "SiLU", "Sigmoid"),
        *("Softmax2d", "Softsign", "Tanh", "Tanhshrink"),
    ],
)
def test_layers_without_arguments(layer):
    """torch's ``ReLU(True)`` would otherwise set Cell's own first argument."""
    assert _arguments(getattr(nn, layer)) == []
    with pytest.raises(TypeError):
        getattr(nn, layer)(True)
    with pytest.raises(TypeError):
        getattr(nn, layer)(inplace=True)
