"""MindSpore's dtype names, torch's dtypes and NumPy's (with ml_dtypes), in one table.

``paraminit.dtype.float32`` *is* ``torch.float32``: parameters are torch tensors, and their ``dtype``
must compare, hash and dispatch as torch expects. torch itself is loaded when a dtype is first asked for.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import ml_dtypes
import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentTypeError, UnknownNameError

if TYPE_CHECKING:
    import torch

__all__ = [
    "array_over",
    "dtype_name",
    "dtype_to_nptype",
    "dtype_to_pytype",
    "numpy_dtype",
    "pytype_to_dtype",
    "tensor_over",
    "torch_dtype",
]


class _Row(NamedTuple):
    torch: str  # attribute of torch
    printed: str  # MindSpore prints it so
    numpy: np.dtype[Any]


_TABLE = (
    _Row("bool", "Bool", np.dtype(np.bool_)),
    _Row("int8", "Int8", np.dtype(np.int8)),
    _Row("int16", "Int16", np.dtype(np.int16)),
    _Row("int32", "Int32", np.dtype(np.int32)),
    _Row("int64", "Int64", np.dtype(np.int64)),
    _Row("uint8", "UInt8", np.dtype(np.uint8)),
    _Row("uint16", "UInt16", np.dtype(np.uint16)),
    _Row("uint32", "UInt32", np.dtype(np.uint32)),
    _Row("uint64", "UInt64", np.dtype(np.uint64)),
    _Row("float16", "Float16", np.dtype(np.float16)),
    _Row("float32", "Float32", np.dtype(np.float32)),
    _Row("float64", "Float64", np.dtype(np.float64)),
    _Row("bfloat16", "BFloat16", np.dtype(ml_dtypes.bfloat16)),
    _Row("float8_e4m3fn", "Float8E4M3FN", np.dtype(ml_dtypes.float8_e4m3fn)),
    _Row("float8_e5m2", "Float8E5M2", np.dtype(ml_dtypes.float8_e5m2)),
    _Row("complex64", "Complex64", np.dtype(np.complex64)),
    _Row("complex128", "Complex128", np.dtype(np.complex128)),
)
_ALIASES = {
    "bool_": "bool",
    "byte": "int8",
    "short": "int16",
    "intc": "int32",
    "intp": "int64",
    "ubyte": "uint8",
    "ushort": "uint16",
    "uintc": "uint32",
    "uintp": "uint64",
    "half": "float16",
    "single": "float32",
    "float_": "float32",
    "float": "float32",
    "int": "int32",
    "long": "int64",
    "cfloat": "complex64",
    "cdouble": "complex128",
    "double": "float64",
    "float8_e4m3": "float8_e4m3fn",
}
_NAMES = {row.torch: row for row in _TABLE}
_GROUPS = {
    "int_type": "int8 int16 int32 int64",
    "uint_type": "uint8 uint16 uint32 uint64",
    "float_type": "float16 float32 float64 bfloat16",
    "complex_type": "complex64 complex128",
}
_GROUPS["number_type"] = " ".join(_GROUPS.values())


def __getattr__(name: str) -> Any:  # PEP 562: `from paraminit.dtype import float32`
    canonical = _ALIASES.get(name, name)
    if canonical not in _NAMES and name not in _GROUPS:
        raise AttributeError(f"module 'paraminit.dtype' has no attribute {name!r}")
    import torch

    if name in _GROUPS:
        return tuple(getattr(torch, member) for member in _GROUPS[name].split())
    value = getattr(torch, canonical)
    if name not in ("bool", "float", "int"):  # this file's own are Python's
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_ALIASES, *_NAMES, *_GROUPS})


def _row(dtype: object) -> _Row:
    name = str(dtype).removeprefix("torch.")
    try:
        return _NAMES[name]
    except KeyError:
        raise UnknownNameError("dtype", name, _NAMES) from None


def torch_dtype(dtype: object, *, argument: str = "dtype") -> torch.dtype:
    """The torch dtype given as one, or as a NumPy dtype *instance*.

    Args:
        dtype: a dtype of this module (``paraminit.dtype.float32``), of torch, or an ``np.dtype``.
        argument: what the caller calls it, for the error message.

    Raises:
        ArgumentTypeError: for a string, ``np.float32``, a Python type or anything else (as in MindSpore).

    Example:
        >>> torch_dtype(np.dtype("float32"))
        torch.float32
    """
    import torch

    if isinstance(dtype, (torch.dtype, np.dtype)):
        return _of_torch(dtype)
    raise ArgumentTypeError(
        f"{argument} must be a dtype such as paraminit.dtype.float32, got {dtype!r} "
        f"of type {type(dtype).__name__}."
    )


@functools.cache  # every layer asks
def _of_torch(dtype: torch.dtype | np.dtype[Any]) -> torch.dtype:
    import torch

    name = _row(dtype.name if isinstance(dtype, np.dtype) else dtype).torch
    return getattr(torch, name)  # type: ignore[no-any-return]


def numpy_dtype(dtype: object) -> np.dtype[Any]:
    """The NumPy dtype (ml_dtypes for bfloat16 and float8) of a torch dtype or a dtype name.

    Example:
        >>> numpy_dtype("bfloat16")
        dtype(bfloat16)
    """
    return _row(dtype).numpy


def dtype_name(dtype: object) -> str:
    """The name MindSpore prints for a torch or NumPy dtype.

    Example:
        >>> dtype_name(np.dtype("int64"))
        'Int64'
    """
    return _row(dtype.name if isinstance(dtype, np.dtype) else dtype).printed


def dtype_to_nptype(dtype: torch.dtype) -> type[Any]:
    """NumPy's type of numbers for a dtype.

    Example:
        >>> import torch
        >>> dtype_to_nptype(torch.int32)
        <class 'numpy.int32'>
    """
    return _row(torch_dtype(dtype)).numpy.type


def dtype_to_pytype(dtype: torch.dtype) -> type[Any]:
    """Python's type of numbers for a dtype: bool, int, float or complex."""
    kind = _row(torch_dtype(dtype)).numpy.kind
    return {"b": bool, "i": int, "u": int, "c": complex}.get(kind, float)


def pytype_to_dtype(obj: object) -> torch.dtype:
    """The dtype for Python's or NumPy's type of numbers; of Python's, Int64, Float64, Complex128 and Bool.

    Raises:
        ArgumentTypeError: no type of numbers.

    Example:
        >>> pytype_to_dtype(float), pytype_to_dtype(np.int8)
        (torch.float64, torch.int8)
    """
    if isinstance(obj, type) and issubclass(obj, bool | int | float | complex | np.number | np.bool_):
        return torch_dtype(np.dtype(obj))
    return torch_dtype(obj, argument="pytype_to_dtype: obj")


# torch knows bfloat16 and float8 but does not hand them to NumPy, nor take them from it: both sides
# agree on unsigned integers of the same width.
_CARRIER = {1: np.uint8, 2: np.uint16}


def array_over(tensor: torch.Tensor) -> npt.NDArray[Any]:
    """A NumPy array over the memory of a CPU tensor; strides are kept, nothing is copied.

    Raises:
        ArgumentTypeError: no tensor, or one that is not on the CPU.
        UnknownNameError: its dtype has no NumPy counterpart.

    Example:
        >>> import torch
        >>> t = torch.zeros(2, dtype=torch.bfloat16)
        >>> array_over(t)[0] = 1.5
        >>> t
        tensor([1.5000, 0.0000], dtype=torch.bfloat16)
    """
    import torch

    if not isinstance(tensor, torch.Tensor):
        raise ArgumentTypeError(
            f"a NumPy array or a tensor is needed here, got {tensor!r} of type {type(tensor).__name__}."
        )
    if not tensor.is_cpu:
        raise ArgumentTypeError(f"a CPU tensor is needed here, got one on {tensor.device}.")
    plain = tensor if type(tensor) is torch.Tensor else tensor.as_subclass(torch.Tensor)
    plain = plain.detach() if plain.requires_grad else plain
    carrier, target = _carried(plain.dtype)
    return plain.numpy() if carrier is None else plain.view(carrier).numpy().view(target)


@functools.cache
def _carried(dtype: torch.dtype) -> tuple[torch.dtype | None, np.dtype[Any]]:
    """As what torch hands a dtype to NumPy (None: as it is), and what NumPy takes it for."""
    target = numpy_dtype(dtype)
    if not target.type.__module__.startswith("ml_dtypes"):
        return None, target
    return torch_dtype(np.dtype(_CARRIER[target.itemsize])), target


def tensor_over(array: npt.NDArray[Any]) -> torch.Tensor:
    """A CPU torch tensor over the memory of a NumPy array, ml_dtypes included; nothing is copied.

    Example:
        >>> tensor_over(np.ones(2, ml_dtypes.bfloat16))
        tensor([1., 1.], dtype=torch.bfloat16)
    """
    import torch

    wanted = _withheld(array.dtype)
    if wanted is None:
        return torch.from_numpy(array)
    return torch.from_numpy(array.view(_CARRIER[array.dtype.itemsize])).view(wanted)


@functools.cache
def _withheld(dtype: np.dtype[Any]) -> torch.dtype | None:
    """torch's dtype for one of NumPy's that it does not take over; None for all others."""
    return torch_dtype(dtype) if dtype.type.__module__.startswith("ml_dtypes") else None
