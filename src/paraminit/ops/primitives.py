"""Class operators: settings in the constructor, tensors in the call; names are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.ops.elementwise import cast
from paraminit.ops.reducing import mean, reduce_sum
from paraminit.ops.shaping import gather, squeeze

__all__ = ["PRIMITIVES"]


def _softmax(axis: int | tuple[int, ...] = -1) -> Callable[..., torch.Tensor]:
    (one,) = axis if isinstance(axis, tuple) else (axis,)  # MindSpore's kernel has a single one, too
    return lambda input: F.softmax(input, one)


def _reduce_sum(keep_dims: bool = False, skip_mode: bool = False) -> Callable[..., torch.Tensor]:
    return lambda x, axis=(): x if skip_mode and axis == () else reduce_sum(x, axis, keep_dims)


#: Each takes the settings and returns what takes the tensors.
PRIMITIVES: dict[str, Callable[..., Callable[..., Any]]] = {
    "Cast": lambda: lambda input_x, dtype: cast(input_x, dtype),
    "Concat": lambda axis=0: lambda tensors: torch.cat(tensors, axis),
    "Div": lambda: lambda input, other: input / other,
    "Exp": lambda: lambda input: torch.exp(input),
    "ExpandDims": lambda: lambda input_x, axis: torch.unsqueeze(input_x, axis),
    "Gather": lambda batch_dims=0: (
        lambda input_params, input_indices, axis: gather(input_params, input_indices, axis, batch_dims)
    ),
    "Log": lambda: lambda input: torch.log(input),
    "Mul": lambda: lambda input, other: input * other,
    "OnesLike": lambda: lambda x: torch.ones_like(x),
    "Pow": lambda: lambda input, exponent: input**exponent,
    "ReduceMean": lambda keep_dims=False: lambda x, axis=(): mean(x, axis, keep_dims),
    "ReduceSum": _reduce_sum,
    "Reshape": lambda: lambda input, shape: torch.reshape(input, shape),
    "Shape": lambda: lambda x: tuple(x.shape),
    "Sigmoid": lambda: lambda input: torch.sigmoid(input),
    "Softmax": _softmax,
    "Split": lambda axis=0, output_num=1: lambda input_x: torch.tensor_split(input_x, output_num, axis),
    "Sqrt": lambda: lambda x: torch.sqrt(x),
    "Squeeze": lambda axis=(): lambda input: squeeze(input, axis),
    "Stack": lambda axis=0: lambda input_x: torch.stack(input_x, axis),
    "Sub": lambda: lambda x, y: x - y,
    "Tanh": lambda: lambda input: torch.tanh(input),
    "Tile": lambda: lambda input, dims: torch.tile(input, dims),
    "Transpose": lambda: lambda input, dims: torch.permute(input, dims),
    "ZerosLike": lambda: lambda x: torch.zeros_like(x),
}
