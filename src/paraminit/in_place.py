"""Changing a Tensor's values in place, and operators that only look as if they did."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any, Self

import torch

from paraminit.errors import ArgumentTypeError
from paraminit.pending import Pending, create, load
from paraminit.running import in_mindspore_program

__all__ = ["InPlace"]

_AUGMENTED = "add sub mul truediv floordiv mod pow"


def _called_by_torch() -> bool:
    """Whether torch's code wrote the operator: its optimizers mean the tensor itself."""
    return str(sys._getframe(2).f_globals.get("__name__", "")).startswith("torch.")


def _augmented(name: str) -> Callable[[Any, Any], Any]:
    in_place, fresh = getattr(torch.Tensor, f"__i{name}__"), getattr(operator, name)

    def augment(self: Any, other: Any) -> Any:
        ours = in_mindspore_program() and not _called_by_torch()
        return fresh(self, other) if ours else in_place(self, other)

    augment.__name__ = f"__i{name}__"
    return augment


class InPlace(torch.Tensor):
    """``assign_value``, and ``+=`` and its kind: torch's, in place, but in a program that imports mindspore
    they give a new Tensor there, as numbers do, and leave the old one as it is."""

    for _name in _AUGMENTED.split():
        locals()[f"__i{_name}__"] = _augmented(_name)
    del _name

    def assign_value(self, value: torch.Tensor) -> Self:
        """Take on a tensor's values, shape and dtype; return self.

        Raises:
            ArgumentTypeError: ``value`` is no tensor.

        Example:
            >>> from paraminit import Tensor
            >>> Tensor([1, 2]).assign_value(Tensor([0.5]))
            Tensor(shape=[1], dtype=Float32, value= [ 5.00000000e-01])
        """
        if not isinstance(value, torch.Tensor):
            raise ArgumentTypeError(f"assign_value takes a Tensor, got {value!r}.")
        create(value)
        if isinstance(self, Pending):
            load(self, value)
        self.data = value.detach().as_subclass(torch.Tensor).clone()
        return self

    def fill(self, value: float) -> torch.Tensor:
        """A new tensor of this shape and dtype that holds one number everywhere."""
        return torch.full_like(self, value)
