"""Whether a Cell is running: inside it there are plain torch tensors, outside it MindSpore's Tensors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

__all__ = ["in_mindspore_program", "inside_a_cell", "running"]

_inside: ContextVar[bool] = ContextVar("paraminit_inside_a_cell", default=False)


def inside_a_cell() -> bool:
    """Whether this thread (or task) is inside some Cell's ``construct``, or torch is compiling."""
    return torch.compiler.is_compiling() or _inside.get()


def in_mindspore_program() -> bool:
    """Whether ``import mindspore`` means this package here, and no Cell is running: where MindSpore and torch
    understand the same call differently, MindSpore's way counts."""
    # In this order: a compiler need not look at the modules.
    return not inside_a_cell() and sys.modules.get("mindspore") is sys.modules["paraminit"]


@contextmanager
def running() -> Iterator[None]:
    """Around the outermost Cell's call."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)
