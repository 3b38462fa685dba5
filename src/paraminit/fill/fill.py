"""fill: any slice of a parameter's values, on all threads, in the parameter's dtype.

The output is cut into chunks that threads take one after the other. Kernels write float32; for another
dtype they write into the thread's scratch, which is then cast, so scratch memory is one chunk a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentValueError
from paraminit.fill.distributions import Distribution, Pattern
from paraminit.fill.threads import NO_SCRATCH, SINGLE, Piece, checked_threads, run, thread_count
from paraminit.fill.writers import writer

__all__ = ["Task", "fill", "fill_all", "filled"]

SMALLEST_CHUNK = 1 << 16  # elements: below it, waking a thread costs more than it saves
LARGEST_CHUNK = 1 << 20  # above it, nothing is gained
SCRATCH_CHUNK = 1 << 17  # where values pass through scratch, half a MiB that stays in the cache
Runs = Sequence[tuple[int, int]] | npt.NDArray[np.int64]


class Task(NamedTuple):
    """What one :func:`fill` writes.

    Attributes:
        law: what the values are; not an Undivided one, which has no parts.
        key: from 0 to 2**64 - 1; not used by Constant and Pattern.
        runs: (start, length) of contiguous runs of flat indices, in order of appearance in ``out``;
            None for the first ``out.size`` elements.
        out: contiguous, one dimension, as long as the runs together; any floating-point or complex
            dtype for random laws. Values are computed as float32 and cast once, to nearest even;
            those of a Precise law are computed as float64.
        name: of the parameter, for errors.
    """

    law: Distribution
    key: int
    runs: Runs | None
    out: npt.NDArray[Any]
    name: str = ""


def fill(
    law: Distribution,
    key: int,
    runs: Runs | None,
    out: npt.NDArray[Any],
    *,
    threads: int | None = None,
) -> None:
    """Write part of a tensor's values; each depends on (law, key, its flat index) alone.

    Args:
        law, key, runs, out: see :class:`Task`.
        threads: at most so many; None for :func:`thread_count`.

    Raises:
        ArgumentTypeError, ArgumentValueError: before anything is written.

    Example:
        >>> from paraminit.fill.distributions import Uniform
        >>> out = np.empty(4, np.float32)
        >>> fill(Uniform(0, 1), 1, [(2, 2), (0, 2)], out)
        >>> out
        array([0.22279455, 0.42826447, 0.02745223, 0.25980213], dtype=float32)
    """
    fill_all([Task(law, key, runs, out)], threads=threads)


def fill_all(tasks: Sequence[Task], *, threads: int | None = None) -> list[float]:
    """Write many outputs as one piece of work: no thread waits where one ends and the next begins.

    Args:
        threads: at most so many; None for :func:`thread_count`.

    Returns:
        For each task the seconds that threads spent on it, divided by their number.

    Raises:
        ArgumentTypeError, ArgumentValueError: before anything is written.

    Example:
        >>> from paraminit.fill.distributions import Constant, Uniform
        >>> a, b = np.empty(2, np.float32), np.empty(3, np.float32)
        >>> seconds = fill_all([Task(Uniform(0, 1), 1, None, a), Task(Constant(2), 0, None, b)])
        >>> a, b
        (array([0.02745223, 0.25980213], dtype=float32), array([2., 2., 2.], dtype=float32))
    """
    if threads is not None:
        checked_threads(threads)
    writes = [_checked(task) for task in tasks]
    large = sum(task.out.size for task in tasks if task.out.size > SMALLEST_CHUNK)
    threads = (threads or thread_count()) if large else 1
    small: list[Piece] = []
    pieces: list[Piece] = []
    for number, (task, write) in enumerate(zip(tasks, writes, strict=True)):
        size = task.out.size
        if size > SMALLEST_CHUNK:
            chunk = _chunk(task, large, threads)
            pieces += [
                Piece(number, task.name, write, first, min(first + chunk, size), task.out)
                for first in range(0, size, chunk)
            ]
        elif size:
            small.append(Piece(number, task.name, write, 0, size, task.out))
    return run(small, pieces, len(tasks), threads)


def filled(law: Distribution, key: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A new array of all of a tensor's values; arguments and errors as for :func:`fill`."""
    array = np.empty(shape, dtype)
    size = array.size
    if 0 < size <= SMALLEST_CHUNK and dtype is SINGLE and 0 <= key < 2**64:
        # Networks have thousands of small parameters: nothing to check, no thread to wake.
        writer(law, dtype)(key, *_whole(size), 0, size, array.reshape(-1), NO_SCRATCH)
    else:
        fill(law, key, None, array.reshape(-1))
    return array


def _checked(task: Task) -> Callable[..., None]:
    """What writes a piece of the task's output."""
    law, key, runs, out, _ = task
    flags = out.flags
    if out.ndim != 1 or not flags.c_contiguous or not flags.writeable:
        raise ArgumentValueError("out must be a writable contiguous array of one dimension.")
    starts, ends = _whole(out.size) if runs is None else _checked_runs(runs, out.size)
    if not 0 <= key < 2**64:
        raise ArgumentValueError(f"key must be from 0 to 2**64 - 1, got {key}.")
    return partial(writer(law, out.dtype), key, starts, ends)


def _chunk(task: Task, elements: int, threads: int) -> int:
    """Elements a thread takes at once: of all the work four turns each, so that none waits long for the
    last."""
    direct = task.out.dtype == SINGLE and not isinstance(task.law, Pattern)  # a pattern computes indices
    largest = LARGEST_CHUNK if direct else SCRATCH_CHUNK
    turn = -(-elements // (4 * threads))
    return min(max(turn + -turn % 4, SMALLEST_CHUNK), largest)


@lru_cache
def _whole(size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return np.zeros(1, np.int64), np.array([size])


def _checked_runs(runs: Runs, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Starts of the runs, and where they end in an output of this size."""
    table = np.array(runs, dtype=np.int64).reshape(-1, 2)
    starts, lengths = np.ascontiguousarray(table[:, 0]), table[:, 1]
    if table.size and (starts.min() < 0 or lengths.min() < 0):
        raise ArgumentValueError("runs must have starts and lengths of 0 or more.")
    if lengths.sum() != size:
        raise ArgumentValueError(f"the runs hold {lengths.sum()} elements, out has room for {size}.")
    return starts, np.cumsum(lengths)
