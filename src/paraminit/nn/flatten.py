"""Flatten: several axes into one."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["Flatten"]


class Flatten(Cell):
    """Axes ``start_dim`` to ``end_dim`` of x as one.

    Args:
        start_dim: first axis; default 1, so that the batch stays apart.
        end_dim: last axis, counted from the end if negative; default -1.

    Raises:
        ArgumentTypeError: one of them is no int.
        ArgumentValueError: (when called) x has no such axes, or they are in the wrong order.

    Example:
        >>> Flatten()(torch.ones(2, 3, 4)).shape
        torch.Size([2, 12])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        for name, value in (("start_dim", start_dim), ("end_dim", end_dim)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise ArgumentTypeError(f"Flatten: {name} must be an int, got {value!r}.")
        self.start_dim, self.end_dim = start_dim, end_dim

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        first, last = (d + x.ndim if d < 0 else d for d in (self.start_dim, self.end_dim))
        if not 0 <= first <= last < x.ndim:
            raise ArgumentValueError(
                f"Flatten: x of shape {tuple(x.shape)} has no axes {self.start_dim} to {self.end_dim}."
            )
        return torch.flatten(x, first, last)

    def extend_repr(self) -> str:
        default = (self.start_dim, self.end_dim) == (1, -1)
        return "" if default else f"start_dim={self.start_dim}, end_dim={self.end_dim}"
