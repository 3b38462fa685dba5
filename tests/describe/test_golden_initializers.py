"""Initializers hold the bits that MindSpore 2.10 gives them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from paraminit.describe import initializers
from paraminit.describe.initializers import registered
from paraminit.fill.distributions import is_random
from paraminit.fill.keys import set_seed
from paraminit.profiles import profile

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "mindspore-2.10.json").read_text())
ABSENT = {"Orthogonal", "Sparse", "Dirac"}  # recorded by MindSpore, not offered here


def class_of(case):
    return case["init"].split("(")[0]


def title(case):
    return f"{case['init']}-{case['dtype']}-{'x'.join(map(str, case['shape']))}"


CASES = [case for case in GOLDEN["cases"] if class_of(case) not in ABSENT]


def build(case):
    return eval(case["init"], {name: getattr(initializers, name) for name in [class_of(case)]})


def differences(case, array):
    """What is not as MindSpore recorded it."""
    found = []
    flat = array.ravel()
    if array.shape != tuple(case["shape"]) or array.dtype.name != case["dtype"]:
        found.append("form")
    if flat[: len(case["first"])].tolist() != case["first"]:
        found.append("first")
    if flat[-1].item() != case["last"]:
        found.append("last")
    if hashlib.sha256(array.data).hexdigest() != case["sha256"]:
        found.append("sha256")
    return found


def test_what_is_left_out_is_exactly_what_is_not_registered():
    """The list of absent initializers shrinks as soon as one of them is added."""
    recorded = {class_of(case) for case in GOLDEN["cases"]}
    ours = {cls.__name__ for cls in registered().values()}
    assert recorded - ours == ABSENT


def test_every_initializer_of_ours_is_compared():
    """Each registered class occurs among the recorded cases."""
    assert {cls.__name__ for cls in registered().values()} <= {class_of(case) for case in CASES}


def test_every_case_is_exact():
    """Only what is left out was recorded as approximate values."""
    assert [case["init"] for case in CASES if "compare" in case] == []
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=map(title, CASES))
def test_bits(case):
    """Every bit of the array is MindSpore's."""
    set_seed(case["seed"])
    array = np.empty(case["shape"], case["dtype"])
    build(case)(array)
    assert differences(case, array) == []


def test_one_wrong_bit_is_noticed():
    """The comparison catches the smallest change in the middle of an array."""
    case = next(case for case in CASES if case["init"] == "Normal()" and case["shape"] == [64])
    set_seed(case["seed"])
    array = np.empty(case["shape"], case["dtype"])
    build(case)(array)
    array.view(np.uint32)[32] ^= 1
    assert differences(case, array) == ["sha256"]


@pytest.mark.parametrize("name", ["mindspore-2.10", "mindspore-1"])
def test_profiles_change_only_what_they_are_for(name):
    """The laws are the same in every profile; the truncated normal's window alone is older in 1.x."""
    for case in CASES:
        law = build(case).distribution(case["shape"])
        with profile(name):
            other = build(case).distribution(case["shape"])
        if not is_random(law):
            assert type(other) is type(law)
        elif name == "mindspore-1" and class_of(case) == "TruncatedNormal":
            assert (other.low, other.high) == (-2 * law.sigma, 2 * law.sigma)
        else:
            assert other == law
