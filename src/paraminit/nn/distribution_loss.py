"""Losses that compare with a probability distribution: its divergence, or how unlikely it makes labels."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.describe.initializers.arguments import positive
from paraminit.errors import ArgumentValueError
from paraminit.nn.loss import LossBase, check_broadcast, check_one_shape
from paraminit.nn.weights import check_bool

__all__ = ["GaussianNLLLoss", "KLDivLoss", "PoissonNLLLoss"]


class KLDivLoss(LossBase):
    """labels * (log(labels) - logits), 0 where a label is 0, then reduced. The logits are logarithms of
    probabilities, the labels probabilities.

    Args:
        reduction: ``"mean"`` (default, over all elements), ``"batchmean"`` (the sum over the number of
            rows), ``"sum"`` or ``"none"``.

    Shape:
        logits and labels of one shape.

    Raises:
        ArgumentTypeError, UnknownNameError: another reduction; (when called) no tensors.
        ArgumentValueError: (when called) different shapes.

    Example:
        >>> KLDivLoss("sum")(torch.tensor([0.5, 0.5]).log(), torch.tensor([0.0, 1.0]))
        tensor(0.6931)
    """

    _accepted = ("batchmean", "mean", "none", "sum")

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_one_shape("KLDivLoss", logits=logits, labels=labels)
        return self._reduced(F.kl_div(logits, labels, reduction="none"))

    def _reduced(self, loss: torch.Tensor) -> torch.Tensor:
        return loss.sum() / len(loss) if self.reduction == "batchmean" else super()._reduced(loss)


class PoissonNLLLoss(LossBase):
    """exp(logits) - labels * logits: the unlikelihood of counts of a Poisson distribution, then reduced.

    Args:
        log_input: whether logits are the logarithm of the distribution's mean (default) or, with False, the
            mean itself: logits - labels * log(logits + eps).
        full: add Stirling's term, which does not depend on the logits, where a label is above 1.
        eps: above 0; default 1e-8.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits and labels broadcast.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, or shapes that do not broadcast.

    Example:
        >>> PoissonNLLLoss()(torch.tensor([0.0]), torch.tensor([3.0]))
        tensor(1.)
    """

    def __init__(
        self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        check_bool("PoissonNLLLoss", "log_input", log_input)
        check_bool("PoissonNLLLoss", "full", full)
        self.log_input, self.full, self.eps = log_input, full, positive("PoissonNLLLoss", "eps", eps)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        check_broadcast("PoissonNLLLoss", logits=logits, labels=labels)
        return F.poisson_nll_loss(
            logits, labels, self.log_input, self.full, eps=self.eps, reduction=self.reduction
        )

    def extend_repr(self) -> str:
        return f"log_input={self.log_input}, full={self.full}, eps={self.eps}, {super().extend_repr()}"


class GaussianNLLLoss(LossBase):
    """0.5 * (log(var) + (logits - labels)^2 / var): the unlikelihood of numbers of a normal distribution,
    then reduced.

    Args:
        full: add 0.5 * log(2 * pi).
        eps: the smallest var; above 0; default 1e-6.
        reduction: ``"mean"`` (default), ``"sum"`` or ``"none"``.

    Shape:
        logits, the distribution's mean, labels and var broadcast. A var with one axis less is that of a row.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; (when called)
            no tensors, shapes that do not broadcast, or a negative var.

    Example:
        >>> GaussianNLLLoss()(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1.0]))
        tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        check_bool("GaussianNLLLoss", "full", full)
        self.full, self.eps = full, positive("GaussianNLLLoss", "eps", eps)

    def construct(self, logits: torch.Tensor, labels: torch.Tensor, var: torch.Tensor) -> torch.Tensor:
        shape = check_broadcast("GaussianNLLLoss", logits=logits, labels=labels)
        if isinstance(var, torch.Tensor) and var.shape == shape[:-1]:
            var = var.unsqueeze(-1)
        check_broadcast("GaussianNLLLoss", logits=logits, labels=labels, var=var)
        if (var < 0).any():
            raise ArgumentValueError("GaussianNLLLoss: var must be 0 or more.")
        with torch.no_grad():  # as in torch and MindSpore, var below eps gets a gradient too
            raised = (self.eps - var).clamp_min(0)
        var = var + raised
        loss = 0.5 * (var.log() + (logits - labels).square() / var)
        return self._reduced(loss + 0.5 * math.log(2 * math.pi) if self.full else loss)

    def extend_repr(self) -> str:
        return f"full={self.full}, eps={self.eps}, {super().extend_repr()}"
