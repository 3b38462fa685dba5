"""Which parameter goes into which file, under the names that transformers and others look for."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = [
    "INDEX",
    "file_names",
    "index_text",
    "is_single_file",
    "nbytes",
    "parsed_size",
    "split",
    "strangers",
]

INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_OURS = re.compile(r"model(-\d{5,}-of-\d{5,})?\.safetensors(\.index\.json)?")
_UNITS = {"": 1, "B": 1} | {
    f"{letter}{suffix}": base ** (power + 1)
    for power, letter in enumerate("KMGT")
    for suffix, base in (("B", 1000), ("IB", 1024))
}


def is_single_file(path: str | os.PathLike[str]) -> bool:
    """Whether a path names one file (it ends in .safetensors) and not a folder.

    Raises:
        ArgumentTypeError: no path.
        ArgumentValueError: an empty path; a folder of such a name exists, a file where a folder should be,
            or the name of another kind of file.
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentTypeError(f"plan.save: path must be a str or a Path, got {path!r}.")
    if not os.fspath(path):
        raise ArgumentValueError("plan.save: path is empty. Name a folder, or '.' for the current one.")
    where = Path(path)
    single = where.suffix == ".safetensors"
    if single and where.is_dir():
        raise ArgumentValueError(
            f"plan.save: {where} is a folder. Name a file, or a folder without the suffix."
        )
    if not single and where.exists() and not where.is_dir():
        raise ArgumentValueError(
            f"plan.save: {where} is a file. Name a folder, or a file that ends in .safetensors."
        )
    if where.suffix in (".ckpt", ".bin", ".pt", ".pth", ".json"):
        raise ArgumentValueError(
            f"plan.save writes safetensors, not {where.suffix}: name a file that ends in .safetensors, or a "
            f"folder; got {str(where)!r}."
        )
    return single


def parsed_size(size: int | str | None) -> int | None:
    """Bytes of ``max_shard_size``.

    Example:
        >>> parsed_size("5GB"), parsed_size("1.5 MiB"), parsed_size(100), parsed_size(None)
        (5000000000, 1572864, 100, None)
    """
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, int | str):
        raise ArgumentTypeError(
            f"plan.save: max_shard_size must be an int (bytes), a str such as '5GB', or None, got {size!r}."
        )
    number: float = 0
    if isinstance(size, int):
        number = size
    elif match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", size):
        number = float(match[1]) * _UNITS.get(match[2].upper(), 0)
    if number < 1:
        raise ArgumentValueError(
            f"plan.save: max_shard_size must be 1 byte or more, such as 5_000_000_000, '5GB' or '500MiB', "
            f"got {size!r}."
        )
    return int(number)


def nbytes(recipe: Recipe) -> int:
    """Bytes of a parameter."""
    size = recipe.dtype.itemsize
    for length in recipe.shape:
        size *= length
    return size


def split(sizes: Mapping[str, int], limit: int | None) -> list[list[str]]:
    """Names in files of at most ``limit`` bytes of values, in order; a larger parameter has its own file.

    Example:
        >>> split({"a": 3, "b": 1, "c": 9, "d": 4}, 4)
        [['a', 'b'], ['c'], ['d']]
    """
    files: list[list[str]] = [[]]
    room = limit
    for name, size in sizes.items():
        if limit is not None and room is not None:
            if size > room and files[-1]:
                files.append([])
                room = limit
            room -= size
        files[-1].append(name)
    return files


def file_names(count: int) -> list[str]:
    """Names of the files in a folder."""
    if count == 1:
        return [_SINGLE]
    return [f"model-{n:05d}-of-{count:05d}.safetensors" for n in range(1, count + 1)]


def index_text(files: Mapping[str, list[str]], total: int) -> str:
    """The index that goes with several files: which holds which parameter."""
    where = {name: file for file, names in files.items() for name in names}
    index = {"metadata": {"total_size": total}, "weight_map": where}
    return json.dumps(index, indent=2, ensure_ascii=False) + "\n"


def strangers(folder: Path, names: list[str]) -> list[str]:
    """Weights of other names in the folder, which a reader would take for these or mix with them."""
    known = {*names, INDEX} if len(names) > 1 else {*names}
    return sorted(f.name for f in folder.iterdir() if _OURS.fullmatch(f.name) and f.name not in known)
