"""Activations."""

from __future__ import annotations

import torch

from paraminit.cell import Cell

__all__ = ["ACTIVATIONS", "ReLU"]


class ReLU(Cell):
    """max(x, 0), element by element; of any real dtype and shape.

    Example:
        >>> import paraminit
        >>> print(ReLU()(paraminit.Tensor([-1.0, 2.0])))
        [0. 2.]
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x)


#: Activations by the name that layers take.
ACTIVATIONS: dict[str, type[Cell]] = {"relu": ReLU}
