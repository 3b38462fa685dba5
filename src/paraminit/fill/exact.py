"""ln, cos, sin, erfc and its inverse, correctly rounded to float64 by decimal arithmetic.

The kernels evaluate these functions to a few units in the last place. Where that is too coarse to tell
to which float32 a value rounds, it is decided here: slow (a tenth of a millisecond), exact, and the same
on every machine, since the digits come from the ``decimal`` module alone.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, getcontext, localcontext
from functools import lru_cache

__all__ = ["cos", "erfc", "erfc_inv", "ln", "sin"]

# Of 2**23 arguments, none is expected to have a ln, cos or sin within 2**-80 of a rounding boundary of
# float64: random digits come that near once in 2**26 arguments. 50 digits are 2**-166.
_DIGITS = 50


@lru_cache(maxsize=64)
def _pi(digits: int) -> Decimal:
    """pi by the arithmetic-geometric mean (Brent 1976, Salamin 1976), which doubles its digits a step."""
    with localcontext(Context(prec=digits + 5)):
        a, b, t, power = Decimal(1), 1 / Decimal(2).sqrt(), Decimal("0.25"), 1
        while abs(a - b) > Decimal(1).scaleb(-digits // 2 - 3):
            mean = (a + b) / 2
            a, b, t, power = mean, (a * b).sqrt(), t - power * (a - mean) ** 2, 2 * power
        return (a + b) ** 2 / (4 * t)


def _rounded_once(function: Callable[[Decimal], Decimal], digits: int = _DIGITS) -> Callable[[float], float]:
    @lru_cache(maxsize=4096)
    def evaluate(x: float) -> float:
        with localcontext(Context(prec=digits, Emin=-99999, Emax=99999)):
            return float(function(Decimal(x)))

    evaluate.__doc__ = function.__doc__
    return evaluate


def _series(term: Decimal, ratio: Callable[[int], Decimal]) -> Decimal:
    """term + term * ratio(1) + term * ratio(1) * ratio(2) + ... until nothing is added."""
    total, n = term, 0
    while term:
        n += 1
        term *= ratio(n)
        if total + term == total:
            break
        total += term
    return total


def _ln(x: Decimal) -> Decimal:
    """ln x, for x > 0."""
    return x.ln()


def _cos(x: Decimal) -> Decimal:
    """cos x, for x from 0 to 7."""
    pi = _pi(2 * _DIGITS)
    r = x - (2 * pi if x > pi else 0)
    return _series(Decimal(1), lambda n: -r * r / (2 * n * (2 * n - 1)))


def _sin(x: Decimal) -> Decimal:
    """sin x, for x from 0 to 7."""
    pi = _pi(2 * _DIGITS)
    r = x - (2 * pi if x > pi else 0)
    return _series(r, lambda n: -r * r / (2 * n * (2 * n + 1)))


def _complement(x: Decimal) -> Decimal:
    """erfc x by the all-positive series of erf (Abramowitz & Stegun 7.1.6)."""
    factor = 2 * x * (-x * x).exp() / _pi(getcontext().prec).sqrt()
    return 1 - _series(factor, lambda n: 2 * x * x / (2 * n + 1))


def _erfc(x: Decimal) -> Decimal:
    """erfc x, for any finite x; digits grow with the x**2 / ln 10 that the subtraction from 1 cancels."""
    if abs(x) > 28:  # beyond float64: erfc(28) < 1e-342
        return Decimal(0 if x > 0 else 2)
    with localcontext() as context:
        context.prec = _DIGITS + int(x * x / 2)
        return _complement(x) if x >= 0 else 2 - _complement(-x)


def _erfc_inv(z: Decimal) -> Decimal:
    """The x with erfc(x) = z, for 0 < z < 2, by Newton's method on its logarithm."""
    if z > 1:
        return -_erfc_inv(2 - z)
    if z == 1:
        return Decimal(0)
    # ln erfc is concave and erfc(x) <= exp(-x * x): from that bound on, every step goes towards the root.
    x = (-z.ln()).sqrt()
    while True:
        value = _erfc(x)
        step = (value / z).ln() * value * _pi(_DIGITS).sqrt() / (2 * (-x * x).exp())
        x += step
        if abs(step) < x.scaleb(-_DIGITS // 2 - 2):  # the next error is about x * step**2
            return x


ln = _rounded_once(_ln)
cos = _rounded_once(_cos)
sin = _rounded_once(_sin)
erfc = _rounded_once(_erfc)
erfc_inv = _rounded_once(_erfc_inv)
