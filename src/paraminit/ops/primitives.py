"""Class operators: settings in the constructor, tensors in the call; names are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.dtype import torch_dtype
from paraminit.ops.elementwise import cast, together
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
    "Abs": lambda: lambda input: torch.abs(input),
    "Cast": lambda: lambda input_x, dtype: cast(input_x, dtype),
    "Concat": lambda axis=0: lambda tensors: torch.cat(tensors, axis),
    "Div": lambda: lambda input, other: input / other,
    "Equal": lambda: lambda x, y: torch.as_tensor(x) == y,
    "Exp": lambda: lambda input: torch.exp(input),
    "ExpandDims": lambda: lambda input_x, axis: torch.unsqueeze(input_x, axis),
    "Fill": lambda: lambda type, shape, value: torch.full(shape, value, dtype=torch_dtype(type)),
    "Flatten": lambda: lambda input_x: torch.flatten(input_x, 1),
    "Gather": lambda batch_dims=0: (
        lambda input_params, input_indices, axis: gather(input_params, input_indices, axis, batch_dims)
    ),
    "Greater": lambda: lambda x, y: torch.as_tensor(x) > y,
    "Less": lambda: lambda x, y: torch.as_tensor(x) < y,
    "Log": lambda: lambda input: torch.log(input),
    "Maximum": lambda: lambda x, y: torch.maximum(*together(x, y)),
    "Minimum": lambda: lambda x, y: torch.minimum(*together(x, y)),
    "Mul": lambda: lambda input, other: input * other,
    "Neg": lambda: lambda x: torch.neg(x),
    "Ones": lambda: lambda shape, type: torch.ones(shape, dtype=torch_dtype(type)),
    "OnesLike": lambda: lambda x: torch.ones_like(x),
    "Pow": lambda: lambda input, exponent: input**exponent,
    "ReduceMax": lambda keep_dims=False: lambda x, axis=(): torch.amax(x, axis, keep_dims),
    "ReduceMean": lambda keep_dims=False: lambda x, axis=(): mean(x, axis, keep_dims),
    "ReduceMin": lambda keep_dims=False: lambda x, axis=(): torch.amin(x, axis, keep_dims),
    "ReduceSum": _reduce_sum,
    "Reshape": lambda: lambda input, shape: torch.reshape(input, shape),
    "Shape": lambda: lambda x: tuple(x.shape),
    "Sigmoid": lambda: lambda input: torch.sigmoid(input),
    "Size": lambda: lambda input_x: input_x.numel(),
    "Softmax": _softmax,
    "Split": lambda axis=0, output_num=1: lambda input_x: torch.tensor_split(input_x, output_num, axis),
    "Sqrt": lambda: lambda x: torch.sqrt(x),
    "Square": lambda: lambda input: torch.square(input),
    "Squeeze": lambda axis=(): lambda input: squeeze(input, axis),
    "Stack": lambda axis=0: lambda input_x: torch.stack(input_x, axis),
    "Sub": lambda: lambda x, y: x - y,
    "Tanh": lambda: lambda input: torch.tanh(input),
    "Tile": lambda: lambda input, dims: torch.tile(input, dims),
    "Transpose": lambda: lambda input, dims: torch.permute(input, dims),
    "Zeros": lambda: lambda shape, type: torch.zeros(shape, dtype=torch_dtype(type)),
    "ZerosLike": lambda: lambda x: torch.zeros_like(x),
}
