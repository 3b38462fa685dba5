"""Contents to a safetensors file and back.

The format sorts its tensors and knows no aliases, no strings and no complex128, so one metadata entry,
``paraminit``, holds as JSON what would be lost: ``order`` (all names), ``tied`` (further name -> name),
``strings``, ``complex128`` (names of tensors stored as pairs of float64), and ``parts`` (which part of a
parameter a tensor is, where it is not all). ``crc_num`` is MindSpore's
checksum: CRC-32 over name and bytes of each tensor, by name. Every reader of safetensors can read the file.
"""

from __future__ import annotations

import io
import json
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save_file

from paraminit.dtype import array_over, dtype_name
from paraminit.errors import ArgumentTypeError, CheckpointError, UnknownNameError
from paraminit.files.contents import Contents
from paraminit.files.held import Held
from paraminit.files.replacing import replacing

__all__ = ["check_storable", "plain_values", "read_safetensors", "write_safetensors"]

_LARGEST_HEADER = 100_000_000  # bytes; the format's own limit
_KEY = "paraminit"


def plain_values(contents: Contents, *, copy: bool = False) -> Contents:
    """The same contents as plain, contiguous CPU tensors; what was pending is created.

    Args:
        contents: tensors of any kind.
        copy: into memory of their own, even where it could be shared.
    """
    values: dict[str, torch.Tensor | str] = {}
    storages: set[int] = set()
    for name, value in contents.values.items():
        if isinstance(value, str):
            values[name] = value
            continue
        plain = value.detach().cpu().as_subclass(torch.Tensor).resolve_conj().resolve_neg().contiguous()
        storage = plain.untyped_storage().data_ptr()
        # The format refuses two tensors in one memory; views of one another are stored apart.
        values[name] = plain.clone() if copy or (storage and storage in storages) else plain
        storages.add(storage)
    return replace(contents, values=values)


def check_storable(name: str, value: torch.Tensor) -> None:
    """Make sure that a tensor has values, of a kind that a file can hold.

    Raises:
        ArgumentTypeError: it has not.
    """
    if value.device.type == "meta":
        raise ArgumentTypeError(
            f"save_checkpoint: {name!r} is on torch's meta device and has no values. "
            "Give it values first (to_empty, then an initializer)."
        )
    try:
        dtype_name(value.dtype)
    except UnknownNameError:
        raise ArgumentTypeError(
            f"save_checkpoint: {name!r} is {value.dtype}, which a checkpoint cannot hold. Convert it first."
        ) from None


def write_safetensors(path: Path, contents: Contents, *, checksum: bool = False) -> None:
    """Write contents of plain tensors (see :func:`plain_values`); the file appears whole or not at all."""
    tensors = contents.tensors
    kept: dict[str, Any] = {"version": 1, "order": [*contents.values]}
    if contents.tied:
        kept["tied"] = contents.tied
    if contents.strings:
        kept["strings"] = contents.strings
    if contents.parts:
        kept["parts"] = {name: part.written() for name, part in contents.parts.items()}
    if pairs := [name for name, value in tensors.items() if value.dtype == torch.complex128]:
        kept["complex128"] = pairs
        tensors = {n: torch.view_as_real(v) if n in pairs else v for n, v in tensors.items()}
    metadata = {"format": "pt", _KEY: json.dumps(kept, ensure_ascii=False)}
    if contents.thinned:
        metadata["remove_redundancy"] = "True"  # as MindSpore says it
    if checksum:
        metadata["crc_num"] = str(_checksum(tensors))
    with replacing(path) as sibling:
        save_file(tensors, sibling, metadata)


def _checksum(tensors: dict[str, torch.Tensor]) -> int:
    crc = 0
    for name in sorted(tensors):
        crc = zlib.crc32(name.encode(), crc)
        raw = tensors[name].reshape(-1)
        if raw.numel():
            crc = zlib.crc32(array_over(raw.view(torch.uint8)).data, crc)
    return crc


def read_safetensors(source: Path | io.BytesIO, *, checksum: bool = False) -> Contents:
    """The contents of a safetensors file, written here or by anybody.

    Args:
        source: path of the file, or its bytes.
        checksum: compare the checksum, if the file has one.

    Raises:
        CheckpointError: the file is no safetensors file, truncated or damaged, or holds a dtype that has
            no counterpart here.
    """
    path = source if isinstance(source, Path) else "the BytesIO"
    try:
        metadata, tensors = _from_file(source) if isinstance(source, Path) else _from_memory(source)
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged, or no safetensors file: {error}.") from error
    for name, tensor in tensors.items():
        try:
            dtype_name(tensor.dtype)
        except UnknownNameError:
            raise CheckpointError(
                f"{path}: {name!r} is {tensor.dtype}, which has no counterpart here. Convert the file first."
            ) from None
    stored = metadata.get("crc_num")
    if checksum and stored is not None and stored != str(_checksum(tensors)):
        raise CheckpointError(f"{path} is damaged: its checksum does not fit its values.")
    contents = _restored(path, tensors, metadata.get(_KEY))
    contents.thinned = metadata.get("remove_redundancy") == "True"
    return contents


_Read = tuple[dict[str, str], dict[str, torch.Tensor]]


def _from_file(path: Path) -> _Read:
    with path.open("rb") as file:
        start = file.read(9)
        _check_header(path, start, path.stat().st_size)
        text = start[8:] + file.read(int.from_bytes(start[:8], "little") - 1)
    # Read, not mapped: a mapped tensor can lie at any address, which crashes some of torch's kernels, and
    # crashes as well when somebody cuts the file short.
    with safe_open(path, framework="pt", backend="pread") as file:
        _header(path, text)
        return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _from_memory(source: io.BytesIO) -> _Read:
    raw = source.getvalue()
    _check_header("the BytesIO", raw[:9], len(raw))
    tensors = load(raw)
    header = _header("the BytesIO", raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    return header.get("__metadata__", {}), tensors


def _header(path: Path | str, text: bytes) -> dict[str, Any]:
    """The header, which the library has found sound but for a name given twice: it takes the last of them,
    and another reader may take the first."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
            raise CheckpointError(f"{path} is damaged: its header says {twice!r} twice.")
        return found

    header: dict[str, Any] = json.loads(text, object_pairs_hook=unique)
    return header


def _check_header(path: Path | str, start: bytes, size: int) -> None:
    """Say what is wrong with a file that cannot be one; the library's own words for it are terse."""
    if not start:
        raise CheckpointError(f"{path} is empty.")
    if start[8:] != b"{" and start.startswith((b"PK\x03\x04", b"\x80")):
        raise CheckpointError(
            f"{path} looks like a pickle, as torch.save and pickle.dump write; pickles are never loaded. "
            "Convert it to safetensors in the program that trusts it."
        )
    header = int.from_bytes(start[:8], "little")
    if len(start) < 9 or start[8:] != b"{":
        raise CheckpointError(
            f"{path} is neither a safetensors file nor a checkpoint of MindSpore: it begins with {start!r}."
        )
    if header > _LARGEST_HEADER:
        raise CheckpointError(
            f"{path} states a header of {header} bytes; safetensors allows {_LARGEST_HEADER}. "
            "The file is damaged."
        )
    if 8 + header > size:
        raise CheckpointError(
            f"{path} is truncated: its header alone needs {8 + header} bytes, the file has {size}."
        )


def _restored(path: Path | str, tensors: dict[str, torch.Tensor], kept_text: str | None) -> Contents:
    if kept_text is None:
        return Contents(dict(tensors))
    try:
        kept = json.loads(kept_text)
        strings, tied, pairs = kept.get("strings", {}), kept.get("tied", {}), kept.get("complex128", [])
        order = kept["order"]
        parts = {name: Held.read(part) for name, part in kept.get("parts", {}).items() if name in tensors}
        for name in pairs:
            tensors[name] = torch.view_as_complex(tensors[name])
        values: dict[str, torch.Tensor | str] = {**tensors, **strings}
        if (
            any(not isinstance(text, str) for text in strings.values())
            or tied.keys() & values.keys()
            or strings.keys() & tensors.keys()
        ):
            raise ValueError("names or strings clash")
        for first in tied.values():
            _ = tensors[first]
        # A tool may have added or removed tensors and kept the metadata.
        ordered = {name: values[name] for name in order if name in values}
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise CheckpointError(
            f"{path}: the metadata entry {_KEY!r} does not fit the file: {error}."
        ) from error
    return Contents({**ordered, **values}, tied, parts)
