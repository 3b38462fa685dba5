"""Writes MindSpore's own ``.ckpt`` files, which MindSpore reads, plain or encrypted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch

from paraminit.dtype import array_over, dtype_name
from paraminit.files.contents import Contents
from paraminit.files.encryption import Encryption, encrypted
from paraminit.files.protobuf_schema import ENTRY, STRING, entry_class
from paraminit.files.replacing import replacing

__all__ = ["write_protobuf_ckpt"]

_CUT = 1 << 26  # bytes of a tensor in one entry; MindSpore cuts at 512 MiB and joins any


def write_protobuf_ckpt(path: Path, contents: Contents, how: Encryption | None = None) -> None:
    """Write contents of plain tensors; the file appears whole or not at all, and nothing plain beside it.

    Args:
        path: of the file.
        contents: what :func:`paraminit.files.safetensors_file.plain_values` gives.
        how: to encrypt it, and with what.
    """
    plain = _entries(contents)
    with replacing(path) as sibling, sibling.open("wb") as file:
        file.writelines(plain if how is None else encrypted(plain, how))


def _entries(contents: Contents) -> Iterator[bytes]:
    parts = {name: json.dumps(part.written()) for name, part in contents.parts.items()}
    for name, value in contents.values.items():
        yield from _entry(value, name=name, part=parts.get(name))
    for name, first in contents.tied.items():  # in full: MindSpore knows nothing of ties
        yield from _entry(contents.values[first], name=name, tied=first)


def _entry(value: torch.Tensor | str, **fields: str | None) -> Iterator[bytes]:
    if isinstance(value, str):
        dimensions, dtype, raw = [0], STRING, memoryview(value.encode("utf-32-le"))
    else:
        dimensions, dtype = list(value.shape), dtype_name(value.dtype)
        raw = array_over(value.reshape(-1).view(torch.uint8)).data if value.numel() else memoryview(b"")
    for start in range(0, len(raw) or 1, _CUT):
        entry = entry_class()(**fields)
        entry.tensor.dimensions.extend(dimensions)
        entry.tensor.dtype = dtype
        entry.tensor.values = bytes(raw[start : start + _CUT])
        message = entry.SerializeToString()
        yield ENTRY + _varint(len(message)) + message


def _varint(value: int) -> bytes:
    """A length in protobuf's notation: seven bits a byte, the low ones first."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
