"""SyncBatchNorm: BatchNorm2d over the batches of several processes."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import torch
import torch.distributed as dist

from paraminit.declare import Init
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.batch_norm import BatchNorm2d
from paraminit.nn.synchronized import along, moments

__all__ = ["SyncBatchNorm"]

Ranks = tuple[tuple[int, ...], ...]

#: For each default group, the one that this process has in a division of the ranks (None: it is in none).
_groups: WeakKeyDictionary[Any, dict[Ranks, dist.ProcessGroup | None]] = WeakKeyDictionary()


class SyncBatchNorm(BatchNorm2d):
    """:class:`BatchNorm2d` whose batch is that of all processes, or of those of one group.

    In training, mean and variance are taken over what all processes of the group were given, which may be
    batches of different sizes; gradients flow through them, to every process. Without an initialized
    ``torch.distributed`` it is a BatchNorm2d. Every process of a group has to call the layer.

    Args:
        num_features: number of channels.
        eps: above 0; default 1e-5.
        momentum: from 0 to 1; default 0.9.
        affine: whether gamma and beta are trained.
        gamma_init, beta_init, moving_mean_init, moving_var_init: what ``initializer`` takes; ones, zeros,
            zeros and ones.
        use_batch_statistics: always the batch's (True), always the moving (False), or the batch's in
            training only (None).
        process_groups: lists of ranks; the processes of each list share their statistics, and one that is in
            none keeps its own. All processes give the same lists. None or empty: all processes are one group.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C) or (N, C, H, W); moving_mean, moving_variance, gamma, beta (C,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; a rank that
            does not exist, or comes twice.

    Example:
        >>> SyncBatchNorm(3)(torch.ones(2, 3)).shape
        torch.Size([2, 3])
    """

    _ranks = (2, 4)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        gamma_init: Init = "ones",
        beta_init: Init = "zeros",
        moving_mean_init: Init = "zeros",
        moving_var_init: Init = "ones",
        use_batch_statistics: bool | None = None,
        process_groups: list[list[int]] | None = None,
        dtype: object = torch.float32,
    ) -> None:
        divided = _checked_ranks(process_groups)
        super().__init__(
            num_features,
            eps,
            momentum,
            affine,
            gamma_init,
            beta_init,
            moving_mean_init,
            moving_var_init,
            use_batch_statistics,
            dtype=dtype,
        )
        self.process_groups = process_groups
        self._divided = divided
        if _several():
            _group(divided)  # all processes have to make a group together; here they meet for sure

    def _normalized(self, x: torch.Tensor) -> torch.Tensor:
        own = self.training if self.use_batch_statistics is None else self.use_batch_statistics
        group = _group(self._divided) if own and _several() else None
        if group is None or group.size() == 1:
            return super()._normalized(x)
        centred, mean, variance, count = moments(x, group)
        self._move(mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
        scale = torch.rsqrt(variance + self.eps) * self.gamma
        return (centred * along(scale, x) + along(self.beta, x)).to(x.dtype)

    def _move(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        with torch.no_grad():
            self.moving_mean.lerp_(mean.to(self.moving_mean.dtype), 1 - self.momentum)
            self.moving_variance.lerp_(variance.to(self.moving_variance.dtype), 1 - self.momentum)


def _several() -> bool:
    return dist.is_available() and dist.is_initialized()


def _checked_ranks(process_groups: object) -> Ranks:
    if process_groups is None:
        return ()
    if not isinstance(process_groups, list) or not all(isinstance(ranks, list) for ranks in process_groups):
        raise ArgumentTypeError(
            f"SyncBatchNorm: process_groups must be a list of lists of ranks, got {process_groups!r}."
        )
    size = dist.get_world_size() if _several() else 1
    ranks = [rank for group in process_groups for rank in group]
    if any(isinstance(rank, bool) or not isinstance(rank, int) for rank in ranks):
        raise ArgumentTypeError(f"SyncBatchNorm: process_groups must hold ints, got {process_groups!r}.")
    if len(set(ranks)) < len(ranks) or not all(0 <= rank < size for rank in ranks):
        raise ArgumentValueError(
            f"SyncBatchNorm: process_groups must hold different ranks from 0 to {size - 1}, got "
            f"{process_groups!r}. torch.distributed is initialized first."
        )
    return tuple(tuple(group) for group in process_groups)


def _group(divided: Ranks) -> dist.ProcessGroup | None:
    """This process's group. The layer keeps no reference, so that it can be copied and pickled."""
    everyone = dist.group.WORLD
    if not divided or everyone is None:
        return everyone
    known = _groups.setdefault(everyone, {})
    if divided not in known:
        made = {ranks: dist.new_group(list(ranks)) for ranks in divided}
        known[divided] = next((made[ranks] for ranks in divided if dist.get_rank() in ranks), None)
    return known[divided]
