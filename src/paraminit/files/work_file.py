"""A file while it is written: a hidden sibling of its place, from which a killed save can be resumed.

Chunks are written in any order. Each is followed by its digest, in the header, so that the file itself
says what of it is done. Whatever a crash leaves behind (a chunk without a digest, a digest without its
chunk, half of either) is found by comparing, and written again.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentValueError, CheckpointError
from paraminit.files.chunk_digests import DIGITS, chunk_digest, wrong_chunks
from paraminit.files.layout import ALIGNMENT, DIGESTS_AT, Layout, read_header
from paraminit.files.replacing import flush_folder

__all__ = ["WorkFile", "locked", "sibling_of"]

_DIRECT = getattr(os, "O_DIRECT", 0)  # past the page cache: a fraction of the processor time, and no flood


def sibling_of(target: Path) -> Path:
    """Where a file is until it is finished; the same for every save, so that it can be found again."""
    return target.with_name(f".{target.name}.partial")


class WorkFile:
    """One file on its way to ``target``.

    Attributes:
        target: where it will be.
        sibling: where it is until then.
        layout: what is to be in it.
        wrong: the chunks that are missing or damaged; all, until :meth:`inspect` has found others.
    """

    def __init__(self, target: Path, layout: Layout) -> None:
        self.target, self.layout = target, layout
        self.sibling = sibling_of(target)
        self.wrong = list(range(layout.chunks))
        self._found: Path | None = None
        self._length = 0
        self._file: io.FileIO | None = None
        self._direct: io.FileIO | None = None

    def inspect(self) -> None:
        """Find what an earlier save of the same plan left here. Changes nothing on the disk.

        Raises:
            ArgumentValueError: it was a save of another plan.
        """
        found = next((path for path in (self.sibling, self.target) if path.is_file()), None)
        if found is None:
            return
        with io.FileIO(found) as file:
            try:
                header = read_header(file)
            except CheckpointError:  # nothing of it can be used
                return
            if header.text != self.layout.header:
                raise ArgumentValueError(
                    f"plan.save: {found} was written from another plan, or with another dtype or "
                    "max_shard_size, so there is nothing to resume. Use the same plan, or resume=False to "
                    "write from the beginning."
                )
            start, size, chunk = len(header.text), self.layout.values, self.layout.chunk
            self.wrong = list(wrong_chunks(file, start, size, chunk, header.digests))
            self._found, self._length = found, file.seek(0, os.SEEK_END)

    @property
    def complete(self) -> bool:
        """Whether the file is in its place already, with every chunk as it should be."""
        return self._found == self.target and not self.wrong and self._length == self.layout.size

    def open(self) -> None:
        """Open the sibling for writing: what was found, else a new one."""
        if self._found == self.target:  # damaged since it was finished
            self.target.replace(self.sibling)
        self._file = io.FileIO(self.sibling, "r+" if self._found else "w")
        if self._found is None:
            self._put(self._file, self.layout.header, 0)
        self._file.truncate(self.layout.size)
        if _DIRECT:
            try:
                self._direct = io.FileIO(self.sibling, "r+", opener=lambda p, f: os.open(p, f | _DIRECT))
            except OSError:  # not on this file system
                self._direct = None

    def store(self, number: int, content: npt.NDArray[np.uint8]) -> None:
        """Write a chunk and then its digest.

        Args:
            number: which.
            content: of the chunk; at an address that is a multiple of ALIGNMENT.
        """
        assert self._file is not None
        digest = chunk_digest(content)
        position, done = len(self.layout.header) + number * self.layout.chunk, 0
        if self._direct is not None:
            try:
                self._direct.seek(position)
                done = self._direct.write(content.data[: content.size & -ALIGNMENT]) or 0
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
        self._put(self._file, content.data[done:], position + done)
        self._put(self._file, digest, DIGESTS_AT + DIGITS * (1 + number))

    @staticmethod
    def _put(file: io.FileIO, content: bytes | memoryview, position: int) -> None:
        """All of the content: a disk that is full may take the first part of it without an error."""
        file.seek(position)
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]

    def finish(self) -> None:
        """Flush everything to the disk."""
        assert self._file is not None
        os.fsync(self._file.fileno())
        self.close()

    def close(self) -> None:
        """Close what is open; the sibling stays."""
        for file in (self._file, self._direct):
            if file is not None:
                file.close()

    def publish(self) -> None:
        """Move the finished sibling to its place."""
        self.sibling.replace(self.target)
        flush_folder(self.target.parent)

    def discard(self) -> None:
        """Remove the sibling."""
        self.sibling.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that no two processes write the same siblings. A killed process loses it.

    Raises:
        ArgumentValueError: somebody else holds it.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                yield  # a file system without locks
                return
            raise ArgumentValueError(
                f"plan.save: another save to {path.parent} is running (it holds {path}). Wait for it, or "
                "choose another folder."
            ) from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
