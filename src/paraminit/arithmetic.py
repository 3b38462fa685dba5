"""What operations on a Parameter give: a Tensor in a program, a plain torch tensor inside a Cell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from paraminit.running import inside_a_cell
from paraminit.tensor import Tensor

__all__ = ["Arithmetic"]

_OPERATORS = """
    __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __floordiv__ __rfloordiv__
    __mod__ __rmod__ __pow__ __rpow__ __matmul__ __rmatmul__ __neg__ __pos__ __abs__ __invert__
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __and__ __or__ __xor__ __getitem__
"""
_METHODS = """
    abs add all any argmax argmin argsort bfloat16 bmm bool broadcast_to ceil chunk clamp clip cos cumprod
    cumsum diff div dot double eq erf exp expand expand_as expand_dims flatten flip float floor gather ge
    gt half index_select int isfinite isinf isnan le log log1p logical_and logical_not logical_or
    logical_xor long lt masked_fill matmul max mean median min mm mul narrow ne neg new_ones new_zeros
    norm outer permute pow prod reciprocal relu repeat reshape roll round rsqrt select sigmoid sign sin
    softmax sort split sqrt square squeeze std sub sum swapaxes swapdims tan tanh tile to topk transpose
    tril triu trunc type_as unbind unsqueeze var view view_as where
"""


_data: Any = torch.Tensor.data


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
    """The operators and everyday methods of a Parameter.

    torch's own functions (``torch.sum(parameter)``) know nothing of this and give plain tensors, as do
    compiled programs.
    """

    for _name in (_OPERATORS + _METHODS).split():
        locals()[_name] = _bordered(getattr(Tensor, _name))
    del _name
    __hash__ = torch.Tensor.__hash__

    def __iter__(self) -> Iterator[torch.Tensor]:
        rows: Iterator[torch.Tensor] = super().__iter__()  # type: ignore[no-untyped-call]
        return rows if _wants_plain(1) else map(_as_tensor, rows)

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
