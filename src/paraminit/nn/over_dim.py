"""Activations along an axis that is called dim, as in torch: LogSoftmaxExt (also ``mint.nn.LogSoftmax``)."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError

__all__ = ["LogSoftmaxExt", "OverDim"]


class OverDim(Cell):
    """A function over one axis."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        if dim is not None and (isinstance(dim, bool) or not isinstance(dim, int)):
            raise ArgumentTypeError(f"{type(self).__name__}: dim must be an int or None, got {dim!r}.")
        self.dim = dim

    def _axis(self, x: torch.Tensor) -> int:
        if self.dim is not None:
            return self.dim
        return 0 if x.ndim in (0, 1, 3) else 1  # torch's old default, without its warning

    def extend_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmaxExt(OverDim):
    """The logarithm of exp(input), divided by its sum over an axis.

    Args:
        dim: the axis; None for 0 if the input has 0, 1 or 3 axes, and 1 otherwise.

    Raises:
        ArgumentTypeError: dim is no int.
        IndexError: (when called) the input has no such axis.

    Example:
        >>> LogSoftmaxExt(-1)(torch.zeros(1, 2))
        tensor([[-0.6931, -0.6931]])
    """

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(input, self._axis(input))
