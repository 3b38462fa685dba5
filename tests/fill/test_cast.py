"""From float32 to the parameter's dtype."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest

from paraminit.errors import ArgumentTypeError
from paraminit.fill.cast import cast_into, check_dtype, constant_word
from paraminit.fill.distributions import Constant, Normal, Pattern, Uniform

NARROW = [np.dtype(ml_dtypes.bfloat16), np.dtype("float16"), np.dtype(ml_dtypes.float8_e5m2)]


def near_every_tie():
    """Around each of the 2**16 upper halves: the kept value, just below, at and above the tie."""
    upper = np.arange(2**16, dtype=np.uint32)[:, None] << 16
    words = (upper | np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)).ravel()
    values = words.view(np.float32)
    return values[~np.isnan(values)]


@pytest.mark.parametrize("dtype", [*NARROW, np.dtype(ml_dtypes.float8_e4m3fn)], ids=str)
def test_rounding_is_numpys(dtype):
    """Nearest even at every tie of bfloat16, subnormals, both zeros and the overflow to infinity."""
    values = near_every_tie()
    with np.errstate(over="ignore", invalid="ignore"):
        expected = values.astype(dtype)
    out = np.empty(values.size, dtype)
    cast_into(values, out)
    assert out.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float64", "complex64", "complex128", "int32", ">f4"])
def test_wider_dtypes_keep_the_value(dtype):
    """Float64 and complex hold every float32; whole numbers fit integers."""
    values = np.array([0.0, 1.0, -2.0, 3.0], np.float32)
    out = np.empty(4, dtype)
    cast_into(values, out)
    assert out.tolist() == values.tolist()


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (True, "float32", 1.0),
        (2**53 + 1, "int64", 2**53 + 1),
        (2**64 - 1, "uint64", 2**64 - 1),
        (-(2**63), "int64", -(2**63)),
        (3.0, "uint8", 3),
        (1, "bool", True),
        (1 + 2j, "complex64", 1 + 2j),
        (0.1, "float64", 0.1),
        (0.1, "float32", float(np.float32(0.1))),
        (math.inf, ml_dtypes.bfloat16, math.inf),
    ],
)
def test_constants(value, dtype, expected):
    """One element of the dtype, exact where the dtype can be."""
    word = constant_word(value, np.dtype(dtype))
    assert word.shape == (1,)
    assert word.dtype == dtype
    assert word[0] == expected


def test_complex_constants_need_a_complex_dtype():
    """An imaginary part is not dropped."""
    check_dtype(Constant(1j), np.dtype("complex64"), "Phase()")
    with pytest.raises(ArgumentTypeError) as error:
        check_dtype(Constant(1j), np.dtype("float32"), "Phase()")
    assert str(error.value) == "Phase(): 1j is complex, float32 is not."


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint8"])
def test_random_laws_need_a_floating_dtype(dtype):
    """The remedy is in the message."""
    for law in (Uniform(0, 1), Normal(0, 1)):
        with pytest.raises(ArgumentTypeError, match=f"Mine makes random real numbers, which {dtype} cannot"):
            check_dtype(law, np.dtype(dtype), "Mine")


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex128", ml_dtypes.float8_e4m3fn], ids=str)
def test_what_fits_passes(dtype):
    """Random laws into floating dtypes, and patterns into any."""
    for law in (Uniform(0, 1), Normal(0, 1), Constant(1), Constant(math.nan)):
        check_dtype(law, np.dtype(dtype), "Mine")
    check_dtype(Pattern(np.float32, 0, 0), np.dtype("int8"), "Mine")
