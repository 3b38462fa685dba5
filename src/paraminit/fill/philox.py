"""Philox4x32-10, structure of arrays: one array for each of a block's four words.

The loop runs over blocks and its lanes are 64 bits wide, since a round is two 32 x 32 -> 64 bit products:
so a vector holds as many blocks as it has 64-bit lanes, and nothing ever crosses lanes.

References:
    Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from paraminit.fill.bits import kernel

__all__ = ["philox"]

_U = np.uint64
_MULTIPLIER_0, _MULTIPLIER_1 = _U(0xD2511F53), _U(0xCD9E8D57)
_WEYL_0, _WEYL_1 = _U(0x9E3779B9), _U(0xBB67AE85)
_LOW, _HALF = _U(0xFFFFFFFF), _U(32)


@kernel
def philox(blocks: Any, key: Any, words: Any) -> None:
    """Words of the given blocks.

    Args:
        blocks: block numbers, uint64 of shape (n,).
        key: uint64.
        words: written; four arrays, uint64 of shape (n,), the k-th holding word k of each block in its
            lower half. What is in the upper one means nothing: to clear it would cost more than whoever
            takes the bits that matter.
    """
    w0, w1, w2, w3 = words
    for i in range(blocks.size):
        c0, c1, c2, c3 = blocks[i] & _LOW, blocks[i] >> _HALF, key & _LOW, key >> _HALF
        k0, k1 = key & _LOW, key >> _HALF
        for _ in range(10):
            p, q = _MULTIPLIER_0 * (c0 & _LOW), _MULTIPLIER_1 * (c2 & _LOW)  # one instruction each
            c0, c1 = (q >> _HALF) ^ c1 ^ k0, q
            c2, c3 = (p >> _HALF) ^ c3 ^ k1, p
            k0, k1 = (k0 + _WEYL_0) & _LOW, (k1 + _WEYL_1) & _LOW
        w0[i], w1[i], w2[i], w3[i] = c0, c1, c2, c3
