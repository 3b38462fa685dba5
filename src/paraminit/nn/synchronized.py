"""Statistics of channels over the batches of several processes."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.distributed as dist

__all__ = ["along", "moments"]


def moments(
    x: torch.Tensor, group: dist.ProcessGroup | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """What x has above each channel's mean over all processes; that mean; the variance; a channel's elements.

    All in float32 or more; gradients flow to every process. Their batches may be of different sizes.

    Args:
        x: (N, C, *).
        group: whose batches count; None for all processes. Each of them has to call this.
    """
    exact = x if x.dtype is torch.float64 else x.float()
    axes = [0, *range(2, x.ndim)]
    count = exact.new_tensor([x[:, 0].numel()])
    # In two rounds, since the mean is not known before the first: a sum of plain squares would cancel.
    totals = _summed(torch.cat([exact.sum(axes), count]), group)
    count = totals[-1]
    mean = totals[:-1] / count
    centred = exact - along(mean, x)
    return centred, mean, _summed(centred.square().sum(axes), group) / count, count


def along(channels: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """One number a channel, shaped to meet x."""
    return channels.reshape(-1, *(1,) * (x.ndim - 2))


class _Sum(torch.autograd.Function):
    """The sum over the processes. Each of them uses it, so its gradient is the sum of all theirs.

    torch's own differentiable all_reduce has no public name any more.
    """

    @staticmethod
    def forward(ctx: Any, mine: torch.Tensor, group: dist.ProcessGroup | None) -> torch.Tensor:
        ctx.group = group
        total = mine.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _summed(gradients[0], ctx.group), None


def _summed(mine: torch.Tensor, group: dist.ProcessGroup | None) -> torch.Tensor:
    return cast(torch.Tensor, _Sum.apply(mine, group))  # type: ignore[no-untyped-call]
