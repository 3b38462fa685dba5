"""fan_in, fan_out and gain."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from paraminit.describe.initializers import HeNormal, HeUniform, VarianceScaling, XavierNormal, XavierUniform
from paraminit.describe.initializers.custom import (
    _calculate_correct_fan,
    _calculate_fan_in_and_fan_out,
    _calculate_gain,
    _calculate_in_and_out,
)
from paraminit.describe.initializers.fans import Fans, fans_of_shape, gain_of
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

SHAPES = {  # as MindSpore 2.10 computes them
    (3, 4): (4, 3),
    (1, 1): (1, 1),
    (0, 4): (4, 0),
    (3, 4, 5): (20, 15),
    (3, 4, 5, 6): (120, 90),
    (3, 4, 5, 6, 7): (840, 630),
}


@pytest.mark.parametrize(("shape", "expected"), SHAPES.items(), ids=map(str, SHAPES))
def test_fans(shape, expected):
    """fan_in is the second dimension and fan_out the first, both times the kernel."""
    assert fans_of_shape(shape) == expected
    assert _calculate_fan_in_and_fan_out(list(shape)) == expected
    assert _calculate_in_and_out(np.zeros(shape)) == expected
    assert (_calculate_correct_fan(shape, "fan_in"), _calculate_correct_fan(shape, "FAN_OUT")) == expected


def test_the_private_function_returns_a_plain_tuple():
    """Programs unpack and print it."""
    assert repr(_calculate_fan_in_and_fan_out((3, 4))) == "(4, 3)"


@pytest.mark.parametrize("shape", [(), (64,)], ids=str)
def test_fewer_than_two_dimensions(shape):
    """The error names who asks, the shape and what to use instead."""
    with pytest.raises(ArgumentValueError) as error:
        fans_of_shape(shape, "HeNormal")
    assert str(error.value) == (
        "HeNormal needs a tensor of 2 or more dimensions to compute fan_in and fan_out, got shape "
        f"{shape}. Use 'zeros', Constant, Uniform or Normal for a bias or a scale."
    )


def test_modes():
    """fan_avg is the mean of both; other names are refused."""
    fans = Fans(4, 3)
    assert [fans.of_mode(mode) for mode in ("fan_in", "fan_out", "fan_avg")] == [4, 3, 3.5]
    with pytest.raises(UnknownNameError, match=r"There is no mode named 'fan_inn'\. Did you mean 'fan_in'"):
        fans.of_mode("fan_inn")


@pytest.mark.parametrize(
    ("mode", "kind"), [("fan_avg", ArgumentValueError), ("", ArgumentValueError), (None, ArgumentTypeError)]
)
def test_correct_fan_refuses_other_modes(mode, kind):
    """Only fan_in and fan_out, in any case."""
    with pytest.raises(kind, match=f"mode must be 'fan_in' or 'fan_out', got {mode!r}"):
        _calculate_correct_fan((3, 4), mode)


GAINS = {
    **dict.fromkeys(["linear", "sigmoid", "conv1d", "conv2d", "conv3d"], 1),
    **dict.fromkeys(["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"], 1),
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": 1.4141428569978354,  # slope 0.01
}


@pytest.mark.parametrize(("name", "gain"), GAINS.items())
def test_gains(name, gain):
    """Gain of each activation without an argument."""
    assert gain_of(name) == _calculate_gain(name) == gain


@pytest.mark.parametrize(
    ("slope", "gain"),
    [
        (0, math.sqrt(2)),
        (1, 1),
        (-0.5, 1.2649110640673518),
        (np.float64(0.2), 1.3867504905630728),
        (np.float32(0.5), 1.2649110640673518),
        (Fraction(1, 2), 1.2649110640673518),
    ],
    ids=repr,
)
def test_leaky_relu(slope, gain):
    """sqrt(2 / (1 + slope**2)) for any real slope."""
    assert gain_of("leaky_relu", slope) == gain


@pytest.mark.parametrize("slope", ["0.2", True, math.nan, math.inf, 1j], ids=repr)
def test_bad_slopes(slope):
    """A slope is a finite real number; the other activations do not look at it."""
    with pytest.raises(ArgumentValueError) as error:
        gain_of("leaky_relu", slope)
    assert str(error.value) == f"negative_slope must be a finite number, got {slope!r}."
    assert gain_of("relu", slope) == math.sqrt(2)


@pytest.mark.parametrize("name", ["selu", "gelu", "RELU", "Relu"])
def test_unknown_activations(name):
    """Names are in lower case, as in MindSpore."""
    with pytest.raises(UnknownNameError, match=f"There is no nonlinearity named '{name}'"):
        gain_of(name)


@pytest.mark.parametrize("name", [None, 3, ["relu"]], ids=repr)
def test_activations_are_names(name):
    """Anything but a str is a type error."""
    with pytest.raises(ArgumentTypeError) as error:
        gain_of(name)
    assert str(error.value) == f"nonlinearity must be a str, got {name!r}."


FUNCTIONS = {  # 1 / sqrt(E[f(z)**2]), known in closed form or to four decimals
    "relu": (torch.relu, math.sqrt(2), 1e-12),
    "identity": (lambda x: x, 1.0, 1e-12),
    "square": (lambda x: x * x, 1 / math.sqrt(3), 1e-12),
    "leaky": (lambda x: np.where(x < 0, 0.2 * x, x), math.sqrt(2 / 1.04), 1e-12),
    "tanh of a float": (math.tanh, 1.5925, 5e-5),
    "gelu": (torch.nn.functional.gelu, 1.5335, 5e-5),
    "silu": (torch.nn.SiLU(), 1.6765, 5e-5),
    "elu": (torch.nn.functional.elu, 1.2452, 5e-5),
    "mish": (torch.nn.functional.mish, 1.4868, 5e-5),
    "selu": (torch.nn.functional.selu, 1.0, 5e-5),
    "sigmoid": (torch.sigmoid, 1.8462, 5e-5),
    "module with float32 parameters": (torch.nn.PReLU(init=0.25), math.sqrt(2 / 1.0625), 1e-6),
}


@pytest.mark.parametrize(("function", "gain", "tolerance"), FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_the_gain_of_a_function(function, gain, tolerance):
    """Any activation, written for arrays, tensors or floats; the initializers take it too."""
    assert gain_of(function) == pytest.approx(gain, rel=tolerance)
    for cls in (HeNormal, HeUniform):
        std = cls(nonlinearity=function).distribution((3, 16)).std
        assert std == pytest.approx(gain / 4, rel=tolerance)


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (lambda x: x.sum(), ArgumentTypeError, "must take a NumPy array, a torch tensor or a float"),
        (lambda x: 1 / 0, ArgumentTypeError, "must take a NumPy array, a torch tensor or a float"),
        (lambda x: 0 * x, ArgumentValueError, "does not exist: E[f(z)**2] is 0.0."),
        (lambda x: x * math.nan, ArgumentValueError, "does not exist: E[f(z)**2] is nan."),
    ],
    ids=["a sum", "raises", "zero", "nan"],
)
def test_functions_without_a_gain(function, kind, message):
    """Refused when the initializer is made."""
    with pytest.raises(kind) as error:
        HeNormal(nonlinearity=function)
    assert message in str(error.value)
    assert str(error.value).startswith("HeNormal: ")


def test_axes():
    """Layouts of other libraries: kernel first, inputs and outputs last; experts in front."""
    jax = VarianceScaling(1.0, "fan_out", "uniform", in_axis=-2, out_axis=-1)
    assert jax.distribution((3, 3, 16, 64)).high == math.sqrt(3 / 576)
    experts = VarianceScaling(1.0, "fan_in", "uniform", in_axis=1, out_axis=2, batch_axis=0)
    assert experts.distribution((8, 16, 64), Fans(1, 1)).high == math.sqrt(3 / 16)
    heads = VarianceScaling(1.0, "fan_out", "uniform", in_axis=0, out_axis=(1, 2))
    assert heads.distribution((16, 4, 8)).high == math.sqrt(3 / 32)
    for bad in ({"in_axis": 2}, {"in_axis": 0}, {"batch_axis": -1}):
        with pytest.raises(ArgumentValueError, match=r"must be different dimensions of shape \(3, 4\)"):
            VarianceScaling(**bad).distribution((3, 4))


def bound_or_std(init, shape, fans):
    law = init.distribution(shape, fans)
    return getattr(law, "high", None) or law.sigma


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        (XavierUniform(), math.sqrt(6 / (4 + 9))),
        (XavierNormal(), math.sqrt(2 / (4 + 9))),
        (HeUniform(), math.sqrt(2) / math.sqrt(4) * math.sqrt(3)),
        (HeNormal(mode="fan_out"), math.sqrt(2) / math.sqrt(9)),
        (VarianceScaling(1.0, "fan_out", "uniform"), math.sqrt(3 / 9)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("shape", [(100, 200), (100,), ()], ids=str)
def test_given_fans_go_before_the_shapes(init, expected, shape):
    """A layer may know better: then the shape does not matter, not even its rank."""
    assert bound_or_std(init, shape, Fans(4, 9)) == expected


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        (XavierUniform(), math.sqrt(6)),
        (XavierNormal(), math.sqrt(2)),
        (HeUniform(), math.sqrt(2) * math.sqrt(3)),
        (HeNormal(), math.sqrt(2)),
        (VarianceScaling(distribution="untruncated_normal"), 1.0),
    ],
    ids=repr,
)
def test_empty_fans_count_as_one(init, expected):
    """Nothing is divided by a fan of 0."""
    assert bound_or_std(init, (0, 0), None) == expected
