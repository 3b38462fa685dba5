"""Whether a Cell is running: inside it there are plain torch tensors, outside it MindSpore's Tensors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

__all__ = ["in_mindspore_program", "inside_a_cell", "running", "tensors_outside"]

# None outside of Cells; inside, whether the program around the outermost one works with Tensors.
_inside: ContextVar[bool | None] = ContextVar("paraminit_inside_a_cell", default=None)


def inside_a_cell() -> bool:
    """Whether this thread (or task) is inside some Cell's ``construct``, or torch is compiling."""
    return torch.compiler.is_compiling() or _inside.get() is not None


def tensors_outside() -> bool:
    """Whether the outermost running Cell was given Tensors, or nothing that says otherwise."""
    return not torch.compiler.is_compiling() and _inside.get() is True


def in_mindspore_program() -> bool:
    """Whether ``import mindspore`` means this package here, and no Cell is running: where MindSpore and torch
    understand the same call differently, MindSpore's way counts."""
    # In this order: a compiler need not look at the modules.
    return not inside_a_cell() and sys.modules.get("mindspore") is sys.modules["paraminit"]


@contextmanager
def running(tensors: bool) -> Iterator[None]:
    """Around the outermost Cell's call.

    Args:
        tensors: whether it gives Tensors back.
    """
    token = _inside.set(tensors)
    try:
        yield
    finally:
        _inside.reset(token)
