"""ckpt_to_safetensors and safetensors_to_ckpt: whole files from one format to the other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from paraminit.errors import ArgumentTypeError, ArgumentValueError, CheckpointError, ParameterNameError
from paraminit.files.background import wait_for
from paraminit.files.contents import Contents
from paraminit.files.loading import read_checkpoint
from paraminit.files.protobuf_writing import write_protobuf_ckpt
from paraminit.files.safetensors_file import write_safetensors

__all__ = ["ckpt_to_safetensors", "safetensors_to_ckpt"]

_Path = str | os.PathLike[str]


def ckpt_to_safetensors(
    file_path: _Path,
    save_path: _Path | None = None,
    name_map: dict[str, str] | None = None,
    file_name_regex: str | None = None,
    processes_num: int = 1,
) -> None:
    """Convert ``.ckpt`` files, MindSpore's or ours, to safetensors files of the same names.

    Every value, string, dtype and tie survives. Each file appears whole or not at all.

    Args:
        file_path: a ``.ckpt`` file, or a folder: all in it and below it.
        save_path: folder for the results, laid out like ``file_path``; made if it is missing. Default:
            beside the originals.
        name_map: new names of parameters, by their old ones; others keep theirs.
        file_name_regex: of the files of a folder only those in whose name it is found.
        processes_num: how many files to convert at a time, each in a thread.

    Raises:
        ArgumentTypeError: an argument of another type.
        ArgumentValueError: no such file or folder; another suffix; nothing to convert.
        CheckpointError: a file is damaged, foreign or encrypted. What was converted before it stays.
        ParameterNameError: name_map gives two parameters of a file one name.

    Example:
        >>> import tempfile
        >>> from paraminit import load_checkpoint, nn, save_checkpoint
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(nn.Dense(2, 3), folder + "/net.ckpt")
        ...     ckpt_to_safetensors(folder, name_map={"weight": "w"})
        ...     list(load_checkpoint(folder + "/net.safetensors", format="safetensors"))
        ['w', 'bias']
    """
    who = "ckpt_to_safetensors"
    jobs = _jobs(who, ".ckpt", ".safetensors", file_path, save_path, file_name_regex)
    _convert(who, jobs, write_safetensors, name_map, processes_num)


def safetensors_to_ckpt(
    file_path: _Path,
    save_path: _Path | None = None,
    name_map: dict[str, str] | None = None,
    file_name_regex: str | None = None,
    processes_num: int = 1,
) -> None:
    """Convert safetensors files to ``.ckpt`` files of the same names, in MindSpore's own format.

    MindSpore reads them; what its ``.ckpt`` reader does not know (complex dtypes) it reads in neither
    format. Every value, string, dtype and tie survives for ``load_checkpoint`` here.

    Args:
        file_path: a ``.safetensors`` file, or a folder: all in it and below it.
        save_path: as for :func:`ckpt_to_safetensors`, like all that follow.
        name_map: likewise.
        file_name_regex: likewise.
        processes_num: likewise.

    Raises:
        ArgumentTypeError: as for :func:`ckpt_to_safetensors`, like all that follow.
        ArgumentValueError: likewise.
        CheckpointError: likewise.
        ParameterNameError: likewise.

    Example:
        >>> import tempfile
        >>> from paraminit import load_checkpoint, nn, save_checkpoint
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(nn.Dense(2, 3), folder + "/net", format="safetensors")
        ...     safetensors_to_ckpt(folder + "/net.safetensors")
        ...     list(load_checkpoint(folder + "/net.ckpt"))
        ['weight', 'bias']
    """
    who = "safetensors_to_ckpt"
    jobs = _jobs(who, ".safetensors", ".ckpt", file_path, save_path, file_name_regex)
    _convert(who, jobs, write_protobuf_ckpt, name_map, processes_num)


def _jobs(
    who: str, before: str, after: str, file_path: _Path, save_path: _Path | None, pattern: str | None
) -> list[tuple[Path, Path]]:
    """(from, to) of each file."""
    for argument, path in (("file_path", file_path), ("save_path", save_path or "")):
        if not isinstance(path, str | os.PathLike):
            raise ArgumentTypeError(f"{who}: {argument} must be a str, got {path!r}.")
    chosen = _pattern(who, pattern)
    source = Path(file_path)
    if source.is_file():
        folder, files = source.parent, [source]
        if source.suffix != before:
            raise ArgumentValueError(f"{who}: file_path must end in {before!r}, got {str(source)!r}.")
    elif source.is_dir():
        folder = source
        files = sorted(path for path in source.rglob(f"*{before}") if chosen.search(path.name))
        if not files:
            raise ArgumentValueError(
                f"{who}: nothing in {source} ends in {before!r} and fits file_name_regex={pattern!r}."
            )
    else:
        raise ArgumentValueError(f"{who}: there is no file or folder {source}.")
    target = folder if save_path is None else Path(save_path)
    if target.exists() and not target.is_dir():
        raise ArgumentValueError(f"{who}: save_path must be a folder, got the file {str(target)!r}.")
    return [(path, (target / path.relative_to(folder)).with_suffix(after)) for path in files]


def _convert(
    who: str,
    jobs: list[tuple[Path, Path]],
    write: Callable[[Path, Contents], None],
    name_map: dict[str, str] | None,
    at_a_time: int,
) -> None:
    names = _names(who, name_map)
    if not isinstance(at_a_time, int) or isinstance(at_a_time, bool):
        raise ArgumentTypeError(f"{who}: processes_num must be an int, got {at_a_time!r}.")
    if at_a_time < 1:
        raise ArgumentValueError(f"{who}: processes_num must be at least 1, got {at_a_time}.")

    def convert(job: tuple[Path, Path]) -> None:
        source, target = job
        wait_for(source)
        contents = _renamed(source, read_checkpoint(source), names)
        target.parent.mkdir(parents=True, exist_ok=True)
        write(target, contents)

    with ThreadPoolExecutor(at_a_time) as pool:
        for _ in pool.map(convert, jobs):
            pass


def _pattern(who: str, pattern: object) -> re.Pattern[str]:
    if not isinstance(pattern, str | None):
        raise ArgumentTypeError(f"{who}: file_name_regex must be a str, got {pattern!r}.")
    try:
        return re.compile(pattern or "")
    except re.error as error:
        raise ArgumentValueError(f"{who}: file_name_regex={pattern!r} is no pattern: {error}.") from error


def _names(who: str, name_map: object) -> dict[str, str]:
    if name_map is None:
        return {}
    if not isinstance(name_map, dict) or not all(
        isinstance(name, str) for pair in name_map.items() for name in pair
    ):
        raise ArgumentTypeError(f"{who}: name_map must be a dictionary from str to str, got {name_map!r}.")
    return name_map


def _renamed(source: Path, contents: Contents, names: dict[str, str]) -> Contents:
    """The contents under their new names.

    Raises:
        CheckpointError: there are none.
    """
    if not contents.values:
        raise CheckpointError(f"{source} holds nothing to convert.")
    renamed = Contents()
    try:
        for name, value in contents.values.items():
            renamed.add(names.get(name, name), value)
        for name, first in contents.tied.items():
            renamed.add(names.get(name, name), contents.values[first])
    except ParameterNameError as error:
        raise ParameterNameError(f"{source}: with name_map, {error}") from error
    renamed.parts = {names.get(name, name): part for name, part in contents.parts.items()}
    renamed.thinned = contents.thinned
    return renamed
