"""The border of a Cell: Tensors outside, plain torch tensors inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from paraminit.parameter import Parameter
from paraminit.pending import create
from paraminit.tensor import Tensor

__all__ = ["holds_plain", "holds_tensor", "map_tensors", "tensors_in", "to_plain", "to_tensor"]


def holds_tensor(values: Iterable[Any]) -> bool:
    """Whether a Tensor (a Parameter does not count) is among the values, nested in lists, tuples or dicts."""
    for value in values:
        if type(value) is torch.Tensor:  # the most frequent, and every call of a Cell comes here
            continue
        if isinstance(value, Tensor):
            if not isinstance(value, Parameter):
                return True
        elif isinstance(value, list | tuple):
            if holds_tensor(value):
                return True
        elif isinstance(value, dict) and holds_tensor(value.values()):
            return True
    return False


def holds_plain(values: Iterable[Any]) -> bool:
    """Whether there are tensors among the values, nested or not, and all of them are torch's own."""
    kinds: set[bool] = set()
    _note_kinds(values, kinds)
    return kinds == {False}


def _note_kinds(values: Iterable[Any], kinds: set[bool]) -> None:
    for value in values:
        if isinstance(value, torch.Tensor):
            kinds.add(isinstance(value, Tensor))
        elif isinstance(value, list | tuple):
            _note_kinds(value, kinds)
        elif isinstance(value, dict):
            _note_kinds(value.values(), kinds)


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


def tensors_in(value: Any) -> list[torch.Tensor]:
    """The tensors in a value, nested as in :func:`map_tensors`."""
    found: list[torch.Tensor] = []
    map_tensors(found.append, value)
    return found


def to_plain(tensor: torch.Tensor) -> torch.Tensor:
    """The same tensor as torch's own class, its values created; Parameters stay what they are."""
    create(tensor)
    is_boundary = isinstance(tensor, Tensor) and not isinstance(tensor, Parameter)
    return tensor.as_subclass(torch.Tensor) if is_boundary else tensor


def to_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """The same tensor as a Tensor; other subclasses stay what they are."""
    return tensor.as_subclass(Tensor) if type(tensor) is torch.Tensor else tensor
