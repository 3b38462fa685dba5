"""Other memory under a tensor object that stays: optimizers, modules and variables go on pointing to it."""

from __future__ import annotations

import copyreg
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch

from paraminit.errors import InitializationError

__all__ = ["held_by_torch", "let_go", "obstacle", "put_under"]


def obstacle(tensor: torch.Tensor) -> str | None:
    """What forbids other memory under this tensor, if that is known before one tries."""
    return "weak references to it exist" if weakref.getweakrefs(tensor) else None


def held_by_torch(tensor: torch.Tensor) -> bool:
    """Whether a graph or DDP holds the memory that a leaf has, so that :func:`put_under` will refuse."""
    own = cast(Any, tensor)
    if own._use_count() < 2:
        return False
    if not own.requires_grad:
        return True
    accumulator = torch.autograd.graph.get_gradient_edge(own).node  # made now, if nobody had it
    held: bool = own._use_count() > 2
    del accumulator
    return held


@contextmanager
def let_go(module: torch.nn.Module) -> Iterator[None]:
    """Inside this block torch's recurrent layers have no weak references to their own weights, and no
    ``parameters_on_meta()`` is around it.

    They drop these themselves while they move to another device, and take them again.
    """
    from paraminit.place.on_meta import outside

    layers = [child for child in module.modules() if isinstance(child, torch.nn.RNNBase)]
    for layer in layers:
        layer._flat_weight_refs = []
    try:
        with outside():
            yield
    finally:
        for layer in layers:
            layer._flat_weight_refs = [w if w is None else weakref.ref(w) for w in layer._flat_weights]
            layer.flatten_parameters()


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
        for slot in copyreg._slotnames(type(own)):  # type: ignore[attr-defined]  # swap_tensors swaps these too
            if hasattr(own, slot) and not hasattr(other, slot):  # a DTensor's memory is in one
                setattr(other, slot, getattr(own, slot))
        hooks, after = own._backward_hooks, own._post_accumulate_grad_hooks
        try:
            torch.utils.swap_tensors(own, other)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise InitializationError("torch is already using it") from error
        # These live in the tensor that was swapped out; set anew they fire again.
        own._backward_hooks, own._post_accumulate_grad_hooks = hooks, after
