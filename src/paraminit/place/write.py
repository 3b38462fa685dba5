"""Recipes' values, or blocks of them, into tensors' memory, wherever it is and however it lies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import torch

from paraminit.describe.recipe import Recipe
from paraminit.dtype import array_over, tensor_over, torch_dtype
from paraminit.place.shards import Share
from paraminit.place.slices import Part, part

if TYPE_CHECKING:
    from paraminit.fill.fill import Task

__all__ = ["Write", "pieces", "write", "write_all"]

STEP = 1 << 22  # elements that exist twice at most, where values cannot be made in place
# Written at once: after so many elements it no longer matters that threads wait for the last of them, and
# a thousand tuples are gone again before Python's garbage collector walks through all of memory for them.
TOGETHER, MOST = 1 << 26, 256


class Write(NamedTuple):
    """What one tensor is to hold.

    Attributes:
        name: of the parameter, for errors; "" for nothing to say.
        recipe: with its key, if its values are random.
        memory: plain tensor of the recipe's dtype, and of its shape or that of the shares together.
        shares: which blocks it holds; None for the complete parameter.
    """

    name: str
    recipe: Recipe
    memory: torch.Tensor
    shares: Sequence[Share] | None = None


def write(recipe: Recipe, memory: torch.Tensor, shares: Sequence[Share] | None = None) -> None:
    """Write one tensor's values in place; see :class:`Write`.

    Made in place if the memory is the CPU's and contiguous; else piece by piece beside it, and copied.
    Laws of the whole tensor (a custom initializer, Orthogonal, Sparse ...) are computed in full, also
    where only a block of them is wanted.
    """
    for _ in write_all([Write("", recipe, memory, shares)]):
        pass


def write_all(writes: Iterable[Write]) -> Iterator[float]:
    """Write the values of many tensors, as much as possible at once, so that threads never wait where a
    tensor ends.

    Yields:
        In order, the seconds that each took, when at least its values are there.
    """
    for group in _groups(writes):
        from paraminit.fill.fill import fill_all  # compiles: not where there is nothing to write

        tasks: list[Task] = []
        seconds, owners = [0.0] * len(group), []
        for number, one in enumerate(group):
            direct = _tasks(one)
            if direct is not None:
                tasks += direct
                owners += [number] * len(direct)
                continue
            started = perf_counter()
            try:
                _write_apart(one.recipe, one.memory, one.shares)
            except Exception as error:
                if one.name:
                    error.add_note(f"while making {one.name!r}")
                raise
            seconds[number] = perf_counter() - started
        for number, spent in zip(owners, fill_all(tasks), strict=True):
            seconds[number] += spent
        yield from seconds


def _groups(writes: Iterable[Write]) -> Iterator[list[Write]]:
    group: list[Write] = []
    elements = 0
    for one in writes:
        group.append(one)
        elements += one.memory.numel()
        if elements >= TOGETHER or len(group) == MOST:
            yield group
            group, elements = [], 0
    if group:
        yield group


def _tasks(one: Write) -> list[Task] | None:
    """What fills memory that the values can be made in, each block one run; None if they cannot."""
    from paraminit.fill.fill import Task

    name, recipe, memory, shares = one
    if not recipe.divisible:
        return None
    blocks = [(None, memory)] if shares is None else [(share.part, memory[share.at]) for share in shares]
    if not all(at.is_cpu and at.is_contiguous() and (not of or of.contiguous) for of, at in blocks):
        return None
    law, key = recipe.law, recipe.key or 0
    return [Task(law, key, of and of.runs(), array_over(at).reshape(-1), name) for of, at in blocks]


def _write_apart(recipe: Recipe, memory: torch.Tensor, shares: Sequence[Share] | None) -> None:
    """Write values that cannot be made in the memory that they are for, or not in one run."""
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
