"""Methods that MindSpore and torch understand differently under one name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from paraminit.running import in_mindspore_program

__all__ = ["Ambiguous"]

_TORCHS = {"dim", "keepdim", "unbiased", "correction", "out"}


class Ambiguous(torch.Tensor):
    """In a program that imports mindspore, outside of Cells, these methods are MindSpore's; with an argument
    that only one of the two has, that one's everywhere.

    MindSpore divides by n - ddof, where ddof is 0 unless given, ``max(axis=...)`` gives the values alone, and
    ``equal`` compares element by element.
    """

    def std(self, *args: Any, **kwargs: Any) -> Any:
        """The standard deviation: torch's, or MindSpore's ``std(axis=None, ddof=0, keepdims=False)``.

        Example:
            >>> from paraminit import Tensor
            >>> t = Tensor([1.0, 3.0])
            >>> round(t.std().item(), 4), t.std(ddof=0).item()
            (1.4142, 1.0)
        """
        return _spread(super().std, args, kwargs)

    def var(self, *args: Any, **kwargs: Any) -> Any:
        """The variance: torch's, or MindSpore's ``var(axis=None, ddof=0, keepdims=False)``."""
        return _spread(super().var, args, kwargs)

    def max(self, *args: Any, **kwargs: Any) -> Any:
        """The largest element: torch's, or MindSpore's ``max(axis=None, keepdims=False, *, initial=None,
        return_indices=False)``.

        Example:
            >>> from paraminit import Tensor
            >>> print(Tensor([[1.0, 3.0], [5.0, 2.0]]).max(axis=1, initial=4.0))
            [4. 5.]
        """
        return _extreme(super().max, super().amax, torch.maximum, args, kwargs)

    def min(self, *args: Any, **kwargs: Any) -> Any:
        """The smallest element: torch's, or MindSpore's, as :meth:`max`."""
        return _extreme(super().min, super().amin, torch.minimum, args, kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> Any:
        """The mean, of integers too in MindSpore's program; ``keep_dims`` is another name of ``keepdim``."""
        _rename(kwargs, "keep_dims", "keepdim")
        if self.is_floating_point() or self.is_complex() or not in_mindspore_program():
            return super().mean(*args, **kwargs)
        return super().float().mean(*args, **kwargs).to(self.dtype)

    def any(self, *args: Any, **kwargs: Any) -> Any:
        """Whether any element is not 0; ``keep_dims`` is another name of ``keepdim``."""
        _rename(kwargs, "keep_dims", "keepdim")
        return super().any(*args, **kwargs)

    def all(self, *args: Any, **kwargs: Any) -> Any:
        """Whether no element is 0; ``keep_dims`` is another name of ``keepdim``."""
        _rename(kwargs, "keep_dims", "keepdim")
        return super().all(*args, **kwargs)

    def norm(self, *args: Any, **kwargs: Any) -> Any:
        """The norm; ``ord`` is another name of ``p``."""
        _rename(kwargs, "ord", "p")
        return super().norm(*args, **kwargs)

    def equal(self, other: Any) -> Any:
        """Whether the tensors are equal: in torch as a whole, in MindSpore element by element."""
        return self == other if in_mindspore_program() else super().equal(other)


def _spread(torchs: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if "ddof" in kwargs or (in_mindspore_program() and not kwargs.keys() & _TORCHS):
        axis, ddof, keepdims = _bound(args, kwargs, axis=None, ddof=0, keepdims=False)
        return torchs(dim=axis, correction=ddof, keepdim=keepdims)
    return torchs(*args, **kwargs)


def _extreme(
    torchs: Callable[..., Any],
    values: Callable[..., Any],
    further: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    if kwargs.keys() & {"initial", "return_indices"} or ("axis" in kwargs and in_mindspore_program()):
        names = {"axis": None, "keepdims": False, "initial": None, "return_indices": False}
        axis, keepdims, initial, return_indices = _bound(args, kwargs, **names)
        if return_indices:
            return tuple(torchs(axis, keepdims))
        found = values(() if axis is None else axis, keepdims)
        return found if initial is None else further(found, torch.as_tensor(initial, dtype=found.dtype))
    result = torchs(*args, **kwargs)
    return tuple(result) if isinstance(result, tuple) and in_mindspore_program() else result


def _bound(args: tuple[Any, ...], kwargs: dict[str, Any], **defaults: Any) -> list[Any]:
    """The arguments in the order of the defaults."""
    if len(args) > len(defaults) or not kwargs.keys() <= defaults.keys():
        raise TypeError(f"the arguments are {', '.join(defaults)}; got {args} and {kwargs}")
    return list({**defaults, **dict(zip(defaults, args, strict=False)), **kwargs}.values())


def _rename(kwargs: dict[str, Any], name: str, torchs: str) -> None:
    if name in kwargs:
        kwargs[torchs] = kwargs.pop(name)
