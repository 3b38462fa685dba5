"""Plans for pickle and copy: an initializer's law follows from the profile in which the plan was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.profiles import profile

if TYPE_CHECKING:
    from paraminit.describe.plan import Plan

__all__ = ["put_together", "taken_apart"]


def taken_apart(plan: Plan) -> tuple[Any, ...]:
    """What :func:`put_together` takes. Recipes as their arguments, for a recipe on its own would be made
    anew in whatever profile is in force."""
    entries = {
        name: (
            (entry.shape, entry.dtype, entry.rule, entry.layer, entry.fans, entry.why),
            None if (recipe := entry.recipe) is None else recipe.__reduce__()[1],
        )
        for name, entry in plan.entries.items()
    }
    return type(plan), plan.profile, entries, plan.seed, dict(plan.tied)


def put_together(
    cls: type[Plan], made_in: str, entries: dict[str, Any], seed: int | None, tied: dict[str, str]
) -> Plan:
    """The plan that was taken apart."""
    with profile(made_in):
        made = {}
        for name, ((shape, dtype, rule, layer, fans, why), arguments) in entries.items():
            recipe = None if arguments is None else Recipe(*arguments)
            made[name] = Entry(shape, dtype, rule, recipe, layer, fans, why)
        return cls(made, seed, tied)
