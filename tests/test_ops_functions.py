"""Everyday operators answer what MindSpore 2.10 answers; Tensors come out where Tensors went in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Tensor, nn, ops
from paraminit import dtype as mstype
from paraminit.common.initializer import initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError

from .conformance.record_ops import expressions, inputs

GOLDEN = json.loads((Path(__file__).parent / "golden" / "ops-2.10.json").read_text())["cases"]
ELSEWHERE = {"Add", "BiasAdd", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "MatMul", "ReLU"}
ELSEWHERE |= {"GradOperation", "grad", "value_and_grad"}  # tested in files of their own


def evaluated(expression, wrap):
    return eval(expression, {"ops": ops, "mstype": mstype, **{k: wrap(v) for k, v in inputs().items()}})


def compare(found, expected):
    if isinstance(expected, list) and expected and isinstance(expected[0], dict):
        assert len(found) == len(expected)
        for item, entry in zip(found, expected, strict=True):
            compare(item, entry)
    elif isinstance(expected, int):
        assert isinstance(found, int)
        assert found == expected
    elif isinstance(expected, list):
        assert list(found) == expected
    else:
        array = found.detach().numpy()
        assert list(array.shape) == expected["shape"]
        assert array.dtype.name == expected["dtype"]
        close = {"rtol": 1e-3} if array.dtype == np.float16 else {"rtol": 2e-5, "atol": 5e-6}
        if "anh" in str(expected.get("of")):
            close["atol"] = 2e-4
        np.testing.assert_allclose(array.ravel().astype(np.float64), expected["values"], **close)


def tensors(value):
    return [t for item in value for t in tensors(item)] if isinstance(value, tuple | list) else [value]


@pytest.mark.parametrize("expression", GOLDEN)
def test_like_mindspore(expression):
    expected = GOLDEN[expression]
    if isinstance(expected, dict):
        expected = {**expected, "of": expression}  # MindSpore's tanh is off by up to 1e-4
    result = evaluated(expression, Tensor)
    compare(result, expected)
    plain = evaluated(expression, torch.from_numpy)
    for one, other in zip(tensors(result), tensors(plain), strict=True):
        if isinstance(one, torch.Tensor):
            assert type(one) is Tensor
            if re.search(r"\b(x|y|image|labels)\b", expression):
                assert type(other) is torch.Tensor
            np.testing.assert_array_equal(one.asnumpy(), other.numpy())


def test_every_operator_is_compared():
    assert list(GOLDEN) == expressions()
    named = {name for expression in GOLDEN for name in re.findall(r"ops\.(\w+)", expression)}
    assert named | ELSEWHERE == set(ops.__all__)


def test_a_wrong_value_is_noticed():
    entry = GOLDEN["ops.abs(x)"]
    with pytest.raises(AssertionError):
        compare(evaluated("ops.neg(x)", Tensor), entry)


def test_inside_a_cell_they_compute_with_plain_tensors_and_gradients_flow():
    class Head(nn.Cell):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(4, 2)

        def construct(self, x):
            y = ops.concat((ops.relu(self.dense(x)), ops.ReduceMean(True)(x, 1)), 1)
            assert type(y) is torch.Tensor
            return ops.reduce_sum(y)

    net = Head()
    net(torch.ones(3, 4)).backward()
    assert net.dense.weight.grad is not None


def test_a_pending_tensor_is_created_first():
    paraminit.set_seed(1)
    weight = initializer("normal", [2, 2])
    result = ops.matmul(weight, Tensor(np.eye(2, dtype=np.float32)))
    assert not weight.has_init
    np.testing.assert_array_equal(result.asnumpy(), weight.asnumpy())


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("ops.reshape(x, (5, 5))", ArgumentValueError),
        ("ops.concat((x, y), 7)", ArgumentValueError),
        ("ops.relu('x')", ArgumentTypeError),
        ("ops.dropout(x, 1.5)", ArgumentValueError),
        ("ops.flatten(x, 'Z')", ArgumentValueError),
        ("ops.Concat(nothing=1)", ArgumentTypeError),
        ("ops.gather(x, [0], 1)", ArgumentTypeError),
        ("ops.assign(x, y[0])", ArgumentValueError),
        ("ops.assign_add(labels, x[0, :, 0])", ArgumentTypeError),
        ("ops.assign(1.0, x)", ArgumentTypeError),
    ],
)
def test_bad_input(expression, error):
    """The error names the operator."""
    with pytest.raises(error, match=re.search(r"ops\.(\w+)", expression)[1]):
        evaluated(expression, Tensor)
