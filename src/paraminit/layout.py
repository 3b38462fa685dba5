"""MindSpore's words for a tensor's layout, where they differ from torch's."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

import torch

from paraminit.errors import ArgumentValueError

__all__ = ["Layout"]


class _Size(int):
    """The number of elements, MindSpore's ``size``, that can also be called, as torch's ``size()``."""

    _tensor: torch.Tensor

    def __new__(cls, tensor: torch.Tensor) -> Self:
        size = super().__new__(cls, torch.Tensor.numel(tensor))
        size._tensor = tensor
        return size

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return torch.Tensor.size(self._tensor, *args, **kwargs)

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)


class Layout(torch.Tensor):
    """``size``, ``strides``, ``expand_dims``, ``transpose`` with a permutation, and the one element."""

    @property
    def size(self) -> Any:
        """The number of elements; called, torch's ``size()``.

        Example:
            >>> from paraminit import Tensor
            >>> t = Tensor([[1, 2, 3]])
            >>> t.size + 1, t.size(), t.size(-1)
            (4, torch.Size([1, 3]), 3)
        """
        if torch.compiler.is_compiling():  # which cannot trace a number that can be called
            return partial(torch.Tensor.size, self)
        return _Size(self)

    @property
    def strides(self) -> tuple[int, ...]:
        """The distance in bytes between neighbours along each axis."""
        return tuple(step * self.element_size() for step in self.stride())

    def expand_dims(self, axis: int) -> torch.Tensor:
        """A view with one more axis, of size 1, at ``axis``."""
        return self.unsqueeze(axis)

    def transpose(self, *axes: Any) -> torch.Tensor:
        """The axes in another order: a permutation of all, none for the reverse; or torch's two to swap.

        Example:
            >>> from paraminit import Tensor
            >>> t = Tensor(shape=(1, 2, 3), dtype=torch.float32)
            >>> tuple(t.transpose(2, 0, 1).shape), tuple(t.transpose(0, 1).shape)
            ((3, 1, 2), (2, 1, 3))
        """
        if len(axes) == 1 and isinstance(axes[0], tuple | list):
            axes = tuple(axes[0])
        if len(axes) == 2:
            return super().transpose(*axes)
        return self.permute(axes or tuple(reversed(range(self.dim()))))

    def item(self) -> Any:
        """The only element, as a number.

        Raises:
            ArgumentValueError: there are none, or several.
        """
        self._check_single("item()")
        return super().item()

    def __bool__(self) -> bool:
        self._check_single("bool()")
        return super().__bool__()

    def _check_single(self, asked: str) -> None:
        if self.numel() != 1:
            raise ArgumentValueError(
                f"{asked} needs a tensor of one element, got shape {tuple(self.shape)}. "
                "For a truth value say .any() or .all()."
            )
