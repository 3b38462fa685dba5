"""Losses: how far an output is from what it should be."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors
from paraminit.describe.initializers.arguments import nonnegative
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.weights import check_bool

__all__ = ["BCELoss", "CrossEntropyLoss", "L1Loss", "MSELoss", "SoftmaxCrossEntropyWithLogits"]

_REDUCTIONS = ("mean", "none", "sum")


class _Loss(Cell):
    def __init__(self, reduction: str) -> None:
        super().__init__()
        owner = type(self).__name__
        if not isinstance(reduction, str):
            raise ArgumentTypeError(f"{owner}: reduction must be a str, got {reduction!r}.")
        if reduction not in _REDUCTIONS:
            raise UnknownNameError(f"reduction of {owner}", reduction, _REDUCTIONS)
        self.reduction = reduction

    def _reduced(self, loss: torch.Tensor) -> torch.Tensor:
        return loss if self.reduction == "none" else getattr(loss, self.reduction)()

    def extend_repr(self) -> str:
        return f"reduction={self.reduction}"


class _Difference(_Loss):
    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def _differences(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        owner = type(self).__name__
        check_tensors(owner, logits=logits, labels=labels)
        try:
            return logits - labels
        except RuntimeError:
            raise ArgumentValueError(
                f"{owner}: logits of shape {tuple(logits.shape)} and labels of shape {tuple(labels.shape)} "
                "do not broadcast."
            ) from None


class MSELoss(_Difference):
    """(logits - labels)^2, element by element, then reduced.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits and labels broadcast; result a scalar, or their shape with ``"none"``.

    Raises:
        ArgumentTypeError, UnknownNameError: another reduction; (when called) no tensors.
        ArgumentValueError: (when called) shapes that do not broadcast.

    Example:
        >>> MSELoss()(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor(2.)
    """

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self._reduced(self._differences(logits, labels).square())


class L1Loss(_Difference):
    """abs(logits - labels), element by element, then reduced.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits and labels broadcast; result a scalar, or their shape with ``"none"``.

    Raises:
        ArgumentTypeError, UnknownNameError: another reduction; (when called) no tensors.
        ArgumentValueError: (when called) shapes that do not broadcast.

    Example:
        >>> L1Loss("sum")(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor(2.)
    """

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self._reduced(self._differences(logits, labels).abs())


class BCELoss(_Loss):
    """-(labels * log(logits) + (1 - labels) * log(1 - logits)), element by element, then reduced.

    The logarithms are those of at least 1e-12, so that no loss is above 27.6.

    Args:
        weight: a Tensor that multiplies the elements, or None.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits, from 0 to 1, and labels of one shape; weight broadcasts to it.

    Raises:
        ArgumentTypeError, UnknownNameError: another weight or reduction; (when called) no tensors.
        ArgumentValueError: (when called) different shapes, or logits outside [0, 1].

    Example:
        >>> BCELoss()(torch.tensor([0.5]), torch.tensor([1.0]))
        tensor(0.6931)
    """

    weight: torch.Tensor | None

    def __init__(self, weight: torch.Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", _weight("BCELoss", weight), persistent=False)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_tensors("BCELoss", logits=logits, labels=labels)
        if logits.shape != labels.shape:
            raise ArgumentValueError(
                f"BCELoss: logits and labels must have one shape, got {tuple(logits.shape)} and "
                f"{tuple(labels.shape)}."
            )
        if logits.numel() and not (logits.min() >= 0 and logits.max() <= 1):
            raise ArgumentValueError("BCELoss: logits must be from 0 to 1. Apply nn.Sigmoid() first.")
        log_yes, log_no = (p.clamp_min(1e-12).log() for p in (logits, 1 - logits))
        loss = -(labels * log_yes + (1 - labels) * log_no)
        return self._reduced(loss if self.weight is None else loss * self.weight)


class CrossEntropyLoss(_Loss):
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
        self.register_buffer("weight", _weight("CrossEntropyLoss", weight), persistent=False)
        if isinstance(ignore_index, bool) or not isinstance(ignore_index, int):
            raise ArgumentTypeError(f"CrossEntropyLoss: ignore_index must be an int, got {ignore_index!r}.")
        self.ignore_index = ignore_index
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
            labels = _class_indices("CrossEntropyLoss", logits, labels, axis, ignored)
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


class SoftmaxCrossEntropyWithLogits(_Loss):
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
                logits, _class_indices(owner, logits, labels, 1), reduction=self.reduction, ignore_index=-1
            )
        if labels.shape != logits.shape:
            raise ArgumentValueError(
                f"{owner}: labels must have the logits' shape {tuple(logits.shape)}, got "
                f"{tuple(labels.shape)}. For class indices say sparse=True."
            )
        return self._reduced(-(labels * F.log_softmax(logits, 1)).sum(1))

    def extend_repr(self) -> str:
        return f"sparse={self.sparse}, {super().extend_repr()}"


def _class_indices(
    owner: str, logits: torch.Tensor, labels: torch.Tensor, axis: int, ignored: torch.Tensor | None = None
) -> torch.Tensor:
    """Labels as torch wants them, Int64."""
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


def _weight(owner: str, weight: object) -> torch.Tensor | None:
    if weight is None:
        return None
    if not isinstance(weight, torch.Tensor):
        raise ArgumentTypeError(f"{owner}: weight must be a Tensor or None, got {type(weight).__name__}.")
    return weight.detach().as_subclass(torch.Tensor)
