"""How tensors print: ``str`` as NumPy does, ``repr`` as MindSpore does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.dtype import dtype_name

__all__ = ["describe_pending", "describe_values", "plain_text"]


def plain_text(values: npt.NDArray[Any]) -> str:
    """NumPy's text of an array; six decimals of what NumPy itself has no dtype for, as MindSpore prints it.

    Example:
        >>> print(plain_text(np.array([1.5, 2])))
        [1.5 2. ]
    """
    if values.dtype.kind in "biufc":
        return str(values)
    return np.array2string(values.astype(np.float32), formatter={"float_kind": "{:f}".format})


def describe_values(values: npt.NDArray[Any]) -> str:
    """``Tensor(shape=[2], dtype=Float32, value= [...])`` of an array, long ones abbreviated.

    Example:
        >>> print(describe_values(np.ones((1, 2), np.float32)))
        Tensor(shape=[1, 2], dtype=Float32, value=
        [[ 1.00000000e+00,  1.00000000e+00]])
    """
    text = ("\n" if values.ndim > 1 else " ") + _listed(values)
    return f"Tensor(shape={list(values.shape)}, dtype={dtype_name(values.dtype)}, value={text})"


def _listed(values: npt.NDArray[Any]) -> str:
    if values.size == 0:
        return ""
    if values.dtype.kind not in "biufc":  # bfloat16 and float8, of ml_dtypes
        values, number = values.astype(np.float32), "{:g}"
    else:
        number = "{:11.4e}" if values.dtype == np.float16 else "{:15.8e}"
    if values.ndim == 0:
        return {"f": "{:g}".format, "c": _complex}.get(values.dtype.kind, str)(values[()])
    text = np.array2string(
        values,
        separator=", ",
        max_line_width=10**6,
        threshold=1000,
        formatter={"float_kind": number.format, "complex_kind": _complex},
    )
    # NumPy sets blank lines between matrices, and commas around what it leaves out; MindSpore does not.
    lines = [line.replace(", ..., ", " ... ") for line in text.split("\n") if line]
    return "\n".join(line.replace("...,", "...") for line in lines)


def _complex(number: Any) -> str:
    return f"{number.real:g}{number.imag:+g}j"


def describe_pending(shape: tuple[int, ...], dtype: object, initializer: object = None) -> str:
    """The same for a tensor whose values do not exist yet: MindSpore's text, or one that names the
    initializer.

    Example:
        >>> print(describe_pending((2, 3), np.dtype("float32")))
        Tensor(shape=[2, 3], dtype=Float32, value=
        <uninitialized>)
        >>> describe_pending((2,), np.dtype("float32"), "Normal()")
        "Tensor(shape=[2], dtype=Float32, init='Normal()', value=<not created yet>)"
    """
    head = f"Tensor(shape={list(shape)}, dtype={dtype_name(dtype)}"
    if initializer is None:
        line_break = "\n" if len(shape) > 1 else ""
        return f"{head}, value={line_break}<uninitialized>)"
    return f"{head}, init={initializer!r}, value=<not created yet>)"
