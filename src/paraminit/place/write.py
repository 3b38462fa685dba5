"""A recipe's values, or blocks of them, into a tensor's memory, wherever it is and however it lies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch

from paraminit.describe.recipe import Recipe
from paraminit.dtype import array_over, tensor_over, torch_dtype
from paraminit.place.shards import Share
from paraminit.place.slices import Part, part

__all__ = ["pieces", "write"]

STEP = 1 << 22  # elements that exist twice at most, where values cannot be made in place


def write(recipe: Recipe, memory: torch.Tensor, shares: Sequence[Share] | None = None) -> None:
    """Write values in place.

    Made in place if the memory is the CPU's and contiguous; else piece by piece beside it, and copied.
    Laws of the whole tensor (a custom initializer, Orthogonal, Sparse ...) are computed in full, also
    where only a block of them is wanted.

    Args:
        recipe: with its key, if its values are random.
        memory: plain tensor of the recipe's dtype, and of its shape or that of the shares together.
        shares: which blocks it holds; None for the complete parameter.
    """
    if shares is None:
        if memory.is_cpu and memory.is_contiguous():
            recipe.initializer.write(array_over(memory), recipe.law, recipe.key)
            return
        shares = [Share(part(recipe.shape, ()), ())]
    if recipe.divisible:
        for share in shares:
            _write_block(recipe, share.part, memory[share.at])
    elif shares:
        whole = recipe.values()
        for share in shares:
            memory[share.at].copy_(tensor_over(whole[share.part.slices]))


def _write_block(recipe: Recipe, block: Part, memory: torch.Tensor) -> None:
    from paraminit.fill.fill import fill

    for piece, at in pieces(block):
        target = memory[at]
        direct = target.is_cpu and target.is_contiguous()
        values = (
            target if direct else torch.empty(target.shape, dtype=torch_dtype(recipe.dtype), device="cpu")
        )
        fill(recipe.law, recipe.key or 0, piece.runs(), array_over(values).reshape(-1))
        if not direct:
            target.copy_(values)


def pieces(block: Part) -> Iterator[tuple[Part, tuple[slice, ...]]]:
    """The block in pieces of at most STEP elements, each contiguous in it; and where each lies in it."""
    for starts, lengths in _cuts(block.lengths):
        first = tuple(a + b for a, b in zip(block.starts, starts, strict=True))
        at = tuple(slice(a, a + n) for a, n in zip(starts, lengths, strict=True))
        yield Part(block.of, first, lengths, lengths), at


def _cuts(lengths: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    if not lengths:
        yield (), ()
        return
    size, inner = lengths[0], math.prod(lengths[1:])
    if inner <= STEP:
        rows = max(STEP // max(inner, 1), 1)
        for first in range(0, size, rows):
            yield (first, *[0] * (len(lengths) - 1)), (min(rows, size - first), *lengths[1:])
        return
    for first in range(size):
        for starts, rest in _cuts(lengths[1:]):
            yield (first, *starts), (1, *rest)
