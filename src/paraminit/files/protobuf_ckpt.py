"""Reads the ``.ckpt`` files that MindSpore itself writes. They are protobuf messages, not pickles.

A file is one message that repeats field 1, an entry::

    entry  { 1: name (string)  2: tensor }
    tensor { 1: dimension (repeated int64)  2: dtype, such as "Float32" (string)  3: values, little-endian }

A scalar has no dimensions in some files and a 0 in others. The dtype ``str`` marks a string in UTF-32. A
tensor above 512 MiB is cut into several entries of one name. A checksum may follow the message: the text
``crc_num`` and ten bytes, big-endian, of the CRC-32 of all that precedes.

The entries are walked here and parsed one by one, so no limit of protobuf on the size of a message applies
to the file as a whole.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from paraminit.dtype import numpy_dtype, tensor_over
from paraminit.errors import CheckpointError, UnknownNameError
from paraminit.files.contents import Contents

__all__ = ["is_protobuf_ckpt", "read_protobuf_ckpt"]

_ENTRY = b"\x0a"  # field 1, length-delimited
_CHECKSUM, _CHECKSUM_SIZE = b"crc_num", len(b"crc_num") + 10


@cache
def _entry_class() -> Any:
    """The message class of an entry, from the schema above."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="paraminit/mindspore_ckpt.proto", package="paraminit.mindspore_ckpt", syntax="proto2"
    )
    fields = {
        "Tensor": [
            ("dimensions", kind.TYPE_INT64, kind.LABEL_REPEATED),
            ("dtype", kind.TYPE_STRING, kind.LABEL_OPTIONAL),
            ("values", kind.TYPE_BYTES, kind.LABEL_OPTIONAL),
        ],
        "Entry": [
            ("name", kind.TYPE_STRING, kind.LABEL_OPTIONAL),
            ("tensor", kind.TYPE_MESSAGE, kind.LABEL_OPTIONAL),
        ],
    }
    for message_name, rows in fields.items():
        message = file.message_type.add(name=message_name)
        for number, (name, wire_type, label) in enumerate(rows, 1):
            row = message.field.add(name=name, number=number, type=wire_type, label=label)
            if wire_type == kind.TYPE_MESSAGE:
                row.type_name = ".paraminit.mindspore_ckpt.Tensor"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("paraminit.mindspore_ckpt.Entry"))


def is_protobuf_ckpt(path: Path) -> bool:
    """Whether a file begins as MindSpore's do, and not with the length and brace of safetensors."""
    with path.open("rb") as file:
        start = file.read(9)
    return start.startswith(_ENTRY) and start[5:] != b"\0\0\0{"


def read_protobuf_ckpt(path: Path, *, checksum: bool = False) -> Contents:
    """The contents of a ``.ckpt`` file of MindSpore's.

    Args:
        path: of the file.
        checksum: compare the checksum, if the file has one.

    Raises:
        CheckpointError: truncated, damaged or encrypted; a dtype or kind of entry that is unknown here.
    """
    pieces: dict[str, list[Any]] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for entry in _entries(path, data, checksum):
            pieces.setdefault(entry.name, []).append(entry.tensor)
    return Contents({name: _value(path, name, parts) for name, parts in pieces.items()})


def _entries(path: Path, data: mmap.mmap, checksum: bool) -> Iterator[Any]:
    position, end = 0, len(data)
    while position < end:
        if data[position : position + 1] != _ENTRY:
            _check_end(path, data, position, checksum)
            return
        size, start = _varint(path, data, position + 1)
        position = start + size
        if position > end:
            raise _truncated(path, position, end)
        entry = _entry_class()()
        try:
            with memoryview(data) as view, view[start:position] as raw:
                entry.ParseFromString(bytes(raw))
        except DecodeError as error:
            raise _damaged(path, start) from error
        if not entry.name.strip() or not entry.HasField("tensor"):
            raise CheckpointError(
                f"{path}: {entry.name!r} is no tensor (MindSpore's hash tables, for example); "
                "save it as a Parameter, or leave it out with choice_func when saving."
            )
        yield entry


def _varint(path: Path, data: mmap.mmap, position: int) -> tuple[int, int]:
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


def _check_end(path: Path, data: mmap.mmap, position: int, checksum: bool) -> None:
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
    raw = b"".join(p.values for p in parts) if len(parts) > 1 else first.values
    if first.dtype == "str":
        try:
            return raw.decode("utf-32-le")
        except UnicodeDecodeError as error:
            raise CheckpointError(f"{path}: the string {name!r} is damaged: {error}.") from error
    try:
        dtype = numpy_dtype(first.dtype.lower())
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
    array = np.frombuffer(bytearray(raw), dtype.newbyteorder("<")).astype(dtype, copy=False)
    return tensor_over(array.reshape(shape))


def _truncated(path: Path, needed: int, size: int) -> CheckpointError:
    return CheckpointError(
        f"{path} is truncated: its entries need at least {needed} bytes, the file has {size}."
    )


def _damaged(path: Path, position: int) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged, encrypted, or no checkpoint of MindSpore: byte {position} begins no entry."
    )
