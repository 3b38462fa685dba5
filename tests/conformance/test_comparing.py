"""The live comparison can fail: each way of being wrong is noticed, once. Needs no MindSpore."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from .comparing import differences
from .drawing import layer
from .our_side import Answers, ours

SURROUNDINGS = {"seed": 3, "seeding": "set_seed", "lazy": False}
CASES = [
    {"law": "normal", "key": 5, "arguments": [0.0, 1.0], "size": 9},
    {"init": "Normal(0.2)", "shape": [3, 2], "dtype": "bfloat16", **SURROUNDINGS},
    {"init": "Orthogonal(2.0)", "shape": [8, 8], "dtype": "float32", "orthogonal": 2.0, **SURROUNDINGS},
    {**layer("nn.BatchNorm2d(3, moving_mean_init='uniform')", [4, 3, 2, 2], train=True), **SURROUNDINGS},
    {**layer("nn.Dense(4, 3)", [2, 4]), **SURROUNDINGS, "lazy": True},
]
BOUND = 2e-5


def flip(array: np.ndarray) -> None:
    array.view(np.uint8)[..., 0].flat[-1] ^= 1


def add(by: float) -> Callable[[np.ndarray], None]:
    def change(array: np.ndarray) -> None:
        array.flat[0] += by * np.abs(array).max()

    return change


def spoil(array: np.ndarray) -> None:
    array.flat[0] = np.nan


@pytest.fixture(scope="module")
def answers() -> Answers:
    return {f"{n}{name}": array for n, case in enumerate(CASES) for name, array in ours(case).items()}


def test_nothing_is_found_where_nothing_differs(answers):
    assert [*differences(CASES, answers)] == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("0", flip),
        ("1", flip),
        ("4:weight", flip),
        ("3:moving_mean", flip),
        ("2", add(8e-6)),
        ("3>0.0", add(2 * BOUND)),
        ("3>2.0", add(-2 * BOUND)),
        ("3~moving_variance", add(2 * BOUND)),
        ("4>0.0", add(2 * BOUND)),
        ("4>0.0", spoil),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_changed_array_is_noticed(answers, name, change):
    changed = answers[name].copy()
    change(changed)
    found = [*differences(CASES, {**answers, name: changed})]
    assert len(found) == 1


def test_a_rounding_error_of_an_output_is_not(answers):
    changed = answers["4>0.0"].copy()
    add(BOUND / 2)(changed)
    assert [*differences(CASES, {**answers, "4>0.0": changed})] == []


def test_a_matrix_that_is_not_orthogonal_is_noticed():
    """Even if both sides agree on it."""
    same = {"2": ours(CASES[2])[""] * np.float32(1.00001)}
    assert [*differences([CASES[2]], {"0": same["2"]}, lambda case: {"": same["2"]})]


@pytest.mark.parametrize("name", ["0", "1", "3:gamma", "3names", "3>1.0", "3~moving_mean", "4>0.0"])
def test_a_missing_array_is_noticed(answers, name):
    fewer = {key: array for key, array in answers.items() if key != name}
    assert len([*differences(CASES, fewer)]) == 1
    more = {**answers, f"{name}.more": answers[name]}
    assert len([*differences(CASES, more)]) == 1


def test_another_shape_dtype_or_order_is_noticed(answers):
    for name, other in [
        ("4:weight", answers["4:weight"].T),
        ("4:bias", answers["4:bias"].astype(np.float64)),
        ("4names", answers["4names"][::-1]),
    ]:
        assert len([*differences(CASES, {**answers, name: other})]) == 1


def test_an_error_on_either_side_is_noticed(answers):
    assert len([*differences(CASES, {**answers, "4!": np.array("RuntimeError: no such operator")})]) == 1

    def fails(case):
        raise ValueError("here")

    assert len([*differences(CASES, answers, fails)]) == len(CASES)
