"""What MindSpore's functions accept as data, shape and device."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

from paraminit.dtype import numpy_dtype, tensor_over, torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.lazy import create

__all__ = ["check_device", "checked_shape", "plain_from"]


def check_device(owner: str, device: object) -> None:
    """Make sure that ``device`` is None or "CPU"."""
    if device is None or (isinstance(device, str) and device.upper() == "CPU"):
        return
    raise ArgumentValueError(
        f"{owner}: device must be 'CPU' or None, got {device!r}. Move the result with .to(...) afterwards."
    )


def checked_shape(shape: Any, *, owner: str) -> tuple[int, ...]:
    """A shape given as int, tuple or list; entries are ints of 0 or more (NumPy's too).

    Raises:
        ArgumentValueError: anything else.

    Example:
        >>> checked_shape(3, owner="initializer"), checked_shape([], owner="initializer")
        ((3,), ())
    """
    try:
        size = tuple(operator.index(n) for n in (shape if isinstance(shape, tuple | list) else [shape]))
    except TypeError:
        size = (-1,)
    if any(n < 0 for n in size):
        raise ArgumentValueError(
            f"{owner}: shape must be an int, a tuple or a list of ints of 0 or more, got {shape!r}."
        )
    return size


def plain_from(data: object, dtype: torch.dtype | None, *, owner: str) -> torch.Tensor:
    """A plain torch tensor with a copy of ``data``.

    Args:
        data: a tensor, a NumPy array or scalar, or numbers, nested in lists or tuples.
        dtype: of the result; None keeps an array's, and makes Float32 of Python floats.
        owner: for the error message.

    Raises:
        ArgumentTypeError: anything else, or numbers that form no rectangular array.
    """
    if isinstance(data, torch.Tensor):
        create(data)
        return data.detach().as_subclass(torch.Tensor).to(dtype, copy=True)
    if isinstance(data, np.ndarray | np.generic):
        array = np.array(data)
    elif isinstance(data, bool | int | float | complex | list | tuple):
        try:
            array = np.array(data)
        except ValueError as error:
            raise ArgumentTypeError(f"{owner}: {data!r} is no rectangular array of numbers.") from error
        if array.dtype == np.float64:
            array = np.array(data, numpy_dtype(dtype) if dtype == torch.float64 else np.float32)
    else:
        raise ArgumentTypeError(
            f"{owner} takes a tensor, a NumPy array, numbers or lists of numbers, got {data!r} "
            f"of type {type(data).__name__}."
        )
    if array.dtype.kind not in "biufcV" or array.dtype == np.longdouble or array.dtype.names:
        raise ArgumentTypeError(
            f"{owner} takes numbers, got {data!r}, of NumPy dtype {array.dtype}, which no tensor can hold."
        )
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)
    return tensor_over(array).to(dtype or torch_dtype(array.dtype))
