"""The stream of MindSpore 1.0 to 1.8: known answers, a plain second implementation, and the switch to it."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from scipy import stats

from paraminit.describe.initializers import (
    HeNormal,
    HeUniform,
    Normal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierUniform,
)
from paraminit.describe.recipe import Recipe
from paraminit.errors import InitializationError
from paraminit.fill import distributions, mindspore1
from paraminit.fill.keys import next_key, set_seed
from paraminit.profiles import profile

F32 = np.float32


# ---- the generator ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((1, 1), "89b01f5a b841e68b 2736095a 76a1b102"),
        ((1, 533697029), "150ffcc7 a2532c8e 7ad89ae7 f8597f99"),
    ],
    ids=str,
)
def test_known_words(pair, expected):
    """The first block of two seed pairs."""
    assert " ".join(f"{word:08x}" for word in mindspore1.words(*pair, 0, 1)[0]) == expected


def test_known_normals():
    """The first eight numbers of the pair (1, 1), to the bit."""
    expected = "be031880 bfb24a92 3fa788bb bddccfa2 bf9d4896 3fff521f bf0a3c84 bd1a7560"
    drawn = mindspore1.normals((1, 1), 8)
    assert " ".join(f"{bits:08x}" for bits in drawn.view(np.uint32)) == expected
    assert drawn.tolist() == [
        F32(value)
        for value in (
            -0.12802315,
            -1.3929007,
            1.3088602,
            -0.1078179,
            -1.2287776,
            1.9946936,
            -0.5399859,
            -0.037709594,
        )
    ]


def plain_words(seed, seed2, start):
    """One word after the other, in Python integers."""
    low = 2**32 - 1
    counter = [start & low, start >> 32, seed2 & low, seed2 >> 32]
    key = [seed & low, seed >> 32]
    while True:
        for _ in range(10):
            p, q = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
            counter = [q >> 32 ^ counter[1] ^ key[0], q & low, p >> 32 ^ counter[3] ^ key[0], p & low]
            key = [(key[0] + 0x9E3779B9) & low, (key[1] + 0xBB67AE85) & low]
        for i in range(4):  # add one, with carry
            counter[i] = (counter[i] + 1) & low
            if counter[i]:
                break
        yield from counter


def plain_normals(pair, size):
    """The chunk rule and the numbers, one element at a time."""
    chunks = [size] if size <= 16 else [size // 16] * 15 + [size - 15 * (size // 16)]
    numbers = []
    for t, m in enumerate(chunks):
        words, chunk = plain_words(*pair, (m * t + 3) // 4), []
        while len(chunk) < m:
            u1, u2 = (max(F32((next(words) & 0x7FFFFF) * 2.0**-23), F32(1e-7)) for _ in range(2))
            radius = math.sqrt(-2.0 * float(F32(math.log(u1))))
            angle = float(F32(F32(2 * F32(3.14)) * u2))
            chunk += [F32(radius * float(F32(f(angle)))) for f in (math.sin, math.cos)]
        numbers += chunk[:m]
    return np.array(numbers, np.float32)


@pytest.mark.parametrize("pair", [(1, 1), (87654321, 533697028), (0, 0), (2**31 - 2, 2**31 - 2)], ids=str)
@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 15, 16, 17, 31, 32, 63, 64, 100, 1728])
def test_normals_are_those_of_the_plain_implementation(pair, size):
    """Blocks that continue each other, 16 chunks, the last with the remainder."""
    assert mindspore1.normals(pair, size).tobytes() == plain_normals(pair, size).tobytes()


def test_the_counter_carries():
    """Adding one to a counter of all ones reaches the next words."""
    blocks = mindspore1.words(5, 7, 2**32 - 1, 3)
    plain = plain_words(5, 7, 2**32 - 1)
    assert blocks.ravel().tolist() == [next(plain) for _ in range(12)]


def test_words_without_low_bits(monkeypatch):
    """A uniform of 0 counts as 1e-7: the largest normal is 5.6777, not infinite."""
    monkeypatch.setattr(mindspore1, "words", lambda *_: np.full((1, 4), 0xFF800000, np.uint32))
    drawn = mindspore1.normals((1, 1), 2)
    assert drawn[1] == F32(math.sqrt(-2 * float(F32(math.log(F32(1e-7))))))
    assert drawn[0] == pytest.approx(5.6777 * 6.28e-7, rel=1e-4)


def test_one_chunk_up_to_16():
    """16 elements are a prefix of one run; from 17 on each chunk starts anew."""
    assert np.array_equal(mindspore1.normals((1, 1), 16)[:5], mindspore1.normals((1, 1), 5))
    seventeen = mindspore1.normals((1, 1), 17)
    assert seventeen[0] == mindspore1.normals((1, 1), 1)[0]
    # chunks 1 to 4 of one element each have the same first block, (1 * t + 3) div 4 = 1
    assert len(set(seventeen[1:5].tolist())) == 1


def test_the_digits_that_the_older_tutorial_prints():
    """Conv2d(3, 64, 3, 'Normal') on ones after set_seed(1): kernel sums, cut at the border."""
    weight = (mindspore1.normals((1, 1), 1728) * F32(0.01)).reshape(64, 3, 3, 3)

    def sums(channel):
        found = []
        for rows in (slice(1, 3), slice(0, 3), slice(0, 2)):
            for columns in (slice(1, 3), slice(0, 3), slice(0, 2)):
                total = F32(0)
                for value in weight[channel, :, rows, columns].ravel():
                    total = F32(total + value)
                found.append(float(f"{total:.8e}"))
        return found

    assert sums(0) == [
        *(3.10382620e-02, 4.38603461e-02, 1.38719045e-02),
        *(3.26051228e-02, 3.54298912e-02, -5.54019120e-03),
        *(9.66199022e-03, 1.24104535e-02, -1.38977719e-02),
    ]
    assert sums(63)[:6] == [
        *(3.98553275e-02, -1.35465711e-03, -1.00310734e-02),
        *(4.38403059e-03, -3.60766202e-02, -2.95619294e-02),
    ]


def test_normals_are_normal():
    """Away from the known answers too: 100,000 numbers pass Kolmogorov-Smirnov."""
    drawn = mindspore1.normals((3, 5), 100_000)
    # angles end at 6.28 instead of 2 pi: a gap of 0.0005 of the circle, far below the test's resolution
    assert stats.kstest(drawn, "norm").pvalue > 1e-3


# ---- the switch ---------------------------------------------------------------------------------------


def filled(init, shape, dtype=np.float32):
    array = np.empty(shape, dtype)
    init(array)
    return array


def test_normal_uses_its_own_generator():
    """Fills take the pairs in turn, scale in float32 and leave NumPy's generator alone."""
    with profile("mindspore-1"):
        set_seed(1)
        first, second = filled(Normal(0.2, 3.0), (3, 7)), filled(Normal(), (4,))
        key = next_key()
    z = mindspore1.normals((1, 1), 21).reshape(3, 7)
    assert np.array_equal(first, z * F32(0.2) + F32(3.0))
    assert np.array_equal(second, mindspore1.normals((1, 533697029), 4) * F32(0.01))
    assert key == 7692698082559361260


def test_seed_0():
    """A global seed of 0 stands for 87654321."""
    with profile("mindspore-1"):
        set_seed(0)
        drawn = [filled(Normal(1.0), (5,)) for _ in range(2)]
    assert np.array_equal(drawn[0], mindspore1.normals((87654321, 0), 5))
    assert np.array_equal(drawn[1], mindspore1.normals((87654321, 533697028), 5))


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_dtypes_are_cast(dtype):
    """The numbers are float32 numbers."""
    with profile("mindspore-1"):
        set_seed(1)
        drawn = filled(Normal(1.0), (20,), dtype)
    assert np.array_equal(drawn, mindspore1.normals((1, 1), 20).astype(dtype))


SHAPE = (4, 6)
NUMPYS = {
    "Uniform": (Uniform(), lambda: np.random.uniform(-0.07, 0.07, SHAPE)),
    "XavierUniform": (
        XavierUniform(),
        lambda: np.random.uniform(-math.sqrt(6 / 10), math.sqrt(6 / 10), SHAPE),
    ),
    "HeUniform": (
        HeUniform(),
        lambda: np.random.uniform(
            -math.sqrt(3.0) * math.sqrt(2) / math.sqrt(6), math.sqrt(3.0) * math.sqrt(2) / math.sqrt(6), SHAPE
        ),
    ),
    "HeNormal": (HeNormal(), lambda: np.random.normal(0, math.sqrt(2) / math.sqrt(6), SHAPE)),
    "VarianceScaling": (
        VarianceScaling(),
        lambda: np.random.uniform(-math.sqrt(3 / 6), math.sqrt(3 / 6), SHAPE),
    ),
    "VarianceScaling-untruncated": (
        VarianceScaling(2.0, "fan_out", "untruncated_normal"),
        lambda: np.random.normal(0, math.sqrt(2 / 4), SHAPE),
    ),
    "TruncatedNormal": (
        TruncatedNormal(0.5),
        lambda: stats.truncnorm.rvs(-2, 2, loc=0, scale=0.5, size=SHAPE),
    ),
    "TruncatedNormal-bounds-not-used": (
        TruncatedNormal(0.5, 1.0, -3.0, 0.1),
        lambda: stats.truncnorm.rvs(-2, 2, loc=0, scale=0.5, size=SHAPE),
    ),
}


@pytest.mark.parametrize(("init", "numpys"), NUMPYS.values(), ids=list(NUMPYS))
def test_the_others_use_numpys_generator(init, numpys):
    """Float64 numbers of the global generator, without a key, cast to float32."""
    set_seed(6)
    expected = [numpys().astype(np.float32), numpys().astype(np.float32)]
    after = next_key()
    with profile("mindspore-1"):
        set_seed(6)
        drawn = [filled(init, SHAPE), filled(init, SHAPE)]
    assert next_key() == after
    for one, other in zip(drawn, expected, strict=True):
        np.testing.assert_array_max_ulp(one, other, maxulp=1)  # SciPy scales in its own order


@pytest.mark.parametrize("name", ["default", "mindspore-2.10"])
def test_other_profiles_use_keys(name):
    """The stream belongs to the profile alone."""
    with profile(name):
        set_seed(1)
        drawn = filled(Normal(1.0), (3,))
    assert drawn.tolist() == [F32(value) for value in (0.6530371, 1.5091926, 0.2647363)]


def test_a_given_key_is_the_2x_stream_in_every_profile():
    """Keys by name mean the same numbers everywhere."""
    with profile("mindspore-1"):
        named = Recipe(Normal(1.0), (2,), np.dtype("float32"), key=1).values()
    assert named.tolist() == [F32(2.3878284), F32(0.28183395)]


def test_truncated_normals_need_scipy(monkeypatch):
    """Without SciPy the error says what to install; the target is unchanged."""
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    array = np.ones(3, np.float32)
    with profile("mindspore-1"), pytest.raises(InitializationError) as error:
        TruncatedNormal()(array)
    assert str(error.value) == (
        "the profile 'mindspore-1' draws truncated normals with SciPy, which is not installed. "
        "Run `pip install scipy`, or use another profile."
    )
    assert (array == 1).all()


def test_a_view_is_filled_in_its_own_order():
    """The stream follows the target's row-major order, whatever its strides."""
    base = np.full((6, 8), 9, np.float32)
    with profile("mindspore-1"):
        set_seed(1)
        Normal(1.0)(base.T[::2])
    assert np.array_equal(base.T[::2], mindspore1.normals((1, 1), 24).reshape(4, 6))
    assert (base.T[1::2] == 9).all()


def test_normal_by_numpy():
    """Without a pair, normals come from NumPy's generator."""
    out = np.empty((2, 3), np.float32)
    np.random.seed(4)
    mindspore1.fill(distributions.Normal(1.0, 2.0), None, out)
    np.random.seed(4)
    assert np.array_equal(out, np.random.normal(1.0, 2.0, (2, 3)).astype(np.float32))
