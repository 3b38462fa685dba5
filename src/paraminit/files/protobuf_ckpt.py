"""Reads MindSpore's own ``.ckpt`` files, plain or encrypted.

The entries are walked here and parsed one by one, so no limit of protobuf on the size of a message applies
to the file as a whole.
"""

from __future__ import annotations

import json
import mmap
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from google.protobuf.message import DecodeError

from paraminit.dtype import numpy_dtype, tensor_over
from paraminit.errors import CheckpointError, UnknownNameError
from paraminit.files.contents import Contents
from paraminit.files.encryption import Encryption, decrypted, mode_of_file
from paraminit.files.held import Held
from paraminit.files.protobuf_schema import ENTRY, STRING, entry_class

__all__ = ["is_protobuf_ckpt", "read_protobuf_ckpt"]

_Raw = mmap.mmap | bytearray
_CHECKSUM, _CHECKSUM_SIZE = b"crc_num", len(b"crc_num") + 10


def is_protobuf_ckpt(path: Path) -> bool:
    """Whether a file begins as MindSpore's do, and not with the length and brace of safetensors."""
    with path.open("rb") as file:
        start = file.read(9)
    return start.startswith(ENTRY) and start[5:] != b"\0\0\0{"


def read_protobuf_ckpt(path: Path, *, checksum: bool = False, how: Encryption | None = None) -> Contents:
    """The contents of a ``.ckpt`` file of MindSpore's.

    Args:
        path: of the file.
        checksum: compare the checksum, if the file has one.
        how: it is encrypted, and with what.

    Raises:
        CheckpointError: truncated, damaged or encrypted otherwise; a dtype or kind of entry that is unknown
            here.
    """
    if how is not None:
        plain = decrypted(path, how)
        try:
            return _contents(path, plain, checksum)
        except CheckpointError as error:
            if how.authenticates:
                raise
            raise CheckpointError(
                f"{path} was decrypted, and what it holds is no checkpoint: it was damaged, or saved with "
                f"another key than dec_key. {error}"
            ) from error
    if (mode := mode_of_file(path)) is not None:
        raise CheckpointError(f"{path} is encrypted with {mode}. Give dec_key and dec_mode={mode!r}.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _contents(path, data, checksum)


def _contents(path: Path, data: _Raw, checksum: bool) -> Contents:
    pieces: dict[str, list[Any]] = {}
    tied: dict[str, str] = {}
    parts: dict[str, Held] = {}
    for entry in _entries(path, data, checksum):
        if entry.tied in pieces and entry.name not in pieces:
            tied[entry.name] = entry.tied
        else:
            pieces.setdefault(entry.name, []).append(entry.tensor)
            if entry.HasField("part"):
                parts[entry.name] = _part(path, entry)
    # Each tensor takes the place of its entries in memory.
    return Contents({name: _value(path, name, pieces.pop(name)) for name in [*pieces]}, tied, parts)


def _part(path: Path, entry: Any) -> Held:
    try:
        return Held.read(json.loads(entry.part))
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path}: {entry.name!r} does not say which part it is: {error}.") from error


def _entries(path: Path, data: _Raw, checksum: bool) -> Iterator[Any]:
    position, end = 0, len(data)
    while position < end:
        if data[position : position + 1] != ENTRY:
            _check_end(path, data, position, checksum)
            return
        size, start = _varint(path, data, position + 1)
        position = start + size
        if position > end:
            raise _truncated(path, position, end)
        entry = entry_class()()
        try:
            with memoryview(data) as view, view[start:position] as raw:
                entry.ParseFromString(bytes(raw))
        except DecodeError as error:
            raise _damaged(path, start) from error
        if bytes in map(type, (entry.name, entry.tied, entry.part, entry.tensor.dtype)):  # no UTF-8
            raise _damaged(path, start)
        if not entry.name.strip() or not entry.HasField("tensor"):
            raise CheckpointError(
                f"{path}: {entry.name!r} is no tensor (MindSpore's hash tables, for example); "
                "save it as a Parameter, or leave it out with choice_func when saving."
            )
        yield entry


def _varint(path: Path, data: _Raw, position: int) -> tuple[int, int]:
    """A length in protobuf's notation, seven bits a byte, and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise _truncated(path, position + 1, len(data))
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise _damaged(path, position)


def _check_end(path: Path, data: _Raw, position: int, checksum: bool) -> None:
    rest = data[position : position + _CHECKSUM_SIZE + 1]
    if len(rest) != _CHECKSUM_SIZE or not rest.startswith(_CHECKSUM):
        raise _damaged(path, position)
    stored = int.from_bytes(rest[len(_CHECKSUM) :], "big")
    if checksum:
        with memoryview(data) as view, view[:position] as message:
            if zlib.crc32(message) != stored:
                raise CheckpointError(f"{path} is damaged: its checksum does not fit its contents.")


def _value(path: Path, name: str, parts: list[Any]) -> torch.Tensor | str:
    first = parts[0]
    if any(p.dtype != first.dtype or p.dimensions != first.dimensions for p in parts):
        raise CheckpointError(f"{path}: two different values are named {name!r}.")
    raw = bytearray().join(p.values for p in parts)
    if first.dtype == STRING:
        try:
            return raw.decode("utf-32-le")
        except UnicodeDecodeError as error:
            raise CheckpointError(f"{path}: the string {name!r} is damaged: {error}.") from error
    try:
        dtype = numpy_dtype(first.dtype.lower().replace("float8e", "float8_e"))
    except UnknownNameError as error:
        raise CheckpointError(
            f"{path}: {name!r} has the dtype {first.dtype!r}, which has no counterpart here."
        ) from error
    shape = tuple(first.dimensions)
    if shape == (0,) and len(raw) == dtype.itemsize:
        shape = ()
    if any(n < 0 for n in shape) or prod(shape) * dtype.itemsize != len(raw):
        raise CheckpointError(
            f"{path}: {name!r} of shape {shape} and dtype {first.dtype} needs "
            f"{prod(shape) * dtype.itemsize} bytes, the file holds {len(raw)} for it."
        )
    array = np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype, copy=False)
    return tensor_over(array.reshape(shape))


def _truncated(path: Path, needed: int, size: int) -> CheckpointError:
    return CheckpointError(
        f"{path} is truncated: its entries need at least {needed} bytes, the file has {size}."
    )


def _damaged(path: Path, position: int) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged, encrypted, or no checkpoint of MindSpore: byte {position} begins no entry."
    )
