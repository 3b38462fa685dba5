"""Losses of classes by how far apart their logits are, or of several classes at once."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import check_tensors
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.cross_entropy import class_indices
from paraminit.nn.loss import LossBase, check_one_shape, checked_weight

__all__ = ["MultiLabelSoftMarginLoss", "MultiMarginLoss", "MultilabelMarginLoss"]


class MultiMarginLoss(LossBase):
    """The mean over the other classes of max(0, margin - x[target] + x)^p, then reduced over the rows.

    Args:
        p: 1 (default) or 2.
        margin: default 1.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.
        weight: a Tensor (C,) that multiplies the margins of each target, or None.

    Shape:
        x (N, C); target (N,), class indices.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            other shapes, or targets outside the classes.

    Example:
        >>> MultiMarginLoss()(torch.tensor([[0.5, 0.0]]), torch.tensor([0]))
        tensor(0.2500)
    """

    weight: torch.Tensor | None

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        reduction: str = "mean",
        weight: torch.Tensor | None = None,
    ) -> None:
        super().__init__(reduction)
        if isinstance(p, bool) or not isinstance(p, int):
            raise ArgumentTypeError(f"MultiMarginLoss: p must be an int, got {p!r}.")
        if p not in (1, 2):
            raise ArgumentValueError(f"MultiMarginLoss: p must be 1 or 2, got {p!r}.")
        self.p, self.margin = p, finite("MultiMarginLoss", "margin", margin)
        self.register_buffer("weight", checked_weight("MultiMarginLoss", weight), persistent=False)

    def construct(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        check_tensors("MultiMarginLoss", x=x, target=target)
        if x.ndim != 2:
            raise ArgumentValueError(f"MultiMarginLoss: x must have 2 axes, got shape {tuple(x.shape)}.")
        target = class_indices("MultiMarginLoss", x, target, 1)
        return F.multi_margin_loss(x, target, self.p, self.margin, self.weight, reduction=self.reduction)

    def extend_repr(self) -> str:
        return f"p={self.p}, margin={self.margin}, {super().extend_repr()}"


class MultilabelMarginLoss(LossBase):
    """The mean over the classes of max(0, 1 - x[right] + x[wrong]), summed over all pairs of a right and a
    wrong class, then reduced over the rows.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        x (C,) or (N, C); target of the same shape: the right classes of each row, and -1 after the last.

    Raises:
        ArgumentTypeError, UnknownNameError: another reduction; (when called) no tensors, or no integers.
        ArgumentValueError: (when called) other shapes, or targets outside the classes.

    Example:
        >>> MultilabelMarginLoss()(torch.tensor([0.5, 0.0]), torch.tensor([0, -1]))
        tensor(0.2500)
    """

    def construct(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        owner = "MultilabelMarginLoss"
        check_one_shape(owner, x=x, target=target)
        if x.ndim not in (1, 2):
            raise ArgumentValueError(f"{owner}: x must have 1 or 2 axes, got shape {tuple(x.shape)}.")
        if target.is_floating_point() or target.is_complex() or target.dtype == torch.bool:
            raise ArgumentTypeError(f"{owner}: target must hold integers, got {target.dtype}.")
        if target.numel() and (target.min() < -1 or target.max() >= x.shape[-1]):
            raise ArgumentValueError(f"{owner}: target must hold -1 to {x.shape[-1] - 1}.")
        return F.multilabel_margin_loss(x, target.long(), reduction=self.reduction)


class MultiLabelSoftMarginLoss(LossBase):
    """The mean over the last axis of :class:`BCEWithLogitsLoss`, then reduced over the rows.

    Args:
        weight: a Tensor that multiplies the elements, or None.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        x and target of one shape; weight broadcasts to it.

    Raises:
        ArgumentTypeError, UnknownNameError: another weight or reduction; (when called) no tensors.
        ArgumentValueError: (when called) different shapes.

    Example:
        >>> MultiLabelSoftMarginLoss()(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
        tensor(0.6931)
    """

    weight: torch.Tensor | None

    def __init__(self, weight: torch.Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", checked_weight("MultiLabelSoftMarginLoss", weight), persistent=False)

    def construct(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        check_one_shape("MultiLabelSoftMarginLoss", x=x, target=target)
        return F.multilabel_soft_margin_loss(x, target, self.weight, reduction=self.reduction)
