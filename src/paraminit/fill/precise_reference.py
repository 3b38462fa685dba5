"""Stream 2 in slow, obvious NumPy: the definition of every value that a Precise law has.

A block of four words makes two elements. All arithmetic is float64, each operation rounded on its own,
in the order written here; ln, cos, sin and the inverse of erfc are the approximations of
``polynomials.py``, good to a few units in the last place. There is nothing to round afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from paraminit.fill.distributions import Normal, Precise, TruncatedNormal, Uniform
from paraminit.fill.polynomials import CENTER, CENTER_BELOW, COS, FAR, FAR_BELOW, LN, NEAR, NEAR_BELOW, SIN
from paraminit.fill.precise import window, within
from paraminit.fill.reference import philox

__all__ = ["precise_elements"]

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]


def precise_elements(precise: Precise, key: int, index: npt.NDArray[np.int64]) -> Floats:
    """The float64 values at these flat indices, shape (n,).

    Example:
        >>> precise_elements(Precise(Uniform(0, 1)), 1, np.arange(2))
        array([0.02745223, 0.22279455])
    """
    law = precise.law
    words = philox((index // 2).astype(np.uint64), key).astype(np.uint64)
    pairs = words[:, 0::2] << np.uint64(32) | words[:, 1::2]  # the first word is the high half
    own = pairs[np.arange(index.size), index % 2]
    if isinstance(law, Normal):
        radius, turn = pairs.T
        circle = np.where(index % 2 == 0, *_circle(turn >> np.uint64(11)))
        return law.mean + law.sigma * (np.sqrt(_minus_two_ln(_plus_half(radius), 64)) * circle)
    bounds = within(law.low, law.high, np.dtype(np.float64), half_open=isinstance(law, Uniform))
    if isinstance(law, Uniform):
        step = (law.high - law.low) * 2.0**-53
        return np.clip(law.low + step * (own >> np.uint64(11)).astype(np.float64), *bounds)
    return np.clip(_truncated(law, (own >> np.uint64(12)).astype(np.float64)), *bounds)


def _plus_half(number: Words) -> Floats:
    high, low = (number >> np.uint64(32)).astype(np.float64), (number & np.uint64(2**32 - 1))
    return high * 2.0**32 + low.astype(np.float64) + 0.5


def _polynomial(coefficients: Sequence[float], x: Floats) -> Floats:
    """Lowest degree first, by Horner's rule."""
    value = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = coefficient + x * value
    return value


def _minus_two_ln(x: Floats, shift: int) -> Floats:
    """-2 ln(x / 2**shift), from the mantissa between sqrt(1/2) and sqrt(2)."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < math.sqrt(0.5)
    m, n = np.where(small, 2 * mantissa, mantissa), exponent - small
    s = (m - 1.0) / (m + 1.0)
    return (n - float(shift)) * (-2 * math.log(2.0)) + s * _polynomial(LN, s * s)


def _circle(steps: Words) -> tuple[Floats, Floats]:
    """cos and sin of 2 pi steps / 2**53: n quarter turns and a rest of at most an eighth."""
    k = steps.astype(np.int64)
    n = (k + 2**50) >> 51
    r = (k - (n << 51)).astype(np.float64) * (2 * math.pi * 2.0**-53)
    x = r * r
    sine, cosine = r + r * (x * _polynomial(SIN, x)), 1.0 + x * _polynomial(COS, x)
    quarter, odd = n % 4, n % 2 == 1
    a, b = np.where(odd, sine, cosine), np.where(odd, cosine, sine)
    return np.where((quarter == 1) | (quarter == 2), -a, a), np.where(quarter >= 2, -b, b)


def _truncated(law: TruncatedNormal, number: Floats) -> Floats:
    """By inversion, from the tail that is thinner."""
    below, above, inside = window(law.low, law.high, law.mu, law.sigma)
    u = (number * 2.0 + 1.0) * 2.0**-53
    p, q = below + inside * u, above + inside * (1.0 - u)
    part = (math.sqrt(2) * law.sigma) * _erfc_inv(2.0 * np.minimum(p, q))
    return law.mu + np.where(p <= q, -part, part)


def _erfc_inv(z: Floats) -> Floats:
    x = 1.0 - z
    t = 0.7225 - x * x
    center = x * (_polynomial(CENTER, t) / _polynomial(CENTER_BELOW, t))
    r = np.sqrt(_minus_two_ln(z, 1) * 0.5)
    near = _polynomial(NEAR, r - 1.6) / _polynomial(NEAR_BELOW, r - 1.6)
    far = _polynomial(FAR, r - 5.0) / _polynomial(FAR_BELOW, r - 5.0)
    return np.where(z >= 0.15, center, np.where(r <= 5.0, near, far))
