"""Copies of a Parameter: clone, copy, deepcopy and pickle, all with every setting."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Self, cast

import torch

from paraminit.declare import initializer
from paraminit.pending import create, over
from paraminit.running import in_mindspore_program
from paraminit.tensor import Tensor

__all__ = ["Copies"]


class Copies(Tensor):
    """How a Parameter is copied. A pending one gives a pending copy, unless that could not be equal."""

    _owned: bool

    def clone(self, init: Any = None, *, memory_format: Any = None) -> Any:
        """A new Parameter of the same name and settings; without ``init``, torch's differentiable copy.

        Torch code and torch.compile rely on ``clone()``, so MindSpore's default, ``init="same"``, holds
        only in a process where ``import mindspore`` means this package, and there outside of Cells.

        Args:
            init: ``"same"`` for the same values, or what ``initializer`` takes: a name, an Initializer,
                a number or a Tensor of this shape.
            memory_format: torch's, for torch's copy.

        Raises:
            UnknownNameError, ArgumentTypeError, ArgumentValueError: as ``initializer``.

        Example:
            >>> from paraminit import Parameter
            >>> Parameter([1.0, 2.0], name="w", requires_grad=False).clone("zeros")
            Parameter (name=w, shape=(2,), dtype=Float32, requires_grad=False)
        """
        if init is None and memory_format is None and in_mindspore_program():
            init = "same"
        if init is None:
            create(self)
            return torch.clone(self, memory_format=memory_format or torch.preserve_format)
        if isinstance(init, str) and init == "same":
            return self.copy()
        values = initializer(init, tuple(self.shape), self.dtype)
        if values.dtype != self.dtype:
            values = values.to(self.dtype)
        cls = getattr(self, "_values_class", type(self))
        twin = cls.__new__(cls, values)
        settings = {name: value for name, value in vars(self).items() if name != "_recipe"}
        vars(twin).update(deepcopy(settings), _owned=False)
        twin.requires_grad_(cast(Any, self).trains)
        return twin

    def copy(self) -> Self:
        """A new Parameter with the same values, name and settings; pending if this one is."""
        twin = deepcopy(self)
        twin._owned = False
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        plain = self.detach().clone(memory_format=torch.preserve_format)
        twin = memo[id(self)] = over(type(self), plain, self.requires_grad)
        vars(twin).update(deepcopy(vars(self), memo))
        return twin

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        plain = self.detach().as_subclass(torch.Tensor)
        return _rebuild, (type(self), plain, self.requires_grad, vars(self))


def _rebuild(cls: type[Any], plain: torch.Tensor, requires_grad: bool, state: dict[str, Any]) -> Any:
    parameter = over(cls, plain, requires_grad)
    vars(parameter).update(state)
    return parameter
