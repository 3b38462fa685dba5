"""BatchNorm1d, BatchNorm2d, BatchNorm3d and GroupNorm with torch's arguments."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.describe.initializers.arguments import nonnegative
from paraminit.errors import ArgumentValueError
from paraminit.nn.batch_norm import fraction
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter import Parameter

__all__ = ["BatchNorm", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm"]


class BatchNorm(Cell):
    """What the batch normalizations have in common; they differ in the inputs they take."""

    _ranks: ClassVar[tuple[int, ...]]

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Parameter | None
    running_var: Parameter | None
    num_batches_tracked: Parameter | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: object = None,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.num_features = positive_int(owner, "num_features", num_features)
        self.eps = nonnegative(owner, "eps", eps)
        self.momentum = None if momentum is None else fraction(owner, "momentum", momentum)
        check_bool(owner, "affine", affine)
        check_bool(owner, "track_running_stats", track_running_stats)
        self.affine, self.track_running_stats = affine, track_running_stats
        shape, dtype = (num_features,), torch.float32 if dtype is None else dtype
        for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
            self.register_parameter(name, None)
        if affine:
            self.weight = layer_parameter(owner, "dtype", "ones", shape, dtype)
            self.bias = layer_parameter(owner, "dtype", "zeros", shape, dtype)
        if track_running_stats:
            for name, init in (("running_mean", "zeros"), ("running_var", "ones")):
                setattr(self, name, layer_parameter(owner, "dtype", init, shape, dtype).requires_grad_(False))
            count = layer_parameter(owner, "dtype", "zeros", (), torch.int64)
            self.num_batches_tracked = count.requires_grad_(False)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        self._check(input)
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self._own_statistics(),
            self._update(),
            self.eps,
        )

    def _check(self, x: torch.Tensor) -> None:
        owner = type(self).__name__
        check_tensors(owner, input=x)
        if x.ndim not in self._ranks or x.shape[1] != self.num_features:
            raise ArgumentValueError(
                f"{owner}: input must have {' or '.join(map(str, self._ranks))} dimensions and "
                f"{self.num_features} channels, got shape {tuple(x.shape)}."
            )

    def _own_statistics(self) -> bool:
        """Whether the input's own mean and variance are used."""
        return self.training or self.running_mean is None

    def _update(self) -> float:
        """Count the batch; return the weight of its statistics in the running ones."""
        if not self.training or self.num_batches_tracked is None:
            return 0.0
        self.num_batches_tracked.add_(1)
        return 1.0 / self.num_batches_tracked.item() if self.momentum is None else self.momentum

    def extend_repr(self) -> str:
        return (
            f"num_features={self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


_BATCH_NORM = """

    In training the mean and variance are the batch's, and the running ones become
    ``(1 - momentum) * running + momentum * batch``; otherwise the running ones are used. The momentum is
    the opposite of that of ``paraminit.nn``.

    Args:
        num_features: number of channels.
        eps: 0 or more; default 1e-5.
        momentum: from 0 to 1, default 0.1; None for the mean over all batches.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running statistics; without them the batch's are always used.
        dtype: of the parameters; None for float32. The number of batches is Int64.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.
"""


class BatchNorm1d(BatchNorm):
    __doc__ = f"""(input - mean) / sqrt(variance + eps) * weight + bias for each channel.
{_BATCH_NORM}
    Shape:
        input (N, C) or (N, C, L); weight, bias, running_mean, running_var (C,), num_batches_tracked ();
        result as input.

    Example:
        >>> [name for name, _ in BatchNorm1d(2).parameters_and_names()]
        ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """
    _ranks = (2, 3)


class BatchNorm2d(BatchNorm):
    __doc__ = f""":class:`BatchNorm1d` of images.
{_BATCH_NORM}
    Shape:
        input (N, C, H, W); weight, bias, running_mean, running_var (C,), num_batches_tracked (); result as
        input.

    Example:
        >>> BatchNorm2d(3)(torch.ones(1, 3, 2, 2)).shape
        torch.Size([1, 3, 2, 2])
    """
    _ranks = (4,)


class BatchNorm3d(BatchNorm):
    __doc__ = f""":class:`BatchNorm1d` of volumes.
{_BATCH_NORM}
    Shape:
        input (N, C, D, H, W); weight, bias, running_mean, running_var (C,), num_batches_tracked (); result
        as input.

    Example:
        >>> BatchNorm3d(3)(torch.ones(1, 3, 2, 2, 2)).shape
        torch.Size([1, 3, 2, 2, 2])
    """
    _ranks = (5,)


class GroupNorm(Cell):
    """(input - mean) / sqrt(variance + eps) * weight + bias over each group of channels of each sample.

    Args:
        num_groups: divides num_channels.
        num_channels: above 0.
        eps: 0 or more; default 1e-5.
        affine: whether weight and bias are trained. As in MindSpore they exist either way.
        dtype: of the parameters; None for float32.

    Shape:
        input (N, C, *); weight, bias (C,); result as input.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> GroupNorm(2, 6)
        GroupNorm(num_groups=2, num_channels=6, eps=1e-05, affine=True)
    """

    weight: Parameter
    bias: Parameter

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: object = None,
    ) -> None:
        super().__init__()
        self.num_groups = positive_int("GroupNorm", "num_groups", num_groups)
        self.num_channels = positive_int("GroupNorm", "num_channels", num_channels)
        if num_channels % num_groups:
            raise ArgumentValueError(
                f"GroupNorm: num_groups must divide num_channels, got {num_groups} and {num_channels}."
            )
        check_bool("GroupNorm", "affine", affine)
        self.eps, self.affine = nonnegative("GroupNorm", "eps", eps), affine
        shape, dtype = (num_channels,), torch.float32 if dtype is None else dtype
        self.weight = layer_parameter("GroupNorm", "dtype", "ones", shape, dtype).requires_grad_(affine)
        self.bias = layer_parameter("GroupNorm", "dtype", "zeros", shape, dtype).requires_grad_(affine)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        check_tensors("GroupNorm", input=input)
        if input.ndim < 2 or input.shape[1] != self.num_channels:
            raise ArgumentValueError(
                f"GroupNorm: input must have {self.num_channels} channels on axis 1, "
                f"got shape {tuple(input.shape)}."
            )
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extend_repr(self) -> str:
        return (
            f"num_groups={self.num_groups}, num_channels={self.num_channels}, eps={self.eps}, "
            f"affine={self.affine}"
        )
