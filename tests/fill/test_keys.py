"""Keys: MindSpore's order rule, the name rule, and the seeds both start from."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import keys
from paraminit.fill.keys import get_seed, key_by_name, next_key, next_seed_pair, set_seed

# ---- by order -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (0, [900450186894289456, 3969543146641149121, 1895649597198586620]),
        (1, [7692698082559361260, 4064269471072392265, 2109959069025162]),
    ],
)
def test_known_keys(seed, expected):
    """The first keys after a seed are MindSpore 2.10's."""
    set_seed(seed)
    assert [next_key() for _ in expected] == expected


class Twister:
    """MT19937 seeded with one number, as published."""

    def __init__(self, seed):
        self.state = [seed]
        for i in range(1, 624):
            last = self.state[-1]
            self.state.append((1812433253 * (last ^ last >> 30) + i) % 2**32)
        self.position = 624

    def word(self):
        if self.position == 624:
            for i in range(624):
                y = self.state[i] & 0x80000000 | self.state[(i + 1) % 624] & 0x7FFFFFFF
                self.state[i] = self.state[(i + 397) % 624] ^ y >> 1 ^ (0x9908B0DF if y & 1 else 0)
            self.position = 0
        y = self.state[self.position]
        self.position += 1
        y ^= y >> 11
        y ^= y << 7 & 0x9D2C5680
        y ^= y << 15 & 0xEFC60000
        return y ^ y >> 18

    def key(self):
        while (value := (self.word() << 32 | self.word()) % 2**63) == 2**63 - 1:
            pass
        return value + 1


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31, 2**32 - 1])
def test_the_rule_without_numpy(seed):
    """A key is 63 bits of two MT19937 words, plus 1; 400 keys cross the generator's period of 624 words."""
    set_seed(seed)
    twister = Twister(seed)
    assert [next_key() for _ in range(400)] == [twister.key() for _ in range(400)]


def test_keys_come_from_numpys_global_generator():
    """Any other use of ``numpy.random`` shifts the keys, as in MindSpore."""
    np.random.seed(5)
    expected = [int(key) for key in np.random.randint(1, 2**63, size=3, dtype=np.int64)]
    set_seed(5)
    assert [next_key() for _ in range(3)] == expected
    set_seed(5)
    np.random.random()
    assert next_key() != expected[0]


def test_python_is_seeded_too():
    """``random`` starts from the same seed."""
    set_seed(9)
    assert random.random() == random.Random(9).random()


def test_keys_are_positive_int63():
    """Plain ints from 1 to 2**63 - 1, no two alike."""
    set_seed(2)
    drawn = [next_key() for _ in range(10_000)]
    assert {type(key) for key in drawn} == {int}
    assert min(drawn) >= 1
    assert 2**62 < max(drawn) < 2**63
    assert len(set(drawn)) == len(drawn)


# ---- seeds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, np.int64(7), np.uint32(7), torch.tensor(7)], ids=repr)
def test_good_seeds(seed):
    """Any integer type, from 0 to 2**32 - 1; what is kept is a plain int."""
    set_seed(seed)
    assert type(get_seed()) is int
    assert get_seed() == int(seed)


def test_no_seed_yet():
    """Before the first seed there is none."""
    assert get_seed() is None


def unchanged_by(action, kind):
    """The error; seed, keys and the 1.x stream go on as if nothing had been tried."""
    set_seed(7)
    next_key()
    next_seed_pair()
    expected = next_key(), next_seed_pair(), random.random()
    set_seed(7)
    next_key()
    next_seed_pair()
    with pytest.raises(kind) as error:
        action()
    assert (next_key(), next_seed_pair(), random.random()) == expected
    assert get_seed() == 7
    return str(error.value)


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30, np.int64(-5)])
def test_seeds_out_of_range(seed):
    """The error shows the range, and everything goes on as before."""
    assert unchanged_by(lambda: set_seed(seed), ArgumentValueError) == (
        f"seed must be from 0 to 4294967295 (2**32 - 1), got {seed}."
    )


@pytest.mark.parametrize(
    "seed",
    [True, np.True_, 1.0, np.float64(1), "1", None, np.array([1, 2]), np.array(1.0), torch.tensor(1.0), [1]],
    ids=repr,
)
def test_seeds_of_another_type(seed):
    """Booleans, floats, text and arrays are no seeds."""
    assert unchanged_by(lambda: set_seed(seed), ArgumentTypeError) == (
        f"seed must be an int, got {seed!r} of type {type(seed).__name__}."
    )


# ---- by name ------------------------------------------------------------------------------------------


def by_definition(seed, name):
    data = b"".join(bytes([seed >> shift & 255]) for shift in range(0, 64, 8)) + name.encode("utf-8")
    first = hashlib.blake2b(data, person=b"paraminit-1").digest()[:8]
    value = sum(byte << 8 * i for i, byte in enumerate(first)) % 2**63
    return value if value else 1


@pytest.mark.parametrize(
    ("seed", "name", "key"),
    [
        (0, "weight", 1366448278324519698),
        (1, "h.0.mlp.weight", 6797229904796851149),
        (2**64 - 1, "层.权重", 8472379155781679396),
    ],
)
def test_known_keys_by_name(seed, name, key):
    """Golden values: they can never change, since files depend on them."""
    assert key_by_name(seed, name) == key


@pytest.mark.parametrize("seed", [0, 1, 255, 256, 2**32, 2**63, 2**64 - 1])
@pytest.mark.parametrize(
    "name", ["", "weight", "h.11.attn.c_proj.bias", "é", "e\u0301", "x" * 1000], ids=ascii
)
def test_the_name_rule(seed, name):
    """The first 8 bytes of BLAKE2b over seed and name, without the top bit."""
    assert key_by_name(seed, name) == by_definition(seed, name)


def test_a_hash_of_zero_becomes_one(monkeypatch):
    """0 is no key; the top bit does not save it."""

    class Zeros:
        def digest(self):
            return bytes(7) + b"\x80" + bytes(56)

    monkeypatch.setattr(keys.hashlib, "blake2b", lambda data, person: Zeros())
    assert key_by_name(0, "weight") == 1


def test_names_do_not_disturb_the_order_stream():
    """Keys by name are a pure function: nothing is drawn, and the global seed does not matter."""
    set_seed(1)
    key = key_by_name(0, "weight")
    assert next_key() == 7692698082559361260
    set_seed(2)
    assert key_by_name(0, "weight") == key


def test_many_names_have_keys_of_their_own():
    """Neighboring names and seeds give different keys that fill the range evenly."""
    drawn = [key_by_name(seed, f"h.{i}.weight") for seed in range(20) for i in range(5_000)]
    assert len(set(drawn)) == len(drawn)
    assert min(drawn) > 0
    assert max(drawn) < 2**63
    counts = np.bincount(np.array(drawn, np.uint64) >> np.uint64(59), minlength=16)
    expected = len(drawn) / 16
    # chi-squared with 15 degrees of freedom exceeds 50 with probability 1.2e-5
    assert ((counts - expected) ** 2 / expected).sum() < 50


@pytest.mark.parametrize(
    ("seed", "kind", "message"),
    [
        (-1, ArgumentValueError, "seed must be from 0 to 18446744073709551615 (2**64 - 1), got -1."),
        (2**64, ArgumentValueError, f"seed must be from 0 to {2**64 - 1} (2**64 - 1), got {2**64}."),
        (1.0, ArgumentTypeError, "seed must be an int, got 1.0 of type float."),
        (True, ArgumentTypeError, "seed must be an int, got True of type bool."),
    ],
)
def test_bad_seeds_of_names(seed, kind, message):
    """The range is that of 8 bytes."""
    assert unchanged_by(lambda: key_by_name(seed, "weight"), kind) == message


# ---- seed pairs of the 1.x stream ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "pairs"),
    [
        (1, [(1, 1), (1, 533697029), (1, 1067394057)]),
        (0, [(87654321, 0), (87654321, 533697028), (87654321, 1067394056)]),
        (2**31 - 1, [(0, 0), (0, 533697028)]),
        (2**32 - 1, [(1, 1), (1, 533697029)]),
    ],
)
def test_seed_pairs(seed, pairs):
    """The second number steps with each fill, modulo 2**31 - 1; a new seed starts over."""
    for _ in range(2):
        set_seed(seed)
        assert [next_seed_pair() for _ in pairs] == pairs


def test_seed_pairs_wrap_around():
    """The fifth step passes 2**31 - 1."""
    set_seed(1)
    pairs = [next_seed_pair() for _ in range(6)]
    assert pairs[4] == (1, 1 + 4 * 533697028)
    assert pairs[5] == (1, 1 + 5 * 533697028 - (2**31 - 1))


def test_an_own_seed_takes_no_step():
    """(seed + 1, 0), and the other fills do not notice."""
    set_seed(1)
    assert next_seed_pair(41) == (42, 0)
    assert next_seed_pair() == (1, 1)


def test_seed_pairs_without_a_seed():
    """Without a global seed the pairs cannot repeat."""
    pairs = {next_seed_pair() for _ in range(20)}
    assert len(pairs) == 20
    assert all(0 <= number < 2**31 for pair in pairs for number in pair)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_table_of_keys_by_name(language):
    """What the page promises is what the function gives."""
    page = (Path(__file__).parents[2] / "docs" / language / "streams.md").read_text()
    rows = re.findall(r"^\| (\d+) \| `([^`]+)` \| (\d+) \|$", page, re.MULTILINE)
    assert len(rows) == 4
    for seed, name, key in rows:
        assert key_by_name(int(seed), name) == int(key)
