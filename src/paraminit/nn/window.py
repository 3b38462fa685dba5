"""What the pooling layers share: a window, its arguments and MindSpore's ways to pad."""

from __future__ import annotations

from textwrap import indent
from typing import ClassVar

import torch

from paraminit.cell import Cell
from paraminit.convolution import Convolution, check_tensors
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool

__all__ = ["Pool", "check_channels_first", "described"]

_TEXT = """{what} of x under a window that moves over {axes}.

    Args:
        kernel_size: of the window; {each}; default 1.
        stride: how far it moves; the same forms; default 1.
        pad_mode: ``"valid"`` (default): no padding; ``"same"``: the output has ceil(size / stride) elements,
            an odd padding element goes to the end; ``"pad"``: ``padding`` on either side. In any case.
        padding: {each}, at most half the window; 0 unless pad_mode is ``"pad"``.
{more}
    Shape:
        x (N, C, {sizes}) or (C, {sizes}); result the same with other sizes.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind; a window
            larger than the padded input.
"""
_EACH = {1: "an int", 2: "an int or (height, width)", 3: "an int or (depth, height, width)"}
_AXES = {1: ("one axis", "L"), 2: ("two axes", "H, W"), 3: ("three axes", "D, H, W")}


def described(what: str, axes: int, more: str, example: str, text: str = _TEXT) -> str:
    """A pooling layer's docstring. ``more``: its own arguments; ``example``: a call and what it prints."""
    over, sizes = _AXES[axes]
    filled = text.format(what=what, axes=over, each=_EACH[axes], sizes=sizes, more=more)
    return f"{filled}\n    Example:\n{indent(f'>>> {example}', ' ' * 8)}\n    "


class Pool(Cell):
    """A window with MindSpore's arguments, checked; a subclass says what it makes of its elements."""

    _axes: ClassVar[int]

    def _window(
        self,
        kernel_size: object,
        stride: object,
        pad_mode: str,
        padding: object,
        dilation: object,
        ceil_mode: bool,
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        owner, axes = type(self).__name__, self._axes
        check_bool(owner, "ceil_mode", ceil_mode)
        self._sides = _sides(owner, padding, axes)
        checked = Convolution.checked(
            owner,
            axes,
            self._all_axes(kernel_size),
            self._all_axes(stride),
            pad_mode,
            tuple(side for side in self._sides for _ in range(2)),
            self._all_axes(dilation),
            1,
            {},
        )
        if any(side > size // 2 for side, size in zip(self._sides, checked.kernel_size, strict=True)):
            raise ArgumentValueError(
                f"{owner}: padding must be at most half of kernel_size={kernel_size!r}, got {padding!r}."
            )
        self._checked, self.pad_mode, self.ceil_mode = checked, checked.pad_mode.upper(), ceil_mode

    def _all_axes(self, value: object) -> object:
        return value * self._axes if isinstance(value, tuple) and len(value) == 1 else value

    def _edges(self, x: torch.Tensor) -> list[int]:
        """What F.pad takes for the edges of this input."""
        owner, axes = type(self).__name__, self._axes
        check_tensors(owner, x=x)
        if x.ndim not in (axes + 1, axes + 2):
            raise ArgumentValueError(
                f"{owner}: x must have {axes + 1} or {axes + 2} dimensions, got shape {tuple(x.shape)}."
            )
        return [n for edge in reversed(self._checked.edges(x.shape[-axes:])) for n in edge]

    def extend_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, pad_mode={self.pad_mode}"


def check_channels_first(owner: str, data_format: object) -> None:
    """Raise ArgumentValueError if ``data_format`` is not MindSpore's word for channels before axes."""
    if data_format != "NCHW":
        raise ArgumentValueError(
            f"{owner}: data_format must be 'NCHW', got {data_format!r}. Transpose the input."
        )


def _sides(owner: str, padding: object, axes: int) -> tuple[int, ...]:
    """What is added on either side of each axis."""
    entries = tuple(padding) if isinstance(padding, tuple | list) else (padding,)
    if any(isinstance(entry, bool) or not isinstance(entry, int) for entry in entries):
        raise ArgumentTypeError(f"{owner}: padding must be an int or a tuple of ints, got {padding!r}.")
    if len(entries) not in (1, axes) or min(entries) < 0:
        raise ArgumentValueError(
            f"{owner}: padding must be 0 or more, or {axes} such numbers, got {padding!r}."
        )
    return entries * axes if len(entries) == 1 else entries
