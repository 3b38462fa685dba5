"""Functions that make, join, cut and rearrange tensors; argument names and defaults are MindSpore's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.dtype import torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["FUNCTIONS", "gather", "squeeze"]


def _dtype(dtype: Any, default: torch.dtype | None = None) -> torch.dtype | None:
    return default if dtype is None else torch_dtype(dtype)


def _size(size: Any) -> tuple[int, ...]:
    """A shape given as an int, tuple, list or tensor."""
    entries = size.tolist() if isinstance(size, torch.Tensor) else size
    return (entries,) if isinstance(entries, int) else tuple(entries)


def _arange(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None) -> torch.Tensor:
    first, last = (0, start) if end is None else (start, end)
    return torch.arange(first, last, step, dtype=_dtype(dtype))


def _flatten(input: torch.Tensor, order: str = "C", *, start_dim: int = 1, end_dim: int = -1) -> torch.Tensor:
    if order not in ("C", "F"):
        raise ArgumentValueError(f"flatten: order must be 'C' or 'F', got {order!r}.")
    turned = input if order == "C" else input.permute(*range(input.ndim)[::-1])
    return turned.flatten(start_dim if input.ndim > 1 else 0, end_dim)


def gather(
    input_params: torch.Tensor, input_indices: torch.Tensor, axis: int, batch_dims: int = 0
) -> torch.Tensor:
    """The entries of one axis that the indices name, in the indices' shape.

    With ``batch_dims`` the leading axes of both go together, entry by entry.
    """
    if not isinstance(input_indices, torch.Tensor):
        raise ArgumentTypeError(f"gather: input_indices must be a Tensor, got {input_indices!r}.")
    axis = axis + input_params.ndim if axis < 0 else axis
    if batch_dims:
        pairs = zip(input_params, input_indices, strict=True)
        return torch.stack([gather(part, index, axis - 1, batch_dims - 1) for part, index in pairs])
    return input_params[(slice(None),) * axis + (input_indices.long(),)]


def _one_hot(
    indices: torch.Tensor, depth: int, on_value: Any = 1, off_value: Any = 0, axis: int = -1
) -> torch.Tensor:
    """Rows of off_value alone for indices outside the depth, as in MindSpore."""
    spots = indices.unsqueeze(-1) == torch.arange(depth, device=indices.device)
    return torch.where(spots, on_value, off_value).movedim(-1, axis)


def squeeze(input: torch.Tensor, axis: Any = None) -> torch.Tensor:
    """Without the axes of size 1, or those given."""
    return torch.squeeze(input) if axis in (None, ()) else torch.squeeze(input, axis)


def _split(tensor: torch.Tensor, split_size_or_sections: Any, axis: int = 0) -> tuple[torch.Tensor, ...]:
    sizes = split_size_or_sections
    return torch.split(tensor, sizes if isinstance(sizes, int) else [*sizes], axis)


def _sorted(input: torch.Tensor, axis: int, descending: bool) -> tuple[torch.Tensor, torch.Tensor]:
    values, places = torch.sort(input, axis, descending)
    return values, places.int()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arange": _arange,
    "broadcast_to": lambda input, shape: torch.broadcast_to(input, shape),
    "cat": lambda tensors, axis=0: torch.cat(tensors, axis),
    "chunk": lambda input, chunks, axis=0: torch.chunk(input, chunks, axis),
    "concat": lambda tensors, axis=0: torch.cat(tensors, axis),
    "diag": lambda input: torch.diag(input),
    "expand_dims": lambda input_x, axis: torch.unsqueeze(input_x, axis),
    "eye": lambda n, m=None, dtype=None: torch.eye(n, n if m is None else m, dtype=_dtype(dtype)),
    "flatten": _flatten,
    "flip": lambda input, dims: torch.flip(input, dims),
    "full": lambda size, fill_value, *, dtype=None: torch.full(_size(size), fill_value, dtype=_dtype(dtype)),
    "full_like": lambda input, fill_value, *, dtype=None: torch.full_like(
        input, fill_value, dtype=_dtype(dtype)
    ),
    "gather": gather,
    "hstack": lambda tensors: torch.hstack(tensors),
    "linspace": lambda start, end, steps: torch.linspace(start, end, steps),
    "masked_fill": lambda input_x, mask, value: torch.masked_fill(input_x, mask, value),
    "nonzero": lambda input, *, as_tuple=False: torch.nonzero(input, as_tuple=as_tuple),
    "numel": lambda input: input.numel(),
    "one_hot": _one_hot,
    "ones": lambda shape, dtype=None: torch.ones(_size(shape), dtype=_dtype(dtype, torch.float32)),
    "ones_like": lambda input, *, dtype=None: torch.ones_like(input, dtype=_dtype(dtype)),
    "pad": lambda input_x, padding, mode="constant", value=None: F.pad(input_x, [*padding], mode, value),
    "permute": lambda input, axis: torch.permute(input, axis),
    "rank": lambda input_x: input_x.ndim,
    "repeat_interleave": lambda input, repeats, axis=None: torch.repeat_interleave(input, repeats, axis),
    "reshape": lambda input, shape: torch.reshape(input, _size(shape)),
    "shape": lambda input_x: tuple(input_x.shape),
    "size": lambda input_x: input_x.numel(),
    "sort": lambda input_x, axis=-1, descending=False: _sorted(input_x, axis, descending),
    "split": _split,
    "squeeze": squeeze,
    "stack": lambda tensors, axis=0: torch.stack(tensors, axis),
    "swapaxes": lambda input, axis0, axis1: torch.swapaxes(input, axis0, axis1),
    "tile": lambda input, dims: torch.tile(input, dims),
    "transpose": lambda input, dims: torch.permute(input, dims),
    "tril": lambda input, diagonal=0: torch.tril(input, diagonal),
    "triu": lambda input, diagonal=0: torch.triu(input, diagonal),
    "unbind": lambda input, dim=0: torch.unbind(input, dim),
    "unsqueeze": lambda input, dim: torch.unsqueeze(input, dim),
    "vstack": lambda inputs: torch.vstack(inputs),
    "zeros": lambda size, dtype=None: torch.zeros(_size(size), dtype=_dtype(dtype, torch.float32)),
    "zeros_like": lambda input, *, dtype=None: torch.zeros_like(input, dtype=_dtype(dtype)),
}
