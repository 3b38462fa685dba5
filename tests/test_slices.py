"""Parts of a recipe: N-D indices to runs, what is refused, and that only the part is computed."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paraminit.describe.initializers import Constant, Initializer, Normal, Orthogonal
from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.place.slices import part
from paraminit.profiles import profile

F32 = np.dtype("float32")


@st.composite
def indexed(draw):
    """A shape and an index that NumPy accepts for it."""
    shape = tuple(draw(st.lists(st.integers(0, 5), max_size=4)))
    items = []
    for size in shape:
        choices = [st.just(slice(None))]
        bound = st.none() | st.integers(-size - 1, size + 1)
        choices.append(st.builds(slice, bound, bound))
        if size:
            choices.append(st.integers(-size, size - 1))
        items.append(draw(st.one_of(choices)))
    items = items[: draw(st.integers(0, len(items)))]
    if draw(st.booleans()):
        items.insert(draw(st.integers(0, len(items))), Ellipsis)
    if items.count(Ellipsis) and any(item is not Ellipsis for item in items):
        at = items.index(Ellipsis)  # NumPy's check of an int after the dots is against another dimension
        items = [*items[: at + 1]]
    return shape, tuple(items)


@settings(max_examples=200, deadline=None)
@given(indexed())
def test_runs_are_numpys_elements(case):
    """The runs list, in order, the flat indices that NumPy's indexing selects."""
    shape, index = case
    flat = np.arange(math.prod(shape)).reshape(shape)
    where = part(shape, index)
    runs = where.runs()
    found = [start + i for start, length in runs.tolist() for i in range(length)]
    assert found == np.asarray(flat[index]).ravel().tolist()
    assert where.shape == np.asarray(flat[index]).shape
    assert flat[where.slices].size == len(found)


@pytest.mark.parametrize(
    ("shape", "index", "runs"),
    [
        ((5, 6), np.s_[1:3], [[6, 12]]),
        ((5, 6), np.s_[1:3, :], [[6, 12]]),
        ((5, 6), np.s_[:, 2:4], [[2, 2], [8, 2], [14, 2], [20, 2], [26, 2]]),
        ((2, 3, 4), np.s_[1, 1:], [[16, 8]]),
        ((2, 3, 4), np.s_[..., 0], [[n, 1] for n in range(0, 24, 4)]),
        ((2, 3, 4), np.s_[:, 1:2], [[4, 4], [16, 4]]),
        ((), (), [[0, 1]]),
        ((7,), np.s_[-1], [[6, 1]]),
        ((7, 0), np.s_[2:], []),
    ],
    ids=str,
)
def test_runs_are_as_long_as_they_can_be(shape, index, runs):
    """Dimensions taken in full are merged."""
    assert part(shape, index).runs().tolist() == runs


@pytest.mark.parametrize(
    ("index", "kind", "message"),
    [
        (
            np.s_[::2],
            ArgumentValueError,
            "a slice must have step 1, got slice(None, None, 2) for dimension 0.",
        ),
        (np.s_[:, ::-1], ArgumentValueError, "a slice must have step 1"),
        (5, ArgumentValueError, "the index 5 is out of range for dimension 0 of size 5."),
        ((0, -7), ArgumentValueError, "the index -7 is out of range for dimension 1 of size 6."),
        ((0, 0, 0), ArgumentValueError, "the index (0, 0, 0) does not fit a tensor of shape (5, 6)."),
        ((..., ...), ArgumentValueError, "the index (Ellipsis, Ellipsis) does not fit"),
        (True, ArgumentTypeError, "an index must be an int or a slice, got True for dimension 0."),
        (None, ArgumentTypeError, "an index must be an int or a slice, got None for dimension 0."),
        (1.0, ArgumentTypeError, "an index must be an int or a slice, got 1.0 for dimension 0."),
        ([0, 1], ArgumentTypeError, "an index must be an int or a slice, got [0, 1] for dimension 0."),
        (np.s_[1.5:], ArgumentTypeError, "a slice needs ints, got slice(1.5, None, None) for dimension 0."),
    ],
    ids=str,
)
def test_other_indices_are_refused(index, kind, message):
    """By name, with the dimension."""
    with pytest.raises(kind) as error:
        Recipe(Normal(), (5, 6), F32, key=1)[index]
    assert str(error.value).startswith(message)


def test_only_the_part_is_computed():
    """A few elements of a tensor of 4 TB."""
    recipe = Recipe(Normal(1.0), (2**20, 2**20), F32, key=1)
    assert recipe[0, :2].tolist() == Recipe(Normal(1.0), (2,), F32, key=1).values().tolist()  # loads kernels
    tracemalloc.start()
    try:
        corner = recipe[-2:, -3:]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert corner.shape == (2, 3)
    assert peak < 2**20


@pytest.mark.parametrize("init", [Normal(), Orthogonal()], ids=repr)
def test_a_part_needs_a_key(init):
    """Without one, each part would have another; declared() draws it."""
    recipe = Recipe(init, (5, 6), F32)
    before = np.random.get_state()[2]
    with pytest.raises(ArgumentValueError, match=r"Take parts of recipe\.declared\(\)\.$"):
        recipe[1:]
    assert np.random.get_state()[2] == before
    declared = recipe.declared()
    assert declared[1:].tobytes() == np.ascontiguousarray(declared.values()[1:]).tobytes()
    with profile("mindspore-1"), pytest.raises(ArgumentValueError, match="other than 'mindspore-1'"):
        recipe[1:]


def test_scalars_and_customs():
    """An int for every dimension gives an array of none; a custom initializer runs as a whole, once."""
    runs = []

    class Ramp(Initializer):
        def _initialize(self, arr):
            runs.append(arr.shape)
            arr[...] = np.arange(arr.size).reshape(arr.shape)

    recipe = Recipe(Ramp(), (4, 5), F32)
    with pytest.raises(ArgumentValueError, match=r"Ramp.* has no key yet.*Plan with a seed"):
        recipe[0]  # for all we know it draws
    assert runs == []
    recipe = recipe.keyed_by_name(1, "weight")
    assert recipe[2, 1:3].tolist() == [11, 12]
    assert runs == [(4, 5)]
    one = Recipe(Constant(3), (4, 5), F32)[1, 2]
    assert one.shape == ()
    assert one == 3


def test_a_recipe_is_no_sequence():
    """Iterating would fill a row at a time without saying so."""
    with pytest.raises(TypeError, match="not iterable"):
        iter(Recipe(Normal(), (5, 6), F32, key=1))
