"""Losses of a choice among classes: the logarithm of the probability that the right one has."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import check_tensors
from paraminit.describe.initializers.arguments import nonnegative
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.loss import LossBase, checked_weight
from paraminit.nn.weights import check_bool

__all__ = ["CrossEntropyLoss", "NLLLoss", "SoftmaxCrossEntropyWithLogits", "class_indices"]


class CrossEntropyLoss(LossBase):
    """-log(softmax(logits)) at the label, or its mean under the labels' probabilities.

    Args:
        weight: a Tensor (C,) of each class's weight, or None.
        ignore_index: labels that do not count.
        reduction: ``"mean"`` (default; of class indices that count, by weight), ``"sum"`` or ``"none"``.
        label_smoothing: from 0 to 1: how much of a label is spread over all classes.

    Shape:
        logits (C,), (N, C) or (N, C, *); labels either class indices (), (N,) or (N, *), or probabilities of
        the logits' shape and dtype.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when
            called) labels of another shape or dtype, or outside the classes.

    Example:
        >>> CrossEntropyLoss()(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
        tensor(0.6931)
    """

    weight: torch.Tensor | None

    def __init__(
        self,
        weight: torch.Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", checked_weight("CrossEntropyLoss", weight), persistent=False)
        self.ignore_index = _checked_index("CrossEntropyLoss", ignore_index)
        self.label_smoothing = nonnegative("CrossEntropyLoss", "label_smoothing", label_smoothing)
        if self.label_smoothing > 1:
            raise ArgumentValueError(
                f"CrossEntropyLoss: label_smoothing must be at most 1, got {label_smoothing!r}."
            )

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_tensors("CrossEntropyLoss", logits=logits, labels=labels)
        axis = 0 if logits.ndim == 1 else 1
        if not labels.is_floating_point():
            ignored = labels == self.ignore_index
            labels = class_indices("CrossEntropyLoss", logits, labels, axis, ignored)
        elif labels.shape != logits.shape:
            raise ArgumentValueError(
                "CrossEntropyLoss: floating-point labels are probabilities, of the logits' shape "
                f"{tuple(logits.shape)}; got {tuple(labels.shape)}. Class indices must be integers."
            )
        return F.cross_entropy(
            logits,
            labels,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(LossBase):
    """-logits at the label: :class:`CrossEntropyLoss` of logits that are logarithms of probabilities already.

    Args:
        weight: a Tensor (C,) of each class's weight, or None.
        ignore_index: labels that do not count.
        reduction: ``"mean"`` (default; of the labels that count, by weight), ``"sum"`` or ``"none"``.

    Shape:
        logits (C,), (N, C) or (N, C, *); labels (), (N,) or (N, *).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when
            called) labels of another shape or dtype, or outside the classes.

    Example:
        >>> NLLLoss()(torch.tensor([[-0.5, -0.9]]), torch.tensor([1]))
        tensor(0.9000)
    """

    weight: torch.Tensor | None

    def __init__(
        self, weight: torch.Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", checked_weight("NLLLoss", weight), persistent=False)
        self.ignore_index = _checked_index("NLLLoss", ignore_index)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_tensors("NLLLoss", logits=logits, labels=labels)
        axis = 0 if logits.ndim == 1 else 1
        labels = class_indices("NLLLoss", logits, labels, axis, labels == self.ignore_index)
        return F.nll_loss(
            logits, labels, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class SoftmaxCrossEntropyWithLogits(LossBase):
    """-log(softmax(logits)) at the label, or its sum weighted by the labels.

    Args:
        sparse: whether labels are class indices; otherwise they are probabilities.
        reduction: ``"none"`` (default), ``"mean"`` or ``"sum"``.

    Shape:
        logits (N, C); labels (N,) if sparse, else (N, C); result (N,), or a scalar if reduced.

    Raises:
        ArgumentTypeError, UnknownNameError: an argument of the wrong kind; (when called) no tensors, or
            sparse labels that are no integers.
        ArgumentValueError: (when called) other shapes, or labels outside the classes.

    Example:
        >>> SoftmaxCrossEntropyWithLogits(sparse=True)(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
        tensor([0.6931])
    """

    def __init__(self, sparse: bool = False, reduction: str = "none") -> None:
        super().__init__(reduction)
        check_bool("SoftmaxCrossEntropyWithLogits", "sparse", sparse)
        self.sparse = sparse

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        owner = type(self).__name__
        check_tensors(owner, logits=logits, labels=labels)
        if logits.ndim != 2:
            raise ArgumentValueError(f"{owner}: logits must have 2 axes, got shape {tuple(logits.shape)}.")
        if self.sparse:
            return F.cross_entropy(
                logits, class_indices(owner, logits, labels, 1), reduction=self.reduction, ignore_index=-1
            )
        if labels.shape != logits.shape:
            raise ArgumentValueError(
                f"{owner}: labels must have the logits' shape {tuple(logits.shape)}, got "
                f"{tuple(labels.shape)}. For class indices say sparse=True."
            )
        return self._reduced(-(labels * F.log_softmax(logits, 1)).sum(1))

    def extend_repr(self) -> str:
        return f"sparse={self.sparse}, {super().extend_repr()}"


def _checked_index(owner: str, index: object) -> int:
    if isinstance(index, bool) or not isinstance(index, int):
        raise ArgumentTypeError(f"{owner}: ignore_index must be an int, got {index!r}.")
    return index


def class_indices(
    owner: str, logits: torch.Tensor, labels: torch.Tensor, axis: int, ignored: torch.Tensor | None = None
) -> torch.Tensor:
    """Labels as torch wants them, Int64.

    Raises:
        ArgumentTypeError: no integers.
        ArgumentValueError: not of the logits' shape without the axis, or outside the classes (where they are
            not ignored).
    """
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        raise ArgumentTypeError(f"{owner}: class indices must be integers, got {labels.dtype}.")
    expected = tuple(n for d, n in enumerate(logits.shape) if d != axis)
    if tuple(labels.shape) != expected:
        raise ArgumentValueError(
            f"{owner}: logits of shape {tuple(logits.shape)} need labels of shape {expected}, got "
            f"{tuple(labels.shape)}."
        )
    outside = (labels < 0) | (labels >= logits.shape[axis])
    if ignored is not None:
        outside &= ~ignored
    if outside.any():
        raise ArgumentValueError(
            f"{owner}: labels must be from 0 to {logits.shape[axis] - 1}, got {labels[outside][0].item()}."
        )
    return labels.long()
