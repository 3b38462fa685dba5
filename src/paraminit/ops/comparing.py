"""Functions that compare, and logic of booleans; argument names and defaults are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

__all__ = ["FUNCTIONS"]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "all": lambda input, axis=None, keep_dims=False: _over(torch.all, input, axis, keep_dims),
    "any": lambda input, axis=None, keep_dims=False: _over(torch.any, input, axis, keep_dims),
    "eq": lambda input, other: torch.as_tensor(input) == other,
    "equal": lambda input, other: torch.as_tensor(input) == other,
    "ge": lambda input, other: torch.as_tensor(input) >= other,
    "greater": lambda input, other: torch.as_tensor(input) > other,
    "greater_equal": lambda input, other: torch.as_tensor(input) >= other,
    "gt": lambda input, other: torch.as_tensor(input) > other,
    "isclose": lambda input, other, rtol=1e-05, atol=1e-08, equal_nan=False: torch.isclose(
        *(input, other, rtol, atol, equal_nan)
    ),
    "isfinite": lambda input: torch.isfinite(input),
    "isinf": lambda input: torch.isinf(input),
    "isnan": lambda input: torch.isnan(input),
    "le": lambda input, other: torch.as_tensor(input) <= other,
    "less": lambda input, other: torch.as_tensor(input) < other,
    "less_equal": lambda input, other: torch.as_tensor(input) <= other,
    "logical_and": lambda input, other: torch.logical_and(input, other),
    "logical_not": lambda input: torch.logical_not(input),
    "logical_or": lambda input, other: torch.logical_or(input, other),
    "lt": lambda input, other: torch.as_tensor(input) < other,
    "ne": lambda input, other: torch.as_tensor(input) != other,
    "not_equal": lambda input, other: torch.as_tensor(input) != other,
}


def _over(compute: Callable[..., Any], input: torch.Tensor, axis: Any, keep_dims: bool) -> Any:
    return compute(input) if axis is None and not keep_dims else compute(input, axis, keep_dims)
