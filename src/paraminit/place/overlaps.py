"""Tensors that share memory, so that one's values would overwrite another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from paraminit.dtype import array_over

__all__ = ["overlaps_itself", "sharing_memory"]


def overlaps_itself(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether two elements may be in one place.

    They are not if each stride leaps over all that the smaller ones reach, as in every slice, transpose and
    memory format.

    Example:
        >>> overlaps_itself((3, 4), (1, 3)), overlaps_itself((3, 4), (0, 1)), overlaps_itself((4, 4), (2, 1))
        (False, True, True)
    """
    if 0 in shape:
        return False
    reach = 0
    for stride, size in sorted(zip(strides, shape, strict=True)):
        if size == 1:
            continue
        if stride <= reach:
            return True
        reach += stride * (size - 1)
    return False


def sharing_memory(tensors: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, str]]:
    """Pairs of names whose tensors have memory in common, one for each tensor that shares any.

    Args:
        tensors: plain ones, with memory.
    """
    spans = sorted(
        (tensor.data_ptr(), _end(tensor), name) for name, tensor in tensors.items() if tensor.numel()
    )
    reaching: list[tuple[int, str]] = []  # ends and names of those that may reach to the next one
    for start, end, name in spans:
        reaching = [(there, other) for there, other in reaching if there > start]
        for _, other in reaching:
            if _share(tensors[other], tensors[name]):
                yield other, name
                break
        reaching.append((end, name))


def _end(tensor: torch.Tensor) -> int:
    steps = sum(stride * (size - 1) for stride, size in zip(tensor.stride(), tensor.shape, strict=True))
    return tensor.data_ptr() + (steps + 1) * tensor.element_size()


def _share(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether they do, given that the stretches of memory do in which they lie."""
    if first.device != second.device:  # an address means something on one device only
        return False
    if first.is_contiguous() and second.is_contiguous():
        return True
    if not first.is_cpu:
        return first.data_ptr() == second.data_ptr()
    return bool(np.shares_memory(array_over(first.detach()), array_over(second.detach())))
