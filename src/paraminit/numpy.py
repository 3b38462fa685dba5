"""``mindspore.numpy``: the everyday functions, with its argument names, on Tensors.

Lists and numbers are taken too: integers are Int32 there and the others Float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from paraminit.arguments import plain_from
from paraminit.dtype import float16 as float16
from paraminit.dtype import float32 as float32
from paraminit.dtype import float64 as float64
from paraminit.dtype import int32 as int32
from paraminit.dtype import int64 as int64
from paraminit.dtype import numpy_dtype, torch_dtype
from paraminit.ops.bordered import function

_NARROWED = {torch.int64: torch.int32, torch.float64: torch.float32}


def _dtype(dtype: Any, default: torch.dtype | None = None) -> torch.dtype | None:
    """A dtype given as one, as its name or as NumPy's or Python's type."""
    if dtype is None:
        return default
    if isinstance(dtype, torch.dtype):
        return dtype
    named = torch_dtype(numpy_dtype(dtype) if isinstance(dtype, str) else np.dtype(dtype))
    return _NARROWED.get(named, named) if dtype in (int, float) else named


def _tensor(value: Any, dtype: Any = None) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value if dtype is None else value.to(_dtype(dtype))
    made = plain_from(value, None, owner="mindspore.numpy")
    return made.to(_dtype(dtype, _NARROWED.get(made.dtype, made.dtype)))


def _array(obj: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> torch.Tensor:
    made = _tensor(obj, dtype)
    made = made.clone() if copy else made
    return made.reshape((1,) * (ndmin - made.ndim) + made.shape)


def _arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> torch.Tensor:
    first, last = (0, start) if stop is None else (start, stop)
    return _tensor(np.arange(first, last, step), dtype)


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> torch.Tensor:
    return _tensor(np.linspace(start, stop, num, endpoint), dtype)


def _full(shape: Any, fill_value: Any, dtype: Any = None) -> torch.Tensor:
    return torch.broadcast_to(_tensor(fill_value, dtype), _size(shape)).clone()


def _size(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> torch.Tensor:  # noqa: N803
    return _tensor(np.eye(N, M, k), _dtype(dtype, torch.float32))


def _like(a: Any, fill_value: Any, dtype: Any, shape: Any) -> torch.Tensor:
    of = _tensor(a)
    return torch.full(of.shape if shape is None else _size(shape), fill_value, dtype=_dtype(dtype, of.dtype))


def _sum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None
) -> torch.Tensor:
    of = _tensor(a)
    integers = not (of.is_floating_point() or of.is_complex())
    found = torch.sum(of, axis, keepdims, dtype=_dtype(dtype, torch.int32 if integers else of.dtype))
    return found if initial is None else found + initial


def _mean(a: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> torch.Tensor:
    of = _tensor(a)
    wide = of if of.is_floating_point() or of.is_complex() else of.to(torch.float32)
    return torch.mean(wide, axis, keepdims).to(_dtype(dtype, of.dtype))


def _extreme(compute: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    return lambda a, axis=None, keepdims=False: compute(_tensor(a), () if axis is None else axis, keepdims)


def _spread(compute: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    return lambda x, axis=None, ddof=0, keepdims=False: compute(
        _tensor(x, None if _tensor(x).is_floating_point() else torch.float32),
        *(axis,),
        correction=ddof,
        keepdim=keepdims,
    )


def _one(compute: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    return lambda x, dtype=None: _tensor(compute(_tensor(x)), dtype)


def _two(compute: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def binary(x1: Any, x2: Any, dtype: Any = None) -> torch.Tensor:
        first, second = _tensor(x1), _tensor(x2)
        common = torch.promote_types(first.dtype, second.dtype)
        return _tensor(compute(first.to(common), second.to(common)), dtype)

    return binary


def _transpose(a: Any, axes: Any = None) -> torch.Tensor:
    of = _tensor(a)
    return of.permute(*(range(of.ndim)[::-1] if axes is None else axes))


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> torch.Tensor:
    counts = torch.as_tensor(repeats) if isinstance(repeats, list | tuple) else repeats
    return torch.repeat_interleave(_tensor(a), counts, axis)


def _where(condition: Any, x: Any, y: Any) -> torch.Tensor:
    return torch.where(_tensor(condition).bool(), _tensor(x), _tensor(y))


def _meshgrid(*xi: Any, indexing: str = "xy") -> list[torch.Tensor]:
    return list(torch.meshgrid(*map(_tensor, xi), indexing=indexing))


def _tensors(arrays: Any) -> list[torch.Tensor]:
    return [_tensor(array) for array in arrays]


_OF_ONE = (
    *("abs", "absolute", "ceil", "cos", "exp", "floor", "isinf", "isnan", "log", "log2", "negative"),
    *("sign", "sin", "sqrt", "square", "tan", "tanh"),
)
_OF_TWO = ("add", "divide", "matmul", "maximum", "minimum", "multiply")
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _one(getattr(torch, name)) for name in _OF_ONE},
    **{name: _two(getattr(torch, name)) for name in _OF_TWO},
    "amax": _extreme(torch.amax),
    "amin": _extreme(torch.amin),
    "arange": _arange,
    "argmax": lambda a, axis=None: torch.argmax(_tensor(a), axis),
    "argmin": lambda a, axis=None: torch.argmin(_tensor(a), axis),
    "array": _array,
    "array_equal": lambda a1, a2: torch.equal(_tensor(a1), _tensor(a2)),
    "asarray": _tensor,
    "broadcast_to": lambda array, shape: torch.broadcast_to(_tensor(array), shape),
    "clip": lambda x, xmin, xmax, dtype=None: _tensor(torch.clamp(_tensor(x), xmin, xmax), dtype),
    "concatenate": lambda arrays, axis=0: torch.cat(_tensors(arrays), axis),
    "copy": lambda a: _tensor(a).clone(),
    "cumsum": lambda a, axis=None, dtype=None: torch.cumsum(
        _tensor(a) if axis is not None else _tensor(a).reshape(-1),
        *(axis or 0,),
        dtype=_dtype(dtype, _tensor(a).dtype),
    ),
    "diag": lambda v, k=0: torch.diag(_tensor(v), k),
    "dot": lambda a, b: torch.matmul(_tensor(a), _tensor(b)),
    "empty": lambda shape, dtype=None: torch.zeros(_size(shape), dtype=_dtype(dtype, torch.float32)),
    "expand_dims": lambda a, axis: torch.unsqueeze(_tensor(a), axis),
    "eye": _eye,
    "full": _full,
    "full_like": lambda a, fill_value, dtype=None, shape=None: _like(a, fill_value, dtype, shape),
    "hstack": lambda tup: torch.hstack(_tensors(tup)),
    "identity": lambda n, dtype=None: torch.eye(n, dtype=_dtype(dtype, torch.float32)),
    "linspace": _linspace,
    "max": _extreme(torch.amax),
    "mean": _mean,
    "meshgrid": _meshgrid,
    "min": _extreme(torch.amin),
    "mod": _two(torch.remainder),
    "moveaxis": lambda a, source, destination: torch.moveaxis(_tensor(a), source, destination),
    "norm": lambda x, ord=None, axis=None, keepdims=False: torch.linalg.norm(_tensor(x), ord, axis, keepdims),
    "ones": lambda shape, dtype=None: torch.ones(_size(shape), dtype=_dtype(dtype, torch.float32)),
    "ones_like": lambda a, dtype=None, shape=None: _like(a, 1, dtype, shape),
    "outer": lambda a, b: torch.outer(_tensor(a).reshape(-1), _tensor(b).reshape(-1)),
    "power": _two(torch.pow),
    "ravel": lambda x: _tensor(x).reshape(-1),
    "repeat": _repeat,
    "reshape": lambda x, new_shape: _tensor(x).reshape(new_shape),
    "size": lambda a, axis=None: _tensor(a).numel() if axis is None else _tensor(a).shape[axis],
    "split": lambda x, indices_or_sections, axis=0: torch.tensor_split(_tensor(x), indices_or_sections, axis),
    "squeeze": lambda a, axis=None: _tensor(a).squeeze() if axis is None else _tensor(a).squeeze(axis),
    "stack": lambda arrays, axis=0: torch.stack(_tensors(arrays), axis),
    "std": _spread(torch.std),
    "subtract": _two(torch.sub),
    "sum": _sum,
    "swapaxes": lambda x, axis1, axis2: torch.swapaxes(_tensor(x), axis1, axis2),
    "tile": lambda a, reps: torch.tile(_tensor(a), _size(reps)),
    "transpose": _transpose,
    "tril": lambda m, k=0: torch.tril(_tensor(m), k),
    "triu": lambda m, k=0: torch.triu(_tensor(m), k),
    "unique": lambda x: torch.unique(_tensor(x)),
    "var": _spread(torch.var),
    "vstack": lambda tup: torch.vstack(_tensors(tup)),
    "where": _where,
    "zeros": lambda shape, dtype=None: torch.zeros(_size(shape), dtype=_dtype(dtype, torch.float32)),
    "zeros_like": lambda a, dtype=None, shape=None: _like(a, 0, dtype, shape),
}
globals().update({name: function(name, compute, "numpy") for name, compute in _FUNCTIONS.items()})

pi, inf, nan, e = math.pi, math.inf, math.nan, math.e

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


__all__ = [
    *("e", "float16", "float32", "float64", "inf", "int32", "int64", "nan", "pi"),
    *_FUNCTIONS,
]
