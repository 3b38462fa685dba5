"""The threads that fill: how many, and how they share the pieces of a piece of work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentValueError

__all__ = ["NO_SCRATCH", "SINGLE", "Piece", "checked_threads", "run", "thread_count"]

SINGLE = np.dtype(np.float32)
NO_SCRATCH = np.empty(0, SINGLE)


class Piece(NamedTuple):
    """A stretch of one output, which one thread writes.

    Attributes:
        number: of the output.
        write: (first, last, out, scratch); float32 values for another dtype pass through the scratch.
    """

    number: int
    write: Callable[[int, int, npt.NDArray[Any], npt.NDArray[np.float32]], None]
    first: int
    last: int
    out: npt.NDArray[Any]


def thread_count() -> int:
    """How many threads a fill uses: PARAMINIT_NUM_THREADS, else torch's number, else the CPUs we may use."""
    if number := os.environ.get("PARAMINIT_NUM_THREADS"):
        return checked_threads(int(number) if number.isdigit() else number)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_num_threads"):
        return int(torch.get_num_threads())
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked_threads(threads: object) -> int:
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ArgumentValueError(f"the number of threads must be an int of 1 or more, got {threads!r}.")
    return threads


def run(small: Sequence[Piece], pieces: Sequence[Piece], outputs: int, threads: int) -> list[float]:
    """Write all of them. Threads take one of the pieces after the other; the calling thread does the small
    ones first, which are over sooner than another thread could be woken.

    Returns:
        For each output the seconds that threads spent on it, divided by their number.
    """
    waiting = iter(pieces)  # each is handed out once

    def work(own: Iterable[Piece]) -> list[float]:
        try:
            return _write_all(own, outputs)
        except BaseException:
            for _ in waiting:  # whoever called may free the memory: nobody begins another piece
                pass
            raise

    threads = max(min(threads, len(pieces)), 1)
    helpers = [_pool(threads).submit(work, waiting) for _ in range(threads - 1)]
    try:
        spent = [work(small), work(waiting)]
    finally:
        wait(helpers)
    spent += [helper.result() for helper in helpers]
    return [sum(seconds) / threads for seconds in zip(*spent, strict=True)]


def _write_all(pieces: Iterable[Piece], outputs: int) -> list[float]:
    seconds, scratch = [0.0] * outputs, NO_SCRATCH
    for number, write, first, last, out in pieces:
        started = perf_counter()
        if out.dtype is not SINGLE and scratch.size < last - first:
            scratch = np.empty(last - first, np.float32)
        write(first, last, out, scratch)
        seconds[number] += perf_counter() - started
    return seconds


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="paraminit-fill")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork; the child makes its own
    os.register_at_fork(after_in_child=_pool.cache_clear)
