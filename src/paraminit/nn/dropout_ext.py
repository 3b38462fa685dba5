"""DropoutExt, Dropout2dExt: dropout with torch's arguments; in ``mint.nn`` Dropout, Dropout2d."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.nn.batch_norm import fraction
from paraminit.nn.weights import check_bool

__all__ = ["Dropout2dExt", "DropoutExt"]


class DropoutExt(Cell):
    """In training, each element is zero with probability p and divided by 1 - p otherwise.

    What is dropped is drawn from torch's generator (``torch.manual_seed``).

    Args:
        p: from 0 to 1; default 0.5.
        inplace: whether the input itself is changed.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> DropoutExt(1.0).set_train()(torch.ones(2))
        tensor([0., 0.])
        >>> DropoutExt(1.0)(torch.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        owner = type(self).__name__
        self.p = fraction(owner, "p", p)
        check_bool(owner, "inplace", inplace)
        self.inplace = inplace

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)

    def extend_repr(self) -> str:
        return f"p={self.p}"


class Dropout2dExt(DropoutExt):
    """:class:`DropoutExt` of whole channels.

    Args:
        p: from 0 to 1; default 0.5.
        inplace: whether the input itself is changed.

    Shape:
        input (N, C, H, W) or (N, C); result as input.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> Dropout2dExt(1.0).set_train()(torch.ones(1, 1, 1, 2))
        tensor([[[[0., 0.]]]])
    """

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)
