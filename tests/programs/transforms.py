"""Digests of every law's values, made by the transforms alone, for the processor that Numba compiles for.

A fill compiles its loop anew for every law; the transforms, which alone compute with numbers that are no
integers, compile in a quarter of the time.
"""

import hashlib
import json

import numpy as np

from paraminit.fill import reference
from paraminit.fill.batches import _TRANSFORMS, BLOCKS
from paraminit.fill.distributions import Normal, Precise, TruncatedNormal, Uniform
from paraminit.fill.philox import philox
from paraminit.fill.precise import arguments
from paraminit.fill.writers import _arguments

# One for each transform; the truncated normals reach the center, the tails and the far tails.
STREAM_1 = (
    *(Uniform(-0.1, 0.3), Normal(0, 0.02), Normal(1.5, 3)),
    *(TruncatedNormal(-2, 2, 0, 1), TruncatedNormal(-0.3, 0.9, 0.1, 0.7)),
)
STREAM_2 = tuple(Precise(law) for law in (*STREAM_1[::2], TruncatedNormal(8, 9, 0, 1)))
KEY = 2**62 + 12345
ELEMENTS = {law: BLOCKS * (1_500 if law in STREAM_1 else 400) for law in (*STREAM_1, *STREAM_2)}


def digest(values):
    return hashlib.sha256(values.tobytes()).hexdigest()


def values_of(law):
    dtype = np.dtype(np.float64 if law in STREAM_2 else np.float32)
    taken = arguments(law, dtype) if law in STREAM_2 else _arguments(law)
    transform, each = _TRANSFORMS[type(taken)], 16 // dtype.itemsize
    out = np.empty(ELEMENTS[law], dtype)
    words = tuple(np.empty(BLOCKS, np.uint64) for _ in range(4))
    for first in range(0, out.size, BLOCKS * each):
        blocks = np.arange(BLOCKS, dtype=np.uint64) + np.uint64(first // each)
        philox(blocks, np.uint64(KEY), words)
        batch = out[first : first + BLOCKS * each]
        if not transform(words, taken, batch):
            continue
        for i in range(BLOCKS):  # the definition decides, as in a fill
            own = slice(i * each, (i + 1) * each)
            if transform(tuple(word[i : i + 1] for word in words), taken, batch[own].copy()):
                batch[own] = reference.elements(law, KEY, np.arange(first, first + batch.size)[own])
    return out


if __name__ == "__main__":
    print(json.dumps({repr(law): digest(values_of(law)) for law in ELEMENTS}))
