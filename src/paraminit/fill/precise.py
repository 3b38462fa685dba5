"""Stream 2: values of float64's own precision, as loops that vectorise.

Stream 1 decides every value by a definition that is rounded correctly. Here the sequence of operations
*is* the definition: additions, multiplications, divisions and square roots of float64, each rounded by
itself, which every processor does alike. Functions are good to a few units in the last place.
(``precise_reference.py`` is the same in NumPy.)

A block of four words makes two elements. Each loop takes the words of a batch, writes the values and
returns False: nothing is ever undecided.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from paraminit.fill import exact as functions
from paraminit.fill.bits import WORD, exact, kernel, masked
from paraminit.fill.distributions import Normal, Precise, Uniform
from paraminit.fill.polynomials import COS, SIN
from paraminit.fill.transforms import minus_two_ln
from paraminit.fill.truncated import _central, _far, _near

__all__ = [
    "PreciseNormalArguments",
    "PreciseTruncatedArguments",
    "PreciseUniformArguments",
    "arguments",
    "precise_normal",
    "precise_truncated",
    "precise_uniform",
    "window",
    "within",
]

_U, _I = np.uint64, np.int64

# The same pieces without fused multiply-add, which not every processor has.
_minus_two_ln = exact(minus_two_ln.py_func)
_strict_central, _strict_near, _strict_far = (exact(f.py_func) for f in (_central, _near, _far))


@exact
def _bits(high: Any, low: Any, count: Any) -> Any:
    """The first ``count`` bits of two words, below 2**53, as float64."""
    return np.float64(_I(((high << _U(32)) | (low & WORD)) >> _U(64 - count)))


# -- uniform ------------------------------------------------------------------------------------------


class PreciseUniformArguments(NamedTuple):
    low: float
    width: float
    least: float  # bounds that the dtype can hold
    most: float


@kernel
def precise_uniform(words: Any, law: Any, out: Any) -> Any:
    """low + width * u with 53 random bits, kept inside the interval when rounding would leave it."""
    w0, w1, w2, w3 = words
    low, step, least, most = law.low, law.width * 2.0**-53, law.least, law.most
    for i in range(w0.size):
        out[2 * i] = min(max(low + step * _bits(w0[i], w1[i], 53), least), most)
        out[2 * i + 1] = min(max(low + step * _bits(w2[i], w3[i], 53), least), most)
    return False


# -- normal -------------------------------------------------------------------------------------------

_TURN = 2 * math.pi * 2.0**-53
_HALF_QUARTER, _QUARTER = _I(2**50), _I(51)  # of 2**53 steps to a turn; the second as a shift


class PreciseNormalArguments(NamedTuple):
    mean: float
    sigma: float


@exact
def _circle(high: Any, low: Any) -> Any:
    """cos and sin of 2 pi u, u of 53 bits: n quarter turns and a rest of at most an eighth."""
    k = _I(((high << _U(32)) | (low & WORD)) >> _U(11))
    n = (k + _HALF_QUARTER) >> _QUARTER
    r = np.float64(k - (n << _QUARTER)) * _TURN
    x = r * r
    sine = SIN[2] + x * (SIN[3] + x * (SIN[4] + x * SIN[5]))
    sine = r + r * (x * (SIN[0] + x * (SIN[1] + x * sine)))
    cosine = COS[2] + x * (COS[3] + x * (COS[4] + x * COS[5]))
    cosine = 1.0 + x * (COS[0] + x * (COS[1] + x * cosine))
    a, b = (sine, cosine) if n & 1 else (cosine, sine)
    return (-a if (n + 1) & 2 else a), (-b if n & 2 else b)


@kernel
def precise_normal(words: Any, law: Any, out: Any) -> Any:
    """mean + sigma * z, a pair of z from each block; 64 bits for the radius reach 9.49 sigma."""
    w0, w1, w2, w3 = words
    mean, sigma = law.mean, law.sigma
    for i in range(w0.size):
        u = masked(w0[i], WORD) * 2.0**32 + masked(w1[i], WORD) + 0.5
        radius = math.sqrt(_minus_two_ln(u, 64.0, 1.0))
        a, b = _circle(w2[i], w3[i])
        out[2 * i], out[2 * i + 1] = mean + sigma * (radius * a), mean + sigma * (radius * b)
    return False


# -- truncated normal ---------------------------------------------------------------------------------


class PreciseTruncatedArguments(NamedTuple):
    below: float  # probability below the window
    above: float  # and above it
    inside: float
    mean: float
    scale: float
    least: float
    most: float


def window(low: float, high: float, mean: float, sigma: float) -> tuple[float, float, float]:
    """Probabilities of a normal below, above and inside [low, high], each from the nearer tail."""
    alpha, beta = (low - mean) / sigma / math.sqrt(2), (high - mean) / sigma / math.sqrt(2)
    below, above = functions.erfc(-alpha) / 2, functions.erfc(beta) / 2
    if alpha > 0:
        return below, above, functions.erfc(alpha) / 2 - above
    if beta < 0:
        return below, above, functions.erfc(-beta) / 2 - below
    return below, above, 1.0 - below - above


@exact
def _point(high: Any, low: Any, law: Any) -> Any:
    """mean + sigma * z at a random point of the window, counted from the end whose tail is thinner."""
    u = (_bits(high, low, 52) * 2.0 + 1.0) * 2.0**-53  # never 0 or 1, and 1 - u is exact
    p, q = law.below + law.inside * u, law.above + law.inside * (1.0 - u)
    tail = 2.0 * min(p, q)
    if tail >= 0.15:
        y = _strict_central(1.0 - tail)
    else:
        r = math.sqrt(_minus_two_ln(tail, 1.0, 0.5))
        y = _strict_near(r) if r <= 5.0 else _strict_far(r)
    part = law.scale * y
    return min(max(law.mean + (-part if p <= q else part), law.least), law.most)


@kernel
def precise_truncated(words: Any, law: Any, out: Any) -> Any:
    """mean + sigma * z by inversion, from 52 random bits."""
    w0, w1, w2, w3 = words
    for i in range(w0.size):
        out[2 * i] = _point(w0[i], w1[i], law)
        out[2 * i + 1] = _point(w2[i], w3[i], law)
    return False


# -- arguments ----------------------------------------------------------------------------------------


def within(low: float, high: float, dtype: np.dtype[Any], *, half_open: bool) -> tuple[float, float]:
    """The least and the largest number of the dtype in [low, high], or in [low, high).

    Both are the dtype's nearest number to ``low`` where the interval holds none.

    Example:
        >>> within(-1.0, 1.0, np.dtype("float16"), half_open=True)
        (-1.0, 0.99951171875)
    """
    dtype = np.zeros(0, dtype).real.dtype
    farthest = np.array(ml_dtypes.finfo(dtype).max, dtype)  # type: ignore[no-untyped-call]
    bottom, top = (np.array(bound).astype(dtype) for bound in (low, high))
    least, most = bottom, top
    if float(bottom) < low:
        least = np.nextafter(bottom, farthest)
    if float(top) > high or (half_open and float(top) == high):
        most = np.nextafter(top, -farthest)
    return (float(least), float(most)) if least <= most else (float(bottom), float(bottom))


def arguments(precise: Precise, dtype: np.dtype[Any]) -> tuple[float, ...]:
    """A transform's arguments for values that will be cast to the dtype."""
    law = precise.law
    if isinstance(law, Normal):
        return PreciseNormalArguments(float(law.mean), float(law.sigma))
    bounds = within(law.low, law.high, dtype, half_open=isinstance(law, Uniform))
    if isinstance(law, Uniform):
        return PreciseUniformArguments(float(law.low), float(law.high - law.low), *bounds)
    probabilities = window(law.low, law.high, law.mu, law.sigma)
    return PreciseTruncatedArguments(*probabilities, float(law.mu), math.sqrt(2) * law.sigma, *bounds)
