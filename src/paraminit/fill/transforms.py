"""From words to numbers: uniform, normal, truncated normal, as loops that vectorise.

The definition (``reference.py``) asks for functions rounded correctly to float64 and then for one
rounding to float32. These loops evaluate the functions to a few units in the last place only, and
then ask: could anything within the error bound round to another float32? About once in ten million
elements it could; then the loop says so, and the definition decides. (Ziv's rounding test. Whatever an
instruction set does to the last bits here, the result is the same.)

Each loop takes a tuple of four arrays of words and a law's arguments, all float64, writes the values of
the blocks in order and returns whether one of them is undecided.

References:
    Ziv 1991, "Fast evaluation of elementary mathematical functions with correctly rounded last bit".
    Box & Muller 1958, "A note on the generation of random normal deviates".
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from paraminit.fill.bits import approximate, bits_of, exact, float_of, kernel
from paraminit.fill.polynomials import CENTER, CENTER_BELOW, COS, FAR, FAR_BELOW, LN, NEAR, NEAR_BELOW, SIN

__all__ = [
    "CenteredNormalArguments",
    "NormalArguments",
    "TruncatedArguments",
    "UniformArguments",
    "centered_normal",
    "normal",
    "truncated",
    "uniform",
]

#: Bound on the relative distance of evaluation and definition, in units of 2**-53. Measured, over all
#: 2**23 arguments: radius 4.1, cos and sin 4.3; erfc_inv 5.7; and a unit for every further operation.
ULPS = 16.0
#: Below this sigma a centered normal could be subnormal in float32, where the test by bits is not valid.
CENTERED_SIGMA = 1e-20

_U, _W = np.uint64, np.uint32


@exact
def _undecided(v: Any, part: Any) -> Any:
    """Could an error of ULPS in ``part``, a summand of v, change v's float32?"""
    e = (abs(v) + abs(part)) * (ULPS * 2.0**-53)
    return np.float32(v - e) != np.float32(v + e)


@exact
def _undecided_bits(v: Any) -> Any:
    """The same where the summand is v itself, by the 29 bits that the rounding drops.

    Half a float32 ulp is 2**28 of v's last places; less than 16 of them away from it is too near.
    """
    return (bits_of(v) + _U(2**28 + 16)) & _U(2**29 - 32) == _U(0)


# -- uniform ------------------------------------------------------------------------------------------


class UniformArguments(NamedTuple):
    low: float
    width: float


@kernel
def uniform(words: Any, law: Any, out: Any) -> Any:
    """width * (w / 2**32) + low. Every step is the definition's own, so nothing is ever undecided."""
    w0, w1, w2, w3 = words
    low, step = law.low, law.width * 2.0**-32  # exact, and so is moving it into the product
    for i in range(w0.size):
        out[4 * i] = np.float32(step * np.float64(w0[i]) + low)
        out[4 * i + 1] = np.float32(step * np.float64(w1[i]) + low)
        out[4 * i + 2] = np.float32(step * np.float64(w2[i]) + low)
        out[4 * i + 3] = np.float32(step * np.float64(w3[i]) + low)
    return False


# -- normal -------------------------------------------------------------------------------------------

_SQRT_HALF = _U(0x3FE6A09E667F3BCD)  # bits of sqrt(1/2)
_MANTISSA = _U(2**52 - 1)
_OFFSET = 1100  # keeps the exponent below positive
_SHIFT = _U(_OFFSET << 52)
_TWO_52 = _U(0x4330000000000000)  # bits of 2**52: with an integer in its mantissa, 2**52 + integer


@approximate
def _minus_two_ln(x: Any, scale: Any) -> Any:
    """scale times -2 ln x, for a normal positive x, within 6 units of 2**-53."""
    t = bits_of(x) - _SQRT_HALF + _SHIFT
    exponent = float_of((t >> _U(52)) | _TWO_52) - (2.0**52 + _OFFSET)
    m = float_of((t & _MANTISSA) + _SQRT_HALF)  # from sqrt(1/2) to sqrt(2)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = LN[3] * scale + z * (LN[4] * scale + z * (LN[5] * scale + z * (LN[6] * scale)))
    p = LN[0] * scale + z * (LN[1] * scale + z * (LN[2] * scale + z * p))
    return exponent * (-2 * math.log(2.0) * scale) + s * p


_UNIT = _W(2**23 - 1)  # 23 random bits make MindSpore's uniform
_FLOOR = float(np.float32(1e-7)) * 2.0**23  # and 1e-7 is the least, here in units of 2**-23
_TURN = 2.0 * float(np.float32(3.1415926))  # MindSpore's 2 pi
_SHORT = (_TURN / 4 - 1.5707963267948966) - 6.123233995736766e-17  # a quarter of it, less pi / 2
_STEP, _DRIFT = _TURN * 2.0**-23 - _SHORT * 2.0**-21, _SHORT * 2.0**-21


@approximate
def _radius(word: Any, variance: Any) -> Any:
    """sqrt(-2 ln u * variance), within 5 units."""
    k = max(np.float64(_W(word & _UNIT)), _FLOOR)
    return math.sqrt(_minus_two_ln(k * 2.0**-23, variance))


@approximate
def _circle(word: Any) -> Any:
    """cos and sin of the angle, within 5 units each.

    The angle, k of 2**23 turns, is n quarter turns and a rest of at most an eighth. r is the rest and
    what MindSpore's n quarters are short of n times pi / 2.
    """
    k = _W(word & _UNIT)
    shifted = _W(k + _W(2**20))
    turns = max(np.float64(k), _FLOOR)
    rest = turns - np.float64(_W(shifted & _W(7 << 21)))
    r = rest * _STEP + turns * _DRIFT
    x = r * r
    sine = SIN[2] + x * (SIN[3] + x * (SIN[4] + x * SIN[5]))
    sine = r + r * (x * (SIN[0] + x * (SIN[1] + x * sine)))
    cosine = COS[2] + x * (COS[3] + x * (COS[4] + x * COS[5]))
    cosine = 1.0 + x * (COS[0] + x * (COS[1] + x * cosine))
    quarter = _U(shifted)  # n in bits 21 to 23
    odd = (quarter & _U(1 << 21)) != _U(0)
    a, b = (sine, cosine) if odd else (cosine, sine)
    # cos is negative in quarters 1 and 2, sin in 2 and 3: bit 1 of n + 1, or of n, becomes the sign.
    a = float_of(bits_of(a) ^ (((quarter + _U(1 << 21)) & _U(1 << 22)) << _U(41)))
    b = float_of(bits_of(b) ^ ((quarter & _U(1 << 22)) << _U(41)))
    return a, b


class CenteredNormalArguments(NamedTuple):
    sigma: float


@kernel
def centered_normal(words: Any, law: Any, out: Any) -> Any:
    """sigma * z, the pairs of z from words 0 and 1 and from words 2 and 3; sigma at least CENTERED_SIGMA."""
    w0, w1, w2, w3 = words
    variance = law.sigma * law.sigma
    undecided = False
    for i in range(w0.size):
        r, s = _radius(w0[i], variance), _radius(w2[i], variance)
        (a, b), (c, d) = _circle(w1[i]), _circle(w3[i])
        va, vb, vc, vd = r * a, r * b, s * c, s * d
        undecided |= _undecided_bits(va) | _undecided_bits(vb) | _undecided_bits(vc) | _undecided_bits(vd)
        out[4 * i], out[4 * i + 1] = np.float32(va), np.float32(vb)
        out[4 * i + 2], out[4 * i + 3] = np.float32(vc), np.float32(vd)
    return undecided


class NormalArguments(NamedTuple):
    mean: float
    sigma: float


@kernel
def normal(words: Any, law: Any, out: Any) -> Any:
    """mean + sigma * z for any mean and sigma."""
    w0, w1, w2, w3 = words
    mean, sigma = law
    undecided = False
    for i in range(w0.size):
        r, s = _radius(w0[i], 1.0) * sigma, _radius(w2[i], 1.0) * sigma
        (a, b), (c, d) = _circle(w1[i]), _circle(w3[i])
        a, b, c, d = r * a, r * b, s * c, s * d
        va, vb, vc, vd = mean + a, mean + b, mean + c, mean + d
        undecided |= _undecided(va, a) | _undecided(vb, b)
        undecided |= _undecided(vc, c) | _undecided(vd, d)
        out[4 * i], out[4 * i + 1] = np.float32(va), np.float32(vb)
        out[4 * i + 2], out[4 * i + 3] = np.float32(vc), np.float32(vd)
    return undecided


# -- truncated normal ---------------------------------------------------------------------------------

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
    z = low + np.float64(word) * step
    return _LEAST if z <= 0.0 else (_MOST if z >= 2.0 else z)


@kernel
def _center(row: Any, law: Any, z: Any, values: Any) -> Any:
    """Write z and the values of one word of each block, by the formula of the center."""
    low, step = 2.0 * law.low, law.width * 2.0**-31  # scaling by powers of two is exact
    mean, scale = law.mean, -_R2 * law.sigma
    undecided = False
    for i in range(row.size):
        z[i] = _clamped(row[i], low, step)
        x = 1.0 - z[i]
        part = _central(x) * scale
        v = mean + part
        values[i] = np.float32(v)
        undecided |= _undecided(v, part) & (abs(x) <= _CENTRAL)
    return undecided


@kernel
def _tails(z: Any, count: Any, law: Any) -> Any:
    """Turn each of the first ``count`` z, all in the tails, into its value."""
    mean, scale = law.mean, -_R2 * law.sigma
    undecided = False
    for j in range(count):
        r = math.sqrt(_minus_two_ln(0.5 * min(z[j], 2.0 - z[j]), 0.5))
        y = _near(r) if r <= 5.0 else _far(r)
        part = math.copysign(y, 1.0 - z[j]) * scale
        v = mean + part
        undecided |= _undecided(v, part) | (z[j] < _SUBNORMAL)
        z[j] = v
    return undecided


@kernel
def truncated(words: Any, law: Any, out: Any) -> Any:
    """mean + sigma * z by inversion; low and width are the window's cumulative probabilities.

    Most elements lie in the center, so its formula runs over all; the tails are packed together, done
    in a loop of their own, and put back.
    """
    if law.width < _SUBNORMAL:
        return True
    undecided = False
    blocks = words[0].size
    z, tails, where = np.empty(blocks), np.empty(blocks), np.empty(blocks, np.int64)
    v0, v1 = np.empty(blocks, np.float32), np.empty(blocks, np.float32)
    v2, v3 = np.empty(blocks, np.float32), np.empty(blocks, np.float32)
    for row, values in zip(words, (v0, v1, v2, v3)):  # noqa: B905 (Numba has no strict)
        undecided |= _center(row, law, z, values)
        count = 0
        for i in range(blocks):
            where[count] = i
            count += abs(1.0 - z[i]) > _CENTRAL
        for j in range(count):
            tails[j] = z[where[j]]
        undecided |= _tails(tails, count, law)
        for j in range(count):
            values[where[j]] = np.float32(tails[j])
    for i in range(blocks):
        out[4 * i], out[4 * i + 1], out[4 * i + 2], out[4 * i + 3] = v0[i], v1[i], v2[i], v3[i]
    return undecided
