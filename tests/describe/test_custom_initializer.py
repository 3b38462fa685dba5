"""Initializers of one's own: what works, and that what goes wrong leaves the tensor as it was."""

from __future__ import annotations

import copy
import math
import pickle

import ml_dtypes
import numpy as np
import pytest

from paraminit.describe.initializers import Constant, Initializer, Normal, Uniform
from paraminit.describe.initializers.custom import _assignment, _calculate_fan_in_and_fan_out
from paraminit.errors import ArgumentTypeError, ArgumentValueError, InitializationError
from paraminit.fill import distributions
from paraminit.fill.keys import set_seed

DTYPES = [
    np.dtype(name)
    for name in (
        "float16",
        "float32",
        "float64",
        ml_dtypes.bfloat16,
        ml_dtypes.float8_e4m3fn,
        ml_dtypes.float8_e5m2,
        "complex64",
        "int8",
        "int32",
        "bool",
    )
]


class XavierNormal(Initializer):
    """As the tutorial writes it."""

    def __init__(self, gain=1):
        super().__init__()
        self.gain = gain

    def _initialize(self, arr):
        fan_in, fan_out = _calculate_fan_in_and_fan_out(arr.shape)
        std = self.gain * math.sqrt(2.0 / float(fan_in + fan_out))
        data = np.random.normal(0, std, arr.shape)
        _assignment(arr, data)


class Ramp(Initializer):
    def _initialize(self, arr):
        arr[...] = np.arange(arr.size).reshape(arr.shape) % 2


def filled(init, shape, dtype=np.float32, seed=1):
    set_seed(seed)
    array = np.empty(shape, dtype)
    init(array)
    return array


def refused(init, kind, dtype=np.float32, shape=(2, 3)):
    """The error; the target keeps its values, whatever its strides."""
    for target in (np.ones(shape, dtype), np.ones(shape[::-1], dtype).T):
        with pytest.raises(kind) as caught:
            init(target)
        assert (target == 1).all()
    return caught.value


# ---- what works ---------------------------------------------------------------------------------------


def test_the_tutorials_initializer():
    """The values are NumPy's, cast to the parameter's dtype; no key is drawn beside them."""
    np.random.seed(1)
    expected = np.random.normal(0, 2 * math.sqrt(2 / 90), (40, 50))
    after = np.random.random()
    assert np.array_equal(filled(XavierNormal(2), (40, 50)), expected.astype(np.float32))
    assert np.random.random() == after


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_arr_has_the_parameters_dtype(dtype):
    """``_initialize`` gets a writable NumPy array of the target's shape and dtype, integers included."""
    seen = []

    class Looks(Ramp):
        def _initialize(self, arr):
            seen.append((type(arr), arr.shape, arr.dtype, arr.flags.writeable, arr.flags.c_contiguous))
            super()._initialize(arr)

    assert filled(Looks(), (2, 3), dtype).tolist() == [[0, 1, 0], [1, 0, 1]]
    assert seen == [(np.ndarray, (2, 3), dtype, True, True)]


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0), (2, 1, 2)], ids=str)
def test_shapes(shape):
    """Scalars and empty tensors are assigned like any other."""
    assert filled(Ramp(), shape).tolist() == (np.arange(math.prod(shape)) % 2).reshape(shape).tolist()


def test_a_view_is_filled_in_its_own_order():
    """A custom initializer reaches strided memory and nothing beside it."""
    base = np.full((4, 6), 9.0, np.float32)
    Ramp()(base[:, ::2])
    assert base[0].tolist() == [0, 9, 1, 9, 0, 9]
    assert base[1].tolist() == [1, 9, 0, 9, 1, 9]


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype.kind not in "iub"], ids=str)
def test_nan_is_a_value_like_any_other(dtype):
    """NaN that was assigned is not taken for memory that was not."""

    class Missing(Initializer):
        def _initialize(self, arr):
            arr[...] = np.nan

    assert np.isnan(filled(Missing(), (2, 3), dtype)).all()


def test_returning_arr_itself_is_fine():
    """As ``return _assignment(arr, values)`` does."""

    class Returns(Initializer):
        def _initialize(self, arr):
            return _assignment(arr, 0)

    assert filled(Returns(), (2, 3)).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert filled(Returns(), (3,), np.int32).tolist() == [0, 0, 0]


def test_without_the_bases_constructor():
    """``super().__init__()`` may be forgotten: repr, equality, copies and the fill still work."""

    class Forgets(Initializer):
        def __init__(self, value):
            self.value = value

        def _initialize(self, arr):
            arr[...] = self.value

    init = Forgets(3)
    assert filled(init, (2,)).tolist() == [3, 3]
    assert repr(init) == "Forgets(value=3)"
    assert init == Forgets(3) == copy.deepcopy(init)
    assert init != Forgets(4)


def test_keywords_of_the_base():
    """What is handed to the base's constructor shows in the repr and counts for equality."""

    class Keeps(Ramp):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)

    assert repr(Keeps(power=2)) == "Keeps(power=2)"
    assert Keeps(power=2) == Keeps(power=2) != Keeps(power=3)


def test_a_repr_that_cannot_evaluate_is_the_plain_one():
    """Arguments that are not kept under their names are not invented."""

    class Renames(Ramp):
        def __init__(self, power):
            super().__init__()
            self._exponent = power

    assert repr(Renames(2)).startswith("<")
    assert Renames(2) == Renames(2) != Renames(3)


def test_pickle():
    """A custom initializer of a module survives pickling."""
    twin = pickle.loads(pickle.dumps(XavierNormal(2)))
    assert twin == XavierNormal(2)
    assert np.array_equal(filled(twin, (4, 5)), filled(XavierNormal(2), (4, 5)))


def test_initialize_over_a_built_in_one():
    """A subclass of a built-in initializer may override ``_initialize`` and call the built-in's."""

    class Doubled(Uniform):
        def _initialize(self, arr):
            super()._initialize(arr)
            arr *= 2

    assert np.array_equal(filled(Doubled(1.0), (5,)), 2 * filled(Uniform(1.0), (5,)))
    assert Doubled().distribution((5,)) == distributions.Uniform(-0.07, 0.07)
    with pytest.raises(ArgumentTypeError, match="Doubled makes random real numbers, which int32 cannot hold"):
        Doubled()(np.zeros(3, np.int32))


def test_distribution_over_a_built_in_one():
    """A subclass may instead say what the values are; nearer overrides win over farther ones."""

    class Wide(Normal):
        def distribution(self, shape, fans=None):
            return distributions.Uniform(-self.sigma, self.sigma)

    class Custom(Wide):
        def _initialize(self, arr):
            arr[...] = 7

    class Back(Custom):
        def distribution(self, shape, fans=None):
            return distributions.Constant(5)

    assert np.array_equal(filled(Wide(0.5), (9,)), filled(Uniform(0.5), (9,)))
    assert filled(Custom(0.5), (2,)).tolist() == [7, 7]
    assert filled(Back(0.5), (2,)).tolist() == [5, 5]


# ---- what goes wrong ----------------------------------------------------------------------------------


class Returns(Initializer):
    def _initialize(self, arr):
        return np.full(arr.shape, 5).astype(arr.dtype)


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != np.bool_], ids=str)
def test_returning_instead_of_assigning(dtype):
    """The error says what to write."""
    assert str(refused(Returns(), InitializationError, dtype)) == (
        "Returns._initialize returned an array instead of assigning to arr. "
        "Write `arr[...] = values` or `_assignment(arr, values)`."
    )


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype.kind not in "iub"], ids=str)
@pytest.mark.parametrize("assigned", [0, 1, 5])
def test_assigning_a_part(dtype, assigned):
    """Elements that nobody assigned to are counted."""

    class Part(Initializer):
        def _initialize(self, arr):
            arr.reshape(-1)[:assigned] = 0

    assert str(refused(Part(), InitializationError, dtype)) == (
        f"Part._initialize left {6 - assigned} of 6 elements unassigned. "
        "Assign every element of arr: `arr[...] = values`."
    )


def test_assigning_the_real_parts():
    """A complex element is assigned only when both of its parts are."""

    class Real(Initializer):
        def _initialize(self, arr):
            arr.real = 1

    assert "left 6 of 6 elements" in str(refused(Real(), InitializationError, np.complex64))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_changing_what_was_never_assigned(dtype):
    """Arithmetic on fresh memory is no assignment: there is nothing to add to."""

    class Adds(Initializer):
        def _initialize(self, arr):
            arr += 1

    assert "left 6 of 6 elements" in str(refused(Adds(), InitializationError, dtype))


def test_giving_the_name_another_array():
    """``arr = values`` binds a name and assigns nothing."""

    class Rebinds(Initializer):
        def _initialize(self, arr):
            arr = np.zeros(arr.shape)

    assert "left 6 of 6 elements unassigned" in str(refused(Rebinds(), InitializationError))


def test_returning_a_list():
    """Whatever is returned does not stand in for assigning."""

    class Lists(Initializer):
        def _initialize(self, arr):
            return [0.0] * arr.size

    assert "left 6 of 6 elements unassigned" in str(refused(Lists(), InitializationError))


NOTE = "raised by {name}._initialize for an array of shape (2, 3) and dtype float32; nothing was initialized."


def test_a_wrong_shape():
    """NumPy's error passes, with a note that names the class, the shape and the dtype."""

    class Square(Initializer):
        def _initialize(self, arr):
            arr[...] = np.zeros((5, 5))

    error = refused(Square(), ValueError)
    assert "could not broadcast" in str(error)
    assert error.__notes__ == [NOTE.format(name="Square")]


def test_a_wrong_shape_through_assignment():
    """``_assignment`` names both shapes."""

    class Square(Initializer):
        def _initialize(self, arr):
            _assignment(arr, np.zeros((5, 5)))

    assert str(refused(Square(), ArgumentValueError)) == (
        "_assignment: values of shape (5, 5) do not fit an array of shape (2, 3): "
        "could not broadcast input array from shape (5,5) into shape (2,3)."
    )


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyError, RuntimeError])
def test_an_exception_keeps_its_type(kind):
    """What a custom initializer raises is what the caller gets, with a note."""

    class Fails(Initializer):
        def _initialize(self, arr):
            arr[...] = 0
            raise kind("told you")

    error = refused(Fails(), kind)
    assert type(error) is kind
    assert error.args == ("told you",)
    assert error.__notes__ == [NOTE.format(name="Fails")]


def test_the_abstract_class():
    """An Initializer without values says what to override."""

    class Nothing(Initializer):
        pass

    for init in (Initializer(), Nothing()):
        assert str(refused(init, NotImplementedError)) == (
            f"{type(init).__name__} must override _initialize(self, arr) and assign its values to arr."
        )


def test_super_of_the_abstract_class():
    """There is nothing to call above a direct subclass."""

    class Calls(Initializer):
        def _initialize(self, arr):
            super()._initialize(arr)

    assert "Calls must override _initialize" in str(refused(Calls(), NotImplementedError))


# ---- _assignment --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (3, [3, 3]),
        (True, [1, 1]),
        (np.float32(0.5), [0.5, 0.5]),
        (np.array(2.0), [2, 2]),
        ([1, 2], [1, 2]),
        (np.array([[4, 5]]), [4, 5]),
    ],
    ids=["int", "bool", "scalar", "0-d", "list", "broadcast"],
)
def test_assignment(values, expected):
    """Numbers and arrays that broadcast are written in place; the array itself comes back."""
    arr = np.zeros(2, np.float32)
    assert _assignment(arr, values) is arr
    assert arr.tolist() == expected


def test_assignment_to_a_scalar():
    """A 0-dimensional array is assigned too."""
    arr = np.zeros((), np.float32)
    assert _assignment(arr, 4) is arr
    assert arr == 4


def test_assignment_of_no_numbers():
    """Text is refused and the array keeps its values."""
    arr = np.ones(2, np.float32)
    with pytest.raises(ArgumentValueError) as error:
        _assignment(arr, "abc")
    assert str(error.value) == (
        "_assignment: values of shape () do not fit an array of shape (2,): "
        "could not convert string to float: 'abc'."
    )
    assert arr.tolist() == [1, 1]


def test_constants_of_a_custom_class_keep_their_own_name():
    """Errors about a subclass of a built-in one name the subclass."""

    class Half(Constant):
        def __init__(self):
            super().__init__(0.5)

    with pytest.raises(ArgumentTypeError, match=r"^Half\(\): 0.5 is no whole number"):
        Half()(np.zeros(2, np.int32))
