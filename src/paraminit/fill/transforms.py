"""From words to numbers: uniform and normal, as loops that vectorise (truncated normal: truncated.py).

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

from paraminit.fill.bits import TWO_52, WORD, approximate, bits_of, exact, float_of, kernel, masked
from paraminit.fill.polynomials import COS, LN, SIN

__all__ = [
    "CenteredNormalArguments",
    "NormalArguments",
    "UniformArguments",
    "centered_normal",
    "minus_two_ln",
    "normal",
    "undecided",
    "uniform",
]

#: Bound on the relative distance of evaluation and definition, in units of 2**-53. Measured, over all
#: 2**23 arguments: radius 4.1, cos and sin 4.3; erfc_inv 5.7; and a unit for every further operation.
ULPS = 16.0
#: Below this sigma a centered normal could be subnormal in float32, where the test by bits is not valid.
CENTERED_SIGMA = 1e-20

_U = np.uint64


@exact
def undecided(v: Any, part: Any) -> Any:
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
        out[4 * i] = np.float32(step * masked(w0[i], WORD) + low)
        out[4 * i + 1] = np.float32(step * masked(w1[i], WORD) + low)
        out[4 * i + 2] = np.float32(step * masked(w2[i], WORD) + low)
        out[4 * i + 3] = np.float32(step * masked(w3[i], WORD) + low)
    return False


# -- normal -------------------------------------------------------------------------------------------

_SQRT_HALF = _U(0x3FE6A09E667F3BCD)  # bits of sqrt(1/2)
_MANTISSA = _U(2**52 - 1)
_OFFSET = 1100  # keeps the exponent below positive
_SHIFT = _U(_OFFSET << 52)


@approximate
def minus_two_ln(x: Any, shift: Any, scale: Any) -> Any:
    """scale times -2 ln(x / 2**shift), for a normal positive x, within 6 units of 2**-53."""
    t = bits_of(x) - _SQRT_HALF + _SHIFT
    exponent = float_of((t >> _U(52)) | TWO_52) - (2.0**52 + _OFFSET + shift)
    m = float_of((t & _MANTISSA) + _SQRT_HALF)  # from sqrt(1/2) to sqrt(2)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = LN[3] * scale + z * (LN[4] * scale + z * (LN[5] * scale + z * (LN[6] * scale)))
    p = LN[0] * scale + z * (LN[1] * scale + z * (LN[2] * scale + z * p))
    return exponent * (-2 * math.log(2.0) * scale) + s * p


_QUARTERS = _U(7 << 21)  # n, the number of quarter turns
_UNIT = _U(2**23 - 1)  # 23 random bits make MindSpore's uniform
_FLOOR = float(np.float32(1e-7)) * 2.0**23  # and 1e-7 is the least, here in units of 2**-23
_TURN = 2.0 * float(np.float32(3.1415926))  # MindSpore's 2 pi
_SHORT = (_TURN / 4 - 1.5707963267948966) - 6.123233995736766e-17  # a quarter of it, less pi / 2
_STEP, _DRIFT = _TURN * 2.0**-23 - _SHORT * 2.0**-21, _SHORT * 2.0**-21


@approximate
def _radius(word: Any, variance: Any) -> Any:
    """sqrt(-2 ln u * variance), within 5 units."""
    k = max(masked(word, _UNIT), _FLOOR)
    return math.sqrt(minus_two_ln(k, 23.0, variance))


@approximate
def _circle(word: Any) -> Any:
    """cos and sin of the angle, within 5 units each.

    The angle, k of 2**23 turns, is n quarter turns and a rest of at most an eighth. r is the rest and
    what MindSpore's n quarters are short of n times pi / 2.
    """
    shifted = (word & _UNIT) + _U(2**20)
    turns = max(masked(word, _UNIT), _FLOOR)
    rest = turns - masked(shifted, _QUARTERS)
    r = rest * _STEP + turns * _DRIFT
    x = r * r
    sine = SIN[2] + x * (SIN[3] + x * (SIN[4] + x * SIN[5]))
    sine = r + r * (x * (SIN[0] + x * (SIN[1] + x * sine)))
    cosine = COS[2] + x * (COS[3] + x * (COS[4] + x * COS[5]))
    cosine = 1.0 + x * (COS[0] + x * (COS[1] + x * cosine))
    odd = (shifted & _U(1 << 21)) != _U(0)
    a, b = (sine, cosine) if odd else (cosine, sine)
    # cos is negative in quarters 1 and 2, sin in 2 and 3: bit 1 of n + 1, or of n, becomes the sign.
    a = float_of(bits_of(a) ^ (((shifted + _U(1 << 21)) & _U(1 << 22)) << _U(41)))
    b = float_of(bits_of(b) ^ ((shifted & _U(1 << 22)) << _U(41)))
    return a, b


class CenteredNormalArguments(NamedTuple):
    sigma: float


@kernel
def centered_normal(words: Any, law: Any, out: Any) -> Any:
    """sigma * z, the pairs of z from words 0 and 1 and from words 2 and 3; sigma at least CENTERED_SIGMA."""
    w0, w1, w2, w3 = words
    variance = law.sigma * law.sigma
    doubt = False
    for i in range(w0.size):
        r, s = _radius(w0[i], variance), _radius(w2[i], variance)
        (a, b), (c, d) = _circle(w1[i]), _circle(w3[i])
        va, vb, vc, vd = r * a, r * b, s * c, s * d
        doubt |= _undecided_bits(va) | _undecided_bits(vb) | _undecided_bits(vc) | _undecided_bits(vd)
        out[4 * i], out[4 * i + 1] = np.float32(va), np.float32(vb)
        out[4 * i + 2], out[4 * i + 3] = np.float32(vc), np.float32(vd)
    return doubt


class NormalArguments(NamedTuple):
    mean: float
    sigma: float


@kernel
def normal(words: Any, law: Any, out: Any) -> Any:
    """mean + sigma * z for any mean and sigma."""
    w0, w1, w2, w3 = words
    mean, sigma = law
    doubt = False
    for i in range(w0.size):
        r, s = _radius(w0[i], 1.0) * sigma, _radius(w2[i], 1.0) * sigma
        (a, b), (c, d) = _circle(w1[i]), _circle(w3[i])
        a, b, c, d = r * a, r * b, s * c, s * d
        va, vb, vc, vd = mean + a, mean + b, mean + c, mean + d
        doubt |= undecided(va, a) | undecided(vb, b)
        doubt |= undecided(vc, c) | undecided(vd, d)
        out[4 * i], out[4 * i + 1] = np.float32(va), np.float32(vb)
        out[4 * i + 2], out[4 * i + 3] = np.float32(vc), np.float32(vd)
    return doubt
