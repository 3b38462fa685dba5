"""Whether a Cell is running: inside it there are plain torch tensors, outside it MindSpore's Tensors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

__all__ = ["inside_a_cell", "running"]

_inside: ContextVar[bool] = ContextVar("paraminit_inside_a_cell", default=False)


def inside_a_cell() -> bool:
    """Whether this thread (or task) is inside some Cell's ``construct``, or torch is compiling."""
    return torch.compiler.is_compiling() or _inside.get()


@contextmanager
def running() -> Iterator[None]:
    """Around the outermost Cell's call."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)
