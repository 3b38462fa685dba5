"""What changes from one plan to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.plan_entry import Entry
from paraminit.describe.plan_table import short

if TYPE_CHECKING:
    from paraminit.describe.plan import Plan

__all__ = ["PlanDiff", "difference"]


@dataclass(frozen=True)
class PlanDiff:
    """What changes from one plan to another; false if nothing does.

    Attributes:
        added: names that only the second has.
        removed: names that only the first has.
        changed: for each other name that differs, what does: before and after.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, Mapping[str, tuple[Any, Any]]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        lines = [f"{name}: added" for name in self.added]
        lines += [f"{name}: removed" for name in self.removed]
        for name, changes in self.changed.items():
            said = (f"{what} {_text(before)} -> {_text(after)}" for what, (before, after) in changes.items())
            lines.append(f"{name}: {', '.join(said)}")
        return "\n".join(lines) or "no difference"


def _text(value: object) -> str:
    return short(value) if isinstance(value, Initializer) else str(value)


def difference(before: Plan, after: Plan) -> PlanDiff:
    """See ``Plan.diff``. A name that is tied says to which other. Plans of two profiles are compared by
    their laws too, for one initializer may have another in each."""
    laws = before.profile != after.profile
    first = {name: _said(entry, laws) for name, entry in before.entries.items()}
    first |= {name: {"tied to": to} for name, to in before.tied.items()}
    second = {name: _said(entry, laws) for name, entry in after.entries.items()}
    second |= {name: {"tied to": to} for name, to in after.tied.items()}
    changed = {
        name: changes
        for name, said in first.items()
        if name in second and (changes := _changes(said, second[name]))
    }
    return PlanDiff(
        tuple(name for name in second if name not in first),
        tuple(name for name in first if name not in second),
        changed,
    )


def _said(entry: Entry, laws: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"shape": entry.shape, "dtype": entry.dtype.name}
    recipe = entry.recipe
    if recipe is None:
        return {**said, "initializer": "keep"}
    fans = None if entry.fans is None else tuple(entry.fans)
    said |= {"initializer": recipe.initializer, "fans": fans, "key": recipe.key}
    return {**said, "law": recipe.law} if laws and recipe.divisible else said


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        what: (before.get(what), after.get(what))
        for what in dict.fromkeys([*before, *after])
        if before.get(what) != after.get(what)
    }
