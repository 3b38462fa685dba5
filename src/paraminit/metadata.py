"""The metadata of a tensor: what may be asked of it without creating its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch

__all__ = ["WITHOUT_VALUES"]


def _getters(*names: str) -> set[Any]:
    return {getattr(torch.Tensor, name).__get__ for name in names}


#: Torch functions that never look at a tensor's memory.
WITHOUT_VALUES: frozenset[Callable[..., Any]] = frozenset(
    {
        *_getters("shape", "dtype", "ndim", "layout", "itemsize", "nbytes", "requires_grad", "is_leaf"),
        *_getters("grad", "grad_fn", "is_sparse", "is_quantized", "is_nested", "is_mkldnn", "output_nr"),
        *_getters("_backward_hooks", "_post_accumulate_grad_hooks"),
        cast(Any, torch.Tensor.requires_grad).__set__,
        torch.Tensor.size,
        torch.Tensor.dim,
        torch.Tensor.ndimension,
        torch.Tensor.numel,
        torch.Tensor.nelement,
        torch.Tensor.element_size,
        torch.Tensor.stride,
        torch.Tensor.is_contiguous,
        torch.Tensor.is_floating_point,
        torch.Tensor.is_complex,
        torch.Tensor.requires_grad_,
        torch.Tensor.register_hook,
        torch.Tensor.register_post_accumulate_grad_hook,
        torch.Tensor.__len__,
        torch.Tensor.__hash__,
        torch.is_floating_point,
        torch.is_complex,
        torch.numel,
    }
)
