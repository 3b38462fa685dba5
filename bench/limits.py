"""Philox alone: as many words as a fill of this size needs, kept in the first-level cache."""

from __future__ import annotations

import numpy as np
from numba import njit

from paraminit.fill.batches import BLOCKS
from paraminit.fill.philox import philox


@njit(nogil=True)
def words_only(size: int) -> None:
    blocks = np.arange(BLOCKS).astype(np.uint64)
    words = (
        np.empty(BLOCKS, np.uint64),
        np.empty(BLOCKS, np.uint64),
        np.empty(BLOCKS, np.uint64),
        np.empty(BLOCKS, np.uint64),
    )
    for _ in range(size // (4 * BLOCKS)):
        philox(blocks, np.uint64(1), words)
        blocks += np.uint64(BLOCKS)
