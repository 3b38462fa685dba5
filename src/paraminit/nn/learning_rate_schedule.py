"""Learning rates as functions of the step, to be given to an optimizer."""

from __future__ import annotations

import math

import torch

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import count, nonnegative, positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool

__all__ = [
    "CosineDecayLR",
    "ExponentialDecayLR",
    "InverseDecayLR",
    "LearningRateSchedule",
    "NaturalExpDecayLR",
    "PolynomialDecayLR",
    "WarmUpLR",
]


class LearningRateSchedule(Cell):
    """Base of the schedules. Override ``construct``, which gets the number of steps taken so far.

    Example:
        >>> from paraminit import Parameter, nn
        >>> class Halved(LearningRateSchedule):
        ...     def construct(self, global_step):
        ...         return 0.5 ** global_step
        >>> optimizer = nn.SGD([Parameter([1.0], name="w")], Halved())
        >>> for _ in range(3):
        ...     _ = optimizer((torch.zeros(1),))
        >>> print(optimizer.get_lr())
        0.125
    """


class _Decay(LearningRateSchedule):
    def __init__(
        self, learning_rate: float, decay_rate: float, decay_steps: int, is_stair: bool = False
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.learning_rate = positive(owner, "learning_rate", learning_rate)
        self.decay_rate = positive(owner, "decay_rate", decay_rate)
        self.decay_steps = count(owner, "decay_steps", decay_steps)
        check_bool(owner, "is_stair", is_stair)
        self.is_stair = is_stair

    def _parts(self, global_step: object) -> torch.Tensor:
        """How often decay_steps have been taken."""
        parts = _number(type(self).__name__, global_step) / self.decay_steps
        return parts.floor() if self.is_stair else parts

    def extend_repr(self) -> str:
        return (
            f"learning_rate={self.learning_rate}, decay_rate={self.decay_rate}, "
            f"decay_steps={self.decay_steps}, is_stair={self.is_stair}"
        )


class ExponentialDecayLR(_Decay):
    """learning_rate * decay_rate^p, where p = step / decay_steps.

    Args:
        learning_rate, decay_rate: above 0.
        decay_steps: 1 or more.
        is_stair: round p down.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> ExponentialDecayLR(0.5, 0.5, 2)(torch.tensor([0, 1, 2, 4]))
        tensor([0.5000, 0.3536, 0.2500, 0.1250])
    """

    def construct(self, global_step: torch.Tensor) -> torch.Tensor:
        return self.learning_rate * torch.pow(self.decay_rate, self._parts(global_step))


class NaturalExpDecayLR(_Decay):
    """learning_rate * exp(-decay_rate * step).

    Args:
        learning_rate, decay_rate: above 0.
        decay_steps: 1 or more.
        is_stair: round the step down to a multiple of decay_steps.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> NaturalExpDecayLR(0.5, 0.6931, 2, True)(torch.tensor([0, 1, 2, 4]))
        tensor([0.5000, 0.5000, 0.1250, 0.0313])
    """

    def construct(self, global_step: torch.Tensor) -> torch.Tensor:
        return self.learning_rate * torch.exp(-self.decay_rate * self._parts(global_step) * self.decay_steps)


class InverseDecayLR(_Decay):
    """learning_rate / (1 + decay_rate * p), where p = step / decay_steps.

    Args:
        learning_rate, decay_rate: above 0.
        decay_steps: 1 or more.
        is_stair: round p down.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> InverseDecayLR(0.5, 1.0, 2)(torch.tensor([0, 2, 6]))
        tensor([0.5000, 0.2500, 0.1250])
    """

    def construct(self, global_step: torch.Tensor) -> torch.Tensor:
        return self.learning_rate / (1 + self.decay_rate * self._parts(global_step))


class CosineDecayLR(LearningRateSchedule):
    """From max_lr to min_lr along half a cosine, then min_lr.

    Args:
        min_lr: 0 or more.
        max_lr: above min_lr.
        decay_steps: 1 or more.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> CosineDecayLR(0.0, 1.0, 4)(torch.tensor([0, 1, 2, 4, 9]))
        tensor([1.0000, 0.8536, 0.5000, 0.0000, 0.0000])
    """

    def __init__(self, min_lr: float, max_lr: float, decay_steps: int) -> None:
        super().__init__()
        self.min_lr = nonnegative("CosineDecayLR", "min_lr", min_lr)
        self.max_lr = positive("CosineDecayLR", "max_lr", max_lr)
        if self.min_lr >= self.max_lr:
            raise ArgumentValueError(
                f"CosineDecayLR: max_lr must be above min_lr, got min_lr={min_lr!r} and max_lr={max_lr!r}."
            )
        self.decay_steps = count("CosineDecayLR", "decay_steps", decay_steps)

    def construct(self, global_step: torch.Tensor) -> torch.Tensor:
        step = _number("CosineDecayLR", global_step).clamp_max(self.decay_steps)
        cosine = torch.cos(math.pi * (step / self.decay_steps))
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + cosine)

    def extend_repr(self) -> str:
        return f"min_lr={self.min_lr}, max_lr={self.max_lr}, decay_steps={self.decay_steps}"


class PolynomialDecayLR(LearningRateSchedule):
    """(learning_rate - end_learning_rate) * (1 - step / decay_steps)^power + end_learning_rate, then
    end_learning_rate.

    Args:
        learning_rate: above 0.
        end_learning_rate: 0 or more.
        decay_steps: 1 or more.
        power: above 0.
        update_decay_steps: after decay_steps take the next multiple of it in its place, so that the rate
            rises again.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> PolynomialDecayLR(1.0, 0.0, 4, 2.0)(torch.tensor([0, 1, 2, 4, 9]))
        tensor([1.0000, 0.5625, 0.2500, 0.0000, 0.0000])
    """

    def __init__(
        self,
        learning_rate: float,
        end_learning_rate: float,
        decay_steps: int,
        power: float,
        update_decay_steps: bool = False,
    ) -> None:
        super().__init__()
        owner = "PolynomialDecayLR"
        self.start_learning_rate = positive(owner, "learning_rate", learning_rate)
        self.end_learning_rate = nonnegative(owner, "end_learning_rate", end_learning_rate)
        self.decay_steps = count(owner, "decay_steps", decay_steps)
        self.power = positive(owner, "power", power)
        check_bool(owner, "update_decay_steps", update_decay_steps)
        self.update_decay_steps = update_decay_steps

    def construct(self, global_step: torch.Tensor) -> torch.Tensor:
        step = _number("PolynomialDecayLR", global_step)
        part = step / self.decay_steps
        part = part / part.ceil().clamp_min(1) if self.update_decay_steps else part.clamp_max(1)
        left = (1 - part) ** self.power
        return (self.start_learning_rate - self.end_learning_rate) * left + self.end_learning_rate

    def extend_repr(self) -> str:
        return (
            f"learning_rate={self.start_learning_rate}, end_learning_rate={self.end_learning_rate}, "
            f"decay_steps={self.decay_steps}, power={self.power}, "
            f"update_decay_steps={self.update_decay_steps}"
        )


class WarmUpLR(LearningRateSchedule):
    """learning_rate * step / warmup_steps, then learning_rate.

    Args:
        learning_rate: 0 or more.
        warmup_steps: 1 or more.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> WarmUpLR(0.5, 2)(torch.tensor([0, 1, 2, 9]))
        tensor([0.0000, 0.2500, 0.5000, 0.5000])
    """

    def __init__(self, learning_rate: float, warmup_steps: int) -> None:
        super().__init__()
        self.learning_rate = nonnegative("WarmUpLR", "learning_rate", learning_rate)
        self.warmup_steps = count("WarmUpLR", "warmup_steps", warmup_steps)

    def construct(self, global_step: torch.Tensor) -> torch.Tensor:
        step = _number("WarmUpLR", global_step).clamp_max(self.warmup_steps)
        return self.learning_rate * (step / self.warmup_steps)

    def extend_repr(self) -> str:
        return f"learning_rate={self.learning_rate}, warmup_steps={self.warmup_steps}"


def _number(owner: str, global_step: object) -> torch.Tensor:
    """The step in float32, as MindSpore counts, or in float64 if it comes so."""
    if not isinstance(global_step, torch.Tensor):
        raise ArgumentTypeError(f"{owner}: global_step must be a Tensor, got {type(global_step).__name__}.")
    return global_step if global_step.dtype == torch.float64 else global_step.float()
