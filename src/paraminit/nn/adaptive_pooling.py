"""Pooling to an output size: AdaptiveAvgPool1d, 2d, 3d, AdaptiveMaxPool1d, 2d, 3d."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.errors import ArgumentValueError
from paraminit.nn.weights import check_bool
from paraminit.nn.window import described

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]

_MAX: dict[int, Callable[..., Any]] = {
    1: F.adaptive_max_pool1d,
    2: F.adaptive_max_pool2d,
    3: F.adaptive_max_pool3d,
}
_AVERAGE: dict[int, Callable[..., Any]] = {
    1: F.adaptive_avg_pool1d,
    2: F.adaptive_avg_pool2d,
    3: F.adaptive_avg_pool3d,
}

_TEXT = """{what} of each part of x, cut into ``output_size`` parts of about one length along {axes}.

    Args:
        output_size: {each}; None keeps the size of that axis. Unlike MindSpore's, a size of one axis need not
            be divisible by it.
{more}
    Shape:
        x (N, C, {sizes}) or (C, {sizes}); result the same with other sizes.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.
"""
_INDICES = """\
        return_indices: whether to return (result, places); these count over the axes of a channel.
"""


class _AdaptivePool(Cell):
    _axes: ClassVar[int]

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        super().__init__()
        owner, axes = type(self).__name__, self._axes
        entries = output_size if isinstance(output_size, tuple) else (output_size,) * axes
        if len(entries) != axes:
            raise ArgumentValueError(f"{owner}: output_size must have {axes} entries, got {output_size!r}.")
        for entry in entries:
            if entry is not None:
                positive_int(owner, "output_size", entry)
        self.output_size, self._sizes = output_size, entries

    def _sizes_for(self, x: torch.Tensor) -> list[int]:
        owner, axes = type(self).__name__, self._axes
        check_tensors(owner, x=x)
        if x.ndim not in (axes + 1, axes + 2):
            raise ArgumentValueError(
                f"{owner}: x must have {axes + 1} or {axes + 2} dimensions, got shape {tuple(x.shape)}."
            )
        given = zip(self._sizes, x.shape[-axes:], strict=True)
        return [kept if size is None else size for size, kept in given]

    def extend_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveAvgPool(_AdaptivePool):
    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return _AVERAGE[self._axes](x, self._sizes_for(x))  # type: ignore[no-any-return]


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(
        self, output_size: int | tuple[int | None, ...] | None, return_indices: bool = False
    ) -> None:
        super().__init__(output_size)
        check_bool(type(self).__name__, "return_indices", return_indices)
        self.return_indices = return_indices

    def construct(self, x: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        pool = _MAX[self._axes]
        return pool(x, self._sizes_for(x), self.return_indices)  # type: ignore[no-any-return]


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    __doc__ = described(
        "The mean",
        1,
        "",
        "AdaptiveAvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))\ntensor([[2., 1.]])",
        text=_TEXT,
    )
    _axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    __doc__ = described(
        "The mean",
        2,
        "",
        "AdaptiveAvgPool2d((None, 1))(torch.ones(1, 3, 4, 5)).shape\ntorch.Size([1, 3, 4, 1])",
        text=_TEXT,
    )
    _axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    __doc__ = described(
        "The mean",
        3,
        "",
        "AdaptiveAvgPool3d(1)(torch.ones(1, 3, 4, 5, 6)).shape\ntorch.Size([1, 3, 1, 1, 1])",
        text=_TEXT,
    )
    _axes = 3


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    __doc__ = described(
        "The largest element",
        1,
        "",
        "AdaptiveMaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))\ntensor([[3., 2.]])",
        text=_TEXT,
    )
    _axes = 1

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        super().__init__(output_size)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    __doc__ = described(
        "The largest element",
        2,
        _INDICES,
        "AdaptiveMaxPool2d((None, 1))(torch.ones(1, 3, 4, 5)).shape\ntorch.Size([1, 3, 4, 1])",
        text=_TEXT,
    )
    _axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    __doc__ = described(
        "The largest element",
        3,
        _INDICES,
        "AdaptiveMaxPool3d(1)(torch.ones(1, 3, 4, 5, 6)).shape\ntorch.Size([1, 3, 1, 1, 1])",
        text=_TEXT,
    )
    _axes = 3
