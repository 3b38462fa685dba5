"""Dropout: zeros at random while training."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["Dropout", "probability"]


class Dropout(Cell, torch.nn.Dropout):
    """In training, each element becomes zero with probability p and is divided by 1 - p otherwise; in
    evaluation, x itself. It is a torch.nn.Dropout to whatever looks for one.

    Which elements is decided by torch's generator: ``torch.manual_seed`` repeats them.

    Args:
        keep_prob: 1 - p, a float above 0 and up to 1; default 0.5. Deprecated in MindSpore, and ignored
            if ``p`` is given.
        p: from 0 up to, but not, 1; default None leaves it to ``keep_prob``.
        dtype: accepted for MindSpore's sake; has no effect.

    Shape:
        x (*), floating point; result as x.

    Raises:
        ArgumentTypeError: p is no number, keep_prob no float; (in training) x holds integers.
        ArgumentValueError: one of them is out of range.

    Example:
        >>> net = Dropout(p=0.5).set_train()
        >>> sorted(set(net(torch.ones(100)).tolist()))
        [0.0, 2.0]
        >>> Dropout(p=0.2)
        Dropout(p=0.2)
    """

    def __init__(self, keep_prob: float = 0.5, p: float | None = None, dtype: object = torch.float32) -> None:
        Cell.__init__(self)
        self.keep_prob, self.inplace = keep_prob, False
        self.p = 1 - _kept(keep_prob) if p is None else probability("Dropout", "p", p)
        self._shown = f"keep_prob={keep_prob}" if p is None else f"p={p}"

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        if not x.is_floating_point():
            raise ArgumentTypeError(f"Dropout: in training x must be floating point, got {x.dtype}.")
        return F.dropout(x, self.p)

    def extend_repr(self) -> str:
        return self._shown


def probability(owner: str, argument: str, value: object) -> float:
    """The probability with which a layer drops elements, checked.

    Raises:
        ArgumentTypeError: no number.
        ArgumentValueError: below 0, 1 or more, or NaN.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ArgumentTypeError(f"{owner}: {argument} must be a number, got {value!r}.")
    if not 0 <= value < 1:
        raise ArgumentValueError(f"{owner}: {argument} must be from 0 up to, but not, 1, got {value!r}.")
    return value


def _kept(keep_prob: object) -> float:
    if not isinstance(keep_prob, float):
        raise ArgumentTypeError(
            f"Dropout: keep_prob must be a float, got {keep_prob!r}. "
            "It is the part that is kept; for the part that is dropped write Dropout(p=...)."
        )
    if not 0 < keep_prob <= 1:
        raise ArgumentValueError(f"Dropout: keep_prob must be above 0 and up to 1, got {keep_prob!r}.")
    return keep_prob
