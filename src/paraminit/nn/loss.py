"""LossBase, which every loss extends, and losses of how far apart numbers are."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors
from paraminit.describe.initializers.arguments import positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

__all__ = [
    "HuberLoss",
    "L1Loss",
    "LossBase",
    "MAELoss",
    "MSELoss",
    "RMSELoss",
    "SmoothL1Loss",
    "check_broadcast",
    "check_one_shape",
    "checked_weight",
]

_REDUCTIONS = ("mean", "none", "sum")


class LossBase(Cell):
    """Base of the losses. Override ``construct``; :meth:`get_loss` reduces what it computes.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Raises:
        ArgumentTypeError, UnknownNameError: another reduction.

    Example:
        >>> class Cubed(LossBase):
        ...     def construct(self, logits, labels):
        ...         return self.get_loss((logits - labels).abs() ** 3)
        >>> Cubed("sum")(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor(8.)
    """

    _accepted: tuple[str, ...] = _REDUCTIONS

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        owner = type(self).__name__
        if not isinstance(reduction, str):
            raise ArgumentTypeError(f"{owner}: reduction must be a str, got {reduction!r}.")
        if reduction not in self._accepted:
            raise UnknownNameError(f"reduction of {owner}", reduction, self._accepted)
        self.reduction = reduction
        self.reduce, self.average = reduction != "none", reduction != "sum"

    def get_loss(self, x: torch.Tensor, weights: float | torch.Tensor = 1.0) -> torch.Tensor:
        """``x * weights``, computed in float32 and reduced as the loss was told; of the dtype of ``x``."""
        return self._reduced(x.float() * weights).to(x.dtype)

    def get_axis(self, x: torch.Tensor) -> tuple[int, ...]:
        """All axes of ``x``."""
        return tuple(range(x.ndim))

    def _reduced(self, loss: torch.Tensor) -> torch.Tensor:
        return loss if self.reduction == "none" else getattr(loss, self.reduction)()

    def extend_repr(self) -> str:
        return f"reduction={self.reduction}"


class _Difference(LossBase):
    def _differences(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_broadcast(type(self).__name__, logits=logits, labels=labels)
        return logits - labels


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


class RMSELoss(_Difference):
    """sqrt(mean((logits - labels)^2)).

    Shape:
        logits and labels broadcast; result a scalar.

    Raises:
        ArgumentTypeError: (when called) no tensors.
        ArgumentValueError: (when called) shapes that do not broadcast.

    Example:
        >>> RMSELoss()(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor(1.4142)
    """

    def __init__(self) -> None:
        super().__init__()

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self._differences(logits, labels).square().mean().sqrt()

    def extend_repr(self) -> str:
        return ""


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


class MAELoss(L1Loss):
    """:class:`L1Loss` by its other name.

    Example:
        >>> MAELoss()(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor(1.)
    """


class SmoothL1Loss(LossBase):
    """0.5 * d^2 / beta where d = abs(logits - labels) is below beta, else d - 0.5 * beta; then reduced.

    Args:
        beta: above 0; default 1.
        reduction: ``"none"`` (default), ``"mean"`` or ``"sum"``.

    Shape:
        logits and labels of one shape; result a scalar, or their shape with ``"none"``.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or different shapes.

    Example:
        >>> SmoothL1Loss()(torch.tensor([1.0, 2.0]), torch.tensor([1.5, 4.0]))
        tensor([0.1250, 1.5000])
    """

    def __init__(self, beta: float = 1.0, reduction: str = "none") -> None:
        super().__init__(reduction)
        self.beta = positive("SmoothL1Loss", "beta", beta)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_one_shape("SmoothL1Loss", logits=logits, labels=labels)
        return F.smooth_l1_loss(logits, labels, reduction=self.reduction, beta=self.beta)

    def extend_repr(self) -> str:
        return f"beta={self.beta}, {super().extend_repr()}"


class HuberLoss(_Difference):
    """0.5 * d^2 where d = abs(logits - labels) is up to delta, else delta * (d - 0.5 * delta), then reduced.

    Args:
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.
        delta: above 0; default 1.

    Shape:
        logits and labels broadcast; result a scalar, or their shape with ``"none"``.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or shapes that do not broadcast.

    Example:
        >>> HuberLoss("none")(torch.tensor([1.0, 2.0]), torch.tensor([1.5, 4.0]))
        tensor([0.1250, 1.5000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = positive("HuberLoss", "delta", delta)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        difference = self._differences(logits, labels)
        return F.huber_loss(
            difference, torch.zeros_like(difference), reduction=self.reduction, delta=self.delta
        )

    def extend_repr(self) -> str:
        return f"{super().extend_repr()}, delta={self.delta}"


def check_broadcast(owner: str, **inputs: torch.Tensor) -> tuple[int, ...]:
    """The shape to which the inputs, given by their names, broadcast.

    Raises:
        ArgumentTypeError: one is no tensor.
        ArgumentValueError: they do not broadcast.
    """
    check_tensors(owner, **inputs)
    try:
        sizes = [value.shape for value in inputs.values()]
        return tuple(torch.broadcast_shapes(*sizes))  # type: ignore[no-untyped-call]
    except RuntimeError:
        shapes = " and ".join(f"{name} of shape {tuple(value.shape)}" for name, value in inputs.items())
        raise ArgumentValueError(f"{owner}: {shapes} do not broadcast.") from None


def check_one_shape(owner: str, **inputs: torch.Tensor) -> None:
    """Make sure that the inputs, given by their names, are tensors of one shape.

    Raises:
        ArgumentTypeError: one is no tensor.
        ArgumentValueError: their shapes differ.
    """
    check_tensors(owner, **inputs)
    shapes = [tuple(value.shape) for value in inputs.values()]
    if len({*shapes}) > 1:
        raise ArgumentValueError(
            f"{owner}: {', '.join(inputs)} must have one shape, got {', '.join(map(str, shapes))}."
        )


def checked_weight(owner: str, weight: object, name: str = "weight") -> torch.Tensor | None:
    """The Tensor that weighs elements or classes, or None, as a buffer holds it."""
    if weight is None:
        return None
    if not isinstance(weight, torch.Tensor):
        raise ArgumentTypeError(f"{owner}: {name} must be a Tensor or None, got {type(weight).__name__}.")
    return weight.detach().as_subclass(torch.Tensor)
