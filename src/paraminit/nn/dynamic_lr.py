"""Learning rates as lists with one for each step, to be given to an optimizer.

They change once per epoch; the formulas are those of the schedules, with epochs in the place of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from paraminit.describe.initializers.arguments import count, positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError
from paraminit.nn.learning_rate_schedule import (
    CosineDecayLR,
    ExponentialDecayLR,
    InverseDecayLR,
    NaturalExpDecayLR,
    PolynomialDecayLR,
    WarmUpLR,
)

__all__ = [
    "cosine_decay_lr",
    "exponential_decay_lr",
    "inverse_decay_lr",
    "natural_exp_decay_lr",
    "piecewise_constant_lr",
    "polynomial_decay_lr",
    "warmup_lr",
]


def piecewise_constant_lr(milestone: Sequence[int], learning_rates: Sequence[float]) -> list[float]:
    """Each rate until its milestone.

    Args:
        milestone: steps, rising; 1 or more.
        learning_rates: as many, above 0.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> piecewise_constant_lr([2, 3], [0.5, 0.1])
        [0.5, 0.5, 0.1]
    """
    owner = "piecewise_constant_lr"
    for name, given in (("milestone", milestone), ("learning_rates", learning_rates)):
        if not isinstance(given, list | tuple):
            raise ArgumentTypeError(f"{owner}: {name} must be a list or tuple, got {given!r}.")
    if len(milestone) != len(learning_rates):
        raise ArgumentValueError(
            f"{owner}: milestone and learning_rates must be of one length, got {len(milestone)} and "
            f"{len(learning_rates)}."
        )
    rates: list[float] = []
    for step, rate in zip(milestone, learning_rates, strict=True):
        steps = count(owner, "milestone", step) - len(rates)
        if steps < 0:
            raise ArgumentValueError(f"{owner}: milestone must rise, got {milestone!r}.")
        rates += [positive(owner, "learning_rates", rate)] * steps
    return rates


def exponential_decay_lr(
    learning_rate: float,
    decay_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    is_stair: bool = False,
) -> list[float]:
    """learning_rate * decay_rate^(epoch / decay_epoch).

    Args:
        learning_rate, decay_rate: above 0.
        total_step: how many rates.
        step_per_epoch: of this many steps an epoch is made.
        decay_epoch: 1 or more.
        is_stair: round the exponent down.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> exponential_decay_lr(0.5, 0.5, total_step=5, step_per_epoch=2, decay_epoch=1)
        [0.5, 0.5, 0.25, 0.25, 0.125]
    """
    arguments = (learning_rate, decay_rate, decay_epoch, is_stair)
    return _by_epoch("exponential_decay_lr", ExponentialDecayLR, arguments, total_step, step_per_epoch)


def natural_exp_decay_lr(
    learning_rate: float,
    decay_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    is_stair: bool = False,
) -> list[float]:
    """learning_rate * exp(-decay_rate * epoch).

    Args:
        learning_rate, decay_rate, total_step, step_per_epoch: as in :func:`exponential_decay_lr`.
        decay_epoch: 1 or more; counts with is_stair only.
        is_stair: round the epoch down to a multiple of decay_epoch.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> [round(rate, 3) for rate in natural_exp_decay_lr(0.5, 0.9, 3, 1, 1)]
        [0.5, 0.203, 0.083]
    """
    arguments = (learning_rate, decay_rate, decay_epoch, is_stair)
    return _by_epoch("natural_exp_decay_lr", NaturalExpDecayLR, arguments, total_step, step_per_epoch)


def inverse_decay_lr(
    learning_rate: float,
    decay_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    is_stair: bool = False,
) -> list[float]:
    """learning_rate / (1 + decay_rate * epoch / decay_epoch).

    Args:
        learning_rate, decay_rate, total_step, step_per_epoch, decay_epoch: as in
            :func:`exponential_decay_lr`.
        is_stair: round epoch / decay_epoch down.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> inverse_decay_lr(0.5, 1.0, total_step=4, step_per_epoch=1, decay_epoch=1)[:2]
        [0.5, 0.25]
    """
    arguments = (learning_rate, decay_rate, decay_epoch, is_stair)
    return _by_epoch("inverse_decay_lr", InverseDecayLR, arguments, total_step, step_per_epoch)


def cosine_decay_lr(
    min_lr: float, max_lr: float, total_step: int, step_per_epoch: int, decay_epoch: int
) -> list[float]:
    """From max_lr to min_lr along half a cosine, then min_lr.

    Args:
        min_lr: 0 or more.
        max_lr: above min_lr.
        total_step, step_per_epoch: as in :func:`exponential_decay_lr`.
        decay_epoch: min_lr is reached there; 1 or more.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> [round(rate, 3) for rate in cosine_decay_lr(0.0, 1.0, 6, 1, 4)]
        [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    arguments = (min_lr, max_lr, decay_epoch)
    return _by_epoch("cosine_decay_lr", CosineDecayLR, arguments, total_step, step_per_epoch)


def polynomial_decay_lr(
    learning_rate: float,
    end_learning_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    power: float,
    update_decay_epoch: bool = False,
) -> list[float]:
    """(learning_rate - end_learning_rate) * (1 - epoch / decay_epoch)^power + end_learning_rate, then
    end_learning_rate.

    Args:
        learning_rate: above 0.
        end_learning_rate: 0 or more.
        total_step, step_per_epoch, decay_epoch: as in :func:`exponential_decay_lr`.
        power: above 0.
        update_decay_epoch: after decay_epoch take the next multiple of it in its place.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> polynomial_decay_lr(1.0, 0.0, total_step=4, step_per_epoch=1, decay_epoch=2, power=2.0)
        [1.0, 0.25, 0.0, 0.0]
    """
    arguments = (learning_rate, end_learning_rate, decay_epoch, power, update_decay_epoch)
    return _by_epoch("polynomial_decay_lr", PolynomialDecayLR, arguments, total_step, step_per_epoch)


def warmup_lr(learning_rate: float, total_step: int, step_per_epoch: int, warmup_epoch: int) -> list[float]:
    """learning_rate * epoch / warmup_epoch, then learning_rate.

    Args:
        learning_rate: 0 or more.
        total_step, step_per_epoch: as in :func:`exponential_decay_lr`.
        warmup_epoch: 1 or more.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> warmup_lr(0.5, total_step=4, step_per_epoch=1, warmup_epoch=2)
        [0.0, 0.25, 0.5, 0.5]
    """
    return _by_epoch("warmup_lr", WarmUpLR, (learning_rate, warmup_epoch), total_step, step_per_epoch)


def _by_epoch(
    owner: str,
    kind: type[Any],
    arguments: tuple[object, ...],
    total_step: int,
    step_per_epoch: int,
) -> list[float]:
    """What a schedule makes of the epoch of each step."""
    steps = torch.arange(count(owner, "total_step", total_step))
    epochs = steps // count(owner, "step_per_epoch", step_per_epoch)
    try:
        schedule = kind(*arguments)
    except ParaminitError as error:  # it speaks of steps where the caller said epochs
        error.args = (str(error).replace(kind.__name__, owner).replace("_steps", "_epoch"),)
        raise
    rates: list[float] = schedule(epochs.double()).tolist()
    return rates
