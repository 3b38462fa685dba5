"""fill: any slice of a parameter's values, on all threads, in the parameter's dtype.

The output is cut into chunks that threads take one after the other. Kernels write float32; for another
dtype they write into the thread's scratch, which is then cast, so scratch memory is one chunk a thread.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentValueError
from paraminit.fill.distributions import Cleared, Distribution, Pattern
from paraminit.fill.writers import writer

__all__ = ["fill", "filled", "thread_count"]

SMALLEST_CHUNK = 1 << 16  # elements: below it, waking a thread costs more than it saves
LARGEST_CHUNK = 1 << 20  # above it, nothing is gained
SCRATCH_CHUNK = 1 << 17  # where values pass through scratch, half a MiB that stays in the cache
_SINGLE = np.dtype(np.float32)
_NO_SCRATCH = np.empty(0, _SINGLE)
Runs = Sequence[tuple[int, int]] | npt.NDArray[np.int64]


def thread_count() -> int:
    """How many threads a fill uses: PARAMINIT_NUM_THREADS, else torch's number, else the CPUs we may use."""
    if number := os.environ.get("PARAMINIT_NUM_THREADS"):
        return _checked_threads(int(number) if number.isdigit() else number)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_num_threads"):
        return int(torch.get_num_threads())
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _checked_threads(threads: object) -> int:
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ArgumentValueError(f"the number of threads must be an int of 1 or more, got {threads!r}.")
    return threads


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
        law: what the values are; not an Undivided one, which has no parts.
        key: from 0 to 2**64 - 1; not used by Constant and Pattern.
        runs: (start, length) of contiguous runs of flat indices, in order of appearance in ``out``;
            None for the first ``out.size`` elements.
        out: contiguous, one dimension, as long as the runs together; any floating-point or complex
            dtype for random laws. Values are computed as float32 and cast once, to nearest even;
            those of a Precise law are computed as float64.
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
    size, flags = out.size, out.flags
    if out.ndim != 1 or not flags.c_contiguous or not flags.writeable:
        raise ArgumentValueError("out must be a writable contiguous array of one dimension.")
    starts, ends = _whole(size) if runs is None else _checked_runs(runs, size)
    if threads is not None:
        _checked_threads(threads)
    if not 0 <= key < 2**64:
        raise ArgumentValueError(f"key must be from 0 to 2**64 - 1, got {key}.")
    if out.size == 0:
        return
    if isinstance(law, Cleared):
        fill(law.law, key, runs, out, threads=threads)
        _clear(law.start, law.stop, starts, ends, out)
        return
    write = writer(law, out.dtype)
    if out.size <= SMALLEST_CHUNK:
        write(key, starts, ends, 0, out.size, out, _scratch(out, out.size))
        return
    threads = threads or thread_count()
    chunk = _chunk(law, out, threads)
    starting = iter(range(0, out.size, chunk))
    workers = min(threads, math.ceil(out.size / chunk))
    work = partial(_work, partial(write, key, starts, ends), starting, chunk, out)
    helpers = [_pool(threads).submit(work) for _ in range(workers - 1)]
    work()
    for helper in helpers:
        helper.result()


def filled(law: Distribution, key: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A new array of all of a tensor's values; arguments and errors as for :func:`fill`."""
    array = np.empty(shape, dtype)
    size = array.size
    quick = 0 < size <= SMALLEST_CHUNK and dtype is _SINGLE and 0 <= key < 2**64
    if quick and not isinstance(law, Cleared):
        # Networks have thousands of small parameters: nothing to check, no thread to wake.
        writer(law, dtype)(key, *_whole(size), 0, size, array.reshape(-1), _NO_SCRATCH)
    else:
        fill(law, key, None, array.reshape(-1))
    return array


def _chunk(law: Distribution, out: npt.NDArray[Any], threads: int) -> int:
    """Elements a thread takes at once: four turns each, so that none waits long for the last."""
    direct = out.dtype == np.float32 and not isinstance(law, Pattern)  # a pattern computes indices
    largest = LARGEST_CHUNK if direct else SCRATCH_CHUNK
    turn = math.ceil(out.size / (4 * threads))
    return min(max(turn + -turn % 4, SMALLEST_CHUNK), largest)


def _work(write: Callable[..., None], starting: Iterator[int], chunk: int, out: npt.NDArray[Any]) -> None:
    scratch = _scratch(out, chunk)
    for first in starting:  # shared by the threads; each number is handed out once
        write(first, min(first + chunk, out.size), out, scratch)


def _scratch(out: npt.NDArray[Any], chunk: int) -> npt.NDArray[np.float32]:
    return _NO_SCRATCH if out.dtype is _SINGLE else np.empty(min(chunk, out.size), np.float32)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="paraminit-fill")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork; the child makes its own
    os.register_at_fork(after_in_child=_pool.cache_clear)


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


def _clear(
    start: int,
    stop: int,
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    out: npt.NDArray[Any],
) -> None:
    """Zero the elements with flat indices from ``start`` to ``stop``, as far as the runs hold them."""
    begins = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    lows, highs = np.maximum(starts, start), np.minimum(starts + ends - begins, stop)
    for run in np.flatnonzero(lows < highs).tolist():
        shift = begins[run] - starts[run]
        out[lows[run] + shift : highs[run] + shift] = 0
