"""Add, BiasAdd, MatMul, ReLU."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch

from paraminit import Parameter, Tensor, ops
from paraminit.common.initializer import initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError


def counted(*shape, dtype=torch.float32):
    return torch.arange(np.prod(shape)).reshape(shape).to(dtype)


def test_they_compute():
    """Against torch, on sizes that all differ."""
    x, y = counted(2, 3), counted(3, 4)
    assert torch.equal(ops.MatMul()(x, y), x @ y)
    assert torch.equal(ops.MatMul(transpose_a=True)(x.T, y), x @ y)
    assert torch.equal(ops.MatMul(transpose_b=True)(x, y.T), x @ y)
    assert torch.equal(ops.Add()(x, counted(3, dtype=torch.int32)), x + counted(3))
    assert torch.equal(ops.ReLU()(x.int() - 3), (x.int() - 3).clamp(min=0))
    bias = torch.tensor([10.0, 20.0, 30.0])
    for ndim in (2, 3, 4, 5):
        x = counted(*(2, 3, 4, 5, 6)[:ndim])
        assert torch.equal(ops.BiasAdd()(x, bias), (x.transpose(1, -1) + bias).transpose(1, -1))
    assert torch.equal(ops.BiasAdd("NCDHW")(x, bias), ops.BiasAdd()(x, bias))
    x = counted(2, 4, 3)
    assert torch.equal(ops.BiasAdd("NHWC")(x, bias), x + bias)


def test_numbers_add_as_in_mindspore():
    """Recorded from MindSpore 2.10."""
    for x, y, expected, dtype in (
        (1, 2, 3, torch.int64),
        (1.5, Tensor([0.0, 1.0]), [1.5, 2.5], torch.float32),
        (Tensor([0, 1], torch.int32), 1.5, [1.5, 2.5], torch.float32),
        (Tensor([0.0, 1.0]), True, [1, 2], torch.float32),
        (Tensor([0.0, 2.0], torch.float16), Tensor([0.0, 1.0]), [0, 3], torch.float32),
    ):
        total = ops.Add()(x, y)
        assert isinstance(total, Tensor)
        assert (total.asnumpy().tolist(), total.dtype) == (expected, dtype)


def test_pending_weights_are_created_and_parameters_give_tensors():
    weight = initializer("ones", [3, 2])
    assert ops.MatMul()(Tensor(np.ones((1, 3), np.float32)), weight).asnumpy().tolist() == [[3, 3]]
    assert not weight.has_init
    p = Parameter([[-1.0, 2.0], [3.0, 4.0]])
    for result in (
        ops.MatMul()(p, p),
        ops.Add()(p, p),
        ops.ReLU()(p),
        ops.BiasAdd()(p, Parameter([1.0, 2.0])),
    ):
        assert type(result) is Tensor
        assert result.requires_grad


X = counted(2, 3)
BAD = {
    "bias dtype": (
        lambda: ops.BiasAdd()(X, counted(3).half()),
        ArgumentTypeError,
        "x and bias must have one dtype",
    ),
    "bias size": (lambda: ops.BiasAdd()(X, counted(2)), ArgumentValueError, r"bias must have shape \(3,\)"),
    "bias rank": (
        lambda: ops.BiasAdd()(X, counted(1, 3)),
        ArgumentValueError,
        r"bias must have shape \(3,\)",
    ),
    "x of rank 1": (lambda: ops.BiasAdd()(counted(3), counted(3)), ArgumentValueError, "2 to 5 dimensions"),
    "x of rank 6": (
        lambda: ops.BiasAdd()(counted(2, 3, 1, 1, 1, 1), counted(3)),
        ArgumentValueError,
        "2 to 5",
    ),
    "volumes": (lambda: ops.BiasAdd("NCDHW")(X, counted(3)), ArgumentValueError, "5 to 5 dimensions"),
    "a number": (lambda: ops.BiasAdd()(X, 1), ArgumentTypeError, "bias must be a Tensor, got int"),
    "format": (lambda: ops.BiasAdd("x"), UnknownNameError, "no data_format of BiasAdd named 'x'"),
    "format's type": (lambda: ops.BiasAdd(1), ArgumentTypeError, "data_format must be a str"),
    "inner sizes": (lambda: ops.MatMul()(X, X), ArgumentValueError, "x has 3 columns and y 2 rows"),
    "no matrix": (lambda: ops.MatMul()(X[None], X.T), ArgumentValueError, "must have 2 dimensions"),
    "flag": (lambda: ops.MatMul(1), ArgumentTypeError, "transpose_a must be a bool"),
    "matrices' dtypes": (
        lambda: ops.MatMul()(X, X.T.double()),
        ArgumentTypeError,
        "x and y must have one dtype",
    ),
    "broadcast": (lambda: ops.Add()(X, counted(4)), ArgumentValueError, "Add: x and y must broadcast"),
    "list": (lambda: ops.Add()(X, [1]), ArgumentTypeError, "y must be a Tensor or a number, got list"),
    "bools": (lambda: ops.Add()(X > 1, X > 1), ArgumentTypeError, "both hold bools"),
    "array": (lambda: ops.ReLU()(X.numpy()), ArgumentTypeError, "x must be a Tensor, got ndarray"),
    "complex": (lambda: ops.ReLU()(X * 1j), ArgumentTypeError, "x must hold real numbers"),
}


@pytest.mark.parametrize(("call", "error", "message"), BAD.values(), ids=BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_signatures_and_repr_are_mindspores():
    """The defaults that MindSpore 2.10 shows."""
    for operator, data_format in ((ops.Conv2D, "NCHW"), (ops.Conv3D, "NCDHW"), (ops.BiasAdd, "NCHW")):
        assert inspect.signature(operator).parameters["data_format"].default == data_format
    assert repr(ops.MatMul(True)) == "Prim[MatMul]<transpose_a=True, transpose_b=False>"
    assert (repr(ops.Add()), repr(ops.ReLU())) == ("Prim[Add]", "Prim[ReLU]")
    assert repr(ops.BiasAdd()) == "Prim[BiasAdd]<data_format=NCHW>"
