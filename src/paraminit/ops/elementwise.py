"""Functions of each element, and products of matrices; argument names and defaults are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.dtype import torch_dtype
from paraminit.errors import ArgumentValueError

__all__ = ["FUNCTIONS", "cast", "together"]


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
    "ceil": lambda input: torch.ceil(input),
    "clamp": lambda input, min=None, max=None: torch.clamp(input, min, max),
    "clip_by_value": _clip_by_value,
    "cos": lambda input: torch.cos(input),
    "div": lambda input, other, *, rounding_mode=None: torch.div(
        torch.as_tensor(input), other, rounding_mode=rounding_mode
    ),
    "dropout": _dropout,
    "erf": lambda input: torch.erf(input),
    "exp": lambda input: torch.exp(input),
    "floor": lambda input: torch.floor(input),
    "floor_divide": lambda input, other: torch.floor_divide(*together(input, other)),
    "fmod": lambda input, other: torch.fmod(*together(input, other)),
    "gelu": lambda input, approximate="none": F.gelu(input, approximate=approximate),
    "leaky_relu": lambda input, alpha=0.2: F.leaky_relu(input, alpha),
    "log": lambda input: torch.log(input),
    "log1p": lambda input: torch.log1p(input),
    "log2": lambda input: torch.log2(input),
    "log_softmax": lambda logits, axis=-1: F.log_softmax(logits, axis),
    "matmul": lambda input, other: torch.matmul(input, other),
    "maximum": lambda input, other: torch.maximum(*together(input, other)),
    "minimum": lambda input, other: torch.minimum(*together(input, other)),
    "mm": lambda input, mat2: torch.mm(input, mat2),
    "mul": lambda input, other: input * other,
    "neg": lambda input: torch.neg(input),
    "outer": lambda input, vec2: torch.outer(input, vec2),
    "pow": lambda input, exponent: input**exponent,
    "reciprocal": lambda input: torch.reciprocal(input),
    "relu": lambda input, inplace=False: F.relu(input, inplace),
    "round": lambda input, *, decimals=0: torch.round(input, decimals=decimals),
    "rsqrt": lambda input: torch.rsqrt(input),
    "sigmoid": lambda input: torch.sigmoid(input),
    "sign": lambda input: torch.sign(input),
    "silu": lambda input: F.silu(input),
    "sin": lambda input: torch.sin(input),
    "softmax": lambda input, axis=-1, *, dtype=None: F.softmax(
        input, axis, dtype=None if dtype is None else torch_dtype(dtype)
    ),
    "softplus": lambda input, beta=1, threshold=20: F.softplus(input, beta, threshold),
    "sqrt": lambda x: torch.sqrt(x),
    "square": lambda input: torch.square(input),
    "sub": lambda input, other: input - other,
    "tan": lambda input: torch.tan(input),
    "tanh": lambda input: torch.tanh(input),
    "where": lambda condition, input, other: torch.where(condition, input, other),
}


def together(first: Any, second: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as tensors of the dtype that they promote to."""
    dtype = torch.result_type(first, second)
    return torch.as_tensor(first, dtype=dtype), torch.as_tensor(second, dtype=dtype)
