"""The bytes of a file's chunks, made from recipes straight into a buffer."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.files.layout import Layout, Stored
from paraminit.fill.fill import Task, fill_all

__all__ = ["Chunks"]


class Chunks:
    """Makes the chunks of one file; ask for them in rising order.

    A law of the whole tensor (a custom initializer, Orthogonal, Sparse ...) has no parts: the complete
    tensor is made when the first chunk of it is wanted, and held until the next such tensor. Everything
    else needs no memory beside the buffer.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._tensors = [tensor for tensor in layout.tensors if tensor.start < tensor.stop]
        self._starts = [tensor.start for tensor in self._tensors]
        self._whole: tuple[str, npt.NDArray[Any]] | None = None

    def together(self, wrong: list[int]) -> list[int]:
        """These chunks, and those that have to be made again with them.

        A custom initializer with a generator of its own makes other values each time, and half a tensor
        of one draw with half of another would be neither.
        """
        grown = set(wrong)
        spans = [self._span(tensor) for tensor in self._tensors if not tensor.recipe.divisible]
        while more := {n for span in spans if grown & set(span) for n in span} - grown:
            grown |= more
        return sorted(grown)

    def _span(self, tensor: Stored) -> range:
        chunk = self._layout.chunk
        return range(tensor.start // chunk, -(-tensor.stop // chunk))

    def length(self, number: int) -> int:
        """Bytes of a chunk."""
        return min(self._layout.chunk, self._layout.values - number * self._layout.chunk)

    def make(self, number: int, out: npt.NDArray[np.uint8]) -> None:
        """Write the bytes of a chunk into ``out``, uint8 of shape (length,)."""
        first = number * self._layout.chunk
        last = first + out.size
        at = bisect_right(self._starts, first) - 1
        tasks: list[Task] = []
        while at < len(self._tensors) and self._tensors[at].start < last:
            tensor = self._tensors[at]
            begin, end = max(tensor.start, first), min(tensor.stop, last)
            recipe, target = tensor.recipe, out[begin - first : end - first].view(tensor.recipe.dtype)
            start = (begin - tensor.start) // target.itemsize
            if recipe.divisible:
                runs = [(start, target.size)]
                tasks.append(Task(recipe.law, recipe.key or 0, runs, target, tensor.name))
            else:
                target[:] = self._complete(tensor)[start : start + target.size]
            at += 1
        fill_all(tasks)

    def _complete(self, tensor: Stored) -> npt.NDArray[Any]:
        if self._whole is None or self._whole[0] != tensor.name:
            self._whole = None  # before the next one exists
            try:
                self._whole = tensor.name, tensor.recipe.values().reshape(-1)
            except Exception as error:
                error.add_note(f"while making {tensor.name!r}")
                raise
        return self._whole[1]
