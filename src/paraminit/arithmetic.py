"""What operations on a Parameter give: a Tensor in a program, a plain torch tensor inside a Cell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import torch

from paraminit.pending import over
from paraminit.running import inside_a_cell
from paraminit.tensor import Tensor

__all__ = ["Arithmetic"]

_OPERATORS = """
    __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __floordiv__ __rfloordiv__
    __mod__ __rmod__ __pow__ __rpow__ __matmul__ __rmatmul__ __neg__ __pos__ __abs__ __invert__
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __and__ __rand__ __or__ __ror__ __xor__ __rxor__
    __lshift__ __rlshift__ __rshift__ __rrshift__ __getitem__
"""
# Methods that make no tensor of numbers, or that a Parameter has in a form of its own.
_OTHERS = """
    allclose as_subclass backward clone const_data_ptr data_ptr dense_dim detach dim dim_order element_size
    equal get_device item module_load ndimension nelement numel numpy qscheme record_stream register_hook
    register_post_accumulate_grad_hook retain_grad size sparse_dim storage storage_offset storage_type stride
    tolist unique untyped_storage
"""


def _methods() -> list[str]:
    """torch's methods that make tensors, whichever this version of torch has."""
    names = [name for name in dir(torch.Tensor) if not name.startswith(("_", "is_"))]
    names = [name for name in names if not name.endswith("_") and callable(getattr(torch.Tensor, name))]
    return sorted({*names} - {*_OTHERS.split()})


_data: Any = torch.Tensor.data
_parameter_of: Any = torch.nn.Parameter.__new__


def _wants_plain(frames: int) -> bool:
    """Whether the caller so many frames up is inside a Cell or is torch itself, which recognises its own
    class and moves modules, for example."""
    if inside_a_cell():
        return True
    module = sys._getframe(frames + 1).f_globals.get("__name__", "")
    return str(module).startswith("torch.")


def _as_tensor(result: Any) -> Any:
    if type(result) is torch.Tensor:
        return result.as_subclass(Tensor)
    if isinstance(result, tuple):  # max(dim) and the like: torch's own named tuples, which take one tuple
        return type(result)([_as_tensor(item) for item in result])
    return result


def _bordered(function: Callable[..., Any]) -> Callable[..., Any]:
    def operation(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return result if _wants_plain(1) else _as_tensor(result)

    operation.__name__ = function.__name__  # and not torch's docstring, whose examples print torch's way
    return operation


class Arithmetic(torch.Tensor):
    """The operators and methods of a Parameter that make tensors.

    torch's own functions (``torch.sum(parameter)``) know nothing of this and give plain tensors, as do
    compiled programs.
    """

    for _name in (*_OPERATORS.split(), *_methods()):
        locals()[_name] = _bordered(getattr(Tensor, _name))
    del _name
    __hash__ = torch.Tensor.__hash__

    def __iter__(self) -> Iterator[torch.Tensor]:
        rows: Iterator[torch.Tensor] = super().__iter__()  # type: ignore[no-untyped-call]
        return rows if _wants_plain(1) else map(_as_tensor, rows)

    def detach(self) -> torch.Tensor:
        """The values, apart from the gradient's graph, over the same memory."""
        plain = super().detach()
        if torch.compiler.is_compiling():
            return plain
        if sys._getframe(1).f_code is _parameter_of.__code__:  # torch.nn.Parameter(self) has to get its like
            twin = over(type(self), plain, False)
            vars(twin).update(deepcopy(vars(self)), _owned=False)
            return twin
        return plain if _wants_plain(1) else _as_tensor(plain)

    @property
    def data(self) -> torch.Tensor:
        """The values, apart from the gradient's graph, over the same memory."""
        if torch.compiler.is_compiling():  # which cannot trace the getter of a property that it replaced
            return self.detach()
        plain: torch.Tensor = _data.__get__(self)
        return plain if _wants_plain(1) else plain.as_subclass(Tensor)

    @data.setter
    def data(self, values: torch.Tensor) -> None:
        _data.__set__(self, values)

    @property
    def T(self) -> torch.Tensor:  # type: ignore[override]  # noqa: N802
        """The transpose."""
        return self.permute(tuple(reversed(range(self.dim()))))
