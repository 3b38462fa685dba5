"""Stream 2: float64's own precision, whole tails, values that stay inside their bounds."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest
from scipy import stats

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import exact, precise
from paraminit.fill.batches import BLOCKS
from paraminit.fill.distributions import Constant, Normal, Precise, TruncatedNormal, Uniform
from paraminit.fill.fill import fill
from paraminit.fill.precise_reference import _circle, _erfc_inv, _minus_two_ln, precise_elements

LAWS = [
    Uniform(-0.1, 0.3),
    Uniform(0, 0),
    Normal(0, 0.02),
    Normal(-1.5, 3.0),
    Normal(2, 0),
    TruncatedNormal(-2, 2, 0, 1),
    TruncatedNormal(-0.3, 0.9, 0.1, 0.7),
    TruncatedNormal(1, 3, 0, 1),
    TruncatedNormal(8, 9, 0, 1),
    TruncatedNormal(-36, -35, 0, 1),
    TruncatedNormal(-2, 2, 0, 1e-6),
    TruncatedNormal(1, 1 + 1e-9, 0, 1),
]
SPREAD = [law for law in LAWS if law.std and not (isinstance(law, TruncatedNormal) and law.high < 1.1)]


def filled(law, size, dtype=np.float64, runs=None, **options):
    out = np.empty(size, dtype)
    fill(Precise(law), 0x0123456789ABCDEF, runs, out, **options)
    return out


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_equals_the_definition(law):
    """Bit for bit; lengths around a block, a batch of blocks with a remainder, indices beyond 2**33."""
    size = 2 * BLOCKS + 5
    whole = filled(law, size)
    assert whole.tobytes() == precise_elements(Precise(law), 0x0123456789ABCDEF, np.arange(size)).tobytes()
    for short in (1, 2, 3, 4, 5):
        assert filled(law, short).tobytes() == whole[:short].tobytes()
    far = 2**33 - 3 + np.arange(7)
    expected = precise_elements(Precise(law), 0x0123456789ABCDEF, far)
    assert filled(law, 7, runs=[(far[0], 7)]).tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, ml_dtypes.bfloat16, np.complex128], ids=str)
@pytest.mark.parametrize("law", SPREAD[:3], ids=str)
def test_runs_and_threads_do_not_matter(law, dtype):
    """Any runs are those parts of the whole, on one thread or several."""
    whole = filled(law, 300_001, dtype, threads=1)
    assert filled(law, 300_001, dtype, threads=3).tobytes() == whole.tobytes()
    runs = [(7, 3), (100_001, 150_000), (0, 1), (2, 0), (299_999, 2)]
    expected = np.concatenate([whole[start : start + length] for start, length in runs])
    assert filled(law, expected.size, dtype, runs=runs).tobytes() == expected.tobytes()


# ---- precision ----------------------------------------------------------------------------------------


def ulps(found, expected):
    return float(np.max(np.abs(found - expected) / np.spacing(np.abs(expected))))


def test_functions_are_good_to_a_few_units():
    """ln, cos, sin and erfc_inv against decimal arithmetic. Measured: 4, 1, 1 and 4 units."""
    random = np.random.default_rng(1)
    x = np.concatenate([random.integers(1, 2**64, 200, np.uint64).astype(float), [0.5, 1.5, 2.0**64 - 2**12]])
    expected = [-2 * exact.ln(value * 2.0**-64) for value in x.tolist()]
    assert ulps(_minus_two_ln(x, 64), np.array(expected)) <= 8
    steps = random.integers(0, 2**53, 200, np.uint64)
    angle = [(2 * math.pi) * (k * 2.0**-53) for k in steps.tolist()]
    for found, function in zip(_circle(steps), (exact.cos, exact.sin), strict=True):
        # an angle of up to 2 pi is itself rounded, by at most 2**-51
        assert np.max(np.abs(found - [function(a) for a in angle])) <= 2.0**-51 + 2.0**-52
    z = np.concatenate([random.uniform(0, 1, 200), 10 ** random.uniform(-280, -1, 40)])
    assert ulps(_erfc_inv(z), np.array([exact.erfc_inv(value) for value in z.tolist()])) <= 8


@pytest.mark.parametrize("law", SPREAD, ids=str)
def test_float64_values_use_float64s_bits(law):
    """The last 29 bits of the mantissa, which a float32 number lacks, are random: their top 8 are uniform."""
    bits = filled(law, 100_000).view(np.uint64) >> np.uint64(21) & np.uint64(255)
    counts = np.bincount(bits.astype(int), minlength=256)
    assert stats.chisquare(counts).pvalue > 1e-4
    single = np.empty(1000)
    fill(law, 1, None, single)
    assert not (single.view(np.uint64) & np.uint64(2**29 - 1)).any()  # the test could fail: stream 1's are 0


# ---- laws ---------------------------------------------------------------------------------------------


def law_of(law):
    if isinstance(law, Uniform):
        return stats.uniform(law.low, law.high - law.low)
    if isinstance(law, Normal):
        return stats.norm(law.mean, law.sigma)
    bounds = ((law.low - law.mu) / law.sigma, (law.high - law.mu) / law.sigma)
    return stats.truncnorm(*bounds, loc=law.mu, scale=law.sigma)


@pytest.mark.parametrize("law", SPREAD, ids=str)
def test_values_follow_the_law(law):
    """Kolmogorov-Smirnov on 200,000 values; neighbors are independent."""
    values = filled(law, 200_000)
    assert stats.kstest(values, law_of(law).cdf).pvalue > 1e-3
    for lag in (1, 2, 3):
        ranks = stats.rankdata(values)
        correlation = np.corrcoef(ranks[:-lag], ranks[lag:])[0, 1]
        assert abs(correlation) < 4.5 / math.sqrt(values.size)


def test_a_wrong_law_is_noticed():
    """The sample is large enough to tell 2 % of the spread."""
    assert stats.kstest(filled(Normal(0, 1), 200_000), stats.norm(0, 1.02).cdf).pvalue < 1e-3


def test_the_normal_has_its_tails():
    """The smallest radius' words reach 9.49 sigma, where MindSpore's rule ends at 5.68."""
    words = tuple(np.zeros(1, np.uint32) for _ in range(4))
    out = np.empty(2)
    precise.precise_normal(words, precise.PreciseNormalArguments(0.0, 1.0), out)
    assert out[0] == pytest.approx(math.sqrt(2 * 65 * math.log(2)), rel=1e-15)
    assert Precise(Normal(0, 1)).reach >= out[0]
    # P(|z| > 4.5) = 6.8e-6: 13.6 of 2 million expected; outside 2 to 30 once in 20,000
    assert 2 <= np.count_nonzero(np.abs(filled(Normal(0, 1), 2_000_000)) > 4.5) <= 30


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16], ids=str)
def test_uniform_values_stay_below_the_upper_bound(dtype):
    """A half-open interval in every dtype, also where the bounds are no numbers of it."""
    for low, high in ((0.0, 1.0), (-0.07, 0.07), (1.0, 1.001)):
        values = filled(Uniform(low, high), 100_000, dtype).astype(np.float64)
        assert low <= values.min()
        assert values.max() < high
    stream_1 = np.empty(100_000, np.float16)
    fill(Uniform(0, 1), 1, None, stream_1)
    assert stream_1.max() == 1  # so the test could fail


def test_the_largest_words_stay_below_the_upper_bound():
    """u = 1 - 2**-53, for which low + width * u rounds to high."""
    words = tuple(np.full(1, 2**32 - 1, np.uint32) for _ in range(4))
    out = np.empty(2)
    law = Precise(Uniform(1.0, 2.0))
    precise.precise_uniform(words, precise.arguments(law, np.dtype(np.float64)), out)
    assert 1.0 + (1 - 2.0**-53) == 2.0
    assert out.tolist() == [np.nextafter(2.0, 0)] * 2


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_truncated_values_stay_within_their_bounds(dtype):
    """In every dtype, however far out; and both bounds are approached."""
    for low, high, mean, sigma in ((-2, 2, 0, 1), (8, 9, 0, 1), (0.1, 0.3, 0, 5), (-2, 2, 10, 0.4)):
        law = TruncatedNormal(low, high, mean, sigma)
        values = filled(law, 20_000, dtype).astype(np.float64)
        assert low <= values.min()
        assert values.max() <= high
        assert len(np.unique(values)) > 50


@pytest.mark.parametrize(
    ("dtype", "low", "high", "half_open", "expected"),
    [
        ("float64", 0.0, 1.0, True, (0.0, 1 - 2.0**-53)),
        ("float64", 0.0, 1.0, False, (0.0, 1.0)),
        ("float16", 0.0, 1.0, True, (0.0, 1 - 2.0**-11)),
        ("float16", 1 + 2.0**-12, 2 - 2.0**-12, True, (1 + 2.0**-10, 2 - 2.0**-10)),
        (ml_dtypes.bfloat16, -1.0, 1.0, True, (-1.0, 1 - 2.0**-8)),
        (ml_dtypes.float8_e4m3fn, 0.0, 448.0, True, (0.0, 416.0)),
        ("complex64", 0.0, 1.0, True, (0.0, 1 - 2.0**-24)),
        ("float16", 1 + 2.0**-13, 1 + 2.0**-12, True, (1.0, 1.0)),  # holds none: the nearest
        ("float64", 3.0, 3.0, True, (3.0, 3.0)),
    ],
)
def test_the_dtypes_numbers_within_bounds(dtype, low, high, half_open, expected):
    """Rounded inwards."""
    assert precise.within(low, high, np.dtype(dtype), half_open=half_open) == expected


# ---- what has no precise form -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "kind", "message"),
    [
        (Constant(1), ArgumentTypeError, "only uniform, normal and truncated normal values"),
        (Precise(Normal(0, 1)), ArgumentTypeError, "only uniform, normal and truncated normal values"),
        (Uniform(1, -1), ArgumentValueError, "a uniform needs low <= high, got 1 and -1."),
        (
            TruncatedNormal(-2, 2, 10, 0.01),
            ArgumentValueError,
            "[-2, 2] lies 800 sigma away from the mean 10; at most 36 are possible.",
        ),
        (TruncatedNormal(37, 40, 0, 1), ArgumentValueError, "[37, 40] lies 37 sigma away from the mean 0;"),
    ],
    ids=str,
)
def test_refused(law, kind, message):
    """Before anything is drawn."""
    with pytest.raises(kind) as error:
        Precise(law)
    assert str(error.value).startswith(message)


def test_moments_are_the_laws():
    """Nothing but the draw differs."""
    for law in LAWS:
        assert (Precise(law).mean, Precise(law).std) == (law.mean, law.std)
