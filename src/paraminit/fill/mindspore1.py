"""The random stream of MindSpore 1.0 to 1.8, whose digits the older tutorial prints.

Only Normal has a generator of its own there, a Philox that departs from the published one in four ways
(see :func:`words`). The other initializers used NumPy's global generator, or SciPy for the truncated
normal. Sequential by nature: a block starts from the block before it, so slices cannot be filled alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.errors import InitializationError
from paraminit.fill.distributions import Distribution, Normal, TruncatedNormal, Uniform

__all__ = ["fill", "normals", "words"]

_MASK = 0xFFFFFFFF


def words(seed: int, seed2: int, start: int, blocks: int) -> npt.NDArray[np.uint32]:
    """The generator's words from block ``start`` on, shape (blocks, 4).

    Different from Philox4x32-10: the third output uses key word 0 too; the key steps after the tenth
    round as well and is not reset between blocks; each block continues from the previous one's
    counter; and the words are that counter after an increment by one.

    Example:
        >>> [f"{word:08x}" for word in words(1, 1, 0, 1)[0]]
        ['89b01f5a', 'b841e68b', '2736095a', '76a1b102']
    """
    k0 = seed & _MASK
    c0, c1, c2, c3 = start & _MASK, start >> 32, seed2 & _MASK, seed2 >> 32
    out = np.empty((blocks, 4), np.uint32)
    for block in range(blocks):
        for _ in range(10):
            p, q = 0xD2511F53 * c0, 0xCD9E8D57 * c2
            c0, c1, c2, c3 = (q >> 32) ^ c1 ^ k0, q & _MASK, (p >> 32) ^ c3 ^ k0, p & _MASK
            k0 = (k0 + 0x9E3779B9) & _MASK
        count = (c0 | c1 << 32 | c2 << 64 | c3 << 96) + 1
        c0, c1, c2, c3 = (count >> shift & _MASK for shift in (0, 32, 64, 96))
        out[block] = c0, c1, c2, c3
    return out


def _chunk(pair: tuple[int, int], chunk: int, size: int) -> npt.NDArray[np.float32]:
    start = (size * chunk + 3) // 4
    w = words(*pair, start, -(-size // 4)).reshape(-1, 2)
    u = np.maximum((w & 0x7FFFFF).astype(np.float32) * np.float32(2**-23), np.float32(1e-7))
    # The float32 functions are float64 ones rounded once: libraries differ in their float32 versions.
    log, angle = np.log(u[:, 0].astype(np.float64)).astype(np.float32), np.float32(6.28) * u[:, 1]
    radius = np.sqrt(-2.0 * log.astype(np.float64))
    z = np.empty((len(w), 2), np.float32)
    for column, function in enumerate((np.sin, np.cos)):
        z[:, column] = radius * function(angle.astype(np.float64)).astype(np.float32)
    return z.reshape(-1)[:size]


def normals(pair: tuple[int, int], size: int) -> npt.NDArray[np.float32]:
    """Standard normals, shape (size,), in 16 chunks of size // 16, the last with the remainder.

    Args:
        pair: (seed, seed2), see :func:`paraminit.fill.keys.next_seed_pair`.

    Example:
        >>> normals((1, 1), 2)
        array([-0.12802315, -1.3929007 ], dtype=float32)
    """
    if size <= 16:
        return _chunk(pair, 0, size)
    share = size // 16
    sizes = [share] * 15 + [size - 15 * share]
    return np.concatenate([_chunk(pair, t, m) for t, m in enumerate(sizes)])


def fill(law: Distribution, pair: tuple[int, int] | None, out: npt.NDArray[Any]) -> None:
    """Fill ``out`` as MindSpore 1.x did.

    Args:
        law: Uniform, Normal or TruncatedNormal.
        pair: the seed pair of the generator above; None for NumPy's, which draws float64 numbers.
        out: array of any shape and dtype.

    Raises:
        InitializationError: a truncated normal without SciPy, whose generator 1.x used.
    """
    if isinstance(law, Normal) and pair is not None:
        z = normals(pair, out.size).reshape(out.shape)
        out[...] = z * np.float32(law.sigma) + np.float32(law.mean)
    elif isinstance(law, Normal):
        out[...] = np.random.normal(law.mean, law.sigma, out.shape)
    elif isinstance(law, Uniform):
        out[...] = np.random.uniform(law.low, law.high, out.shape)
    else:
        assert isinstance(law, TruncatedNormal)
        try:
            from scipy.stats import truncnorm
        except ImportError:
            raise InitializationError(
                "the profile 'mindspore-1' draws truncated normals with SciPy, which is not installed. "
                "Run `pip install scipy`, or use another profile."
            ) from None
        bounds = ((law.low - law.mu) / law.sigma, (law.high - law.mu) / law.sigma)
        out[...] = truncnorm.rvs(*bounds, loc=law.mu, scale=law.sigma, size=out.shape)
