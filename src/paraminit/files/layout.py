"""Where each tensor of a safetensors file lies, known before any value is.

A file written from a plan has a second metadata entry beside ``paraminit`` (see safetensors_file.py):
``paraminit_digests``, one digest for the header itself (with the other digests blank) and one for each
chunk of the values, as hexadecimal digits. While the file is being written it says which chunks are done;
afterwards anybody can check the file by it. The entry stands first, so that its place is known.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentValueError, CheckpointError
from paraminit.files.chunk_digests import BLANK, DIGITS, chunk_digest

__all__ = ["ALIGNMENT", "DIGESTS_AT", "Layout", "Stored", "layout_of", "read_header"]

ALIGNMENT = 4096  # the values begin at a multiple: so they can be written past the page cache
_START = '{"__metadata__":{"paraminit_digests":"'
DIGESTS_AT = 8 + len(_START)  # position of the first digest in the file
_LARGEST_HEADER = 100_000_000  # bytes; the format's own limit
_DTYPES = {
    "bool": "BOOL",
    "int8": "I8",
    "int16": "I16",
    "int32": "I32",
    "int64": "I64",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "complex64": "C64",
    "complex128": "F64",  # pairs of them
}


class Stored(NamedTuple):
    """One tensor's place: bytes ``start`` to ``stop`` of the file's values."""

    name: str
    recipe: Recipe
    start: int
    stop: int


@dataclass(frozen=True)
class Layout:
    """One file before it is written.

    Attributes:
        name: of the file, in its folder.
        tensors: in the order in which they lie.
        header: everything before the values, all digests but its own blank.
        chunk: bytes of values that are written, and have a digest, together.
    """

    name: str
    tensors: tuple[Stored, ...]
    header: bytes
    chunk: int

    @property
    def values(self) -> int:
        """Bytes of all values."""
        return self.tensors[-1].stop if self.tensors else 0

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.header) + self.values

    @property
    def chunks(self) -> int:
        """How many chunks the values are."""
        return math.ceil(self.values / self.chunk)


def layout_of(
    name: str, recipes: Mapping[str, Recipe], tied: Mapping[str, str], plan: str, chunk: int
) -> Layout:
    """Lay out one file.

    Args:
        name: of the file.
        recipes: of its tensors, in the network's order.
        tied: further names of these tensors, to the first ones.
        plan: fingerprint of the plan that the recipes are part of.
        chunk: bytes, a multiple of ALIGNMENT.

    Raises:
        ArgumentValueError: more names than a header can hold, or one that the format reserves.
    """
    if "__metadata__" in recipes:
        raise ArgumentValueError(
            "a safetensors file cannot hold a parameter named '__metadata__'. Rename it."
        )
    # Widest elements first, as the format wants it: then each tensor is aligned to its own elements.
    tensors, position = [], 0
    for key in sorted(recipes, key=lambda key: -recipes[key].dtype.itemsize):
        recipe = recipes[key]
        stop = position + math.prod(recipe.shape) * recipe.dtype.itemsize
        tensors.append(Stored(key, recipe, position, stop))
        position = stop
    header = _header(tensors, list(recipes), tied, plan, chunk)
    return Layout(name, tuple(tensors), header, chunk)


def _header(tensors: list[Stored], order: list[str], tied: Mapping[str, str], plan: str, chunk: int) -> bytes:
    kept: dict[str, Any] = {"version": 1, "order": order, "plan": plan, "chunk": chunk}
    if tied:
        kept["tied"] = dict(tied)
    if pairs := [t.name for t in tensors if t.recipe.dtype == np.complex128]:
        kept["complex128"] = pairs
    chunks = math.ceil(tensors[-1].stop / chunk) if tensors else 0
    text: dict[str, Any] = {
        "__metadata__": {
            "paraminit_digests": (BLANK * (1 + chunks)).decode(),
            "format": "pt",
            "paraminit": json.dumps(kept, ensure_ascii=False),
        }
    }
    for tensor in tensors:
        pair = (2,) if tensor.recipe.dtype == np.complex128 else ()
        text[tensor.name] = {
            "dtype": _DTYPES[tensor.recipe.dtype.name],
            "shape": [*tensor.recipe.shape, *pair],
            "data_offsets": [tensor.start, tensor.stop],
        }
    body = json.dumps(text, ensure_ascii=False, separators=(",", ":")).encode()
    length = len(body) + -(8 + len(body)) % ALIGNMENT
    if length > _LARGEST_HEADER:
        raise ArgumentValueError(
            f"a header of {length} bytes is needed for {len(tensors)} parameters; safetensors allows "
            f"{_LARGEST_HEADER}. Use a smaller max_shard_size."
        )
    blank = length.to_bytes(8, "little") + body.ljust(length)
    own = chunk_digest(np.frombuffer(bytearray(blank), np.uint8))
    return blank[:DIGESTS_AT] + own + blank[DIGESTS_AT + DIGITS :]


class Header(NamedTuple):
    """What a file begins with: the header with the digests of the chunks blank, and those digests."""

    text: bytes
    digests: bytes


def read_header(file: io.FileIO) -> Header:
    """The header of an open file that was written from a plan.

    Raises:
        CheckpointError: it is damaged, or the file was written by somebody else.
    """
    file.seek(0)
    start = file.read(DIGESTS_AT)
    if not start[8:] == _START.encode():
        raise CheckpointError("it does not begin as a file written by plan.save")
    length = min(int.from_bytes(start[:8], "little"), _LARGEST_HEADER)
    rest = file.read(8 + length - DIGESTS_AT)
    own = rest[:DIGITS]
    digests, _, after = rest[DIGITS:].partition(b'"')
    blank = BLANK.ljust(DIGITS + len(digests), b"-")
    if chunk_digest(np.frombuffer(bytearray(start + blank + b'"' + after), np.uint8)) != own:
        raise CheckpointError("its header is damaged")
    return Header(start + own + blank[DIGITS:] + b'"' + after, digests)
