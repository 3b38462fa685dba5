"""Laws that need the complete tensor: a part of their values costs as much as all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

__all__ = ["Keyed", "Undivided", "Whole"]


@dataclass(frozen=True)
class Whole:
    """Values that need the complete tensor, such as a custom initializer's.

    Attributes:
        function: writes every element of a new, contiguous array of ``shape`` in place.
        shape: of the complete tensor.
        draws: whether it may draw from the global generators, which a key then sets.
    """

    function: Callable[[npt.NDArray[Any]], None]
    shape: tuple[int, ...]
    mean: float | None = None
    std: float | None = None
    draws: bool = False


@dataclass(frozen=True)
class Keyed:
    """Random values that need the complete tensor, such as an orthogonal matrix.

    Attributes:
        function: writes every element of a new, contiguous array of ``shape`` in place, given a key.
        shape: of the complete tensor.
        draw: takes the key by order, where more than the next key is drawn with it; else None.
        in_1x: assigns what MindSpore 1.x drew from NumPy's global generator, where that is known.
        reach: the largest magnitude that a value can have, if known.
    """

    function: Callable[[npt.NDArray[Any], int], None]
    shape: tuple[int, ...]
    mean: float | None = None
    std: float | None = None
    draw: Callable[[], int] | None = None
    in_1x: Callable[[npt.NDArray[Any]], None] | None = None
    reach: float | None = None


Undivided = Whole | Keyed
