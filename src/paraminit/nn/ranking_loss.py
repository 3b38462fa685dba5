"""Losses of order: which of two is larger, or nearer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import check_tensors
from paraminit.describe.initializers.arguments import count, finite, positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.loss import LossBase, check_broadcast, check_one_shape
from paraminit.nn.weights import check_bool

__all__ = [
    "CosineEmbeddingLoss",
    "MarginRankingLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class CosineEmbeddingLoss(LossBase):
    """1 - cos(x1, x2) where the label is 1, max(0, cos(x1, x2) - margin) where it is -1, then reduced.

    Args:
        margin: from -1 to 1; default 0.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits_x1 and logits_x2 (N, C) or (N, C, *), of vectors along C; labels (N,) or (N, *).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or other shapes.

    Example:
        >>> one, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
        >>> CosineEmbeddingLoss()(one, other, torch.tensor([1]))
        tensor(1.)
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = finite("CosineEmbeddingLoss", "margin", margin)
        if abs(self.margin) > 1:
            raise ArgumentValueError(f"CosineEmbeddingLoss: margin must be from -1 to 1, got {margin!r}.")

    def construct(
        self, logits_x1: torch.Tensor, logits_x2: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        check_one_shape("CosineEmbeddingLoss", logits_x1=logits_x1, logits_x2=logits_x2)
        check_tensors("CosineEmbeddingLoss", labels=labels)
        shape = tuple(logits_x1.shape)
        expected = shape[:1] + shape[2:]
        if len(shape) < 2 or tuple(labels.shape) != expected:
            raise ArgumentValueError(
                f"CosineEmbeddingLoss: logits of shape {shape} must have 2 axes or more, and labels of shape "
                f"{expected}; got {tuple(labels.shape)}."
            )
        cosine = F.cosine_similarity(logits_x1, logits_x2, dim=1)
        apart, near = 1 - cosine, (cosine - self.margin).clamp_min(0)
        zero = torch.zeros_like(cosine)
        return self._reduced(torch.where(labels == 1, apart, zero) + torch.where(labels == -1, near, zero))

    def extend_repr(self) -> str:
        return f"margin={self.margin}, {super().extend_repr()}"


class MarginRankingLoss(LossBase):
    """max(0, -target * (input1 - input2) + margin), element by element, then reduced: a target of 1 asks
    for a larger input1, -1 for a larger input2.

    Args:
        margin: default 0.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        input1, input2 and target broadcast.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or shapes that do not broadcast.

    Example:
        >>> MarginRankingLoss()(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1.0]))
        tensor(2.)
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = finite("MarginRankingLoss", "margin", margin)

    def construct(self, input1: torch.Tensor, input2: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        check_broadcast("MarginRankingLoss", input1=input1, input2=input2, target=target)
        return self._reduced((-target * (input1 - input2) + self.margin).clamp_min(0))

    def extend_repr(self) -> str:
        return f"margin={self.margin}, {super().extend_repr()}"


class TripletMarginLoss(LossBase):
    """max(0, d(x, positive) - d(x, negative) + margin) of the rows, then reduced. d is the p-norm of the
    difference, to whose elements eps is added.

    Args:
        p: 1 or more; default 2.
        swap: take d(positive, negative) in place of d(x, negative) where it is smaller.
        eps: above 0; default 1e-6.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.
        margin: above 0; default 1.

    Shape:
        x, positive, negative (N, C) or (N, *, C), of one shape.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or other shapes.

    Example:
        >>> x, far = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
        >>> TripletMarginLoss()(x, far, x)
        tensor(6.0000)
    """

    def __init__(
        self,
        p: int = 2,
        swap: bool = False,
        eps: float = 1e-6,
        reduction: str = "mean",
        margin: float = 1.0,
    ) -> None:
        super().__init__(reduction)
        check_bool("TripletMarginLoss", "swap", swap)
        self.p, self.swap = count("TripletMarginLoss", "p", p), swap
        self.eps = positive("TripletMarginLoss", "eps", eps)
        self.margin = positive("TripletMarginLoss", "margin", margin)

    def construct(
        self,
        x: torch.Tensor,
        positive: torch.Tensor,
        negative: torch.Tensor,
        margin: float | torch.Tensor | None = None,
    ) -> torch.Tensor:
        check_one_shape("TripletMarginLoss", x=x, positive=positive, negative=negative)
        if x.ndim < 2:
            raise ArgumentValueError(
                f"TripletMarginLoss: x must have 2 axes or more, got shape {tuple(x.shape)}."
            )
        return F.triplet_margin_loss(
            x,
            positive,
            negative,
            self.margin if margin is None else float(margin),
            self.p,
            self.eps,
            self.swap,
            reduction=self.reduction,
        )

    def extend_repr(self) -> str:
        return f"p={self.p}, swap={self.swap}, eps={self.eps}, margin={self.margin}, {super().extend_repr()}"


class TripletMarginWithDistanceLoss(LossBase):
    """:class:`TripletMarginLoss` with a distance of your own.

    Args:
        distance_function: of two tensors; None for the root of the summed squares along axis 1.
        swap, reduction, margin: see there.

    Shape:
        x, positive, negative of one shape; result, with ``"none"``, what distance_function returns.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or different shapes.

    Example:
        >>> x, far = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
        >>> TripletMarginWithDistanceLoss(lambda a, b: (a - b).abs().sum(1))(x, far, x)
        tensor(8.)
    """

    def __init__(
        self,
        distance_function: Callable[[Any, Any], Any] | None = None,
        swap: bool = False,
        reduction: str = "mean",
        margin: float = 1.0,
    ) -> None:
        super().__init__(reduction)
        if distance_function is not None and not callable(distance_function):
            raise ArgumentTypeError(
                "TripletMarginWithDistanceLoss: distance_function must be a function of two tensors or None, "
                f"got {distance_function!r}."
            )
        check_bool("TripletMarginWithDistanceLoss", "swap", swap)
        self.distance_function, self.swap = distance_function or _euclidean, swap
        self.margin = positive("TripletMarginWithDistanceLoss", "margin", margin)

    def construct(self, x: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
        check_one_shape("TripletMarginWithDistanceLoss", x=x, positive=positive, negative=negative)
        near, far = self.distance_function(x, positive), self.distance_function(x, negative)
        if self.swap:
            far = torch.minimum(far, self.distance_function(positive, negative))
        return self._reduced((near - far + self.margin).clamp_min(0))

    def extend_repr(self) -> str:
        return f"swap={self.swap}, margin={self.margin}, {super().extend_repr()}"


def _euclidean(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    distance: torch.Tensor = torch.linalg.vector_norm(one - other, dim=1)
    return distance
