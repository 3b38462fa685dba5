"""A bar of bytes on the standard error stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["counting"]


@contextmanager
def counting(total: int, done: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Yield a function to be told of bytes as they are written, from any thread.

    Args:
        total, done: bytes in all, and how many of them are there already.
        shown: whether there is a bar at all; rich is loaded only then.
    """
    if not shown:
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total, completed=done)
        yield lambda count: bar.advance(task, count)
