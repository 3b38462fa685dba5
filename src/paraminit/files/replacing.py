"""A file appears whole or not at all: written beside its place, flushed to the disk, then renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["flush_folder", "replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a sibling to write; if the block succeeds, it takes the place of ``path`` in one step.

    A block that raises leaves ``path`` as it was and no sibling. A killed process leaves ``path`` as it
    was, and a sibling whose name begins with a dot and ends in ``.partial``.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     target = Path(folder, "a.txt")
        ...     with replacing(target) as sibling:
        ...         _ = sibling.write_text("whole")
        ...         before = target.exists()
        ...     print(before, target.read_text(), len(os.listdir(folder)))
        False whole 1
    """
    sibling = path.with_name(f".{secrets.token_hex(6)}.partial")  # short: the name's length is limited
    try:
        yield sibling
        _flush(sibling, os.O_RDWR)
        sibling.replace(path)
    except BaseException:
        sibling.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make what was renamed in a folder durable."""
    if os.name == "posix":  # elsewhere a folder cannot be opened; the rename is durable soon after
        _flush(folder, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
