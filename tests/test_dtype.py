"""The dtype table: names, conversions, and memory shared between NumPy and torch."""

from __future__ import annotations

import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
import torch

import paraminit
from paraminit import dtype
from paraminit.dtype import array_over, dtype_name, numpy_dtype, tensor_over, torch_dtype
from paraminit.errors import ArgumentTypeError, UnknownNameError

TABLE = {  # torch's name: MindSpore's printed name, NumPy's dtype
    "bool": ("Bool", np.bool_),
    "int8": ("Int8", np.int8),
    "int16": ("Int16", np.int16),
    "int32": ("Int32", np.int32),
    "int64": ("Int64", np.int64),
    "uint8": ("UInt8", np.uint8),
    "uint16": ("UInt16", np.uint16),
    "uint32": ("UInt32", np.uint32),
    "uint64": ("UInt64", np.uint64),
    "float16": ("Float16", np.float16),
    "float32": ("Float32", np.float32),
    "float64": ("Float64", np.float64),
    "bfloat16": ("BFloat16", ml_dtypes.bfloat16),
    "float8_e4m3fn": ("Float8E4M3FN", ml_dtypes.float8_e4m3fn),
    "float8_e5m2": ("Float8E5M2", ml_dtypes.float8_e5m2),
    "complex64": ("Complex64", np.complex64),
    "complex128": ("Complex128", np.complex128),
}
ROWS = pytest.mark.parametrize(("name", "row"), TABLE.items(), ids=list(TABLE))


@ROWS
def test_one_table(name, row):
    """Each dtype by torch, by NumPy and by name, with the name that is printed."""
    printed, numpys = row
    torchs = getattr(torch, name)
    assert numpy_dtype(torchs) == numpy_dtype(name) == np.dtype(numpys)
    assert torch_dtype(torchs) is torch_dtype(np.dtype(numpys)) is torchs
    assert dtype_name(torchs) == dtype_name(np.dtype(numpys)) == printed


@ROWS
def test_attributes_are_torchs_dtypes(name, row):
    """``paraminit.dtype.float32`` is ``torch.float32``; bool is spelled bool_."""
    assert getattr(dtype, name if name != "bool" else "bool_") is getattr(torch, name)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("bool_", "bool"),
        ("byte", "int8"),
        ("short", "int16"),
        ("intc", "int32"),
        ("intp", "int64"),
        ("ubyte", "uint8"),
        ("ushort", "uint16"),
        ("uintc", "uint32"),
        ("uintp", "uint64"),
        ("half", "float16"),
        ("single", "float32"),
        ("double", "float64"),
        ("float8_e4m3", "float8_e4m3fn"),
    ],
)
def test_aliases(alias, name):
    """MindSpore's other names."""
    assert getattr(dtype, alias) is getattr(torch, name)
    assert alias in dir(dtype)


@pytest.mark.parametrize("name", ["float31", "string", "Float32", "__path__"])
def test_no_such_attribute(name):
    """Anything else is an AttributeError, so that hasattr and imports behave."""
    with pytest.raises(AttributeError) as error:
        getattr(dtype, name)
    assert str(error.value) == f"module 'paraminit.dtype' has no attribute {name!r}"


def test_dir_lists_what_there_is():
    """Every listed name can be had."""
    for name in dir(dtype):
        assert getattr(dtype, name) is not None


def test_the_module_alone_loads_no_torch():
    """torch loads with the first dtype, not before."""
    program = (
        "import sys, paraminit.dtype as d; assert 'torch' not in sys.modules;"
        "assert d.numpy_dtype('bfloat16').itemsize == 2; assert 'torch' not in sys.modules;"
        "d.float32; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize("wrong", ["float32", np.float32, float, None, 3], ids=repr)
def test_what_is_no_dtype(wrong):
    """A dtype of this module, of torch or an instance of NumPy's; strings and types are refused."""
    with pytest.raises(ArgumentTypeError) as error:
        torch_dtype(wrong, argument="Tensor: dtype")
    assert str(error.value) == (
        f"Tensor: dtype must be a dtype such as paraminit.dtype.float32, got {wrong!r} "
        f"of type {type(wrong).__name__}."
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.qint8, "There is no dtype named 'qint8'. Did you mean 'int8' or 'uint8'"),
        (np.dtype("datetime64[s]"), "There is no dtype named 'datetime64[s]'."),
        (np.dtype(object), "There is no dtype named 'object'."),
    ],
    ids=str,
)
def test_dtypes_that_no_parameter_has(wrong, message):
    """Other dtypes of torch and NumPy are unknown names."""
    with pytest.raises(UnknownNameError) as error:
        torch_dtype(wrong)
    assert str(error.value).startswith(message)


def test_unknown_names():
    """The nearest name is suggested."""
    with pytest.raises(UnknownNameError, match=r"no dtype named 'bfloat61'\. Did you mean 'bfloat16'"):
        numpy_dtype("bfloat61")


@ROWS
def test_arrays_over_tensors_share_memory(name, row):
    """Both ways, whatever the dtype: what one writes the other reads."""
    tensor = torch.zeros((2, 3)).to(getattr(torch, name))
    array = array_over(tensor)
    assert array.dtype == row[1]
    assert array.shape == (2, 3)
    array[1, 2] = 1
    assert tensor[1, 2].item() == 1
    assert tensor[0, 0].item() == 0
    back = tensor_over(array)
    assert back.dtype is tensor.dtype
    assert back.data_ptr() == tensor.data_ptr()


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float8_e4m3fn"])
def test_strides_are_kept(name):
    """Views of tensors are views of their memory; so are scalars and empty ones."""
    tensor = torch.zeros((4, 6)).to(getattr(torch, name))
    array_over(tensor.T[::3])[...] = 1
    assert tensor.float().sum(0).tolist() == [4, 0, 0, 4, 0, 0]
    array = array_over(tensor)[:, ::2]
    assert tensor_over(array).stride() == (6, 2)
    assert array_over(tensor[0, 0]).shape == ()
    assert array_over(tensor[:0]).shape == (0, 6)


def test_gradients_do_not_stand_in_the_way():
    """A leaf that requires gradients can be written; it stays a leaf."""
    weight = torch.nn.Parameter(torch.zeros(2))
    array_over(weight)[...] = 3
    assert weight.tolist() == [3, 3]
    assert weight.is_leaf
    assert weight.requires_grad


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(1, device="meta"), "a CPU tensor is needed here, got one on meta."),
        (3.0, "a NumPy array or a tensor is needed here, got 3.0 of type float."),
    ],
    ids=["meta", "float"],
)
def test_what_has_no_memory_here(wrong, message):
    """Neither other devices nor other objects."""
    with pytest.raises(ArgumentTypeError) as error:
        array_over(wrong)
    assert str(error.value) == message


def test_names_that_python_has_are_dtypes_only_from_outside():
    """``mstype.float`` is MindSpore's Float32, and this module's own ``float`` stays Python's."""
    assert (dtype.bool, dtype.int, dtype.float) == (torch.bool, torch.int32, torch.float32)
    assert paraminit.int is torch.int32
    assert paraminit.long is torch.int64
    assert not {"bool", "int", "float"} & vars(dtype).keys()
    assert not {"bool", "int", "float"} & {*paraminit.__all__}


def test_conversions_of_types():
    assert dtype.dtype_to_nptype(torch.bfloat16) is ml_dtypes.bfloat16
    assert [dtype.dtype_to_pytype(d) for d in (torch.bool, torch.uint8, torch.bfloat16, torch.complex64)] == [
        *(bool, int, float, complex)
    ]
    assert [dtype.pytype_to_dtype(t) for t in (bool, int, complex, np.float32, torch.int8)] == [
        *(torch.bool, torch.int64, torch.complex128, torch.float32, torch.int8)
    ]
    with pytest.raises(ArgumentTypeError, match="pytype_to_dtype"):
        dtype.pytype_to_dtype(dict)
    assert torch.bfloat16 in dtype.float_type
    assert torch.bool not in dtype.number_type
