"""MaxPool1d, MaxPool2d, MaxPool3d."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.errors import ArgumentValueError
from paraminit.nn.weights import check_bool
from paraminit.nn.window import Pool, check_channels_first, described

__all__ = ["MaxPool1d", "MaxPool2d", "MaxPool3d"]

_POOLS: dict[int, Callable[..., Any]] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}

_MORE = """        dilation: between the elements of the window; the same forms; default 1.
        return_indices: whether to return (result, places); these count over the axes of a channel.
        ceil_mode: whether a window that begins inside the input may end outside. This, dilation and
            return_indices need pad_mode ``"pad"``.
"""
_FORMAT = """        data_format: ``"NCHW"``.
"""


class _MaxPool(Pool):
    def __init__(
        self,
        kernel_size: int | tuple[int, ...] = 1,
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, ...] | list[int] = 0,
        dilation: int | tuple[int, ...] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self._window(kernel_size, stride, pad_mode, padding, dilation, ceil_mode)
        check_bool(owner, "return_indices", return_indices)
        self.dilation, self.return_indices = dilation, return_indices
        plain = set(self._checked.dilation) == {1} and not return_indices and not ceil_mode
        if self.pad_mode != "PAD" and not plain:
            raise ArgumentValueError(
                f"{owner}: dilation, return_indices and ceil_mode need pad_mode='pad', got {pad_mode!r}."
            )

    def construct(self, x: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        edges, window = self._edges(x), self._checked
        if self.pad_mode == "SAME":
            x = F.pad(x, edges, value=-torch.inf)
        pool = _POOLS[self._axes]
        return pool(  # type: ignore[no-any-return]
            x,
            window.kernel_size,
            window.stride,
            self._sides,
            window.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class MaxPool1d(_MaxPool):
    __doc__ = described(
        "The largest element",
        1,
        _MORE,
        "MaxPool1d(2, stride=2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))\ntensor([[3., 2.]])",
    )
    _axes = 1


class MaxPool2d(_MaxPool):
    __doc__ = described(
        "The largest element",
        2,
        _MORE + _FORMAT,
        "MaxPool2d(3, stride=2, pad_mode='same')(torch.ones(1, 8, 15, 15)).shape\ntorch.Size([1, 8, 8, 8])",
    )
    _axes = 2

    def __init__(
        self,
        kernel_size: int | tuple[int, ...] = 1,
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, ...] | list[int] = 0,
        dilation: int | tuple[int, ...] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
        data_format: str = "NCHW",
    ) -> None:
        check_channels_first("MaxPool2d", data_format)
        super().__init__(kernel_size, stride, pad_mode, padding, dilation, return_indices, ceil_mode)


class MaxPool3d(_MaxPool):
    __doc__ = described(
        "The largest element",
        3,
        _MORE,
        "MaxPool3d(2, stride=2)(torch.ones(1, 3, 4, 4, 4)).shape\ntorch.Size([1, 3, 2, 2, 2])",
    )
    _axes = 3
