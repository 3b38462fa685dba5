"""Operators that write into a Parameter or Tensor; argument names are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["FUNCTIONS", "PRIMITIVES"]


def _written(variable: Any, value: Any, combined: Callable[[torch.Tensor, torch.Tensor], Any]) -> Any:
    """The values that ``variable`` has after it took on ``combined(variable, value)``."""
    if not isinstance(variable, torch.Tensor):
        raise ArgumentTypeError(f"assign: variable must be a Parameter or Tensor, got {variable!r}.")
    source = torch.as_tensor(value)
    if source.shape != variable.shape:
        raise ArgumentValueError(
            f"assign: value has shape {tuple(source.shape)}, the variable {tuple(variable.shape)}."
        )
    if torch.promote_types(source.dtype, variable.dtype) != variable.dtype and source.ndim:
        raise ArgumentTypeError(f"assign: {source.dtype} would be narrowed to {variable.dtype}.")
    with torch.no_grad():
        variable.copy_(combined(variable, source))
    return variable.detach().as_subclass(torch.Tensor)


def _assign(variable: Any, value: Any) -> Any:
    return _written(variable, value, lambda old, new: new)


def _assign_add(variable: Any, value: Any) -> Any:
    return _written(variable, value, torch.add)


def _assign_sub(variable: Any, value: Any) -> Any:
    return _written(variable, value, torch.sub)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "assign": _assign,
    "assign_add": _assign_add,
    "assign_sub": _assign_sub,
}
PRIMITIVES: dict[str, Callable[..., Callable[..., Any]]] = {
    "Assign": lambda: _assign,
    "AssignAdd": lambda: _assign_add,
    "AssignSub": lambda: _assign_sub,
}
