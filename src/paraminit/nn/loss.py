"""Losses: how far an output is from what it should be, element by element."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.convolution import check_tensors
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

__all__ = ["BCELoss", "L1Loss", "Loss", "MSELoss", "checked_weight"]

_REDUCTIONS = ("mean", "none", "sum")


class Loss(Cell):
    """A loss whose elements are reduced as it was told."""

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


class _Difference(Loss):
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


class BCELoss(Loss):
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
        self.register_buffer("weight", checked_weight("BCELoss", weight), persistent=False)

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


def checked_weight(owner: str, weight: object) -> torch.Tensor | None:
    """The Tensor that weighs elements or classes, or None, as a buffer holds it."""
    if weight is None:
        return None
    if not isinstance(weight, torch.Tensor):
        raise ArgumentTypeError(f"{owner}: weight must be a Tensor or None, got {type(weight).__name__}.")
    return weight.detach().as_subclass(torch.Tensor)
