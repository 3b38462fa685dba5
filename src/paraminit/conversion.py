"""Changing a Parameter's dtype in place, values or no values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import torch

from paraminit.dtype import numpy_dtype, torch_dtype
from paraminit.errors import ArgumentTypeError, InitializationError
from paraminit.pending import Pending, create, pending
from paraminit.tensor import Tensor

__all__ = ["Conversion"]


class Conversion(Tensor):
    """How a Parameter takes on another dtype."""

    def assign_value(self, value: torch.Tensor) -> Self:
        """Take on a tensor's values, shape and dtype; return self.

        Raises:
            ArgumentTypeError: ``value`` is no tensor.
        """
        own: Any = self
        if not isinstance(value, torch.Tensor):
            raise ArgumentTypeError(f"Parameter {own.name!r}: assign_value takes a Tensor, got {value!r}.")
        create(self)
        self.set_dtype(value.dtype)
        own.set_data(value, slice_shape=True)
        return self

    def set_dtype(self, dtype: object) -> torch.dtype:
        """Convert to another dtype in place and return it. A pending Parameter stays pending.

        Raises:
            ArgumentTypeError: no dtype, or one that the pending random values do not fit.
            InitializationError: values are pending, and torch holds on to the tensor.

        Example:
            >>> from paraminit import Parameter
            >>> p = Parameter([1.0, 2.0], name="w")
            >>> p.set_dtype(torch.float16)
            torch.float16
            >>> p
            Parameter (name=w, shape=(2,), dtype=Float16, requires_grad=True)
        """
        wanted = torch_dtype(dtype, argument="set_dtype: dtype")
        own: Any = self
        if isinstance(own, Pending):
            _convert_pending(own, wanted)
            return wanted
        with torch.no_grad():
            trains, grad = own.trains, own.grad
            own.grad = None
            torch.Tensor.requires_grad_(own, False)  # integers can have no gradient
            own.data = own.detach().to(wanted)
            own.requires_grad_(trains)
            if grad is not None and own.requires_grad:
                own.grad = grad.to(wanted)
        return wanted


def _convert_pending(own: Any, wanted: torch.dtype) -> None:
    recipe = replace(own._recipe, dtype=numpy_dtype(wanted))  # raises if the initializer does not fit
    with torch._C.DisableTorchFunctionSubclass():
        other: Any = pending(own._values_class, recipe)
        vars(other).update(vars(own), _recipe=recipe)
        trains, hooks, after = own.trains, own._backward_hooks, own._post_accumulate_grad_hooks
        try:
            torch.utils.swap_tensors(own, other)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise InitializationError(
                f"Parameter {own.name!r} cannot change its dtype: torch or a weak reference holds on to it. "
                "Call init_data() first."
            ) from error
        own._backward_hooks, own._post_accumulate_grad_hooks = hooks, after
        own.requires_grad_(trains)
