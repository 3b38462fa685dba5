"""CTCLoss: labels of a sequence whose places in it are not known."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import check_tensors
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.loss import LossBase
from paraminit.nn.weights import check_bool

__all__ = ["CTCLoss"]


class CTCLoss(LossBase):
    """-log of the probability that the sequence, without repetitions and blanks, is the target.

    Args:
        blank: the class that means nothing; default 0.
        reduction: ``"mean"`` (default; of the losses over their target's length), ``"sum"`` or ``"none"``.
        zero_infinity: replace infinite losses, of targets longer than the input, and their gradients by 0.

    Shape:
        log_probs (T, N, C) or (T, C), logarithms of probabilities; targets (N, S), or all of them in one
        row; input_lengths and target_lengths (N,), or scalars.

    Raises:
        ArgumentTypeError, UnknownNameError: an argument of the wrong kind; (when called) no tensors.
        ArgumentValueError: a blank outside the classes (when called), or negative.

    Example:
        >>> log_probs = torch.tensor([[[0.5, 0.5]], [[0.5, 0.5]]]).log()
        >>> CTCLoss()(log_probs, torch.tensor([[1]]), torch.tensor([2]), torch.tensor([1]))
        tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction)
        if isinstance(blank, bool) or not isinstance(blank, int):
            raise ArgumentTypeError(f"CTCLoss: blank must be an int, got {blank!r}.")
        if blank < 0:
            raise ArgumentValueError(f"CTCLoss: blank must be 0 or more, got {blank!r}.")
        check_bool("CTCLoss", "zero_infinity", zero_infinity)
        self.blank, self.zero_infinity = blank, zero_infinity

    def construct(
        self,
        log_probs: torch.Tensor,
        targets: torch.Tensor,
        input_lengths: torch.Tensor,
        target_lengths: torch.Tensor,
    ) -> torch.Tensor:
        check_tensors(
            "CTCLoss",
            log_probs=log_probs,
            targets=targets,
            input_lengths=input_lengths,
            target_lengths=target_lengths,
        )
        if self.blank >= log_probs.shape[-1]:
            raise ArgumentValueError(
                f"CTCLoss: blank={self.blank} is outside the {log_probs.shape[-1]} classes of log_probs."
            )
        return F.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )

    def extend_repr(self) -> str:
        return f"blank={self.blank}, {super().extend_repr()}, zero_infinity={self.zero_infinity}"
