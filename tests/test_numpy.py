"""mindspore.numpy: NumPy's values in MindSpore's dtypes. The golden programs compare a few with MindSpore."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import paraminit
import paraminit.numpy as mnp
from paraminit import Tensor
from paraminit.errors import ArgumentValueError

A, B = [[1.0, 4.0], [9.0, 2.0]], [[2.0, 3.0], [0.5, 1.0]]
UNARY = [*mnp._OF_ONE, "ravel", "transpose", "tril", "triu", "diag", "unique", "std", "var", "cumsum", "copy"]
UNARY += [
    "mean",
    "sum",
    "max",
    "min",
    "argmax",
    "argmin",
    "size",
    "array",
    "asarray",
    "squeeze",
    "zeros_like",
]
UNARY += ["amax", "amin", "ones_like"]
CALLS = {
    **{f"{name}(A)": name for name in UNARY},
    **{f"{name}(A, B)": name for name in (*mnp._OF_TWO, "power", "mod", "subtract", "outer", "dot")},
    "norm(A)": "norm",
    "array_equal(A, B)": "array_equal",
    "broadcast_to([1.0, 2.0], (3, 2))": "broadcast_to",
    "clip(A, 2, 5)": "clip",
    "concatenate((A, B), 1)": "concatenate",
    "expand_dims(A, 1)": "expand_dims",
    "full_like(A, 3)": "full_like",
    "hstack((A, B))": "hstack",
    "vstack((A, B))": "vstack",
    "stack((A, B), 1)": "stack",
    "meshgrid([1.0, 2.0], [3.0, 4.0, 5.0])": "meshgrid",
    "moveaxis([A, B, A], 0, 2)": "moveaxis",
    "repeat(A, 2, 1)": "repeat",
    "reshape(A, (4,))": "reshape",
    "split(A, 2, 1)": "split",
    "swapaxes([A, B, A], 0, 1)": "swapaxes",
    "tile(A, (2, 1))": "tile",
    "where([True, False], [1.0, 2.0], [3.0, 4.0])": "where",
    "sum(A, 0, keepdims=True)": "sum",
    "std(A, 1, ddof=1)": "std",
    "max(A, 1)": "max",
    "cumsum(A, 1)": "cumsum",
    "transpose([A, B, A], (2, 0, 1))": "transpose",
    "arange(1.0, 3.0, 0.5)": "arange",
    "eye(2, 3, 1)": "eye",
    "full((2, 2), 7.5)": "full",
    "identity(3)": "identity",
    "linspace(0, 1, 5)": "linspace",
    "ones((2, 3))": "ones",
    "zeros(3)": "zeros",
    "empty((2, 0))": "empty",
}


@pytest.mark.parametrize("call", CALLS)
def test_values_are_numpys(call):
    found = eval(f"mnp.{call}", {"mnp": mnp, "A": A, "B": B})
    name = call.replace("norm(", "linalg.norm(")
    expected = eval(f"np.{name}", {"np": np, "A": np.array(A), "B": np.array(B)})
    pairs = zip(found, expected, strict=True) if isinstance(found, list | tuple) else [(found, expected)]
    for one, other in pairs:
        # single precision here, double there
        np.testing.assert_allclose(np.asarray(one), other, rtol=1e-6, atol=1e-7)


def test_every_function_is_called():
    assert {*CALLS.values()} == {*mnp._FUNCTIONS}


@pytest.mark.parametrize(
    ("found", "dtype"),
    [
        (lambda: mnp.array([1, 2]), torch.int32),
        (lambda: mnp.array([1.0]), torch.float32),
        (lambda: mnp.arange(3), torch.int32),
        (lambda: mnp.full(2, True), torch.bool),
        (lambda: mnp.zeros(2, int), torch.int32),
        (lambda: mnp.ones(2, "float16"), torch.float16),
        (lambda: mnp.zeros(2, np.float64), torch.float64),
        (lambda: mnp.mean([1, 2]), torch.int32),
        (lambda: mnp.sum([True, True]), torch.int32),
        (lambda: mnp.argmax([1, 2]), torch.int64),
        (lambda: mnp.array(Tensor([1.0], torch.float16)), torch.float16),
    ],
)
def test_dtypes_are_mindspores(found, dtype):
    assert found().dtype == dtype
    assert type(found()) is Tensor


def test_an_error_names_the_function():
    with pytest.raises(ArgumentValueError, match="reshape"):
        mnp.reshape(A, (3,))
    assert paraminit.numpy is mnp
