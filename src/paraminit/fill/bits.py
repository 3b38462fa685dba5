"""How the kernels are compiled, and the bits of a float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

__all__ = ["TWO_52", "WORD", "approximate", "bits_of", "entry", "exact", "float_of", "kernel", "masked"]

# error_model: a ZeroDivisionError is a branch, and a loop with a branch is not vectorised.
kernel = njit(nogil=True, error_model="numpy")

# Pieces of loops: a loop with a call in it is not vectorised either, hence forceinline. In an exact
# piece every operation is rounded on its own. An approximate piece may use fused multiply-add where the
# processor has it: a result that could depend on that is caught by the rounding test (transforms.py).
exact = njit(nogil=True, error_model="numpy", forceinline=True)
approximate = njit(nogil=True, error_model="numpy", forceinline=True, fastmath={"contract"})


def entry(function: Callable[..., Any]) -> Any:
    """A kernel that Python calls. Its machine code, that of the kernels it calls included, is kept on disk:
    in the installation, else in the user's cache folder, else (neither can be written) nowhere.
    """
    try:
        return njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # Numba found no folder
        return kernel(function)


def _float_of(typing_context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.uint64), generate


def _bits_of(typing_context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.uint64(types.float64), generate


float_of: Any = intrinsic(_float_of)  # the float64 with these 64 bits
bits_of: Any = intrinsic(_bits_of)  # the 64 bits of a float64

WORD = np.uint64(2**32 - 1)  # the bits of a word of the generator
TWO_52 = np.uint64(0x4330000000000000)  # bits of 2**52: with an integer in its mantissa, 2**52 + integer


@exact
def masked(bits: Any, mask: Any) -> Any:
    """Those of the bits that the mask has, all below 2**52, as float64: two instructions in any set, while
    only some can convert integers of 64 bits."""
    return float_of((bits & mask) | TWO_52) - 2.0**52
