"""Parameters that would start with the same random numbers, which no plan means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from paraminit.describe.recipe import Recipe
from paraminit.fill.distributions import takes_key

__all__ = ["equal_values"]


def equal_values(recipes: Mapping[str, Recipe]) -> Iterator[str]:
    """A sentence about each parameter that shares its key, and its initializer or its law, with another.

    Args:
        recipes: by the parameters' names.
    """
    by_key: dict[int, str] = {}
    for name, recipe in recipes.items():
        if recipe.key is None or not takes_key(recipe.law):
            continue
        first = by_key.setdefault(recipe.key, name)
        other = recipes[first]
        if first != name and (other.initializer == recipe.initializer or other.law == recipe.law):
            yield (
                f"{name!r} and {first!r} would start with the same random numbers ({recipe.initializer!r} "
                "under one key); give them different seeds, or tie them"
            )
