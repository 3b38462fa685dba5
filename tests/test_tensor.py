from __future__ import annotations

import copy
import io
import pickle

import ml_dtypes
import numpy as np
import pytest
import torch

import paraminit
from paraminit import Tensor
from paraminit.common.initializer import Normal
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1, torch.int64, ()),
        (1.5, torch.float32, ()),
        (True, torch.bool, ()),
        (1 + 2j, torch.complex128, ()),
        ([1, 2], torch.int64, (2,)),
        ([1.0, 2], torch.float32, (2,)),
        ((1, 2), torch.int64, (2,)),
        ([True, False], torch.bool, (2,)),
        ([], torch.float32, (0,)),
        (np.float64(1.5), torch.float64, ()),
        (np.int32(3), torch.int32, ()),
        (np.ones((2, 3)), torch.float64, (2, 3)),
        (np.ones((2, 3), np.float16), torch.float16, (2, 3)),
        (np.ones(2, ml_dtypes.bfloat16), torch.bfloat16, (2,)),
        ([np.ones(2), np.ones(2)], torch.float32, (2, 2)),
        (np.zeros((0, 3)), torch.float64, (0, 3)),
        (np.arange(3, dtype=">i4"), torch.int32, (3,)),
    ],
    ids=repr,
)
def test_dtype_and_shape_follow_the_data(data, dtype, shape):
    t = Tensor(data)
    assert type(t) is Tensor
    assert (t.dtype, tuple(t.shape)) == (dtype, shape)
    np.testing.assert_array_equal(t.asnumpy().astype(complex), np.array(data).astype(complex))


def test_dtype_converts():
    assert Tensor(torch.ones(2)).dtype == torch.float32
    assert Tensor(1.5, paraminit.int32).asnumpy() == 1
    assert Tensor([0.1], dtype=torch.float64).item() == 0.1  # not by way of Float32
    assert Tensor(Tensor([1]), torch.float16).dtype == torch.float16


def test_shape_without_data_is_zeros():
    t = Tensor(shape=(2, 3), dtype=paraminit.float32)
    assert not t.has_init
    assert t.asnumpy().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_data_are_copied():
    array, source = np.zeros(2), torch.zeros(2)
    for t, original in ((Tensor(array), array), (Tensor(source), source)):
        t[0] = 1
        assert original[0] == 0


def test_from_numpy_shares_memory():
    array = np.zeros(2)
    Tensor.from_numpy(array)[0] = 1
    assert array[0] == 1
    with pytest.raises(ArgumentTypeError, match="from_numpy needs a NumPy array, got list"):
        Tensor.from_numpy([1])


@pytest.mark.parametrize(
    "values",
    [
        np.ones((2, 3)),
        np.arange(6).reshape(2, 3),
        np.float32(2.5),
        np.array([True]),
        np.zeros((0, 3)),
        np.random.RandomState(0).randn(60, 60).astype("f4"),
    ],
    ids=["float64", "int64", "scalar", "bool", "empty", "long"],
)
def test_str_is_numpys(values):
    assert str(Tensor(values)) == str(values) == f"{Tensor(values)}"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (1, "Tensor(shape=[], dtype=Int64, value= 1)"),
        ([1, 2], "Tensor(shape=[2], dtype=Int64, value= [1, 2])"),
        ([True, False], "Tensor(shape=[2], dtype=Bool, value= [ True, False])"),
        (np.ones(1, np.float16), "Tensor(shape=[1], dtype=Float16, value= [ 1.0000e+00])"),
        (
            np.float32([[1.7640524, -0.4]]),
            "Tensor(shape=[1, 2], dtype=Float32, value=\n[[ 1.76405239e+00, -4.00000006e-01]])",
        ),
        (np.float32(0.1), "Tensor(shape=[], dtype=Float32, value= 0.1)"),
        (3.0, "Tensor(shape=[], dtype=Float32, value= 3)"),
        (np.float16(1 / 3), "Tensor(shape=[], dtype=Float16, value= 0.333252)"),
        (True, "Tensor(shape=[], dtype=Bool, value= True)"),
        (0.1 + 0.25j, "Tensor(shape=[], dtype=Complex128, value= 0.1+0.25j)"),
        ([1 + 2j, 0.5 - 1e-5j], "Tensor(shape=[2], dtype=Complex128, value= [1+2j, 0.5-1e-05j])"),
        (
            np.array([1e100, -1e-100, np.nan]),
            "Tensor(shape=[3], dtype=Float64, value= [1.00000000e+100, -1.00000000e-100,             nan])",
        ),
        (np.array([1.5, np.inf], "e"), "Tensor(shape=[2], dtype=Float16, value= [ 1.5000e+00,         inf])"),
        (np.zeros((2, 1, 1), int), "Tensor(shape=[2, 1, 1], dtype=Int64, value=\n[[[0]],\n [[0]]])"),
        (
            np.arange(2000),
            "Tensor(shape=[2000], dtype=Int64, value= [   0,    1,    2 ... 1997, 1998, 1999])",
        ),
        (
            np.arange(2000).reshape(1000, 2),
            "Tensor(shape=[1000, 2], dtype=Int64, value=\n[[   0,    1],\n [   2,    3],\n [   4,    5],\n"
            " ...\n [1994, 1995],\n [1996, 1997],\n [1998, 1999]])",
        ),
        (np.zeros((0,)), "Tensor(shape=[0], dtype=Float64, value= )"),
        (np.zeros((2, 0), "f4"), "Tensor(shape=[2, 0], dtype=Float32, value=\n)"),
    ],
    ids=lambda value: value.split("value")[0] if isinstance(value, str) else None,
)
def test_repr_is_mindspores(data, text):
    assert repr(Tensor(data)) == text


def test_format_of_a_number():
    assert f"{Tensor(1.25):.1f}" == "1.2"


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_asnumpy_of_narrow_floats_is_ml_dtypes(dtype):
    array = Tensor([1.0, 2.0]).astype(dtype).asnumpy()
    assert array.dtype == getattr(ml_dtypes, dtype)
    assert array.astype(float).tolist() == [1, 2]


def test_asnumpy_shares_memory_and_works_inside_a_graph():
    t = Tensor([1.0, 2.0])
    t.asnumpy()[0] = 5
    assert t[0] == 5
    t.requires_grad_()
    assert (t * 2).asnumpy().tolist() == [10, 4]
    assert np.array(t).tolist() == [5, 2]


@pytest.mark.parametrize("dtype", [torch.float16, "float16", np.float16, np.dtype("float16")], ids=repr)
def test_astype(dtype):
    t = Tensor([1, 2])
    assert type(t.astype(dtype)) is Tensor
    assert t.astype(dtype).dtype == torch.float16
    assert t.astype(float).dtype == torch.float64
    same = t.astype(torch.int64)
    same[0] = 9
    assert t[0] == 1


def test_astype_of_no_dtype():
    with pytest.raises(UnknownNameError, match="no dtype named 'flaot32'"):
        Tensor([1]).astype("flaot32")
    with pytest.raises(ArgumentTypeError, match="astype: dtype must be a dtype"):
        Tensor([1]).astype(3)


def test_operators_give_tensors():
    t = Tensor([1, 2])
    for result in (t + 1, t == t, t[0], t.sum(), torch.stack([t, t]), t + torch.ones(2), torch.ones(2) + t):
        assert type(result) is Tensor
    assert (t.numel(), t.nbytes, t.itemsize, t.ndim) == (2, 16, 8, 1)
    assert t.size() == (2,)  # torch's method, which torch's own code calls


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        Tensor.copy,
        lambda t: pickle.loads(pickle.dumps(t)),
        lambda t: torch.load(_saved(t), weights_only=False),
    ],
    ids=["copy.copy", "deepcopy", "copy", "pickle", "torch.save"],
)
def test_copies(duplicate):
    t = Tensor([1.0, 2.0])
    twin = duplicate(t)
    assert type(twin) is Tensor
    assert twin.asnumpy().tolist() == [1, 2]
    twin[0] = 9
    assert t[0] == 1 or duplicate is copy.copy


def _saved(t):
    file = io.BytesIO()
    torch.save(t, file)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input_data": "abc"}, ArgumentTypeError, "Tensor takes a tensor, a NumPy array, numbers"),
        ({"input_data": {}}, ArgumentTypeError, "got {} of type dict"),
        ({"input_data": [[1], [2, 3]]}, ArgumentTypeError, "no rectangular array of numbers"),
        ({"input_data": ["a"]}, ArgumentTypeError, "Tensor takes numbers"),
        ({"input_data": np.array(["a"])}, ArgumentTypeError, "which no tensor can hold"),
        ({"input_data": 2**70}, ArgumentTypeError, "which no tensor can hold"),
        ({}, ArgumentTypeError, "give input_data, or shape and dtype"),
        ({"shape": (2, 3)}, ArgumentTypeError, "give input_data, or shape and dtype"),
        ({"input_data": 1, "shape": ()}, ArgumentValueError, "shape and init are for tensors without"),
        ({"input_data": 1, "dtype": "float32"}, ArgumentTypeError, "Tensor: dtype must be a dtype"),
        ({"input_data": 1, "dtype": np.float32}, ArgumentTypeError, "Tensor: dtype must be a dtype"),
        ({"input_data": 1, "const_arg": 3}, ArgumentTypeError, "const_arg must be a bool"),
        ({"input_data": 1, "device": "XPU"}, ArgumentValueError, "device must be 'CPU' or None, got 'XPU'"),
        ({"shape": 2, "init": Normal()}, ArgumentValueError, "init needs shape and dtype"),
        ({"dtype": torch.float32, "init": Normal()}, ArgumentValueError, "init needs shape and dtype"),
        ({"shape": (2, None), "dtype": torch.float32, "init": Normal()}, ArgumentValueError, "shape must be"),
        ({"shape": 2, "dtype": torch.float32, "init": Normal}, ArgumentTypeError, r"Write Normal\(\)"),
        (
            {"shape": 2, "dtype": torch.float32, "init": "ones"},
            ArgumentTypeError,
            r"Write initializer\('ones'",
        ),
    ],
    ids=repr,
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        Tensor(**arguments)


def test_init_data_of_a_tensor_with_values():
    with pytest.raises(ArgumentTypeError, match="this one holds values already"):
        Tensor([1]).init_data()
