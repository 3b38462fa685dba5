"""Is a file still what was written? By the digests in its own header; the plan is not needed."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

from paraminit.errors import CheckpointError
from paraminit.files.chunk_digests import wrong_chunks
from paraminit.files.layout import read_header
from paraminit.files.shards import INDEX

__all__ = ["verify"]


def verify(path: str | os.PathLike[str]) -> None:
    """Read the files that ``plan.save`` wrote and compare every chunk with its digest.

    Args:
        path: of a file, or of a folder with one file or an index.

    Raises:
        CheckpointError: a file is missing, damaged, cut short or has no digests; the message names the
            parameters.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from paraminit.describe.initializers import Normal
        >>> from paraminit.describe.plan import Plan
        >>> from paraminit.describe.plan_entry import Entry
        >>> from paraminit.describe.recipe import Recipe
        >>> recipe = Recipe(Normal(1.0), (3,), np.dtype("float32"), key=1)
        >>> plan = Plan({"weight": Entry((3,), recipe.dtype, "*", recipe)}, seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     plan.save(folder)
        ...     verify(folder)
        ...     with open(folder + "/model.safetensors", "r+b") as file:
        ...         _ = file.seek(-1, 2), file.write(b"?")
        ...     verify(folder)
        Traceback (most recent call last):
        ...
        paraminit.errors.CheckpointError: .../model.safetensors is damaged in 'weight'.
    """
    where = Path(path)
    if not where.is_dir():
        _verify_file(where)
        return
    index = where / INDEX
    names = {"model.safetensors"}
    if index.exists():
        try:
            names = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{index} is damaged: {error}.") from error
    for name in sorted(names):
        _verify_file(where / name)


def _verify_file(path: Path) -> None:
    try:
        file = io.FileIO(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing.") from None
    with file:
        try:
            header = read_header(file)
        except CheckpointError as error:
            raise CheckpointError(f"{path} cannot be verified: {error}.") from error
        text = json.loads(header.text[8:])
        chunk = json.loads(text.pop("__metadata__")["paraminit"])["chunk"]
        size = max((tensor["data_offsets"][1] for tensor in text.values()), default=0)
        wrong = set(wrong_chunks(file, len(header.text), size, chunk, header.digests))
        damaged = [name for name, tensor in text.items() if wrong & _chunks_of(tensor, chunk)]
        extra = file.seek(0, os.SEEK_END) - len(header.text) - size
    if damaged:
        raise CheckpointError(f"{path} is damaged in {', '.join(map(repr, damaged))}.")
    if extra:
        raise CheckpointError(f"{path} has {extra} bytes too many.")


def _chunks_of(tensor: dict[str, Any], chunk: int) -> set[int]:
    start, stop = tensor["data_offsets"]
    return set(range(start // chunk, -(-stop // chunk)))
