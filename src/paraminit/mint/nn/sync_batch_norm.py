"""SyncBatchNorm: batch normalization whose batch lies in several processes."""

from __future__ import annotations

import torch
import torch.distributed as dist

from paraminit.errors import ArgumentTypeError
from paraminit.mint.nn.normalization import BatchNorm
from paraminit.nn.synchronized import along, moments

__all__ = ["SyncBatchNorm"]


class SyncBatchNorm(BatchNorm):
    """:class:`BatchNorm1d` over the batches of all processes of a group together.

    In one process, and in evaluation, it is a BatchNorm. Unlike torch's it also runs on the CPU.

    Args:
        num_features: number of channels.
        eps: 0 or more; default 1e-5.
        momentum: from 0 to 1, default 0.1; None for the mean over all batches.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running statistics; without them the batch's are always used.
        process_group: a group of torch.distributed, or None for all processes.
        dtype: of the parameters; None for float32. The number of batches is Int64.

    Shape:
        input (N, C, *); weight, bias, running_mean, running_var (C,), num_batches_tracked (); result as
        input.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> SyncBatchNorm(3)(torch.ones(1, 3, 2, 2)).shape
        torch.Size([1, 3, 2, 2])
    """

    _ranks = (2, 3, 4, 5)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: dist.ProcessGroup | None = None,
        dtype: object = None,
    ) -> None:
        if process_group is not None and not isinstance(process_group, dist.ProcessGroup):
            raise ArgumentTypeError(
                "SyncBatchNorm: process_group must be a group made by torch.distributed, or None, "
                f"got {process_group!r}."
            )
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)
        self.process_group = process_group

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        alone = not dist.is_initialized() or dist.get_world_size(self.process_group) == 1
        if alone or not self._own_statistics():
            return super().construct(input)
        self._check(input)
        update = self._update()
        centred, mean, variance, count = moments(input, self.process_group)
        y = centred * along((variance + self.eps).rsqrt(), input)
        if self.weight is not None and self.bias is not None:
            y = y * along(self.weight, input) + along(self.bias, input)
        if self.running_mean is not None and self.running_var is not None:
            with torch.no_grad():
                self.running_mean.lerp_(mean.to(self.running_mean.dtype), update)
                unbiased = variance * count / (count - 1)
                self.running_var.lerp_(unbiased.to(self.running_var.dtype), update)
        return y.to(input.dtype)
