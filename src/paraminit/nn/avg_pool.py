"""AvgPool1d, AvgPool2d, AvgPool3d."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import positive_int
from paraminit.nn.weights import check_bool
from paraminit.nn.window import Pool, check_channels_first, described

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d"]

_POOLS: dict[int, Callable[..., Any]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}

_MORE = """        ceil_mode: whether a window that begins inside the input may end outside.
        count_include_pad: whether padding counts as elements that are 0. As in MindSpore, it never does in
            pad_mode ``"same"`` over one or two axes, unless ceil_mode is set.
"""
_DIVISOR = """        divisor_override: divides the sum instead of the number of elements; above 0.
"""
_FORMAT = """        data_format: ``"NCHW"``.
"""


class _AvgPool(Pool):
    def __init__(
        self,
        kernel_size: int | tuple[int, ...] = 1,
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, ...] | list[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self._window(kernel_size, stride, pad_mode, padding, 1, ceil_mode)
        check_bool(owner, "count_include_pad", count_include_pad)
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override
        if divisor_override is not None:
            positive_int(owner, "divisor_override", divisor_override)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        edges, pool = self._edges(x), _POOLS[self._axes]
        window, sides = (self._checked.kernel_size, self._checked.stride), self._sides
        if self.pad_mode != "SAME":
            divisor = {} if self._axes == 1 else {"divisor_override": self.divisor_override}
            return pool(  # type: ignore[no-any-return]
                x, *window, sides, self.ceil_mode, self.count_include_pad, **divisor
            )
        average = pool(F.pad(x, edges), *window)
        if self.divisor_override is not None:
            average = average * (math.prod(self._checked.kernel_size) / self.divisor_override)
        elif not (self.count_include_pad and (self._axes == 3 or self.ceil_mode)):
            real = F.pad(x.new_ones(1, *x.shape[-self._axes :]), edges)
            average = average / pool(real, *window)
        return average  # type: ignore[no-any-return]


class AvgPool1d(_AvgPool):
    __doc__ = described(
        "The mean",
        1,
        _MORE,
        "AvgPool1d(2, stride=2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))\ntensor([[2., 1.]])",
    )
    _axes = 1

    def __init__(
        self,
        kernel_size: int | tuple[int, ...] = 1,
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, ...] | list[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, pad_mode, padding, ceil_mode, count_include_pad)


class AvgPool2d(_AvgPool):
    __doc__ = described(
        "The mean",
        2,
        _MORE + _DIVISOR + _FORMAT,
        "AvgPool2d(2, pad_mode='same')(torch.ones(1, 1, 2, 2))\ntensor([[[[1., 1.],\n          [1., 1.]]]])",
    )
    _axes = 2

    def __init__(
        self,
        kernel_size: int | tuple[int, ...] = 1,
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, ...] | list[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        data_format: str = "NCHW",
    ) -> None:
        check_channels_first("AvgPool2d", data_format)
        super().__init__(
            kernel_size, stride, pad_mode, padding, ceil_mode, count_include_pad, divisor_override
        )


class AvgPool3d(_AvgPool):
    __doc__ = described(
        "The mean",
        3,
        _MORE + _DIVISOR,
        "AvgPool3d(2, stride=2)(torch.ones(1, 3, 4, 4, 4)).shape\ntorch.Size([1, 3, 2, 2, 2])",
    )
    _axes = 3
