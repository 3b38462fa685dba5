"""Laws: the moments they promise and the arguments they refuse."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from scipy import stats

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.distributions import (
    Constant,
    Normal,
    Pattern,
    TruncatedNormal,
    Uniform,
    is_random,
)
from paraminit.fill.undivided import Whole


def moments_by_integration(low, high, mu, sigma):
    """Mean and std of a truncated normal by Simpson's rule over the distance t from one of its bounds.

    Only that distance enters, so that neither far tails nor narrow windows cancel.
    """
    bound, sign = (high, -1) if high < mu else (low, 1)
    start = sign * (bound - mu) / sigma
    reach = min((high - low) / sigma, max(-start, 0) + 45 / max(start, 1))  # the rest weighs e**-45
    t = np.linspace(0, reach, 400_001)
    log_density = -(start * t + t * t / 2)
    weight = np.exp(log_density - log_density.max())
    weight[1:-1:2] *= 4
    weight[2:-1:2] *= 2
    weight /= weight.sum()
    mean = (weight * t).sum()
    std = math.sqrt((weight * (t - mean) ** 2).sum())
    return bound + sign * mean * sigma, std * sigma


WINDOWS = [
    (-2, 2, 0, 1),
    (-2, 2, 0, 0.01),
    (-0.3, 0.9, 0.1, 0.7),
    (0, 1, 0, 1),
    (1, 3, 0, 1),
    (-3, -1, 0, 1),
    (-9, -8, 0, 1),
    (8, 9, 0, 1),
    (5, 1000, 0, 1),
    (-1000, -5, 0, 1),
    (-1, 1000, 0, 1),
    (30, 31, 0, 1),
    (-40, 40, 0, 1),
    (-2, 2, 10, 3),
    (0, 2e-3, 0, 1),
    (0, 1.1e-3, 0, 1),
    (0, 0.9e-3, 0, 1),
    (1, 1.0008, 0, 1),
    (-1e-9, 3e-9, 0, 1),
    (20, 20 + 1e-6, 0, 1),
]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_moments_of_truncated_normals(window):
    """Any window: symmetric, one-sided, far out in a tail, or too narrow for differences."""
    law = TruncatedNormal(*window)
    mean, std = moments_by_integration(*window)
    # relative to the width that the values really have
    assert law.mean == pytest.approx(mean, rel=1e-12, abs=1e-5 * std)
    assert law.std == pytest.approx(std, rel=1e-5)
    assert law.low <= law.mean <= law.high
    assert law.std <= (law.high - law.low) / 2


@pytest.mark.parametrize("window", [window for window in WINDOWS if window[1] - window[0] > 0.01], ids=str)
def test_moments_are_scipys(window):
    """SciPy agrees wherever the window is not too narrow for it."""
    low, high, mu, sigma = window
    law = TruncatedNormal(*window)
    theirs = stats.truncnorm((low - mu) / sigma, (high - mu) / sigma, loc=mu, scale=sigma)
    assert law.mean == pytest.approx(theirs.mean(), rel=1e-6, abs=1e-9)
    assert law.std == pytest.approx(theirs.std(), rel=1e-4)


@pytest.mark.parametrize(("low", "high", "near"), [(50, 60, 50), (-60, -50, -50), (1e6, 2e6, 1e6)])
def test_beyond_every_float_all_mass_is_at_the_nearer_bound(low, high, near):
    """Where the density underflows the moments stay finite and inside the window."""
    law = TruncatedNormal(low, high, 0, 1)
    assert law.mean == near
    assert law.std == 0


def test_moments_of_the_others():
    """Uniform, normal and constant."""
    assert (Uniform(-1, 3).mean, Uniform(-1, 3).std) == (1, 4 / math.sqrt(12))
    assert Uniform(3, -1).std == Uniform(-1, 3).std
    assert (Normal(2, 0.5).mean, Normal(2, 0.5).std) == (2, 0.5)
    assert (Constant(3).mean, Constant(3).std) == (3, 0)
    assert (Constant(True).mean, Constant(2 + 1j).mean) == (1, 2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda v: Uniform(v, 1), "a uniform distribution needs a finite low, got {}."),
        (lambda v: Uniform(0, v), "a uniform distribution needs a finite high, got {}."),
        (lambda v: Normal(v, 1), "a normal distribution needs a finite mean, got {}."),
        (lambda v: Normal(0, v), "a normal distribution needs a finite sigma, got {}."),
        (lambda v: TruncatedNormal(v, 2, 0, 1), "a truncated normal needs a finite low, got {}."),
        (lambda v: TruncatedNormal(-2, v, 0, 1), "a truncated normal needs a finite high, got {}."),
        (lambda v: TruncatedNormal(-2, 2, v, 1), "a truncated normal needs a finite mean, got {}."),
        (lambda v: TruncatedNormal(-2, 2, 0, v), "a truncated normal needs a finite sigma, got {}."),
    ],
)
def test_arguments_are_finite(make, message, value):
    """NaN and infinities are named."""
    with pytest.raises(ArgumentValueError) as error:
        make(value)
    assert str(error.value) == message.format(value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(0, -0.1), "sigma must be 0 or more, got -0.1."),
        (
            lambda: TruncatedNormal(-2, 2, 0, 0),
            "sigma of a truncated normal must be positive (as a float32), got 0. "
            "For a constant use Constant(mean).",
        ),
        (
            lambda: TruncatedNormal(-2, 2, 0, -1),
            "sigma of a truncated normal must be positive (as a float32), got -1. "
            "For a constant use Constant(mean).",
        ),
        (lambda: TruncatedNormal(2, 2, 0, 1), "a truncated normal needs a < b, got a=2 and b=2."),
        (lambda: TruncatedNormal(2, -2, 0, 1), "a truncated normal needs a < b, got a=2 and b=-2."),
        (
            lambda: Uniform(0, 3.5e38),
            "a uniform distribution needs high within the range of float32, got 3.5e+38.",
        ),
    ],
)
def test_arguments_that_describe_no_law(make, message):
    """The message shows the value."""
    with pytest.raises(ArgumentValueError) as error:
        make()
    assert str(error.value) == message


def test_the_largest_float32_is_accepted():
    """The range of float32 includes its ends."""
    largest = float(np.finfo(np.float32).max)
    assert Uniform(-largest, largest).mean == 0


@pytest.mark.parametrize("value", ["1", None, [1], np.float32(1), np.ones(1)], ids=repr)
def test_a_constant_is_one_number(value):
    """Python numbers only."""
    with pytest.raises(ArgumentTypeError) as error:
        Constant(value)
    assert str(error.value) == f"a constant must be a number, got {value!r}."


def pattern(index):
    return index.astype(np.float32)


def test_which_laws_are_random():
    """Random laws are those that need a key."""
    assert [
        is_random(law)
        for law in (
            Uniform(0, 1),
            Normal(0, 0),
            TruncatedNormal(-2, 2, 0, 1),
            Constant(1),
            Pattern(pattern, 0, 0),
            Whole(pattern, (2,)),
        )
    ] == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    "law",
    [Uniform(0, 1), Normal(0, 1), TruncatedNormal(-2, 2, 0, 1), Constant(1), Pattern(pattern, 0.5, 0.5)],
    ids=lambda law: type(law).__name__,
)
def test_laws_are_values(law):
    """Frozen, equal by value, hashable, pickled."""
    twin = pickle.loads(pickle.dumps(law))
    assert twin == law
    assert hash(twin) == hash(law)
    with pytest.raises(AttributeError):
        law.mean = 3
