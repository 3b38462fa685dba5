"""What changes from one plan to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.plan_entry import Entry
from paraminit.describe.plan_table import short

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


def difference(
    before: Mapping[str, Entry],
    after: Mapping[str, Entry],
    tied_before: Mapping[str, str],
    tied_after: Mapping[str, str],
) -> PlanDiff:
    """See ``Plan.diff``. A name that is tied says to which other."""
    first = {name: _said(entry) for name, entry in before.items()}
    first |= {name: {"tied to": to} for name, to in tied_before.items()}
    second = {name: _said(entry) for name, entry in after.items()}
    second |= {name: {"tied to": to} for name, to in tied_after.items()}
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


def _said(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {"shape": entry.shape, "dtype": entry.dtype.name}
    if entry.recipe is None:
        return {**said, "initializer": "keep"}
    fans = None if entry.fans is None else tuple(entry.fans)
    return {**said, "initializer": entry.recipe.initializer, "fans": fans, "key": entry.recipe.key}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        what: (before.get(what), after.get(what))
        for what in dict.fromkeys([*before, *after])
        if before.get(what) != after.get(what)
    }
