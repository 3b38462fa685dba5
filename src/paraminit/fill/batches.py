"""From runs of flat indices to batches of blocks and back: the loops that drive the transforms.

A fill is a list of runs (start, length), laid end to end in the output. A batch gathers up to BLOCKS
blocks from as many runs as it takes, so that short runs (a column of a wide matrix) still fill whole
vectors. Its values come in block order; *segments* say which of them belong where in the output.
"""

from __future__ import annotations

from hashlib import blake2b
from importlib import resources
from typing import Any

import numpy as np
from numba.extending import overload

from paraminit.fill.bits import entry, kernel
from paraminit.fill.philox import philox
from paraminit.fill.precise import (
    PreciseNormalArguments,
    PreciseTruncatedArguments,
    PreciseUniformArguments,
    precise_normal,
    precise_truncated,
    precise_uniform,
)
from paraminit.fill.transforms import (
    CenteredNormalArguments,
    NormalArguments,
    UniformArguments,
    centered_normal,
    normal,
    uniform,
)
from paraminit.fill.truncated import TruncatedArguments, truncated

__all__ = ["UNDECIDED", "driver"]

BLOCKS = 512  # 2,048 elements: a batch's words and values stay in the first-level cache
UNDECIDED = 1024  # blocks a driver can report before it has to return

_U = np.uint64


@kernel
def gather(
    runs: Any, ends: Any, run: Any, first: Any, last: Any, shift: Any, blocks: Any, segments: Any
) -> Any:
    """Plan one batch: as many elements of the output from ``first`` up to ``last`` as fit.

    Args:
        runs: starts of the runs, int64 of shape (n,).
        ends: where in the output they end, int64 of shape (n,).
        run: the run that ``first`` lies in.
        first, last: positions in the output.
        shift: a block makes 2**shift elements.
        blocks: written; block numbers, uint64 of shape (BLOCKS,).
        segments: written; int64 of shape (BLOCKS, 2): where in the batch a segment starts, and its length.

    Returns:
        The numbers of blocks and of segments, and the run that the next batch begins in.
    """
    used, count = 0, 0
    while first < last and used < blocks.size:
        stop = min(ends[run], last)
        begin = runs[run] + first - (ends[run - 1] if run else 0)  # flat index of the element at first
        block = begin >> shift
        wanted = ((begin + stop - first - 1) >> shift) - block + 1
        taken = min(wanted, blocks.size - used)
        for i in range(_U(taken)):  # unsigned: a negative index would be a branch
            blocks[_U(used) + i] = _U(block) + i
        length = min(stop - first, ((block + taken) << shift) - begin)
        segments[count, 0], segments[count, 1] = (used << shift) + begin - (block << shift), length
        used, count, first = used + taken, count + 1, first + length
        while run < ends.size and ends[run] == first:  # also past empty runs
            run += 1
    return used, count, run


@kernel
def scatter(values: Any, segments: Any, count: Any, out: Any) -> Any:
    """Copy a batch's segments, one after the other, to the start of ``out``; how many elements."""
    position = 0
    for s in range(count):
        start, length = segments[s, 0], segments[s, 1]
        for i in range(_U(length)):
            out[_U(position) + i] = values[_U(start) + i]
        position += length
    return position


_TRANSFORMS: dict[type, Any] = {
    UniformArguments: uniform,
    CenteredNormalArguments: centered_normal,
    NormalArguments: normal,
    TruncatedArguments: truncated,
    PreciseUniformArguments: precise_uniform,
    PreciseNormalArguments: precise_normal,
    PreciseTruncatedArguments: precise_truncated,
}


def _transform(law: Any, words: Any, out: Any) -> Any:
    """The transform that belongs to the type of ``law``, chosen when a driver is compiled."""
    raise NotImplementedError


@overload(_transform)
def _compiled_transform(law: Any, words: Any, out: Any) -> Any:
    transform = _TRANSFORMS[law.instance_class]

    def call(law: Any, words: Any, out: Any) -> Any:
        return transform(words, law, out)

    return call


def _driver(kind: Any, sources: str) -> Any:
    @entry
    def drive(
        law: Any, key: Any, runs: Any, ends: Any, first: Any, last: Any, out: Any, undecided: Any
    ) -> Any:
        """Fill ``out`` with the elements at positions ``first`` to ``last`` of the runs.

        Args:
            law: arguments of the transform, all float64, as a plain tuple: Numba looks at it in a fifth of
                the time.
            key: uint64.
            runs, ends: as for :func:`gather`.
            out: of shape (last - first,); float32, four elements to a block, or float64, two.
            undecided: written; blocks that need the definition, int64 of shape (UNDECIDED, 3): the
                block's number, and the positions where its batch begins and ends.

        Returns:
            The position reached (before ``last`` only if ``undecided`` is full) and the number of
            undecided blocks.
        """
        _ = sources  # a closure's variables are part of Numba's cache key
        size = min(BLOCKS, last - first)  # an element needs one block at most
        blocks, segments = np.empty(size, np.uint64), np.empty((size, 2), np.int64)
        shift = 2 if out.itemsize == 4 else 1
        values = np.empty(size << shift, out.dtype)
        w0, w1 = np.empty(size, np.uint64), np.empty(size, np.uint64)
        w2, w3 = np.empty(size, np.uint64), np.empty(size, np.uint64)
        run = np.searchsorted(ends, first, side="right")
        position, doubtful = first, 0
        while position < last and doubtful + size <= len(undecided):
            used, count, run = gather(runs, ends, run, position, last, shift, blocks, segments)
            made = used << shift
            rest = out[position - first :]
            direct = count == 1 and segments[0, 0] == 0 and segments[0, 1] == made
            target = rest[:made] if direct else values[:made]
            words = (w0[:used], w1[:used], w2[:used], w3[:used])
            philox(blocks[:used], key, words)
            doubt = _transform(kind(*law), words, target)
            reached = position + (made if direct else scatter(values, segments, count, rest))
            if doubt:
                for i in range(used):
                    one = (w0[i : i + 1], w1[i : i + 1], w2[i : i + 1], w3[i : i + 1])
                    if _transform(kind(*law), one, values[: 1 << shift]):
                        undecided[doubtful, 0] = blocks[i]
                        undecided[doubtful, 1], undecided[doubtful, 2] = position, reached
                        doubtful += 1
            position = reached
        return position, doubtful

    return drive


def _sources() -> str:
    """A digest of this folder: machine code kept on disk must not outlive the kernels it was made from."""
    files = sorted((f for f in resources.files(__package__).iterdir() if f.name.endswith(".py")), key=str)
    return blake2b(b"".join(f.read_bytes() for f in files), digest_size=8).hexdigest()


_SOURCES = _sources()
_DRIVERS = {kind: _driver(kind, _SOURCES) for kind in _TRANSFORMS}


def driver(arguments: tuple[float, ...]) -> Any:
    """The compiled loop for arguments of a transform; it takes them as a plain tuple."""
    return _DRIVERS[type(arguments)]
