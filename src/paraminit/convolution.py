"""Convolution by MindSpore's rules: what its arguments may be, and how the edges are padded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

__all__ = ["Convolution", "check_tensors", "per_axis", "positive_int"]

_PAD_MODES = ("pad", "same", "valid")
_FUNCTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def positive_int(owner: str, argument: str, value: object) -> int:
    """``value``, an int above 0.

    Raises:
        ArgumentTypeError: no int (bool included).
        ArgumentValueError: 0 or less.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{owner}: {argument} must be an int, got {value!r}.")
    if value < 1:
        raise ArgumentValueError(f"{owner}: {argument} must be 1 or more, got {value!r}.")
    return value


def per_axis(owner: str, argument: str, value: object, axes: int) -> tuple[int, ...]:
    """One positive int for each axis, given as an int or a tuple.

    Raises:
        ArgumentTypeError: a list, float, bool or anything else.
        ArgumentValueError: a tuple of another length; an entry of 0 or less.
    """
    if isinstance(value, bool) or not isinstance(value, int | tuple):
        raise ArgumentTypeError(
            f"{owner}: {argument} must be an int or a tuple of {axes} ints, got {value!r}."
        )
    entries = value if isinstance(value, tuple) else (value,) * axes
    if len(entries) != axes:
        raise ArgumentValueError(f"{owner}: {argument} must have {axes} entries, got {value!r}.")
    return tuple(positive_int(owner, argument, entry) for entry in entries)


def check_tensors(owner: str, **inputs: object) -> None:
    """Make sure that each input, given by its name, is a tensor.

    Raises:
        ArgumentTypeError: one is not; says which.
    """
    for name, value in inputs.items():
        if not isinstance(value, torch.Tensor):
            raise ArgumentTypeError(f"{owner}: {name} must be a Tensor, got {type(value).__name__}.")


@dataclass(frozen=True)
class Convolution:
    """A convolution's checked arguments; calling it convolves.

    Attributes:
        owner: the layer or operator, for error messages.
        kernel_size, stride, dilation: one entry for each axis.
        pad_mode: ``"valid"`` pads nothing; ``"same"`` so much that the output has ceil(input / stride)
            elements, the odd one at the end; ``"pad"`` what ``padding`` says.
        padding: (before, after) of the first axis, then of the next.
        group: number of groups.
        border: what the padding holds: ``"constant"`` for zeros, or another mode of torch's ``pad``.
    """

    owner: str
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    pad_mode: str
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    group: int
    border: str = "constant"

    @classmethod
    def checked(
        cls,
        owner: str,
        axes: int,
        kernel_size: object,
        stride: object,
        pad_mode: object,
        padding: object,
        dilation: object,
        group: object,
        channels: dict[str, object],
        *,
        padding_name: str = "padding",
        group_name: str = "group",
        border: str = "constant",
    ) -> Convolution:
        """From the arguments as they came.

        Args:
            axes: 1, 2 or 3.
            channels: numbers that ``group`` must divide, by argument name.

        Raises:
            ArgumentTypeError, ArgumentValueError, UnknownNameError: naming owner and argument.
        """
        counts = {name: positive_int(owner, name, value) for name, value in channels.items()}
        groups = positive_int(owner, group_name, group)
        for name, count in counts.items():
            if count % groups:
                raise ArgumentValueError(
                    f"{owner}: {group_name} must divide {name}, got {group_name}={groups}, {name}={count}."
                )
        if not isinstance(pad_mode, str):
            raise ArgumentTypeError(f"{owner}: pad_mode must be a str, got {pad_mode!r}.")
        mode = pad_mode.lower()
        if mode not in _PAD_MODES:
            raise UnknownNameError(f"pad_mode of {owner}", pad_mode, _PAD_MODES)
        pads = _pads(owner, padding_name, padding, axes)
        if mode != "pad" and any(pads):
            raise ArgumentValueError(
                f"{owner}: {padding_name}={padding!r} needs pad_mode='pad', got pad_mode={pad_mode!r}."
            )
        return cls(
            owner,
            per_axis(owner, "kernel_size", kernel_size, axes),
            per_axis(owner, "stride", stride, axes),
            mode,
            pads,
            per_axis(owner, "dilation", dilation, axes),
            groups,
            border,
        )

    def edges(self, sizes: Sequence[int]) -> list[tuple[int, int]]:
        """(before, after) for each axis of an input of these sizes."""
        edges = []
        axes = zip(sizes, self.kernel_size, self.stride, self.dilation, strict=True)
        for axis, (size, kernel, stride, dilation) in enumerate(axes):
            span = dilation * (kernel - 1) + 1
            before, after = self.padding[2 * axis : 2 * axis + 2]
            if self.pad_mode == "same":
                total = max((-(-size // stride) - 1) * stride + span - size, 0)
                before, after = total // 2, total - total // 2
            if span > size + before + after:
                raise ArgumentValueError(
                    f"{self.owner}: the kernel spans {span} elements of axis {axis + 2}, the padded input "
                    f"has {size + before + after}. Use a smaller kernel, a larger input, or more padding."
                )
            reach = {"reflect": size - 1, "circular": size}.get(self.border)
            if reach is not None and max(before, after) > reach:
                raise ArgumentValueError(
                    f"{self.owner}: padding_mode={self.border!r} can add {reach} elements to either side of "
                    f"axis {axis + 2}, which has {size}; the padding is ({before}, {after})."
                )
            edges.append((before, after))
        return edges

    def __call__(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Convolve.

        Args:
            x: (N, C, *sizes).
            weight: (out, C / group, *kernel_size), of x's dtype.
            bias: (out,).

        Raises:
            ArgumentValueError: shapes that do not fit, or a kernel that is larger than the padded input.
            ArgumentTypeError: x is no tensor; x and weight of different dtypes, or not floating point.
        """
        check_tensors(self.owner, x=x)
        axes = len(self.kernel_size)
        if x.ndim != axes + 2:
            raise ArgumentValueError(
                f"{self.owner}: x must have {axes + 2} dimensions (N, C, ...), got shape {tuple(x.shape)}."
            )
        if x.shape[1] != weight.shape[1] * self.group:
            raise ArgumentValueError(
                f"{self.owner}: x must have {weight.shape[1] * self.group} channels, got {x.shape[1]} "
                f"(x {tuple(x.shape)}, weight {tuple(weight.shape)}, group {self.group})."
            )
        if x.dtype != weight.dtype or not x.is_floating_point():
            raise ArgumentTypeError(
                f"{self.owner}: x and weight must have one floating-point dtype, got {x.dtype} and "
                f"{weight.dtype}. Convert with .astype(...)."
            )
        edges = self.edges(x.shape[2:])
        if self.border == "constant" and all(before == after for before, after in edges):
            padding = [before for before, _ in edges]
        else:
            x = F.pad(x, [amount for edge in reversed(edges) for amount in edge], mode=self.border)
            padding = [0] * axes
        convolve = _FUNCTIONS[axes]
        return convolve(x, weight, bias, self.stride, padding, self.dilation, self.group)


def _pads(owner: str, argument: str, value: object, axes: int) -> tuple[int, ...]:
    if isinstance(value, bool) or not isinstance(value, int | tuple):
        raise ArgumentTypeError(
            f"{owner}: {argument} must be an int or a tuple of {2 * axes} ints, got {value!r}."
        )
    entries = value if isinstance(value, tuple) else (value,) * (2 * axes)
    if any(isinstance(entry, bool) or not isinstance(entry, int) for entry in entries):
        raise ArgumentTypeError(f"{owner}: {argument} must hold ints, got {value!r}.")
    if len(entries) != 2 * axes or min(entries) < 0:
        raise ArgumentValueError(
            f"{owner}: {argument} must be 0 or more, or {2 * axes} such numbers (before and after each "
            f"axis), got {value!r}."
        )
    return entries
