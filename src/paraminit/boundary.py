"""The border of a Cell: Tensors outside, plain torch tensors inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from paraminit.parameter import Parameter
from paraminit.pending import create
from paraminit.tensor import Tensor

__all__ = ["holds_plain", "holds_tensor", "map_tensors", "to_plain", "to_tensor"]


def holds_tensor(value: Any) -> bool:
    """Whether ``value`` is a Tensor (a Parameter does not count) or holds one, in lists, tuples or dicts."""
    return _holds(value, lambda tensor: isinstance(tensor, Tensor) and not isinstance(tensor, Parameter))


def holds_plain(value: Any) -> bool:
    """Whether there are tensors in ``value`` and all of them are torch's own."""
    return _holds(value, lambda tensor: True) and not _holds(value, lambda tensor: isinstance(tensor, Tensor))


def _holds(value: Any, counts: Callable[[torch.Tensor], bool]) -> bool:
    if isinstance(value, torch.Tensor):
        return counts(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return any(_holds(item, counts) for item in value)


def map_tensors(function: Callable[[Any], Any], value: Any) -> Any:
    """``value`` with ``function`` applied to every tensor in it, nested in tuples, lists and dicts."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_tensors(function, item) for item in value))
    if isinstance(value, list | tuple):
        return type(value)([map_tensors(function, item) for item in value])
    if isinstance(value, dict):
        return {key: map_tensors(function, item) for key, item in value.items()}
    return value


def to_plain(tensor: torch.Tensor) -> torch.Tensor:
    """The same tensor as torch's own class, its values created; Parameters stay what they are."""
    create(tensor)
    is_boundary = isinstance(tensor, Tensor) and not isinstance(tensor, Parameter)
    return tensor.as_subclass(torch.Tensor) if is_boundary else tensor


def to_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """The same tensor as a Tensor; other subclasses stay what they are."""
    return tensor.as_subclass(Tensor) if type(tensor) is torch.Tensor else tensor
