"""Saving while the program goes on: one thread for each file, waited for by whoever needs the file."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

__all__ = ["async_ckpt_thread_status", "in_background", "wait_for"]

_log = logging.getLogger(__name__)
_running: dict[Path, threading.Thread] = {}
_lock = threading.Lock()


def in_background(path: Path, save: Callable[[], None]) -> None:
    """Run ``save`` in a thread, after any that is still writing the same file.

    The thread is no daemon: a program that ends waits for it. What it raises is logged as an error.
    """

    def run() -> None:
        if before is not None:
            before.join()
        try:
            save()
        except Exception:
            _log.exception(
                "saving %s in the background failed; a former file of that name is unchanged", path
            )

    with _lock:
        before = _running.get(path.absolute())
        thread = threading.Thread(target=run, name=f"save {path.name}")
        _running[path.absolute()] = thread
        thread.start()


def wait_for(path: Path) -> None:
    """Return when nobody in this process is writing the file."""
    with _lock:
        thread = _running.get(path.absolute())
    if thread is not None:
        thread.join()
        with _lock:
            if _running.get(path.absolute()) is thread:
                del _running[path.absolute()]


def async_ckpt_thread_status() -> bool:
    """Whether a save in the background is still under way.

    Example:
        >>> async_ckpt_thread_status()
        False
    """
    with _lock:
        return any(thread.is_alive() for thread in _running.values())
