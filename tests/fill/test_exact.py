"""The decimal functions are rounded correctly: compared with mpmath at 300 bits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from paraminit.fill import exact

RANDOM = np.random.default_rng(5)
UNITS = [*(RANDOM.integers(1, 2**23, 150) * 2.0**-23).tolist(), 2.0**-23, 1 - 2.0**-23, 1e-7]
ANGLES = [*RANDOM.uniform(0, 6.2831850051879883, 150).tolist(), 0.0, 1.5707963267948966, 3.141592653589793]
REALS = [*RANDOM.uniform(-6, 6, 150).tolist(), 0.0, 26.5, -26.5, 27.2, 1e-300, 0.5, 5e-324, 28.5, -30.0]
TWICE = [
    *RANDOM.uniform(0, 2, 40).tolist(),
    *(10 ** RANDOM.uniform(-300, -1, 6)).tolist(),
    *[2.0**-149, 2 - 2.0**-23, 1 - 2.0**-53, 1 + 2.0**-52, 5e-324],
]


def inverse(z: float) -> mpmath.mpf:
    """erfc_inv by bisection on mpmath's erfc: another method than the one tested."""
    low, high = mpmath.mpf(-7), mpmath.mpf(31)
    for _ in range(160):
        middle = (low + high) / 2
        low, high = (middle, high) if mpmath.erfc(middle) > z else (low, middle)
    return low


@pytest.mark.parametrize(
    ("function", "truth", "arguments"),
    [
        (exact.ln, mpmath.log, UNITS),
        (exact.cos, mpmath.cos, ANGLES),
        (exact.sin, mpmath.sin, ANGLES),
        (exact.erfc, mpmath.erfc, REALS),
        (exact.erfc_inv, inverse, TWICE),
    ],
    ids=["ln", "cos", "sin", "erfc", "erfc_inv"],
)
def test_correctly_rounded(function, truth, arguments):
    with mpmath.workprec(300):
        expected = [float(truth(mpmath.mpf(x))) for x in arguments]
    assert [function(x) for x in arguments] == expected


def test_zeros():
    assert (exact.ln(1.0), exact.sin(0.0), exact.erfc_inv(1.0)) == (0.0, 0.0, 0.0)


def test_a_function_good_to_one_ulp_is_caught():
    """The comparison above is strict: the C library's erfc, which is not rounded correctly, fails it."""
    assert [math.erfc(x) for x in REALS] != [exact.erfc(x) for x in REALS]
