"""Losses of answers that are one of two."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.loss import LossBase, check_one_shape, checked_weight

__all__ = ["BCELoss", "BCEWithLogitsLoss", "HingeEmbeddingLoss", "SoftMarginLoss"]


class BCELoss(LossBase):
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
        check_one_shape("BCELoss", logits=logits, labels=labels)
        if logits.numel() and not (logits.min() >= 0 and logits.max() <= 1):
            raise ArgumentValueError("BCELoss: logits must be from 0 to 1. Apply nn.Sigmoid() first.")
        log_yes, log_no = (p.clamp_min(1e-12).log() for p in (logits, 1 - logits))
        loss = -(labels * log_yes + (1 - labels) * log_no)
        return self._reduced(loss if self.weight is None else loss * self.weight)


class BCEWithLogitsLoss(LossBase):
    """:class:`BCELoss` of sigmoid(logits), computed so that large logits lose nothing.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.
        weight: a Tensor that multiplies the elements, or None.
        pos_weight: a Tensor that multiplies labels * log(sigmoid(logits)) alone, or None.

    Shape:
        logits and labels of one shape; weight and pos_weight broadcast to it.

    Raises:
        ArgumentTypeError, UnknownNameError: another weight or reduction; (when called) no tensors, or labels
            that are no floating-point numbers.
        ArgumentValueError: (when called) different shapes.

    Example:
        >>> BCEWithLogitsLoss()(torch.tensor([0.0]), torch.tensor([1.0]))
        tensor(0.6931)
    """

    weight: torch.Tensor | None
    pos_weight: torch.Tensor | None

    def __init__(
        self,
        reduction: str = "mean",
        weight: torch.Tensor | None = None,
        pos_weight: torch.Tensor | None = None,
    ) -> None:
        super().__init__(reduction)
        for name, value in (("weight", weight), ("pos_weight", pos_weight)):
            checked = checked_weight("BCEWithLogitsLoss", value, name)
            self.register_buffer(name, checked, persistent=False)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_one_shape("BCEWithLogitsLoss", logits=logits, labels=labels)
        if not labels.is_floating_point():
            raise ArgumentTypeError(
                f"BCEWithLogitsLoss: labels must be floating-point numbers, got {labels.dtype}."
            )
        return F.binary_cross_entropy_with_logits(
            logits, labels, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class SoftMarginLoss(LossBase):
    """log(1 + exp(-labels * logits)), element by element, then reduced.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits and labels, which are 1 or -1, of one shape.

    Raises:
        ArgumentTypeError, UnknownNameError: another reduction; (when called) no tensors.
        ArgumentValueError: (when called) different shapes.

    Example:
        >>> SoftMarginLoss()(torch.tensor([0.0, 0.0]), torch.tensor([1.0, -1.0]))
        tensor(0.6931)
    """

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_one_shape("SoftMarginLoss", logits=logits, labels=labels)
        return self._reduced(F.softplus(-labels * logits))


class HingeEmbeddingLoss(LossBase):
    """logits where the label is 1, max(0, margin - logits) where it is -1, then reduced.

    Args:
        margin: default 1.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits and labels of one shape.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or different shapes.

    Example:
        >>> HingeEmbeddingLoss(reduction="none")(torch.tensor([0.2, 0.2]), torch.tensor([1.0, -1.0]))
        tensor([0.2000, 0.8000])
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = finite("HingeEmbeddingLoss", "margin", margin)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_one_shape("HingeEmbeddingLoss", logits=logits, labels=labels)
        return F.hinge_embedding_loss(logits, labels, self.margin, reduction=self.reduction)

    def extend_repr(self) -> str:
        return f"margin={self.margin}, {super().extend_repr()}"
