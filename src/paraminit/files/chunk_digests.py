"""Digests of the chunks of a file, at the speed of memory, so that every chunk can have one.

They guard against damage, not against malice: 64 bits, where the BLAKE2b of ``place.digest`` would be
slower than the disk. With w the content as little-endian 64-bit words, the last one filled up with zeros:

    digest = mix(length) + sum over i of mix(w[i] xor i * A)      modulo 2**64
    mix(x) = y xor (y >> 29) where y = (x xor (x >> 32)) * B

``mix`` is a bijection, so that one changed word always changes the digest, and the sum can be vectorised.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.fill.bits import entry

__all__ = ["BLANK", "DIGITS", "chunk_digest", "wrong_chunks"]

DIGITS = 16  # a digest as text
BLANK = b"-" * DIGITS  # in place of one that is not known yet

_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_32, _29 = np.uint64(32), np.uint64(29)


@entry
def _mixed(words: Any, length: Any) -> Any:
    y = (length ^ (length >> _32)) * _B
    total = y ^ (y >> _29)
    for i in range(np.uint64(words.size)):
        x = words[i] ^ (i * _A)
        y = (x ^ (x >> _32)) * _B
        total += y ^ (y >> _29)
    return total


def chunk_digest(content: npt.NDArray[np.uint8]) -> bytes:
    """Sixteen hexadecimal digits for the bytes; Python's global lock is free meanwhile.

    Example:
        >>> chunk_digest(np.zeros(3, np.uint8)) == chunk_digest(np.zeros(4, np.uint8))
        False
    """
    whole = content.size & -8
    total = int(_mixed(content[:whole].view(np.uint64), np.uint64(content.size)))
    if whole < content.size:
        last = np.zeros(8, np.uint8)
        last[: content.size - whole] = content[whole:]
        word = int(last.view(np.uint64)[0]) ^ (whole // 8 * int(_A)) % 2**64
        y = (word ^ word >> 32) * int(_B) % 2**64
        total = (total + (y ^ y >> 29)) % 2**64
    return b"%016x" % total


def wrong_chunks(file: io.FileIO, start: int, size: int, chunk: int, digests: bytes) -> Iterator[int]:
    """Numbers of the chunks that are missing from an open file, or differ from their digests.

    Args:
        file: open for reading.
        start, size: where the chunks begin, and how many bytes they are together.
        chunk: bytes of each, but for the last.
        digests: of all chunks, one after the other; BLANK where there is none.
    """
    buffer = np.empty(min(chunk, size), np.uint8)
    for number, first in enumerate(range(0, size, chunk)):
        expected = digests[number * DIGITS : (number + 1) * DIGITS]
        length = min(chunk, size - first)
        if (
            expected == BLANK
            or _read(file, start + first, buffer[:length]) < length
            or chunk_digest(buffer[:length]) != expected
        ):
            yield number


def _read(file: io.FileIO, position: int, into: npt.NDArray[np.uint8]) -> int:
    file.seek(position)
    done = 0
    while count := file.readinto(into.data[done:]):
        done += count
    return done
