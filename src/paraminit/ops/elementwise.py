"""Functions of each element, and products of matrices; argument names and defaults are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.dtype import torch_dtype
from paraminit.errors import ArgumentValueError

__all__ = ["FUNCTIONS", "cast"]


def cast(input: Any, dtype: Any) -> torch.Tensor:
    """A tensor or number in another dtype."""
    return torch.as_tensor(input).to(torch_dtype(dtype, argument="cast: dtype"))


def _dropout(
    input: torch.Tensor, p: float = 0.5, training: bool = True, seed: int | None = None
) -> torch.Tensor:
    if not 0 <= p < 1:
        raise ArgumentValueError(f"dropout: p must be 0 or more and below 1, got {p!r}.")
    if not training or p == 0:
        return input
    generator = None if seed is None else torch.Generator(input.device).manual_seed(seed)
    kept = torch.rand(input.shape, generator=generator, device=input.device) >= p
    return input * kept / (1 - p)


def _clip_by_value(x: torch.Tensor, clip_value_min: Any = None, clip_value_max: Any = None) -> torch.Tensor:
    return torch.clamp(x, clip_value_min, clip_value_max).to(x.dtype)


#: Operators take a number on either side.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": lambda input: torch.abs(input),
    "add": lambda input, other: input + other,
    "bmm": lambda input_x, mat2: torch.bmm(input_x, mat2),
    "cast": cast,
    "clamp": lambda input, min=None, max=None: torch.clamp(input, min, max),
    "clip_by_value": _clip_by_value,
    "div": lambda input, other, *, rounding_mode=None: torch.div(
        torch.as_tensor(input), other, rounding_mode=rounding_mode
    ),
    "dropout": _dropout,
    "exp": lambda input: torch.exp(input),
    "gelu": lambda input, approximate="none": F.gelu(input, approximate=approximate),
    "log": lambda input: torch.log(input),
    "log_softmax": lambda logits, axis=-1: F.log_softmax(logits, axis),
    "matmul": lambda input, other: torch.matmul(input, other),
    "maximum": lambda input, other: torch.maximum(*_two(input, other)),
    "minimum": lambda input, other: torch.minimum(*_two(input, other)),
    "mul": lambda input, other: input * other,
    "neg": lambda input: torch.neg(input),
    "pow": lambda input, exponent: input**exponent,
    "relu": lambda input, inplace=False: F.relu(input, inplace),
    "sigmoid": lambda input: torch.sigmoid(input),
    "silu": lambda input: F.silu(input),
    "softmax": lambda input, axis=-1, *, dtype=None: F.softmax(
        input, axis, dtype=None if dtype is None else torch_dtype(dtype)
    ),
    "sqrt": lambda x: torch.sqrt(x),
    "square": lambda input: torch.square(input),
    "sub": lambda input, other: input - other,
    "tanh": lambda input: torch.tanh(input),
    "where": lambda condition, input, other: torch.where(condition, input, other),
}


def _two(first: Any, second: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as tensors of the dtype that they promote to."""
    dtype = torch.result_type(first, second)
    return torch.as_tensor(first, dtype=dtype), torch.as_tensor(second, dtype=dtype)
