"""Weights with an axis of height 1: MindSpore computes over it where a layer has one axis."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.declare import Init
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.parameter import Parameter

__all__ = ["WithHeight", "check_ints"]


def check_ints(owner: str, **sizes: object) -> None:
    """Make sure that each size, given by its name, is an int: there is one axis."""
    for name, value in sizes.items():
        if not isinstance(value, int):
            raise ArgumentTypeError(f"{owner}: {name} must be an int, got {value!r}.")


class WithHeight(Cell):
    """Mixed into a convolution over one axis: its weight is kept as (_, _, 1, kernel), as in MindSpore, and
    may be given and set without the height."""

    weight: Parameter

    def _weight_from(self, init: Init, shape: tuple[int, ...]) -> tuple[Init, tuple[int, ...]]:
        with_height = (*shape[:2], 1, shape[2])
        if isinstance(init, torch.Tensor) and not isinstance(init, torch.nn.Parameter):
            if tuple(init.shape) != shape:
                raise ArgumentValueError(
                    f"{type(self).__name__}.weight_init: the Tensor must have shape {shape}, "
                    f"got {tuple(init.shape)}."
                )
            init = init.reshape(with_height)
        return init, with_height

    def _kernel(self) -> torch.Tensor:
        return self.weight.squeeze(2)
