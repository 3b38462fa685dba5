"""A plan's parameters straight into safetensors files: no module, and memory for a few chunks.

The layout of every file follows from the plan, so headers are written first. Then this thread makes the
chunks, with the threads of ``fill``, while another writes those that are ready. How many processes share
the work changes nothing: each takes whole files.
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from paraminit.describe.plan import Plan
from paraminit.errors import ArgumentValueError
from paraminit.files.chunks import Chunks
from paraminit.files.fingerprint import fingerprint
from paraminit.files.layout import Layout, layout_of
from paraminit.files.processes import processes
from paraminit.files.progress import counting
from paraminit.files.replacing import replacing
from paraminit.files.saved_recipes import saved_recipes
from paraminit.files.shards import (
    INDEX,
    file_names,
    index_text,
    is_single_file,
    nbytes,
    parsed_size,
    split,
    strangers,
)
from paraminit.files.work_file import WorkFile, locked, sibling_of

__all__ = ["save"]

CHUNK = 32 << 20  # bytes: large enough for the disk, and for all threads to fill at once
BUFFERS = 3  # one is filled, one written, one ready in between
Buffer = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class _Target:
    """What is to be written: files into a folder, and an index if there are several."""

    folder: Path
    lock: Path
    layouts: list[Layout]
    index: str | None
    is_folder: bool
    plan: str


def save(
    plan: Plan,
    path: str | os.PathLike[str],
    *,
    dtype: object = None,
    max_shard_size: int | str | None = "5GB",
    progress: bool = False,
    resume: bool = False,
) -> None:
    """See :meth:`paraminit.describe.plan.Plan.save`."""
    group = processes("plan.save")
    target = group.together(lambda: _target(plan, path, dtype, max_shard_size))
    if len(set(group.gather(target.plan))) > 1:
        raise ArgumentValueError("plan.save: the processes have different plans. Give all the same seed.")
    files = [WorkFile(target.folder / layout.name, layout) for layout in target.layouts]
    mine = files[group.rank :: group.count]
    with ExitStack() as held:
        group.together(lambda: _prepare(target, resume, held) if group.rank == 0 else None)
        if resume:
            group.together(lambda: _inspect(mine))
        unfinished = [file for file in mine if not file.complete]
        try:
            group.together(lambda: _write(unfinished, mine, progress and group.rank == 0))
            group.together(lambda: _publish(unfinished, target, group.rank == 0))
        except BaseException as error:
            for file in unfinished:
                file.close()
                if isinstance(error, Exception):  # what was interrupted can be resumed
                    file.discard()
            raise
        group.together(lambda: _write_index(target) if group.rank == 0 else None)


def _target(
    plan: Plan, path: str | os.PathLike[str], dtype: object, max_shard_size: int | str | None
) -> _Target:
    """Everything that can be wrong with the arguments is found here, before anything is written."""
    single, limit = is_single_file(path), parsed_size(max_shard_size)
    recipes = saved_recipes(plan, dtype)
    sizes = {name: nbytes(recipe) for name, recipe in recipes.items()}
    total = sum(sizes.values())
    if single and limit is not None and total > limit:
        raise ArgumentValueError(
            f"plan.save: {path} would hold {total:,} bytes, more than max_shard_size={max_shard_size!r}. "
            "Name a folder, which gets several files, or use max_shard_size=None for one file of any size."
        )
    groups = split(sizes, limit)
    names = [Path(path).name] if single else file_names(len(groups))
    folder = Path(path).parent if single else Path(path)
    written = fingerprint(recipes, plan.tied)
    layouts = []
    for name, group in zip(names, groups, strict=True):
        tied = {further: first for further, first in plan.tied.items() if first in group}
        layouts.append(layout_of(name, {key: recipes[key] for key in group}, tied, written, CHUNK))
    index = None if len(names) == 1 else index_text(dict(zip(names, groups, strict=True)), total)
    lock = folder / f".{Path(path).stem if single else 'model'}.lock"
    return _Target(folder, lock, layouts, index, not single, written)


def _prepare(target: _Target, resume: bool, held: ExitStack) -> None:
    """Make the folder and look at what is in it. Its lock is held as long as ``held``."""
    folder, names = target.folder, [layout.name for layout in target.layouts]
    with _explained(folder):
        if not folder.exists():  # nothing is left of a save that fails; after others it is not empty
            held.callback(_remove_empty, folder)
        folder.mkdir(parents=True, exist_ok=True)
        held.enter_context(locked(target.lock))
    if target.is_folder:
        if others := strangers(folder, names):
            raise ArgumentValueError(
                f"plan.save: {folder} holds {', '.join(others)} of another save, which readers would mix up "
                "with this one. Remove them, or name another folder."
            )
        known = {sibling_of(folder / name) for name in names}
        for other in sorted({*folder.glob(".model*.safetensors.partial")} - known):
            if resume:
                raise ArgumentValueError(
                    f"plan.save: {other} belongs to an unfinished save of another plan, or with another "
                    "max_shard_size. Use the same arguments, or resume=False to write from the beginning."
                )
            other.unlink()
    total, there = sum(layout.size for layout in target.layouts), 0
    for path in (folder / name for name in names):
        there += _allocated(sibling_of(path)) or (_allocated(path) if resume else 0)
    free = shutil.disk_usage(folder).free
    if total - there > free:
        text = f"plan.save: {total - there:,} bytes more are needed in {folder}, {free:,} are free"
        raise OSError(errno.ENOSPC, f"{text}. Nothing was changed; free some space, or choose another disk")


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _inspect(files: list[WorkFile]) -> None:
    for file in files:
        file.inspect()


def _allocated(path: Path) -> int:
    """Bytes that a file takes on the disk: 0 if there is none, and none for what was not written yet."""
    if not path.is_file():
        return 0
    status = path.stat()
    return int(getattr(status, "st_blocks", status.st_size // 512)) * 512


def _write(unfinished: list[WorkFile], mine: list[WorkFile], shown: bool) -> None:
    """Make and write what is missing."""
    total = sum(file.layout.values for file in mine)
    missing = sum(Chunks(file.layout).length(n) for file in unfinished for n in file.wrong)
    waiting: deque[Future[Buffer]] = deque()
    ends: list[Future[None]] = []
    with (
        counting(total, total - missing, shown=shown) as count,
        _explained(mine[0].target.parent if mine else Path()),
        ThreadPoolExecutor(1, thread_name_prefix="paraminit-write") as writer,
    ):

        def stored(file: WorkFile, number: int, buffer: Buffer, length: int) -> Buffer:
            file.store(number, buffer[:length])
            count(length)
            return buffer

        for file in unfinished:
            chunks = Chunks(file.layout)
            file.open()
            for number in chunks.together(file.wrong):
                # At a page's address, as writing past the page cache needs it.
                full = len(waiting) == BUFFERS
                buffer = waiting.popleft().result() if full else np.frombuffer(mmap.mmap(-1, CHUNK), np.uint8)
                length = chunks.length(number)
                chunks.make(number, buffer[:length])
                waiting.append(writer.submit(stored, file, number, buffer, length))
            ends.append(writer.submit(file.finish))
        for chunk in waiting:
            chunk.result()
        for end in ends:
            end.result()


def _publish(unfinished: list[WorkFile], target: _Target, first: bool) -> None:
    """Move everything to its place. An index of a former save goes first: it would describe a mixture."""
    if first and target.is_folder:
        (target.folder / INDEX).unlink(missing_ok=True)
    for file in unfinished:
        file.publish()


def _write_index(target: _Target) -> None:
    if absent := [layout.name for layout in target.layouts if not (target.folder / layout.name).exists()]:
        raise ArgumentValueError(
            f"plan.save: {', '.join(absent)} of the other processes cannot be seen in {target.folder}. "
            "It must be one folder for all processes."
        )
    if target.index is not None:
        with replacing(target.folder / INDEX) as sibling:
            sibling.write_text(target.index, encoding="utf-8")


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say what to do about what the operating system reports."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "free some space, or choose another disk" if full else "choose a folder that can be written"
        text = f"plan.save cannot write to {folder} ({error.strerror}). Nothing of it is left; {advice}"
        raise OSError(error.errno, text, error.filename) from error
