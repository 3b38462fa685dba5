"""The transpose of a convolution: every element of the input spreads a kernel over the result."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.convolution import Convolution
from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["checked_output_padding", "cut_to", "spread", "transposed_edges"]

_FUNCTIONS = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def checked_output_padding(value: object, checked: Convolution) -> tuple[int, ...]:
    """How much longer each axis of the result is to be.

    Raises:
        ArgumentTypeError: neither an int nor a tuple of ints.
        ArgumentValueError: another number of entries; a negative one; any above 0 without padding by hand.
    """
    axes = len(checked.kernel_size)
    entries: tuple[int, ...]
    entries = value if isinstance(value, tuple) else (value,) * axes  # type: ignore[assignment]
    if any(isinstance(entry, bool) or not isinstance(entry, int) for entry in entries):
        raise ArgumentTypeError(
            f"{checked.owner}: output_padding must be an int or a tuple of {axes} ints, got {value!r}."
        )
    if len(entries) != axes or min(entries) < 0:
        raise ArgumentValueError(
            f"{checked.owner}: output_padding must be 0 or more, or {axes} such numbers, got {value!r}."
        )
    if any(entries) and checked.pad_mode != "pad":
        raise ArgumentValueError(
            f"{checked.owner}: output_padding={value!r} needs pad_mode='pad', "
            f"got pad_mode={checked.pad_mode!r}."
        )
    return entries


def spread(convolution: Convolution, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The whole result, no edge cut.

    Args:
        x: (N, in, *sizes).
        weight: (in, out / group, *kernel_size), of x's dtype.
    """
    transpose = _FUNCTIONS[len(convolution.kernel_size)]
    return transpose(
        x, weight, None, convolution.stride, groups=convolution.group, dilation=convolution.dilation
    )


def transposed_edges(
    convolution: Convolution, sizes: Sequence[int], output_padding: Sequence[int]
) -> list[int]:
    """What to add to (or cut from, if negative) the whole result for an input of these sizes, last axis
    first, as torch's ``pad`` takes it.

    Raises:
        ArgumentValueError: nothing is left of an axis.
    """
    edges: list[int] = []
    axes = zip(sizes, convolution.kernel_size, convolution.stride, convolution.dilation, strict=True)
    for axis, (size, kernel, stride, dilation) in enumerate(axes):
        excess = dilation * (kernel - 1) + 1 - stride  # by how much the whole exceeds size * stride
        if convolution.pad_mode == "same":
            cut = max(excess, 0) // 2
            edge = (-cut, cut - excess)
        elif convolution.pad_mode == "valid":
            edge = (0, max(-excess, 0))
        else:
            before, after = convolution.padding[2 * axis : 2 * axis + 2]
            edge = (-before, output_padding[axis] - after)
        if size * stride + excess + sum(edge) < 1:
            raise ArgumentValueError(
                f"{convolution.owner}: the padding leaves nothing of axis {axis + 2}. Use less."
            )
        edges = [*edge, *edges]
    return edges


def cut_to(
    convolution: Convolution, whole: torch.Tensor, spread_from: Sequence[int], sizes: Sequence[int]
) -> torch.Tensor:
    """The whole result, cut to ``sizes``: those of an input of the convolution that this one transposes.

    Elements that the convolution never read are 0.

    Args:
        spread_from: the sizes that the whole result was spread from.

    Raises:
        ArgumentValueError: the convolution would not turn ``sizes`` into ``spread_from``.
    """
    edges: list[int] = []
    made: list[int] = []
    axes = zip(convolution.edges(sizes), whole.shape[2:], spread_from, convolution.stride, sizes, strict=True)
    for (before, after), full, spots, stride, size in axes:
        span = full - (spots - 1) * stride
        made.append((before + size + after - span) // stride + 1)
        edges = [-before, size + before - full, *edges]
    if made != [*spread_from]:
        raise ArgumentValueError(
            f"{convolution.owner}: the convolution makes {tuple(made)} of sizes {tuple(sizes)}, but dout has "
            f"{tuple(spread_from)}."
        )
    return F.pad(whole, edges)
