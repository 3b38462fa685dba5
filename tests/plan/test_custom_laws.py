"""Custom initializers under plans: they draw from global generators, and yet depend on their key alone."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import nn

import paraminit
from paraminit import plan
from paraminit.describe.initializers import ICNR, Initializer, ZeroRow
from paraminit.describe.initializers.custom import _init_random_normal


class FromNumpy(Initializer):
    def _initialize(self, arr):
        arr[...] = np.random.normal(size=arr.shape)


class FromPython(Initializer):
    def _initialize(self, arr):
        arr[...] = np.array([random.random() for _ in range(arr.size)]).reshape(arr.shape)


class FromTorch(Initializer):
    def _initialize(self, arr):
        arr[...] = torch.rand(arr.shape).numpy()


class FromMindSporesHelpers(Initializer):
    """As MindSpore's own initializers draw: the next key of the global generator."""

    def _initialize(self, arr):
        arr[...] = _init_random_normal(0.0, 1.0, arr.shape)


KINDS = [FromNumpy, FromPython, FromTorch, FromMindSporesHelpers]
WRAPPED = [*(kind() for kind in KINDS), ZeroRow(FromNumpy(), 0), ICNR(FromNumpy(), 2)]


def net(*names):
    return nn.ModuleDict({name: nn.Linear(3, 4) for name in names})


def values(made, names):
    return {name: made[name].values() for name in names}


def check_order_does_not_matter(init, values=values):
    """Two plans, filled in opposite orders after different seeds: the same bits, all layers different."""
    one, other = (plan(net(*names), {"*.bias": 0, "*": init}, seed=1) for names in ("abc", "cxa"))
    names = ["a.weight", "c.weight"]
    paraminit.set_seed(3)
    first = values(one, names)
    paraminit.set_seed(4)
    torch.rand(3)
    second = values(other, names[::-1])
    for name in names:
        assert first[name].tobytes() == second[name].tobytes()
    assert (first["a.weight"] != first["c.weight"]).any()


@pytest.mark.parametrize("init", WRAPPED, ids=repr)
def test_order_does_not_matter(init):
    check_order_does_not_matter(init)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_without_keys_it_would(kind):
    """Meta-test: filled as MindSpore fills them, the order shows."""

    def unkeyed(made, names):
        return {name: kind_values(made[name]) for name in names}

    def kind_values(recipe):
        array = np.empty(recipe.shape, recipe.dtype)
        recipe.initializer(array)
        return array

    with pytest.raises(AssertionError):
        check_order_does_not_matter(kind(), unkeyed)


def generators():
    return repr(np.random.get_state(legacy=False)), random.getstate(), torch.get_rng_state().tolist()


class Broken(Initializer):
    def _initialize(self, arr):
        arr[...] = np.random.normal() * (1 // 0)


@pytest.mark.parametrize("init", WRAPPED, ids=repr)
def test_the_global_generators_are_as_before(init):
    """Also NumPy's cached second normal, and when the initializer fails."""
    made = plan(net("a"), {"*.bias": 0, "*": init}, seed=1)["a.weight"]
    broken = plan(net("a"), {"*.bias": 0, "*": Broken()}, seed=1)["a.weight"]
    np.random.normal()
    before = generators()
    made.values()
    made[1:2]
    assert generators() == before
    with pytest.raises(ZeroDivisionError):
        broken.values()
    assert generators() == before


def test_another_kind_of_generator_stays_installed():
    """Somebody may have given NumPy's global functions another bit generator."""
    original = np.random.get_bit_generator()
    check_order_does_not_matter(FromNumpy())
    made = plan(net("a"), {"*.bias": 0, "*": FromNumpy()}, seed=1)["a.weight"]
    expected = made.values()
    try:
        installed = np.random.PCG64(3)
        np.random.set_bit_generator(installed)
        state = repr(installed.state)
        assert made.values().tobytes() == expected.tobytes()
        assert np.random.get_bit_generator() is installed
        assert repr(installed.state) == state
    finally:
        np.random.set_bit_generator(original)


def test_cells_without_a_seed_stay_as_in_mindspore():
    """A plan without a seed gives a custom initializer no key: it draws when it runs."""
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        cell = paraminit.nn.Dense(3, 4, weight_init=FromNumpy(), bias_init="zeros")
    recipe = plan(cell)["weight"]
    assert recipe.key is None
    assert (recipe.values() != recipe.values()).any()
    keyed = plan(cell, seed=1)["weight"]
    assert keyed.values().tobytes() == keyed.values().tobytes()
