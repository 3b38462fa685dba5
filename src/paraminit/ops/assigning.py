"""Operators that write into a Parameter or Tensor; argument names are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from paraminit.dtype import dtype_name
from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["FUNCTIONS", "PRIMITIVES"]


def _writer(name: str, combined: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """An operator that makes ``variable`` hold ``combined(variable, value)`` and returns these values."""

    def write(variable: Any, value: Any) -> torch.Tensor:
        if not isinstance(variable, torch.Tensor):
            raise ArgumentTypeError(f"{name}: variable must be a Parameter or Tensor, got {variable!r}.")
        source = torch.as_tensor(value)
        if source.shape != variable.shape:
            raise ArgumentValueError(
                f"{name}: value has shape {tuple(source.shape)}, and variable {tuple(variable.shape)}. "
                "They have to be the same."
            )
        if torch.promote_types(source.dtype, variable.dtype) != variable.dtype and source.ndim:
            raise ArgumentTypeError(
                f"{name}: value would be narrowed from {dtype_name(source.dtype)} to variable's "
                f"{dtype_name(variable.dtype)}. If that is meant, convert it first."
            )
        with torch.no_grad():
            variable.copy_(combined(variable, source))
        return variable.detach().as_subclass(torch.Tensor)

    return write


_assign = _writer("assign", lambda variable, value: value)
_assign_add, _assign_sub = _writer("assign_add", torch.add), _writer("assign_sub", torch.sub)

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
