"""What a plan would write: its recipes, checked, in the dtype that was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from paraminit.describe.equal_values import equal_values
from paraminit.describe.plan import Plan
from paraminit.describe.recipe import Recipe
from paraminit.dtype import numpy_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, PlanError
from paraminit.profiles import profile

__all__ = ["saved_recipes"]


def saved_recipes(plan: Plan, dtype: object) -> dict[str, Recipe]:
    """By name, in the network's order; tied parameters once.

    Args:
        plan: all of whose parameters have a recipe.
        dtype: for those of a floating-point dtype; None for the plan's.

    Raises:
        ArgumentValueError, ArgumentTypeError: a parameter that cannot be written without its module, or not
            in this dtype.
        PlanError: two parameters that would start with the same random numbers.
    """
    if not plan.entries:
        raise ArgumentValueError("plan.save: the plan is empty; there is no parameter to write.")
    if kept := [name for name, entry in plan.entries.items() if entry.recipe is None]:
        raise ArgumentValueError(
            f"plan.save: the plan is to keep the values of {_listed(kept)}, which only the module has. Give "
            "each a rule, or save the module's state_dict instead."
        )
    target = None if dtype is None else _floating(dtype)
    with profile(plan.profile):  # laws in another dtype follow from it
        recipes = {name: _in_dtype(name, plan[name], target) for name in plan}
    if unsettled := [name for name, recipe in recipes.items() if not recipe.settled]:
        raise ArgumentValueError(
            f"plan.save: {_listed(unsettled)} has no key for values that are random, or may be, so that each "
            "save would hold others. Make the plan with a seed."
        )
    if problems := list(equal_values(recipes)):
        raise PlanError(problems)
    return recipes


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _floating(dtype: object) -> np.dtype[Any]:
    wanted = numpy_dtype(dtype)
    if not _is_floating(wanted):
        raise ArgumentTypeError(
            f"plan.save: dtype must be a floating-point dtype such as "
            f"paraminit.dtype.bfloat16, got {dtype!r}."
        )
    return wanted


def _is_floating(dtype: np.dtype[Any]) -> bool:
    return "float" in dtype.name  # NumPy's kind of bfloat16 is that of raw bytes


def _in_dtype(name: str, recipe: Recipe, dtype: np.dtype[Any] | None) -> Recipe:
    if dtype is None or dtype == recipe.dtype or not _is_floating(recipe.dtype):
        return recipe
    try:
        return Recipe(recipe.initializer, recipe.shape, dtype, recipe.key, recipe.fans)
    except (ArgumentValueError, ArgumentTypeError) as error:
        raise type(error)(f"plan.save: {name!r} cannot be written as {dtype.name}: {error}") from error
