"""Checks of the arguments that Tensor, Parameter and ``initializer`` share: data, shape, name, device."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

from paraminit.dtype import dtype_name, numpy_dtype, tensor_over, torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError
from paraminit.pending import create

__all__ = [
    "check_default_input",
    "check_device",
    "checked_name",
    "checked_shape",
    "checked_source",
    "plain_from",
]


_LONGEST_NAME = 1024


def check_device(owner: str, device: object) -> None:
    """Make sure that ``device`` is None or "CPU"."""
    if device is None or (isinstance(device, str) and device.upper() == "CPU"):
        return
    raise ArgumentValueError(
        f"{owner}: device must be 'CPU' or None, got {device!r}. Move the result with .to(...) afterwards."
    )


def checked_name(name: object) -> str:
    """A Parameter's name, without blanks around it.

    Raises:
        ParameterNameError: no str, blank, or longer than 1024 characters.
    """
    if not isinstance(name, str):
        raise ParameterNameError(f"a Parameter's name must be a str, got {name!r}.")
    if not name.strip():
        raise ParameterNameError("a Parameter's name must not be blank.")
    if len(name) > _LONGEST_NAME:
        raise ParameterNameError(
            f"a Parameter's name may have {_LONGEST_NAME} characters, got {len(name)}: {name[:40]}..."
        )
    return name.strip()


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


def check_default_input(data: object) -> None:
    """Make sure that a Parameter can be made from ``data``.

    Raises:
        ArgumentValueError: a bool.
        ArgumentTypeError: a str, None, a tuple, a complex number or anything else.
    """
    if isinstance(data, bool | np.bool_):
        raise ArgumentValueError(f"Parameter cannot be made from the bool {data!r}. Use Tensor({data!r}).")
    if not isinstance(data, torch.Tensor | np.ndarray | np.number | int | float | list):
        hint = ""
        if data is None or isinstance(data, str):
            hint = f" For an initializer write initializer({data or 'normal'!r}, shape)."
        elif isinstance(data, tuple):
            hint = " Give a list, or Tensor(...)."
        raise ArgumentTypeError(
            "Parameter takes a Tensor, initializer(...), a NumPy array, a number or a list of numbers, got "
            f"{data!r} of type {type(data).__name__}.{hint}"
        )


def checked_source(
    parameter: Any, data: object, flat_shape: tuple[int, ...] | None, any_shape: bool
) -> torch.Tensor:
    """What ``parameter.set_data(data)`` copies: a tensor of its shape that its dtype can hold.

    Args:
        flat_shape: a shape that is as good as the parameter's, or None.
        any_shape: whether every shape is.

    Raises:
        ArgumentTypeError: data is no tensor and no number, or its dtype would be narrowed.
        ArgumentValueError: data has another shape.
    """
    who, dtype = f"Parameter {parameter.name!r}: set_data", dtype_name(parameter.dtype)
    if isinstance(data, int | float | np.number) and not isinstance(data, bool):
        if isinstance(data, float | np.floating) and dtype.startswith(("Int", "UInt", "Bool")):
            raise ArgumentTypeError(f"{who} got the float {data!r}; the parameter is {dtype}.")
        data = torch.tensor(data, dtype=parameter.dtype, device="cpu")
    if not isinstance(data, torch.Tensor):
        raise ArgumentTypeError(
            f"{who} takes a Tensor or a number, got {type(data).__name__}. Wrap it: Tensor(...)."
        )
    if flat_shape is not None and data.shape == flat_shape:
        data = data.reshape(parameter.shape)
    if data.shape != parameter.shape and not any_shape:
        raise ArgumentValueError(
            f"{who} got shape {tuple(data.shape)}; the parameter has {tuple(parameter.shape)}. "
            "Reshape the data, or make a new Parameter."
        )
    if torch.promote_types(data.dtype, parameter.dtype) != parameter.dtype:
        raise ArgumentTypeError(
            f"{who} would narrow {dtype_name(data.dtype)} to {dtype}. If that is meant, convert first: "
            ".astype(param.dtype)."
        )
    return data
