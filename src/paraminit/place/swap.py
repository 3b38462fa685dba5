"""Other memory under a tensor object that stays: optimizers, modules and variables go on pointing to it."""

from __future__ import annotations

import weakref
from typing import Any, cast

import torch

from paraminit.errors import InitializationError

__all__ = ["put_under", "obstacle"]


def obstacle(tensor: torch.Tensor) -> str | None:
    """What forbids other memory under this tensor, if that is known before one tries."""
    return "weak references to it exist" if weakref.getweakrefs(tensor) else None


def put_under(tensor: torch.Tensor, donor: torch.Tensor) -> None:
    """Give a tensor the memory of another, which must not be used afterwards.

    Args:
        tensor: keeps its hooks, and its attributes but for those that the donor brings.
        donor: of the same class; has no other references.

    Raises:
        InitializationError: weak references to the tensor exist, or torch holds on to the memory that was
            there (a transform such as vmap, a graph or DDP does). Nothing is changed.
    """
    if reason := obstacle(tensor):
        raise InitializationError(reason)
    own, other = cast(Any, tensor), cast(Any, donor)
    with torch._C.DisableTorchFunctionSubclass():
        vars(other).update(vars(own) | vars(other))
        hooks, after = own._backward_hooks, own._post_accumulate_grad_hooks
        try:
            torch.utils.swap_tensors(own, other)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise InitializationError("torch is already using it") from error
        # These live in the tensor that was swapped out; set anew they fire again.
        own._backward_hooks, own._post_accumulate_grad_hooks = hooks, after
