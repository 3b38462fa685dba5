"""The threads that fill: how many, and how they share the pieces of a piece of work."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
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
        name: what the output is for, as errors say it; "" for nothing to say.
        write: (first, last, out, scratch); float32 values for another dtype pass through the scratch.
    """

    number: int
    name: str
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
    helpers: list[Future[list[float]]] = []

    def work(own: Iterable[Piece]) -> list[float]:
        try:
            return _write_all(own, outputs)
        except BaseException:
            deque(waiting, 0)  # whoever called may reuse the memory: nobody begins another piece
            raise

    try:
        for _ in range(min(threads, len(pieces)) - 1):
            helpers.append(_pool(threads).submit(work, waiting))
        spent = [work(small), work(waiting)]
    finally:
        deque(waiting, 0)
        # One that other fills have kept from beginning has nothing to do any more.
        begun = [helper for helper in helpers if not helper.cancel()]
        wait(begun)
    spent += [helper.result() for helper in begun]
    return [sum(seconds) / (1 + len(begun)) for seconds in zip(*spent, strict=True)]


def _write_all(pieces: Iterable[Piece], outputs: int) -> list[float]:
    seconds, scratch = [0.0] * outputs, NO_SCRATCH
    for number, name, write, first, last, out in pieces:
        started = perf_counter()
        try:
            if out.dtype is not SINGLE and scratch.size < last - first:
                scratch = np.empty(last - first, np.float32)
            write(first, last, out, scratch)
        except Exception as error:
            if name:
                error.add_note(f"while making {name!r}")
            raise
        seconds[number] += perf_counter() - started
    return seconds


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="paraminit-fill")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork; the child makes its own
    os.register_at_fork(after_in_child=_pool.cache_clear)
