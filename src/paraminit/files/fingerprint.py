"""The fingerprint of a plan: whether a file that a killed save left belongs to the plan at hand."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.recipe import Recipe

__all__ = ["fingerprint"]


def fingerprint(recipes: Mapping[str, Recipe], tied: Mapping[str, str]) -> str:
    """Equal for plans that write the same values under the same names, in every process.

    A custom initializer counts by its class's name and its attributes, not by its code.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name, recipe in recipes.items():
        described = (name, recipe.shape, recipe.dtype.name, recipe.key, _described(recipe))
        digest.update(json.dumps(described).encode())
    digest.update(json.dumps(dict(tied)).encode())
    return digest.hexdigest()


def _described(value: Any) -> Any:
    """As plain data; objects by their repr, without the addresses that differ from run to run."""
    if isinstance(value, Recipe):
        return [_described(value.initializer), repr(value.fans), *_plain_law(value)]
    if isinstance(value, Initializer):
        kind = type(value)
        return [kind.__module__, kind.__qualname__, _described(vars(value))]
    if isinstance(value, np.ndarray):
        content = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16)
        return [value.dtype.name, value.shape, content.hexdigest()]
    if isinstance(value, dict):
        return [[repr(key), _described(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_described(item) for item in value]
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _plain_law(recipe: Recipe) -> Iterable[str]:
    """The law in numbers, where it is one: two profiles may give an initializer different ones."""
    if recipe.divisible:
        yield re.sub(r" at 0x[0-9a-fA-F]+", "", repr(recipe.law))
