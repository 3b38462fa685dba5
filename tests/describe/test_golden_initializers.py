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
from paraminit.fill.undivided import Keyed
from paraminit.profiles import profile

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "mindspore-2.10.json").read_text())
# initializers that MindSpore lacks
PEERS = {"LecunNormal", "LecunUniform", "GlorotNormal", "TruncNormal", "DeltaOrthogonal", "ICNR", "Precise"}
# What its recurrent layers draw, and its Embedding with padding; recorded with them.
UNNAMED = {"NumpyUniform", "ZeroRow"}


def class_of(case):
    return case["init"].split("(")[0]


def title(case):
    return f"{case['init']}-{case['dtype']}-{'x'.join(map(str, case['shape']))}"


CASES = [case for case in GOLDEN["cases"] if "compare" not in case]
CLOSE = [case for case in GOLDEN["cases"] if "compare" in case]


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


def test_every_initializer_of_either_side_is_compared():
    """What MindSpore recorded is registered; what is registered was recorded somewhere, or is a peer's."""
    recorded = {class_of(case) for case in GOLDEN["cases"]}
    assert {cls.__name__ for cls in registered().values()} == recorded | PEERS | UNNAMED


def test_all_but_the_orthogonal_cases_are_exact():
    """Only what LAPACK computes was recorded as approximate values."""
    assert {class_of(case) for case in CLOSE} == {"Orthogonal"}
    assert len(CASES) >= 300
    assert len(CLOSE) >= 20


@pytest.mark.parametrize("case", CASES, ids=map(title, CASES))
def test_bits(case):
    """Every bit of the array is MindSpore's."""
    set_seed(case["seed"])
    array = np.empty(case["shape"], case["dtype"])
    build(case)(array)
    assert differences(case, array) == []


@pytest.mark.parametrize("case", CLOSE, ids=map(title, CLOSE))
def test_orthogonal_matrices(case):
    """Within 2e-6 of MindSpore's float32 factorization, and half a unit of what the dtype rounds to."""
    set_seed(case["seed"])
    array = np.empty(case["shape"], case["dtype"])
    build(case)(array)
    recorded = np.array(case["values"])
    found = array.ravel()[: recorded.size].astype(np.float64)
    unit = np.finfo(np.float16).eps if case["dtype"] == "float16" else 0  # 2.10 rounded to it as well
    assert np.all(np.abs(found - recorded) <= 2e-6 + unit * np.abs(recorded))
    assert abs(float(array.ravel()[-1]) - case["last"]) <= 2e-6 + unit * abs(case["last"])


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
        elif isinstance(law, Keyed):  # holds a function
            assert (other.mean, other.std, other.shape) == (law.mean, law.std, law.shape)
        else:
            assert other == law
