"""The rounding test of the transforms: its error bound holds, and it decides what it should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

from paraminit.fill import exact, reference, transforms, truncated, writers
from paraminit.fill.batches import UNDECIDED, driver
from paraminit.fill.distributions import Normal, TruncatedNormal
from paraminit.fill.fill import fill
from paraminit.fill.keys import key_by_name

ALL = np.arange(2**23, dtype=np.uint64)  # every argument the normal's functions ever see
# What the product of radius and circle adds: a rounding on each side for sigma, for its square, for the
# product and for the mean.
FURTHER = 5.0


@njit
def _radii(words, variance, out):
    for i in range(words.size):
        out[i] = transforms._radius(words[i], variance)


@njit
def _circles(words, cosines, sines):
    for i in range(words.size):
        cosines[i], sines[i] = transforms._circle(words[i])


@njit
def _inverses(z, out):
    for i in range(z.size):
        if abs(1.0 - z[i]) <= truncated._CENTRAL:
            out[i] = abs(truncated._central(1.0 - z[i]))
        else:
            r = math.sqrt(transforms.minus_two_ln(min(z[i], 2.0 - z[i]), 1.0, 0.5))
            out[i] = truncated._near(r) if r <= 5.0 else truncated._far(r)


def distance(value: np.ndarray, definition: np.ndarray) -> float:
    """The largest relative distance, in units of 2**-53."""
    return float(np.max(np.abs(value - definition) / np.abs(definition)) * 2**53)


@pytest.fixture(scope="module")
def normal_distance() -> float:
    """Of radius and circle together, over all their arguments.

    The definition is evaluated with 64-bit mantissas (x87) and rounded: within 1.001 half-ulp.
    """
    u = np.maximum(ALL * 2.0**-23, float(np.float32(1e-7)))
    value, other = np.empty(ALL.size), np.empty(ALL.size)
    _radii(ALL, 1.0, value)
    radius = distance(value, np.sqrt(-2.0 * np.log(u.astype(np.longdouble)).astype(np.float64)))
    _circles(ALL, value, other)
    angle = ((2.0 * float(np.float32(3.1415926))) * u).astype(np.longdouble)
    cosine = distance(value, np.cos(angle).astype(np.float64))
    sine = distance(other, np.sin(angle).astype(np.float64))
    return radius + max(cosine, sine)


def test_normal_bound_holds(normal_distance):
    assert normal_distance + FURTHER <= transforms.ULPS


def test_normal_bound_is_needed(normal_distance):
    """A bound of a quarter would not hold: the test above can fail."""
    assert normal_distance > transforms.ULPS / 4


def test_truncated_bound_holds():
    """erfc_inv over center, tails and far tails, against the decimal definition."""
    random = np.random.default_rng(3)
    z = np.concatenate(
        [
            random.uniform(0, 2, 1500),
            2 - random.uniform(0, 0.15, 300),
            10 ** random.uniform(-40, -1, 100),
            [0.15, 1.85, 2.0**-149, 2 - 2.0**-23],
        ]
    )
    value = np.empty(z.size)
    _inverses(z, value)
    definition = np.array([abs(exact.erfc_inv(x)) for x in z.tolist()])
    assert distance(value, definition) + FURTHER <= transforms.ULPS


# Elements whose float64 value lies so near a float32 rounding boundary that the transform alone gets
# them wrong; found by searching 2**31 elements of each law.
HARD = [
    (Normal(0, 1), "hard.15", 47433788),
    (Normal(0, 0.02), "hard.0", 68998753),
    (Normal(0, 0.02), "hard.0", 118940602),
    (Normal(0.5, 1), "hard.1", 70868959),
    (TruncatedNormal(-2, 2, 0, 1), "hard.11", 78666216),
    (TruncatedNormal(-2, 2, 0, 1), "hard.11", 86837183),
    (TruncatedNormal(-0.3, 0.9, 0.1, 0.7), "hard.1", 3339497),
    (TruncatedNormal(-0.3, 0.9, 0.1, 0.7), "hard.2", 8921897),
]


@pytest.mark.parametrize(("law", "name", "index"), HARD)
def test_hard_elements_are_decided_by_the_definition(law, name, index):
    key = key_by_name(0, name)
    out = np.empty(1, np.float32)
    fill(law, key, [(index, 1)], out)
    assert out[0] == reference.elements(law, key, np.array([index]))[0]


@pytest.mark.parametrize(("law", "name", "index"), HARD)
def test_hard_elements_are_hard(law, name, index):
    """The transform alone gets them wrong and says so, hence the test above can fail."""
    key, out, undecided = key_by_name(0, name), np.empty(1, np.float32), np.empty((UNDECIDED, 3), np.int64)
    arguments = writers._arguments(law)
    drive, run = driver(arguments), (np.array([index]), np.array([1]))
    _, count = drive(tuple(arguments), np.uint64(key), *run, 0, 1, out, undecided)
    assert out[0] != reference.elements(law, key, np.array([index]))[0]
    assert undecided[:count].tolist() == [[index // 4, 0, 1]]


def test_a_full_list_of_undecided_blocks_interrupts_and_goes_on():
    """A window so far out that z is subnormal leaves every block to the definition."""
    law = TruncatedNormal(-38.5, -38.4, 0, 1)
    out = np.empty(4 * (UNDECIDED + 300), np.float32)
    fill(law, 7, None, out)
    np.testing.assert_array_equal(out, reference.elements(law, 7, np.arange(out.size)))


def test_undecided_blocks_are_rare():
    """About one in ten million elements: the definition costs nothing that could be measured."""
    out, undecided = np.empty(2**24, np.float32), np.empty((UNDECIDED, 3), np.int64)
    law = writers._arguments(Normal(0, 1))
    starts, ends = np.array([0]), np.array([out.size])
    _, count = driver(law)(tuple(law), np.uint64(1), starts, ends, 0, out.size, out, undecided)
    assert count <= 12  # Poisson with mean 2**24 * 32 / 2**29 = 1: P(> 12) < 1e-10
