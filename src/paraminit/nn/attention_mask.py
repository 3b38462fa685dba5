"""The masks of attention as one: what is added to the scores."""

from __future__ import annotations

import torch

from paraminit.convolution import check_tensors
from paraminit.errors import ArgumentValueError

__all__ = ["merged_mask"]


def merged_mask(
    attn_mask: torch.Tensor | None,
    key_padding_mask: torch.Tensor | None,
    size: tuple[int, int, int, int],
    batched: bool,
    dtype: torch.dtype,
) -> torch.Tensor | None:
    """What both masks together add to the scores: minus infinity where a key must not be seen.

    Args:
        attn_mask: (target, source), or (batch * heads, target, source); bool or uint8, not zero where a
            key must not be seen, or floating point, which is added.
        key_padding_mask: (batch, source), or (source,) if the input has no batch; bool or floating point.
        size: batch, heads, target and source length.
        batched: whether the input has a batch axis.
        dtype: of the scores.

    Returns:
        Something that broadcasts to ``size``; None if there is no mask.

    Raises:
        ArgumentTypeError: a mask is no tensor.
        ArgumentValueError: a mask of another shape or dtype.

    Example:
        >>> seen = torch.tensor([[False, True]])
        >>> merged_mask(seen, None, (1, 1, 1, 2), True, torch.float32)
        tensor([[[[0., -inf]]]])
    """
    batch, heads, target, source = size
    parts = []
    if attn_mask is not None:
        deep = (batch * heads, target, source)
        _check("attn_mask", attn_mask, (torch.bool, torch.uint8), (target, source), deep)
        part = _added(attn_mask, dtype)
        parts.append(part.view(size) if part.ndim == 3 else part.view(1, 1, target, source))
    if key_padding_mask is not None:
        _check("key_padding_mask", key_padding_mask, (torch.bool,), (batch, source) if batched else (source,))
        parts.append(_added(key_padding_mask, dtype).view(batch, 1, 1, source))
    return sum(parts[1:], parts[0]) if parts else None


def _check(name: str, mask: object, dtypes: tuple[torch.dtype, ...], *shapes: tuple[int, ...]) -> None:
    check_tensors("MultiheadAttention", **{name: mask})
    assert isinstance(mask, torch.Tensor)
    if mask.dtype not in dtypes and not mask.is_floating_point():
        kinds = ", ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        raise ArgumentValueError(
            f"MultiheadAttention: {name} must be {kinds} or floating point, got {mask.dtype}. "
            "True, or minus infinity, hides a key."
        )
    if tuple(mask.shape) not in shapes:
        raise ArgumentValueError(
            f"MultiheadAttention: {name} must have shape {' or '.join(map(str, shapes))}, "
            f"got {tuple(mask.shape)}."
        )


def _added(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    if mask.is_floating_point():
        return mask.to(dtype)
    hidden = mask if mask.dtype == torch.bool else mask != 0
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(hidden, -torch.inf)
