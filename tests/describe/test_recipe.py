"""Recipe: what is checked when it is made, when its key is drawn, and its values."""

from __future__ import annotations

import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

from paraminit.describe.initializers import (
    ICNR,
    Constant,
    DeltaOrthogonal,
    Dirac,
    GlorotNormal,
    HeNormal,
    HeUniform,
    Identity,
    Initializer,
    LecunNormal,
    LecunUniform,
    Normal,
    NumpyUniform,
    One,
    Orthogonal,
    Precise,
    Sparse,
    TruncatedNormal,
    TruncNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zero,
    ZeroRow,
    registered,
)
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import distributions
from paraminit.fill.keys import next_key, set_seed
from paraminit.profiles import profile

F32 = np.dtype("float32")
RANDOM = [
    Uniform(),
    Normal(),
    TruncatedNormal(),
    XavierUniform(),
    XavierNormal(),
    HeUniform(),
    HeNormal(),
    VarianceScaling(),
    Normal(0.0),
    Uniform(0),
    Orthogonal(),
    LecunNormal(),
    LecunUniform(),
    GlorotNormal(),
    DeltaOrthogonal(),
    ICNR(HeNormal()),
    TruncNormal(),
    Precise(Normal()),
    ZeroRow(Normal(), 1),
]
FIXED = [
    Zero(),
    One(),
    Constant(3),
    Identity(),
    Constant(np.ones((4, 6))),
    Dirac(),
    ICNR("ones"),
    ZeroRow("ones", 1),
]
SPARSE = Sparse(0.5)  # draws more than a key
NUMPY = NumpyUniform()  # draws its values instead of a key
FIT = {
    Dirac: lambda shape: (*shape, 3),
    DeltaOrthogonal: lambda shape: (max(shape), min(shape), 3, 3),
    ICNR: lambda shape: (4 * shape[0], shape[1]),
}


class Custom(Initializer):
    def _initialize(self, arr):
        arr[...] = np.random.random(arr.shape)


def fitted(init, shape):
    """A shape of this init's rank."""
    return FIT.get(type(init), tuple)(shape)


def keys_drawn(action):
    """How many keys an action takes from the global generator."""
    set_seed(3)
    action()
    after = next_key()
    set_seed(3)
    for count in range(5):
        if next_key() == after:
            return count
    raise AssertionError("the generator was used for something else than keys")


def test_every_registered_class_is_here():
    """A new initializer must say whether it draws a key."""
    assert {type(init) for init in [*RANDOM, *FIXED, SPARSE, NUMPY]} == set(registered().values())


@pytest.mark.parametrize("shape", [(4, 6), (0, 6)], ids=str)
@pytest.mark.parametrize("init", RANDOM, ids=repr)
def test_random_recipes_draw_one_key(init, shape):
    """One key when declared, or when filled undeclared; none for describing or filling again."""
    shape = fitted(init, shape)
    recipe = Recipe(init, shape, F32)
    assert keys_drawn(lambda: Recipe(init, shape, F32).mean) == 0
    assert keys_drawn(recipe.declared) == 1
    assert keys_drawn(recipe.values) == 1
    declared = recipe.declared()
    assert keys_drawn(declared.declared) == 0
    assert keys_drawn(declared.values) == 0
    assert recipe.key is None  # declared() made another recipe


@pytest.mark.parametrize("init", FIXED, ids=repr)
def test_constant_recipes_draw_none(init):
    """No randomness, no key."""
    recipe = Recipe(init, fitted(init, (4, 6)), F32)
    assert recipe.declared() is recipe
    assert keys_drawn(recipe.declared) == 0
    assert keys_drawn(recipe.values) == 0


def test_custom_recipes_draw_none():
    """A custom initializer uses NumPy's generator when it runs, as in MindSpore."""
    recipe = Recipe(Custom(), (2, 3), F32)
    assert recipe.declared() is recipe
    assert (recipe.mean, recipe.std) == (None, None)
    np.random.seed(1)
    expected = np.random.random((2, 3)).astype(F32)
    np.random.seed(1)
    assert np.array_equal(recipe.values(), expected)


def test_the_1x_stream_has_no_keys():
    """Under the older profile nothing is drawn before the fill."""
    recipe = Recipe(Normal(), (4,), F32)
    with profile("mindspore-1"):
        assert recipe.declared() is recipe
        assert keys_drawn(recipe.declared) == 0


def test_numpys_uniforms_are_drawn_when_declared():
    """numpy.random.uniform, of the size of the tensor, and nothing else; afterwards they are the recipe's."""
    set_seed(3)
    expected, after = np.random.uniform(-0.5, 0.5, 70_000).astype(F32), np.random.random()
    set_seed(3)
    recipe = Recipe(NumpyUniform(0.5), (700, 100), F32)
    assert recipe.key is None
    declared = recipe.declared()
    assert np.random.random() == after
    assert recipe.key is None  # declared() made another recipe
    twins = [declared, pickle.loads(pickle.dumps(declared)), copy.deepcopy(declared)]
    for twin in twins:
        assert twin == declared
        assert twin.values().tobytes() == expected.tobytes()
    set_seed(3)
    assert recipe.declared() == declared
    assert recipe.declared() != declared  # the next one draws other numbers


def test_numpys_uniforms_under_a_key_by_name():
    """NumPy's generator seeded with the halves of the key; the global one is not asked."""
    set_seed(3)
    values, after = Recipe(NumpyUniform(2), (5,), F32, key=0x0123456789ABCDEF).values(), np.random.random()
    expected = np.random.RandomState([0x89ABCDEF, 0x01234567]).uniform(-2, 2, 5)
    assert values.tobytes() == expected.astype(F32).tobytes()
    set_seed(3)
    assert np.random.random() == after


def test_what_1x_has_no_stream_for_is_declared_in_its_profile_too():
    """NumPy's uniforms come from the same draws in either, so they need not wait for the fill."""
    set_seed(8)
    eager = Recipe(NUMPY, (4, 6), F32).values()
    set_seed(8)
    with profile("mindspore-1"):
        declared = Recipe(NUMPY, (4, 6), F32).declared()
        set_seed(99)
        assert declared.values().tobytes() == eager.tobytes()


@pytest.mark.parametrize("init", [*RANDOM, SPARSE, NUMPY], ids=repr)
def test_the_moment_of_filling_does_not_matter_once_declared(init):
    """Declared recipes filled in any order give the values of filling at once in declaration order."""
    set_seed(8)
    shape = fitted(init, (4, 6))
    eager = [Recipe(init, shape, F32).values() for _ in range(3)]
    set_seed(8)
    declared = [Recipe(init, shape, F32).declared() for _ in range(3)]
    set_seed(99)
    late = [recipe.values() for recipe in reversed(declared)][::-1]
    for one, other in zip(eager, late, strict=True):
        assert one.tobytes() == other.tobytes()


def test_values():
    """A fresh array of shape and dtype; the key alone decides it."""
    recipe = Recipe(Normal(1.0), (2, 3), np.dtype(ml_dtypes.bfloat16), key=1)
    array = recipe.values()
    assert array.shape == (2, 3)
    assert array.dtype == ml_dtypes.bfloat16
    float32 = Recipe(Normal(1.0), (6,), F32, key=1).values()
    assert float32[:4].tolist() == [np.float32(v) for v in (2.3878284, 0.28183395, -0.3086618, 2.2804048)]
    assert array.tobytes() == float32.astype(ml_dtypes.bfloat16).tobytes()
    array[...] = 0
    assert recipe.values().any()


def test_given_fans_decide():
    """Fans of the layer's meaning replace those of the shape."""
    recipe = Recipe(HeNormal(nonlinearity="linear"), (100, 100), F32, key=1, fans=Fans(4, 9))
    assert recipe.law == distributions.Normal(0.0, 0.5)
    assert recipe.std == 0.5


@pytest.mark.parametrize(
    ("init", "shape", "dtype", "kind", "message"),
    [
        (XavierUniform(), (3,), "float32", ArgumentValueError, "XavierUniform needs a tensor of 2 or more"),
        (Identity(), (3,), "float32", ArgumentValueError, "Identity needs a tensor of exactly 2 dimensions"),
        (Normal(), (3,), "int32", ArgumentTypeError, "random real numbers, which int32 cannot hold"),
        (Constant(0.5), (3,), "int8", ArgumentTypeError, "0.5 is no whole number, which int8 needs"),
        (Constant(300), (3,), "uint8", ArgumentValueError, "300 is beyond the range of uint8, 0 to 255"),
        (Constant(np.ones(2)), (3,), "float32", ArgumentValueError, r"shape \(2,\), the parameter \(3,\)"),
    ],
    ids=lambda value: repr(value) if isinstance(value, Initializer) else None,
)
def test_what_does_not_fit_is_refused_when_described(init, shape, dtype, kind, message):
    """Shape and dtype are checked before there is any memory, and no key is drawn."""

    def describe():
        with pytest.raises(kind, match=message):
            Recipe(init, shape, np.dtype(dtype))

    assert keys_drawn(describe) == 0


def test_an_abstract_initializer_has_no_recipe():
    """Neither ``_initialize`` nor ``distribution``: nothing to describe."""
    with pytest.raises(NotImplementedError, match="Initializer must override _initialize"):
        Recipe(Initializer(), (3,), F32)


def test_value_semantics():
    """Equal by what was given, hashable, and the same after pickling and copying."""
    recipe = Recipe(HeNormal(), (4, 6), F32, key=7)
    for twin in (
        Recipe(HeNormal(), (4, 6), F32, key=7),
        pickle.loads(pickle.dumps(recipe)),
        copy.deepcopy(recipe),
    ):
        assert twin == recipe
        assert hash(twin) == hash(recipe)
        assert twin.values().tobytes() == recipe.values().tobytes()
    for other in (
        Recipe(HeNormal(0.1), (4, 6), F32, key=7),
        Recipe(HeNormal(), (6, 4), F32, key=7),
        Recipe(HeNormal(), (4, 6), np.dtype("float64"), key=7),
        Recipe(HeNormal(), (4, 6), F32, key=8),
        Recipe(HeNormal(), (4, 6), F32, key=7, fans=Fans(6, 4)),
    ):
        assert other != recipe


@pytest.mark.parametrize("init", [Identity(), Custom()], ids=repr)
def test_recipes_whose_law_is_a_function_can_be_pickled(init):
    """The law is not stored; it follows from the rest."""
    recipe = Recipe(init, (4, 6), F32)
    twin = pickle.loads(pickle.dumps(recipe))
    assert twin == recipe
    set_seed(1)
    expected = recipe.values()
    set_seed(1)
    assert np.array_equal(twin.values(), expected)


def test_the_profile_at_description_decides_the_law():
    """VarianceScaling's truncated normal is MindSpore's uniform under its own profile, bit for bit."""
    with profile("mindspore-2.10"):
        recipe = Recipe(VarianceScaling(), (2, 3), F32)
    set_seed(0)
    expected = [[0.49535394, -0.03666719, 0.23151064], [-0.084248975, 0.39260703, -0.26104233]]
    assert recipe.values().tolist() == np.array(expected, np.float32).tolist()
    assert isinstance(Recipe(VarianceScaling(), (2, 3), F32).law, distributions.TruncatedNormal)


@pytest.mark.parametrize("key", [-1, 2**64])
def test_a_key_out_of_range_is_refused_whatever_the_size(key):
    for size in (2, 2**17):
        with pytest.raises(ArgumentValueError, match="key must be from 0"):
            Recipe(Normal(1.0), (size,), np.dtype("float32"), key=key).values()
