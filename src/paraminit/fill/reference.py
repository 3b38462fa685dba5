"""The element law in slow, obvious NumPy: the definition of every random value.

An element's value depends on (key, flat index) alone. Philox4x32-10 gives four 32-bit words a block;
element i uses word i mod 4 of block i div 4 (the normal uses them in pairs). All arithmetic is float64,
each operation rounded on its own, functions rounded correctly; the result is rounded to float32.

References:
    Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox).
    Box & Muller 1958, "A note on the generation of random normal deviates".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.fill import exact
from paraminit.fill.distributions import Normal, TruncatedNormal, Uniform

__all__ = ["cumulative", "elements", "philox", "truncated_range"]

Words = npt.NDArray[np.uint32]
_LOW = np.uint64(0xFFFFFFFF)
_R2 = float(np.float32(1.4142135))  # MindSpore's sqrt(2)


def philox(block: npt.NDArray[np.uint64], key: int) -> Words:
    """The words of Philox4x32-10, shape (blocks, 4), for counters (block, key) under ``key``.

    Example:
        >>> [f"{word:08x}" for word in philox(np.array([0], np.uint64), 1)[0]]
        ['07071c12', '428264b6', '3909104b', '6da2bda2']
    """
    c0, c1 = block & _LOW, block >> np.uint64(32)
    c2, c3 = (np.full_like(block, word) for word in (key & 0xFFFFFFFF, key >> 32))
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p, q = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (
            (q >> np.uint64(32)) ^ c1 ^ np.uint64(k0),
            q & _LOW,
            (p >> np.uint64(32)) ^ c3 ^ np.uint64(k1),
            p & _LOW,
        )
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def _each(function: Any, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    once, back = np.unique(x, return_inverse=True)
    return np.array([function(v) for v in once.tolist()], np.float64)[back]


def elements(
    law: Uniform | Normal | TruncatedNormal, key: int, index: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """The values at these flat indices, shape (n,).

    Example:
        >>> elements(Uniform(0, 1), 1, np.arange(4))
        array([0.02745223, 0.25980213, 0.22279455, 0.42826447], dtype=float32)
    """
    index = np.asarray(index, np.int64)
    words = philox((index // 4).astype(np.uint64), key)
    lane = np.arange(index.size), index % 4
    single = np.float32  # arguments are rounded to float32, then used as float64
    with np.errstate(over="ignore", under="ignore"):
        if isinstance(law, Uniform):
            a, b = float(single(law.low)), float(single(law.high))
            return ((b - a) * (words[lane] / 2.0**32) + a).astype(np.float32)
        if isinstance(law, Normal):
            mean, sigma = float(single(law.mean)), float(single(law.sigma))
            return _normal(words, lane, mean, sigma).astype(np.float32)
        return _truncated(words[lane], law).astype(np.float32)


def _normal(words: Words, lane: Any, mean: float, sigma: float) -> npt.NDArray[np.float64]:
    rows, column = lane
    first = column - column % 2  # elements 2j and 2j + 1 share the words 2j and 2j + 1
    floor = float(np.float32(1e-7))
    u1, u2 = (np.maximum((words[rows, first + k] & 0x7FFFFF) * 2.0**-23, floor) for k in (0, 1))
    radius = np.sqrt(-2.0 * _each(exact.ln, u1)) * sigma
    angle = (2.0 * float(np.float32(3.1415926))) * u2
    circle = np.where(column % 2 == 0, _each(exact.cos, angle), _each(exact.sin, angle))
    return mean + radius * circle


def cumulative(x: float, mean: float, sigma: float) -> float:
    """Phi((x - mean) / sigma), the normal distribution function, by MindSpore's rule.

    Example:
        >>> cumulative(0.5, 0.5, 2.0)
        0.5
    """
    return exact.erfc(-(((x - mean) / sigma) / _R2)) / 2


def _truncated(words: Words, law: TruncatedNormal) -> npt.NDArray[np.float64]:
    a, b, mean, sigma = (float(np.float32(v)) for v in (law.low, law.high, law.mu, law.sigma))
    low, high = (cumulative(x, mean, sigma) for x in (a, b))
    z = 2.0 * (low + (words / 2.0**32) * (high - low))
    z = np.where(z <= 0, 2.0**-149, np.where(z >= 2, 2 - 2.0**-23, z))
    return mean + (-_each(exact.erfc_inv, z) * _R2) * sigma


def truncated_range(law: TruncatedNormal) -> tuple[float, float]:
    """The least and the largest value that any words give, before the rounding to float32.

    Example:
        >>> [round(value, 2) for value in truncated_range(TruncatedNormal(8, 9, 0, 1))]
        [5.29, 7.99]
    """
    values = _truncated(np.array([0, 2**32 - 1], np.uint32), law)
    return float(values.min()), float(values.max())
