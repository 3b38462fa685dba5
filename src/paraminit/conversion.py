"""Changing a Parameter's dtype in place, values or no values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from paraminit.dtype import numpy_dtype, torch_dtype
from paraminit.errors import InitializationError
from paraminit.pending import Pending, pending

__all__ = ["convert"]


def convert(parameter: torch.Tensor, dtype: object) -> torch.dtype:
    """Give ``parameter`` another dtype; the object and its settings stay, and a
    pending one stays pending.

    Args:
        dtype: a dtype of ``paraminit.dtype`` or of torch.

    Raises:
        ArgumentTypeError: it is no dtype; random values cannot be made in it.
        InitializationError: values are pending, and torch holds on to the tensor.
    """
    wanted = torch_dtype(dtype, argument="set_dtype: dtype")
    own: Any = parameter
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
