"""Activations by name, their arguments, and what no recorded case of MindSpore covers."""

from __future__ import annotations

import pytest
import torch

from paraminit import nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError
from paraminit.nn.activation import ACTIVATIONS, get_activation

#: What MindSpore's get_activation knows, but for "threshold", which needs arguments there and here.
MINDSPORE = """
    elu fast_gelu gelu hardtanh hshrink hsigmoid hswish leakyrelu logsigmoid logsoftmax mish prelu relu relu6
    preluext rrelu sigmoid silu softmax softmax2d softmin softshrink softsign tanh tanhshrink
"""


def test_mindspores_names_are_known():
    assert set(MINDSPORE.split()) <= set(ACTIVATIONS)
    assert all(layer.__name__ in nn.__all__ for layer in ACTIVATIONS.values())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_layers_take_the_name(name):
    """In any case; each layer gets a new Cell of its own, with the default arguments."""
    layers = [nn.Dense(3, 4, activation=name), nn.DenseBnAct(3, 4, activation=name.upper())]
    layers.append(nn.Conv2dBnAct(3, 4, 1, activation=name.title()))
    cells = [layer.activation for layer in layers]
    assert {type(cell) for cell in cells} == {ACTIVATIONS[name]}
    assert {repr(cell) for cell in cells} == {repr(getattr(nn, ACTIVATIONS[name].__name__)())}
    assert len({id(cell) for cell in cells}) == 3
    assert layers[2](torch.randn(2, 3, 5, 5)).shape == (2, 4, 5, 5)


def test_get_activation():
    assert isinstance(get_activation("ReLU"), nn.ReLU)
    assert get_activation(None) is None
    assert nn.get_activation is get_activation


def test_rrelu_draws_a_slope_for_each_element_of_each_call():
    net, x = nn.RReLU(0.25, 0.5), -torch.ones(4000)
    torch.manual_seed(1)
    first, second = net(x), net.set_train()(x)
    assert (first != second).float().mean() > 0.99
    assert ((first > -0.5) & (first < -0.25)).all()
    # Uniform: the standard error of the mean of 4000 is 0.0011, that of the deviation about as large.
    assert abs(first.mean() + 0.375) < 0.006
    assert abs(first.std() - 0.25 / 12**0.5) < 0.006
    assert torch.equal(net(-x), -x)


BAD = [
    (lambda: get_activation("rleu", "Dense"), UnknownNameError, "of Dense named 'rleu'.*'relu'"),
    (lambda: get_activation("threshold"), ArgumentValueError, r"Give nn.Threshold\(threshold, value\)"),
    (
        lambda: get_activation(3, "Net"),
        ArgumentTypeError,
        "Net: the name of an activation must be a str",
    ),
    (lambda: nn.DenseBnAct(2, 2, activation=3), ArgumentTypeError, "DenseBnAct: activation must be"),
    (
        lambda: nn.Conv2dBnAct(2, 2, 1, activation="x"),
        UnknownNameError,
        "activation of Conv2dBnAct named 'x'",
    ),
    (
        lambda: nn.Conv2dBnAct(2, 2, 1, has_bn=1),
        ArgumentTypeError,
        "Conv2dBnAct: has_bn must be a bool",
    ),
    (lambda: nn.DenseBnAct(2, 2, alpha="a"), ArgumentTypeError, "DenseBnAct: alpha must be a real number"),
    (
        lambda: nn.DenseBnAct(2, 2, has_bn=True, momentum=2),
        ArgumentValueError,
        "momentum must be from 0 to 1",
    ),
    (lambda: nn.CELU(0), ArgumentValueError, "CELU: alpha must not be 0"),
    (lambda: nn.CELU("a"), ArgumentTypeError, "CELU: alpha must be a real number"),
    (lambda: nn.Hardtanh(1, 1), ArgumentValueError, "Hardtanh: min_val=1 must be below max_val=1"),
    (lambda: nn.SoftShrink(-1), ArgumentValueError, "SoftShrink: lambd must be 0 or more, got -1"),
    (lambda: nn.HShrink("a"), ArgumentTypeError, "HShrink: lambd must be a real number"),
    (lambda: nn.Threshold(0, None), ArgumentTypeError, "Threshold: value must be a real number"),
    (lambda: nn.RReLU(1, 0.5), ArgumentValueError, "RReLU: lower=1 must not be above upper=0.5"),
    (lambda: nn.Softmin(1.0), ArgumentTypeError, "Softmin: axis must be an int, got 1.0"),
    (lambda: nn.GLU("a"), ArgumentTypeError, "GLU: axis must be an int"),
    (lambda: nn.GLU()(torch.ones(2, 3)), ArgumentValueError, "GLU: axis -1 of x must be of even"),
    (
        lambda: nn.Softmax2d()(torch.ones(2, 3)),
        ArgumentValueError,
        "Softmax2d: x must have 3 or 4 dimensions",
    ),
    (lambda: nn.LRN(3.0), ArgumentTypeError, "LRN: depth_radius must be an int, got 3.0"),
    (lambda: nn.LRN(-1), ArgumentValueError, "LRN: depth_radius must be 0 or more, got -1"),
    (lambda: nn.LRN(norm_region="x"), ArgumentValueError, "LRN: norm_region must be 'ACROSS_CHANNELS'"),
    (lambda: nn.LRN()(torch.ones(2, 3)), ArgumentValueError, "LRN: x must have 4 dimensions"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)
