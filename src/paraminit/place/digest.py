"""The digest of a parameter's values: the same for every way of dividing them among processes.

Cryptographic, so that equal digests may stand for equal values in a report; the chunks of files have a
faster one of their own, which only finds damage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from paraminit.dtype import array_over
from paraminit.errors import InitializationError
from paraminit.place.shards import local_memory
from paraminit.place.slices import part
from paraminit.place.targets import Target
from paraminit.place.write import pieces, write

__all__ = ["digest", "digest_of_memory"]


def digest_of_memory(tensor: torch.Tensor) -> str:
    """BLAKE2b, 128 bits in hexadecimal, over the bytes of a plain tensor in row-major order.

    Example:
        >>> digest_of_memory(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        '84e9869b441b91fd2835c95a4f210213'
    """
    memory = tensor.detach()
    return _hashed(array_over(memory[at].cpu()) for _, at in pieces(part(tuple(memory.shape), ())))


def digest(target: Target) -> str:
    """The digest of a complete parameter.

    A process that holds a shard makes sure that it has the recipe's values there, and computes those that
    the others hold, piece by piece: nothing is communicated, and no complete tensor is in memory (but for
    laws of the whole tensor).

    Raises:
        InitializationError: a shard whose values are no longer those of its recipe, or that has none.
    """
    if target.shares is None:
        return digest_of_memory(local_memory(target.tensor) if target.kind == "sharded" else target.tensor)
    memory, recipe = local_memory(target.tensor), target.entry.recipe
    if recipe is not None:
        expected = torch.empty_like(memory)
        write(recipe, expected, target.shares)
    if recipe is None or not expected.equal(memory):
        raise InitializationError(
            f"{target.name!r} is divided among processes and does not hold the values of its recipe, so no "
            "process alone can digest it. Take digests before training, or gather it with full_tensor()."
        )
    if not recipe.divisible:
        return _hashed([recipe.values()])
    return _hashed(recipe[piece.slices] for piece, _ in pieces(part(recipe.shape, ())))


def _hashed(arrays: Iterable[npt.NDArray[Any]]) -> str:
    state = hashlib.blake2b(digest_size=16)
    for array in arrays:
        state.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return state.hexdigest()
