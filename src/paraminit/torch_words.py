"""How torch's dtypes and shapes print in a MindSpore program: ``Float32`` and ``(2, 3)``.

The ``t.dtype`` and ``t.shape`` that a program under ``paraminit run`` prints are torch's objects, of classes
that are immutable. So the two slots that print are replaced in the classes themselves. Installed packages,
torch itself above all, read these words, and still get torch's.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch

from paraminit.dtype import dtype_name
from paraminit.errors import UnknownNameError

__all__ = ["print_as_mindspore"]

# What CPython calls the slots, and a class whose two slots hold different functions.
_REPR, _STR, _MODEL = 66, 70, int
_PACKAGES = ("site-packages", "dist-packages")  # what lies in them was not written for MindSpore
_OWN = Path(__file__).parent

_Printer = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)
_kept: list[Any] = []  # the classes point to these: they have to stay


def print_as_mindspore() -> None:
    """From now on dtypes and shapes print as in MindSpore, in this process; twice is once.

    Where Python is not CPython nothing changes.
    """
    if sys.implementation.name != "cpython" or _kept:
        return
    for slot in (_REPR, _STR):
        _replace(torch.Size, slot, lambda size, torchs: tuple.__repr__(size))
    _replace(torch.dtype, _REPR, lambda dtype, torchs: f"mindspore.{torchs.removeprefix('torch.')}")
    _replace(torch.dtype, _STR, _name)


@functools.cache
def _is_installed(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(_OWN) or not {*_PACKAGES}.isdisjoint(path.parts)


def _name(dtype: torch.dtype, torchs: str) -> str:
    try:
        return dtype_name(dtype)
    except UnknownNameError:
        return torchs


def _replace(cls: type, slot: int, words: Callable[[Any, str], str]) -> None:
    function_in = ctypes.pythonapi.PyType_GetSlot
    function_in.restype, function_in.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_int]
    offsets = range(0, cast(Any, type).__basicsize__, ctypes.sizeof(ctypes.c_void_p))
    offset = next(at for at in offsets if _pointer(_MODEL, at).value == function_in(_MODEL, slot))
    torchs = _Printer(function_in(cls, slot))

    def printer(value: Any) -> Any:
        text: Any = torchs(value)
        return text if _is_installed(sys._getframe(1).f_code.co_filename) else words(value, text)

    replacement = _Printer(printer)
    _kept.extend([replacement, torchs])
    _pointer(cls, offset).value = ctypes.cast(replacement, ctypes.c_void_p).value


def _pointer(cls: type, offset: int) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address(id(cls) + offset)
