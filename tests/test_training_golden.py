"""Optimizers and losses compute what MindSpore 2.10 computes on the CPU."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn

GOLDEN = json.loads((Path(__file__).parent / "golden" / "training-2.10.json").read_text())
SHAPES = {"w": (3, 4), "norm.gamma": (4,), "norm.beta": (4,), "b": (1,)}
#: Rounding. A parameter moves by a few units at most, in 10 steps of a dozen operations, each within 2^-24 of
#: its result; MindSpore's Adam fuses some of them on some elements, and so does its Momentum where only some
#: groups have a list of rates. Everything else is equal to the bit. Near 0 no difference can be relative.
RELATIVE, ABSOLUTE = 1e-6, 1e-6
LOSS = 2e-5


def drawn(numbers, shape, scale=1.0):
    """As tests/conformance/record_training.py draws."""
    return np.asarray(scale * numbers.standard_normal(shape), np.float32)


def check_optimizer(case, by_grad=False):
    """The parameters after 1 and 10 steps, from ``optimizer(grads)`` or from ``.grad`` and ``step()``."""
    numbers = np.random.RandomState(case["seed"])
    p = [Parameter(drawn(numbers, shape), name=name) for name, shape in SHAPES.items()]
    optimizer = eval(f"nn.{case['optimizer']}", {"nn": nn, "p": p})
    for step in range(1, 11):
        scale = 128.0 if "128" in case["optimizer"] else 1.0
        grads = {name: Tensor(drawn(numbers, shape, scale)) for name, shape in SHAPES.items()}
        if by_grad:
            optimizer.zero_grad()
            for parameter in p:
                parameter.grad = grads[parameter.name].as_subclass(torch.Tensor)
            optimizer.step()
        else:
            assert optimizer(tuple(grads[q.name] for q in optimizer.parameters)) == (True,) * 4
        for parameter in p if step in (1, 10) else ():
            expected = np.array(case[f"after {step}"][parameter.name], np.float32)
            np.testing.assert_allclose(parameter.asnumpy().ravel(), expected, RELATIVE, ABSOLUTE)
            if not any(inexact in case["optimizer"] for inexact in ("Adam", "'lr': [", "LR(")):
                np.testing.assert_array_equal(parameter.asnumpy().ravel(), expected)


def check_loss(case):
    loss = eval(f"nn.{case['loss']}", {"nn": nn, "Tensor": Tensor})
    inputs = [Tensor(np.array(given["values"], given["dtype"])) for given in case["inputs"]]
    value, gradient = paraminit.value_and_grad(loss)(*inputs)
    for found, name in ((value, "value"), (gradient, "gradient")):
        assert type(found) is Tensor
        np.testing.assert_allclose(found.asnumpy().ravel(), case[name], rtol=LOSS, atol=LOSS / 10)


@pytest.mark.parametrize("case", GOLDEN["optimizers"], ids=lambda case: case["optimizer"])
def test_optimizer(case):
    with paraminit.profile("mindspore-2.10"):
        check_optimizer(case)


@pytest.mark.parametrize("case", GOLDEN["optimizers"], ids=lambda case: case["optimizer"])
def test_optimizer_as_torch_calls_it(case):
    with paraminit.profile("mindspore-2.10"):
        check_optimizer(case, by_grad=True)


@pytest.mark.parametrize("case", GOLDEN["losses"], ids=lambda case: case["loss"])
def test_loss(case):
    check_loss(case)


@pytest.mark.parametrize("case", GOLDEN["rates"], ids=lambda case: case["rates"])
def test_rates(case):
    """Lists in float64, schedules in float32: a handful of operations, each within half a unit in the last
    place, or one unit of a power."""
    rates = eval(f"nn.{case['rates']}", {"nn": nn})
    if isinstance(rates, list):
        np.testing.assert_allclose(rates, case["values"], rtol=2**-50)
        return
    found = [rates(Tensor(step, paraminit.int32)) for step in range(10)]
    assert {(type(rate), rate.dtype, rate.shape) for rate in found} == {(Tensor, torch.float32, ())}
    np.testing.assert_allclose([rate.item() for rate in found], case["values"], rtol=2**-20)


def test_a_wrong_formula_is_noticed():
    """torch's Adam, which corrects v before it adds eps, is no MindSpore's, nor is another rate."""
    case = next(c for c in GOLDEN["optimizers"] if c["optimizer"] == "Adam(p, 0.05, 0.8, 0.95, 1e-3)")
    check_optimizer(case)
    for wrong in ("Adam(p, 0.0501, 0.8, 0.95, 1e-3)", "Adam(p, 0.05, 0.8, 0.95, 1.01e-3)"):
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            check_optimizer({**case, "optimizer": wrong})
    numbers = np.random.RandomState(case["seed"])
    p = {name: Parameter(drawn(numbers, shape), name=name) for name, shape in SHAPES.items()}
    for name, shape in SHAPES.items():
        p[name].grad = torch.from_numpy(drawn(numbers, shape))
    torch.optim.Adam(p.values(), 0.05, (0.8, 0.95), 1e-3).step()
    assert np.abs(p["w"].asnumpy().ravel() - case["after 1"]["w"]).max() > 1e-5


def test_nesterov_momentum_is_the_documented_one_by_default():
    """MindSpore's CPU kernel ignores use_nesterov; its documents do not."""
    for profile, after in (("default", [-0.875, -2.03125]), ("mindspore-2.10", [-0.5, -1.375])):
        with paraminit.profile(profile):
            p = Parameter([0.0], name="w")
            optimizer = nn.Momentum([p], 0.5, 0.75, use_nesterov=True)
        for expected in after:
            optimizer((Tensor([1.0]),))
            assert p.asnumpy().tolist() == [expected]
