"""What ``to_float`` and ``recompute`` make of a Cell's call: computing in another floating-point dtype than
the parameters have, and keeping less for the gradients."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from contextvars import ContextVar, Token, copy_context
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from paraminit.boundary import map_tensors
from paraminit.metadata import WITHOUT_VALUES

__all__ = ["run"]

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
# What a program asks for by name is done as it says; what writes, writes into the tensor itself.
_CONVERSIONS = frozenset(
    {
        *("to", "type", "type_as", "float", "half", "double", "bfloat16", "int", "long", "short", "char"),
        *("byte", "bool", "detach", "numpy", "tolist", "item", "__repr__", "__format__", "__float__"),
        *("__int__", "__bool__", "__get__", "__set__", "__setitem__", "__iadd__", "__isub__", "__imul__"),
        *("__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__"),
    }
)
# These write into their moving statistics, and take parameters of another dtype than the input's.
_WITH_STATISTICS = frozenset({F.batch_norm, F.instance_norm, torch.batch_norm, torch.instance_norm})

_dtype: ContextVar[torch.dtype | None] = ContextVar("paraminit_computing_in", default=None)


class _Casting(TorchFunctionMode):
    """Gives every function its floating-point tensors in the dtype of the innermost Cell that says one."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function in _WITH_STATISTICS:
            return function(_cast(args[0]), *args[1:], **kwargs)
        if not _leaves_alone(function, kwargs):
            args, kwargs = map_tensors(_cast, (args, kwargs))
        return function(*args, **kwargs)


def _leaves_alone(function: Any, kwargs: dict[str, Any]) -> bool:
    name = getattr(function, "__name__", "")
    in_place = name.endswith("_") and not name.endswith("__")
    return in_place or name in _CONVERSIONS or function in WITHOUT_VALUES or "out" in kwargs


def _cast(tensor: torch.Tensor) -> torch.Tensor:
    dtype = _dtype.get()
    return tensor.to(dtype) if tensor.dtype in _FLOATS and dtype is not None else tensor


class _ComputingIn:
    """A block in which functions of torch compute in ``dtype``; an inner block's dtype wins."""

    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype
        self._mode = _Casting() if _dtype.get() is None else nullcontext()

    def __enter__(self) -> None:
        self._token: Token[torch.dtype | None] = _dtype.set(self._dtype)
        self._mode.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._mode.__exit__(*error)
        _dtype.reset(self._token)


def run(
    construct: Callable[..., Any],
    dtype: torch.dtype | None,
    recomputes: bool,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Call ``construct``.

    Args:
        dtype: what to compute in; None for that of the Cells around, or of the inputs.
        recomputes: keep the inputs only, and compute again what the gradients need.
    """
    dtype = dtype or _dtype.get()

    def computed(*args: Any, **kwargs: Any) -> Any:
        if dtype is None:
            return construct(*args, **kwargs)
        with _ComputingIn(dtype):
            return construct(*args, **kwargs)

    if not recomputes or not torch.is_grad_enabled() or torch.compiler.is_compiling():
        return computed(*args, **kwargs)
    around = copy_context()  # the second time no Cell is being called, and nothing says what to compute in

    def inside(*args: Any, **kwargs: Any) -> Any:
        context = around.copy()
        context.run(_dtype.set, None)
        return context.run(computed, *args, **kwargs)

    return checkpoint(inside, *args, use_reentrant=False, **kwargs)
