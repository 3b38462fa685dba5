"""Functions that reduce axes, losses and pooling; argument names and defaults are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.dtype import torch_dtype

__all__ = ["FUNCTIONS", "mean", "reduce_sum"]


def _extreme(
    compute: Callable[..., Any], input: torch.Tensor, axis: int | None, keepdims: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """The value and where it is; of all axes the value and 0, as in MindSpore."""
    if axis is None:
        return compute(input), torch.zeros((), dtype=torch.int64, device=input.device)
    return tuple(compute(input, axis, keepdims))


def mean(x: torch.Tensor, axis: Any = None, keep_dims: bool = False) -> torch.Tensor:
    """The mean over some axes, or all."""
    return torch.mean(x, None if axis == () else axis, keep_dims)


def reduce_sum(x: torch.Tensor, axis: Any = (), keep_dims: bool = False) -> torch.Tensor:
    """The sum over some axes, or all, in x's dtype."""
    return torch.sum(x, None if axis == () else axis, keep_dims, dtype=x.dtype)


def _sum(input: torch.Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> torch.Tensor:
    return torch.sum(input, dim, keepdim, dtype=None if dtype is None else torch_dtype(dtype))


def _norm(
    A: torch.Tensor,  # noqa: N803  (MindSpore's name)
    ord: Any = None,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> torch.Tensor:
    wanted = None if dtype is None else torch_dtype(dtype)
    norm: torch.Tensor = torch.linalg.norm(A, ord, dim, keepdim, dtype=wanted)
    return norm


def _cross_entropy(
    input: torch.Tensor,
    target: torch.Tensor,
    weight: torch.Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    classes = target if target.is_floating_point() else target.long()
    return F.cross_entropy(
        *(input, classes, weight),
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def _mse_loss(input: torch.Tensor, target: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    shape = torch.broadcast_shapes(input.shape, target.shape)  # type: ignore[no-untyped-call]
    return F.mse_loss(input.expand(shape), target.expand(shape), reduction=reduction)


def _max_pool2d(
    x: torch.Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Any:
    pooled = F.max_pool2d_with_indices(x, kernel_size, stride, padding, dilation, ceil_mode)
    return pooled if return_indices else pooled[0]


def _avg_pool2d(
    input_x: torch.Tensor,
    kernel_size: Any = 1,
    stride: Any = 1,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int = 0,
) -> torch.Tensor:
    return F.avg_pool2d(
        *(input_x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override or None)
    )


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "amax": lambda input, axis=None, keepdims=False: torch.amax(
        input, () if axis is None else axis, keepdims
    ),
    "amin": lambda input, axis=None, keepdims=False: torch.amin(
        input, () if axis is None else axis, keepdims
    ),
    "argmax": lambda input, dim=None, keepdim=False: torch.argmax(input, dim, keepdim and dim is not None),
    "argmin": lambda input, axis=None, keepdims=False: torch.argmin(input, axis, keepdims).int(),
    "avg_pool2d": _avg_pool2d,
    "cross_entropy": _cross_entropy,
    "cumsum": lambda x, axis, dtype=None: torch.cumsum(
        x, axis, dtype=None if dtype is None else torch_dtype(dtype)
    ),
    "max": lambda input, axis=None, keepdims=False: _extreme(torch.max, input, axis, keepdims),
    "max_pool2d": _max_pool2d,
    "mean": mean,
    "min": lambda input, axis=None, keepdims=False: _extreme(torch.min, input, axis, keepdims),
    "mse_loss": _mse_loss,
    "norm": _norm,
    "prod": lambda input, axis=None, keep_dims=False: (
        torch.prod(input) if axis is None else torch.prod(input, axis, keep_dims)
    ),
    "reduce_mean": lambda x, axis=(): mean(x, axis),
    "reduce_sum": lambda x, axis=(): reduce_sum(x, axis),
    "std": lambda input, axis=None, ddof=0, keepdims=False: torch.std(
        input, axis, correction=int(ddof), keepdim=keepdims
    ),
    "sum": _sum,
    "trace": lambda input: torch.trace(input),
    "var": lambda input, axis=None, ddof=0, keepdims=False: torch.var(
        input, axis, correction=int(ddof), keepdim=keepdims
    ),
}
