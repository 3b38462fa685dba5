"""Bad arguments of every constructor: refused at construction, by name, with the value shown."""

from __future__ import annotations

import inspect
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from paraminit.describe.initializers import (
    ICNR,
    Constant,
    DeltaOrthogonal,
    Dirac,
    HeNormal,
    HeUniform,
    Identity,
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
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

# (class, argument): the smallest values that are refused
NONNEGATIVE = [(Uniform, "scale"), (Normal, "sigma"), (XavierUniform, "gain"), (XavierNormal, "gain")]
NONNEGATIVE += [(NumpyUniform, "scale")]
POSITIVE = [(TruncatedNormal, "sigma"), (TruncNormal, "std"), (VarianceScaling, "scale")]
FINITE = [(Normal, "mean"), (TruncatedNormal, "mean"), (TruncatedNormal, "a"), (TruncatedNormal, "b")]
FINITE += [(TruncNormal, name) for name in ("mean", "a", "b")]
FINITE += [(Orthogonal, "gain"), (DeltaOrthogonal, "gain"), (Identity, "gain")]
COUNTS = [(Dirac, "groups")]
ROWS = [(ZeroRow, "initializer"), (ZeroRow, "row")]
PAIRS = [(Sparse, "sparsity"), (Sparse, "sigma"), (ICNR, "initializer"), (ICNR, "upscale_factor")]
AXES = [(VarianceScaling, name) for name in ("in_axis", "out_axis", "batch_axis")]
SLOPES = [(HeUniform, "negative_slope"), (HeNormal, "negative_slope")]
CHOICES = [
    *((cls, name) for cls in (HeUniform, HeNormal) for name in ("mode", "nonlinearity")),
    *((VarianceScaling, name) for name in ("mode", "distribution")),
]
FREE = [(Constant, "value"), (Precise, "initializer")]  # tested on their own below
FLAGS = [(TruncatedNormal, "bounds_in_sigma")]


def each(*lists):
    pairs = list(itertools.chain(*lists))
    return pytest.mark.parametrize(
        ("cls", "name"), pairs, ids=[f"{cls.__name__}.{name}" for cls, name in pairs]
    )


def refusal(kind, cls, *arguments, **named):
    with pytest.raises(kind) as error:
        cls(*arguments, **named)
    return str(error.value)


def test_every_argument_is_covered():
    """A constructor's argument that occurs in no list above fails here."""
    arguments = {(cls, name) for cls in registered().values() for name in inspect.signature(cls).parameters}
    assert arguments == {
        *NONNEGATIVE,
        *POSITIVE,
        *FINITE,
        *SLOPES,
        *CHOICES,
        *FREE,
        *COUNTS,
        *PAIRS,
        *AXES,
        *FLAGS,
        *ROWS,
    }


@each(NONNEGATIVE, POSITIVE, FINITE)
@pytest.mark.parametrize(
    "value", ["0.1", True, np.True_, None, 1j, [0.1], np.array([0.1])], ids=lambda v: type(v).__name__
)
def test_no_real_number(cls, name, value):
    """Text, booleans, complex numbers and arrays are type errors."""
    assert refusal(ArgumentTypeError, cls, **{name: value}) == (
        f"{cls.__name__}: {name} must be a real number, got {value!r} of type {type(value).__name__}."
    )


@each(NONNEGATIVE, POSITIVE, FINITE)
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, np.float32("nan"), 10**400], ids=lambda v: str(v)[:4]
)
def test_not_finite(cls, name, value):
    """NaN, infinities and integers beyond every float."""
    assert refusal(ArgumentValueError, cls, **{name: value}) == (
        f"{cls.__name__}: {name} must be finite, got {value!r}."
    )


@each(FLAGS)
@pytest.mark.parametrize("value", [1, None, "yes"])
def test_no_flag(cls, name, value):
    """Only True and False."""
    assert refusal(ArgumentTypeError, cls, **{name: value}) == (
        f"{cls.__name__}: {name} must be a bool, got {value!r}."
    )


@pytest.mark.parametrize("value", [None, [1], np.zeros(2), Normal])
def test_precise_needs_an_initializer(value):
    """As every argument called initializer."""
    with pytest.raises(ArgumentTypeError, match=r"^init must be"):
        Precise(value)


@each(NONNEGATIVE)
def test_negative(cls, name):
    """A spread has no sign; 0 and a negative zero are accepted."""
    expected = f"{cls.__name__}: {name} must be 0 or more, got -0.1."
    assert refusal(ArgumentValueError, cls, **{name: -0.1}) == expected
    assert cls(0) == cls(-0.0)


@each(POSITIVE)
@pytest.mark.parametrize("value", [0, -0.0, -1.5])
def test_not_positive(cls, name, value):
    """Where 0 makes no sense it is refused."""
    expected = f"{cls.__name__}: {name} must be positive, got {value!r}."
    assert refusal(ArgumentValueError, cls, **{name: value}) == expected


@each(NONNEGATIVE, POSITIVE)
@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), np.int32(2), Fraction(1, 2)], ids=repr)
def test_every_real_number_type_is_accepted(cls, name, value):
    """NumPy's scalars and fractions give the bits of the same float."""
    shape = (4, 6)
    drawn = []
    for number in (value, float(value)):
        np.random.seed(1)
        drawn.append(np.empty(shape, np.float32))
        cls(**{name: number})(drawn[-1])
    assert np.array_equal(*drawn)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, -2), (0.0, -0.0)])
def test_an_empty_window(a, b):
    """a must be below b, at construction and with both values shown."""
    assert refusal(ArgumentValueError, TruncatedNormal, 0.01, 0.0, a, b) == (
        f"TruncatedNormal: a must be below b, got a={a!r} and b={b!r}."
    )


@each(COUNTS)
@pytest.mark.parametrize("value", ["1", 1.0, True, None, np.array([1])], ids=repr)
def test_counts_are_integers(cls, name, value):
    """No float, text or bool stands for a number of things."""
    assert refusal(ArgumentTypeError, cls, **{name: value}) == (
        f"{cls.__name__}: {name} must be an int, got {value!r} of type {type(value).__name__}."
    )


@each(COUNTS)
@pytest.mark.parametrize("value", [0, -1, np.int64(0)], ids=repr)
def test_counts_start_at_one(cls, name, value):
    """0 and negative counts; NumPy's integers are fine."""
    expected = f"{cls.__name__}: {name} must be 1 or more, got {value!r}."
    assert refusal(ArgumentValueError, cls, **{name: value}) == expected
    assert cls(**{name: np.int64(2)}) == cls(**{name: 2})


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((1.5,), ArgumentValueError, "sparsity must be from 0 to 1, got 1.5."),
        ((-0.5,), ArgumentValueError, "sparsity must be from 0 to 1, got -0.5."),
        ((math.nan,), ArgumentValueError, "sparsity must be finite, got nan."),
        (("0.5",), ArgumentTypeError, "sparsity must be a real number, got '0.5' of type str."),
        ((0.5, -1), ArgumentValueError, "sigma must be 0 or more, got -1."),
        ((0.5, math.inf), ArgumentValueError, "sigma must be finite, got inf."),
        ((0.5, None), ArgumentTypeError, "sigma must be a real number, got None of type NoneType."),
    ],
    ids=repr,
)
def test_bad_arguments_of_sparse(arguments, kind, message):
    """A share is from 0 to 1, a spread has no sign."""
    assert refusal(kind, Sparse, *arguments) == f"Sparse: {message}"


def test_bad_arguments_of_icnr():
    """What stands for no initializer, and no number of copies."""
    assert refusal(UnknownNameError, ICNR, "nromal").startswith("There is no initializer named 'nromal'.")
    assert refusal(ArgumentValueError, ICNR, "normal", 0) == "ICNR: upscale_factor must be 1 or more, got 0."


@each(AXES)
@pytest.mark.parametrize("value", [1.0, "1", None, True, (0, 1.5)], ids=repr)
def test_axes_are_integers(cls, name, value):
    """An int or several."""
    assert refusal(ArgumentTypeError, cls, **{name: value}) == (
        f"{cls.__name__}: {name} must be an int or ints, got {value!r}."
    )


@each(SLOPES)
@pytest.mark.parametrize("value", ["0.2", True, math.nan, math.inf], ids=repr)
def test_bad_slopes(cls, name, value):
    """The initializer is named, not a helper."""
    assert refusal(ArgumentValueError, cls, value) == (
        f"{cls.__name__}: negative_slope must be a finite number, got {value!r}."
    )


@pytest.mark.parametrize("cls", [HeUniform, HeNormal])
def test_bad_choices_of_he(cls):
    """Unknown modes and activations."""
    name = cls.__name__
    assert refusal(ArgumentValueError, cls, mode="fan_avg") == (
        f"{name}: mode must be 'fan_in' or 'fan_out', got 'fan_avg'."
    )
    assert refusal(ArgumentTypeError, cls, mode=None) == (
        f"{name}: mode must be 'fan_in' or 'fan_out', got None."
    )
    assert refusal(UnknownNameError, cls, nonlinearity="rleu") == (
        f"{name}: There is no nonlinearity named 'rleu'. Did you mean 'relu'?"
    )
    assert refusal(UnknownNameError, cls, nonlinearity="RELU").startswith(
        f"{name}: There is no nonlinearity named 'RELU'. Did you mean 'relu'"
    )
    assert refusal(ArgumentTypeError, cls, nonlinearity=None) == (
        f"{name}: nonlinearity must be a str, got None."
    )


@pytest.mark.parametrize("value", ["fan_inn", "FAN_IN", None, ["fan_in"]], ids=repr)
def test_bad_modes_of_variance_scaling(value):
    """The accepted names are listed."""
    assert refusal(ArgumentValueError, VarianceScaling, mode=value) == (
        f"VarianceScaling: mode must be one of 'fan_in', 'fan_out', 'fan_avg', 'fan_geo_avg', got {value!r}."
    )


@pytest.mark.parametrize("value", ["truncated_norm", "normal", None, []], ids=repr)
def test_bad_distributions_of_variance_scaling(value):
    """The accepted names are listed."""
    assert refusal(ArgumentValueError, VarianceScaling, distribution=value) == (
        "VarianceScaling: distribution must be one of 'uniform', 'truncated_normal', "
        f"'untruncated_normal', got {value!r}."
    )


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("1", ArgumentValueError, "Constant: value must be a number or an array, got '1'."),
        ([1.0], ArgumentValueError, "Constant: value must be a number or an array, got [1.0]."),
        (None, ArgumentTypeError, "Constant: value must be real, got None."),
        (1j, ArgumentTypeError, "Constant: value must be real, got 1j."),
        (np.array([1j]), ArgumentTypeError, "Constant: value must be real, got array([0.+1.j])."),
        (np.array(["a"]), ArgumentTypeError, "Constant: value must be real, got array(['a'], dtype='<U1')."),
    ],
    ids=lambda v: repr(v) if not isinstance(v, type) else "",
)
def test_bad_constants(value, kind, message):
    """Text, sequences, complex numbers and None."""
    assert refusal(kind, Constant, value) == message


@pytest.mark.parametrize("cls", [Zero, One])
def test_no_arguments(cls):
    """Initializers without arguments refuse any."""
    with pytest.raises(TypeError):
        cls(1)


@pytest.mark.parametrize(
    ("init", "message"),
    [
        (Normal(1e39), "a normal distribution needs sigma within the range of float32, got 1e+39."),
        (Normal(1, -1e39), "a normal distribution needs mean within the range of float32, got -1e+39."),
        (Uniform(1e300), "a uniform distribution needs low within the range of float32, got -1e+300."),
        (
            TruncatedNormal(1e-50),
            "sigma of a truncated normal must be positive (as a float32), got 1e-50. "
            "For a constant use Constant(mean).",
        ),
    ],
    ids=repr,
)
def test_beyond_float32(init, message):
    """Streams are defined on float32 arguments; others are refused before a key is drawn."""
    np.random.seed(1)
    before = np.random.get_state()[2]
    array = np.zeros(4, np.float32)
    assert refusal(ArgumentValueError, init, array) == message
    assert not array.any()
    assert np.random.get_state()[2] == before


@pytest.mark.parametrize("row", [None, True, 1.0, "0"])
def test_rows_are_ints(row):
    """Booleans, floats and text are no rows."""
    assert refusal(ArgumentTypeError, ZeroRow, "ones", row) == f"ZeroRow: row must be an int, got {row!r}."


@pytest.mark.parametrize("row", [3, -4])
def test_rows_exist(row):
    """From either end."""
    said = refusal(ArgumentValueError, ZeroRow("ones", row), np.empty((3, 2), np.float32))
    assert said == f"ZeroRow: a tensor of shape (3, 2) has no row {row}."
