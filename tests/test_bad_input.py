"""`initializer` and the private names: what they accept, and what each error says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Tensor
from paraminit.common import initializer as module
from paraminit.common.initializer import Initializer, Normal, Uniform, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, InitializationError, UnknownNameError


def test_forms_that_work():
    t = Tensor(np.ones((2, 3)))
    assert initializer(t) is t
    assert initializer(t, [2, 3]) is t
    assert initializer(Tensor([1.0]), 1).numel() == 1
    assert initializer("NORMAL", (2, 3)).init == Normal()
    for shape in ((), [], np.int64(3), [np.int32(2), 0], 0):
        assert initializer("ones", shape).asnumpy().size == np.prod(shape)
    for number in (1, 1.0, True, np.float32(1)):
        assert initializer(number, [1]).asnumpy().tolist() == [1]
    assert initializer("ones", [1], paraminit.bfloat16).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("nromal", [2]), UnknownNameError, "no initializer named 'nromal'. Did you mean 'normal'"),
        (
            (None, [2]),
            ArgumentTypeError,
            "init must be a string, an Initializer, a Tensor or a number, got None",
        ),
        (([1.0], [1]), ArgumentTypeError, r"got \[1.0\] of type list"),
        ((np.ones(1), [1]), ArgumentTypeError, "of type ndarray"),
        ((1j, [1]), ArgumentTypeError, "got 1j of type complex"),
        ((Normal, [2]), ArgumentTypeError, r"got the class Normal. Write Normal\(\)"),
        (("ones",), ArgumentValueError, r"initializer\('ones'\) needs a shape"),
        (("ones", [2, -1]), ArgumentValueError, r"ints of 0 or more, got \[2, -1\]"),
        (("ones", [2.0]), ArgumentValueError, r"ints of 0 or more, got \[2.0\]"),
        (("ones", [2, None]), ArgumentValueError, r"ints of 0 or more, got \[2, None\]"),
        (("ones", "23"), ArgumentValueError, "ints of 0 or more, got '23'"),
        (("ones", np.array([2, 3])), ArgumentValueError, "ints of 0 or more"),
        ((Tensor([1.0, 2.0]), [3]), ArgumentValueError, r"has shape \(2,\), but shape is \[3\]"),
        (("ones", [2], "float32"), ArgumentTypeError, "initializer: dtype must be a dtype"),
        (("ones", [2], np.float32), ArgumentTypeError, "initializer: dtype must be a dtype"),
        (("ones", [2], None), ArgumentValueError, "dtype must not be None"),
        (("normal", [2], paraminit.int32), ArgumentTypeError, "which int32 cannot hold"),
        (("xavier_uniform", [2]), ArgumentValueError, "XavierUniform needs a tensor of 2 or more dimensions"),
    ],
    ids=repr,
)
def test_bad_initializer_arguments(arguments, error, message):
    paraminit.set_seed(1)
    state = np.random.get_state()[2]
    with pytest.raises(error, match=message):
        initializer(*arguments)
    assert np.random.get_state()[2] == state


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Normal(-1.0), ArgumentValueError, "Normal: sigma must be 0 or more, got -1.0"),
        (lambda: Normal(math.nan), ArgumentValueError, "Normal: sigma must be finite, got nan"),
        (lambda: Uniform(-0.5), ArgumentValueError, "Uniform: scale must be 0 or more, got -0.5"),
        (lambda: module.XavierUniform(math.nan), ArgumentValueError, "XavierUniform: gain must be finite"),
        (lambda: module.TruncatedNormal(a=1, b=1), ArgumentValueError, "a must be below b, got a=1 and b=1"),
        (lambda: paraminit.set_seed(-1), ArgumentValueError, "seed must be from 0"),
        (lambda: paraminit.set_seed(2**32), ArgumentValueError, "seed must be from 0"),
        (lambda: paraminit.set_seed(True), ArgumentTypeError, "seed must be an int, got True"),
        (lambda: paraminit.set_seed(1.0), ArgumentTypeError, "seed must be an int, got 1.0"),
    ],
)
def test_bad_numbers(call, error, message):
    paraminit.set_seed(7)
    with pytest.raises(error, match=message):
        call()
    assert paraminit.get_seed() == 7


class Returns(Initializer):
    def _initialize(self, arr):
        return np.ones(arr.shape)


class WrongShape(Initializer):
    def _initialize(self, arr):
        module._assignment(arr, np.ones((7, 7)))


class Raises(Initializer):
    def _initialize(self, arr):
        arr[0] = 1
        raise ZeroDivisionError("inside")


@pytest.mark.parametrize(
    ("init", "error", "message"),
    [
        (Returns(), InitializationError, "Returns._initialize returned an array instead of assigning to arr"),
        (WrongShape(), ArgumentValueError, r"values of shape \(7, 7\) do not fit an array of shape \(2, 3\)"),
        (Raises(), ZeroDivisionError, "inside"),
    ],
    ids=["returns", "wrong shape", "raises"],
)
def test_a_custom_initializer_that_fails_changes_nothing(init, error, message):
    p = paraminit.Parameter(np.full((2, 3), 5, np.float32), "w")
    with pytest.raises(error, match=message):
        p.set_data(initializer(init, [2, 3]))
    assert (p.asnumpy() == 5).all()
    with pytest.raises(error, match=message) as caught:
        paraminit.nn.Dense(3, 2, weight_init=init)
    assert caught.value.__notes__[-1] == "given as Dense.weight_init"


def test_private_names():
    assert module._calculate_fan_in_and_fan_out((3, 4, 5, 6, 7)) == (840, 630)
    assert module._calculate_correct_fan((3, 4), "FAN_OUT") == 3
    assert module._calculate_gain("tanh") == 5 / 3
    scalar = np.zeros(())
    assert module._assignment(scalar, 2.0) is scalar
    assert scalar == 2
    for call, error, message in (
        (lambda: module._calculate_fan_in_and_fan_out((3,)), ArgumentValueError, "2 or more dimensions"),
        (lambda: module._calculate_correct_fan((3, 4), "fan"), ArgumentValueError, "got 'fan'"),
        (lambda: module._calculate_correct_fan((3, 4), 1), ArgumentTypeError, "got 1"),
        (lambda: module._calculate_gain("selu"), UnknownNameError, "no nonlinearity named 'selu'"),
    ):
        with pytest.raises(error, match=message):
            call()


def test_private_generators_take_one_key_each():
    paraminit.set_seed(1)
    first = module._init_random_normal(0.0, 1.0, (8,))
    second = module._init_random_uniform(-1.0, 1.0, (8,))
    third = module._init_truncated_normal(-2.0, 2.0, 0.0, 1.0, (8,))
    paraminit.set_seed(1)
    for array, init in ((first, Normal(1.0)), (second, Uniform(1.0)), (third, module.TruncatedNormal(1.0))):
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, initializer(init, [8]).asnumpy())


def test_register(monkeypatch):
    monkeypatch.setattr(module, "_INITIALIZER_ALIAS", dict(module._INITIALIZER_ALIAS))
    before = dict(module._INITIALIZER_ALIAS)

    @module._register("ramp_up", "normal")
    class Ramp(Initializer):
        def _initialize(self, arr):
            arr[...] = np.arange(arr.size)

    try:
        assert initializer("Ramp_Up", [3]).asnumpy().tolist() == [0, 1, 2]
        assert initializer("normal", [3]).init == Normal()
    finally:
        from paraminit.describe.initializers import registry

        for name in registry._BY_NAME.keys() - before.keys():
            del registry._BY_NAME[name]
