"""How tensors print: ``str`` as NumPy does, ``repr`` as MindSpore does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.dtype import dtype_name

__all__ = ["describe_pending", "describe_values"]


def describe_values(values: npt.NDArray[Any]) -> str:
    """``Tensor(shape=[2], dtype=Float32, value= [...])`` of an array, long ones abbreviated.

    Example:
        >>> print(describe_values(np.ones((1, 2), np.float32)))
        Tensor(shape=[1, 2], dtype=Float32, value=
        [[ 1.00000000e+00,  1.00000000e+00]])
    """
    if values.ndim == 0:
        text = f" {values}"
    elif values.size == 0:
        text = " []"
    else:
        text = ("\n" if values.ndim > 1 else " ") + _listed(values)
    return f"Tensor(shape={list(values.shape)}, dtype={dtype_name(values.dtype)}, value={text})"


def _listed(values: npt.NDArray[Any]) -> str:
    digits = 4 if values.dtype == np.float16 else 8
    if values.dtype.kind not in "biufc":  # bfloat16 and float8, of ml_dtypes
        values, digits = values.astype(np.float32), 4
    return np.array2string(
        values,
        separator=", ",
        max_line_width=10**6,
        threshold=1000,
        formatter={"float_kind": lambda x: f"{x: .{digits}e}"},
    )


def describe_pending(shape: tuple[int, ...], dtype: object, initializer: object) -> str:
    """The same for a tensor whose values do not exist yet.

    Example:
        >>> describe_pending((2,), np.dtype("float32"), "Normal()")
        "Tensor(shape=[2], dtype=Float32, init='Normal()', value=<not created yet>)"
    """
    return (
        f"Tensor(shape={list(shape)}, dtype={dtype_name(dtype)}, init={initializer!r}, "
        "value=<not created yet>)"
    )
