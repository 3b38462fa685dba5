"""The truncated normal by inversion of the normal distribution function, as loops that vectorise.

Three rational approximations of erfc_inv: the center, the tails and the far tails. As in transforms.py
the values are good to a few units in the last place, and what that cannot decide is left to the
definition.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from paraminit.fill.bits import WORD, approximate, exact, kernel, masked
from paraminit.fill.polynomials import CENTER, CENTER_BELOW, FAR, FAR_BELOW, NEAR, NEAR_BELOW
from paraminit.fill.transforms import minus_two_ln, undecided

__all__ = ["TruncatedArguments", "truncated"]

_R2 = float(np.float32(1.4142135))  # MindSpore's sqrt(2)
_LEAST, _MOST = 2.0**-149, 2.0 - 2.0**-23  # MindSpore's, for a z that underflowed or rounded to 2
_CENTRAL = 0.85
_SUBNORMAL = 2.0**-960  # below it, what is computed from z or a window's width may be no normal number


class TruncatedArguments(NamedTuple):
    low: float  # cumulative probability of the window's lower bound
    width: float  # and of the window
    mean: float
    sigma: float


@approximate
def _central(x: Any) -> Any:
    """erfc_inv(1 - x) for |x| up to 0.85, within 6 units."""
    t = 0.7225 - x * x
    p = CENTER[4] + t * (CENTER[5] + t * (CENTER[6] + t * CENTER[7]))
    p = CENTER[0] + t * (CENTER[1] + t * (CENTER[2] + t * (CENTER[3] + t * p)))
    q = CENTER_BELOW[4] + t * (CENTER_BELOW[5] + t * (CENTER_BELOW[6] + t * CENTER_BELOW[7]))
    q = 1.0 + t * (CENTER_BELOW[1] + t * (CENTER_BELOW[2] + t * (CENTER_BELOW[3] + t * q)))
    return x * (p / q)


@approximate
def _near(r: Any) -> Any:
    """|erfc_inv(z)| for r = sqrt(-ln(z / 2)) up to 5."""
    t = r - 1.6
    p = NEAR[5] + t * (NEAR[6] + t * (NEAR[7] + t * NEAR[8]))
    p = NEAR[0] + t * (NEAR[1] + t * (NEAR[2] + t * (NEAR[3] + t * (NEAR[4] + t * p))))
    q = NEAR_BELOW[5] + t * (NEAR_BELOW[6] + t * (NEAR_BELOW[7] + t * NEAR_BELOW[8]))
    q = NEAR_BELOW[2] + t * (NEAR_BELOW[3] + t * (NEAR_BELOW[4] + t * q))
    return p / (1.0 + t * (NEAR_BELOW[1] + t * q))


@approximate
def _far(r: Any) -> Any:
    """|erfc_inv(z)| for r from 5 on."""
    t = r - 5.0
    p = FAR[4] + t * (FAR[5] + t * (FAR[6] + t * (FAR[7] + t * FAR[8])))
    p = FAR[0] + t * (FAR[1] + t * (FAR[2] + t * (FAR[3] + t * p)))
    q = FAR_BELOW[4] + t * (FAR_BELOW[5] + t * (FAR_BELOW[6] + t * (FAR_BELOW[7] + t * FAR_BELOW[8])))
    return p / (1.0 + t * (FAR_BELOW[1] + t * (FAR_BELOW[2] + t * (FAR_BELOW[3] + t * q))))


@exact
def _clamped(word: Any, low: Any, step: Any) -> Any:
    """The z whose erfc_inv is wanted: low + word * step."""
    z = low + masked(word, WORD) * step
    return _LEAST if z <= 0.0 else (_MOST if z >= 2.0 else z)


@kernel
def _center(row: Any, law: Any, z: Any, values: Any) -> Any:
    """Write z and the values of one word of each block, by the formula of the center."""
    low, step = 2.0 * law.low, law.width * 2.0**-31  # scaling by powers of two is exact
    mean, scale = law.mean, -_R2 * law.sigma
    doubt = False
    for i in range(row.size):
        z[i] = _clamped(row[i], low, step)
        x = 1.0 - z[i]
        part = _central(x) * scale
        v = mean + part
        values[i] = np.float32(v)
        doubt |= undecided(v, part) & (abs(x) <= _CENTRAL)
    return doubt


@kernel
def _tails(z: Any, count: Any, law: Any) -> Any:
    """Turn each of the first ``count`` z, all in the tails, into its value."""
    mean, scale = law.mean, -_R2 * law.sigma
    doubt = False
    for j in range(count):
        r = math.sqrt(minus_two_ln(min(z[j], 2.0 - z[j]), 1.0, 0.5))
        y = _near(r) if r <= 5.0 else _far(r)
        part = math.copysign(y, 1.0 - z[j]) * scale
        v = mean + part
        doubt |= undecided(v, part) | (z[j] < _SUBNORMAL)
        z[j] = v
    return doubt


@kernel
def truncated(words: Any, law: Any, out: Any) -> Any:
    """mean + sigma * z by inversion; low and width are the window's cumulative probabilities.

    Most elements lie in the center, so its formula runs over all; the tails are packed together, done
    in a loop of their own, and put back.
    """
    if law.width < _SUBNORMAL:
        return True
    doubt = False
    blocks = words[0].size
    z, tails, where = np.empty(blocks), np.empty(blocks), np.empty(blocks, np.int64)
    v0, v1 = np.empty(blocks, np.float32), np.empty(blocks, np.float32)
    v2, v3 = np.empty(blocks, np.float32), np.empty(blocks, np.float32)
    for row, values in zip(words, (v0, v1, v2, v3)):  # noqa: B905 (Numba has no strict)
        doubt |= _center(row, law, z, values)
        count = 0
        for i in range(blocks):
            where[count] = i
            count += abs(1.0 - z[i]) > _CENTRAL
        for j in range(count):
            tails[j] = z[where[j]]
        doubt |= _tails(tails, count, law)
        for j in range(count):
            values[where[j]] = np.float32(tails[j])
    for i in range(blocks):
        out[4 * i], out[4 * i + 1], out[4 * i + 2], out[4 * i + 3] = v0[i], v1[i], v2[i], v3[i]
    return doubt
