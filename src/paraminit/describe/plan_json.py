"""Plans as plain data, for JSON: everything that decides a value, and nothing that can be run."""

from __future__ import annotations

import json
from typing import Any

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.dtype import numpy_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError
from paraminit.fill.keys import plain_key, read_key
from paraminit.profiles import profile

__all__ = ["read_json", "read_plan", "written_plan"]

_FORMAT = "paraminit-plan-1"


def written_plan(plan: Plan) -> dict[str, Any]:
    """See ``Plan.to_dict``."""
    parameters = {}
    for name, entry in plan.entries.items():
        try:
            parameters[name] = _written(entry)
        except ParaminitError as error:
            error.args = (f"{name!r}: {error}",)
            raise
    return {
        "format": _FORMAT,
        "profile": plan.profile,
        "seed": plan.seed,
        "parameters": parameters,
        "tied": dict(plan.tied),
    }


def _written(entry: Entry) -> dict[str, Any]:
    written: dict[str, Any] = {
        "shape": list(entry.shape),
        "dtype": entry.dtype.name,
        "rule": entry.rule,
        "layer": entry.layer,
        "fans": _listed(entry.fans),
        "why": entry.why,
    }
    if (recipe := entry.recipe) is not None:
        written["recipe"] = {
            "initializer": recipe.initializer.to_dict(),
            "key": None if recipe.key is None else plain_key(recipe.key),
            "fans": _listed(recipe.fans),
        }
    return written


def _listed(fans: Fans | None) -> list[int] | None:
    return None if fans is None else list(fans)


def read_json(text: str) -> Plan:
    """See ``Plan.from_json``."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ArgumentValueError(f"Plan.from_json: this is no JSON: {error}.") from error
    return read_plan(data)


def read_plan(data: Any) -> Plan:
    """See ``Plan.from_dict``."""
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ArgumentValueError(f"this is no plan of format {_FORMAT!r}, but {found!r}.")
    try:
        with profile(data["profile"]):
            entries = {name: _read(name, entry) for name, entry in data["parameters"].items()}
            return Plan(entries, data["seed"], data["tied"])
    except (KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ParaminitError):
            raise
        raise ArgumentTypeError(f"this plan is damaged: {error!r}.") from error


def _read(name: str, data: dict[str, Any]) -> Entry:
    shape, dtype = tuple(data["shape"]), numpy_dtype(data["dtype"])
    recipe = None
    if (made := data.get("recipe")) is not None:
        try:
            initializer = Initializer.from_dict(made["initializer"])
        except ParaminitError as error:
            error.args = (f"{name!r}: {error}",)
            raise
        key = None if made["key"] is None else read_key(made["key"])
        recipe = Recipe(initializer, shape, dtype, key, _fans(made["fans"]))
    return Entry(shape, dtype, data["rule"], recipe, data["layer"], _fans(data["fans"]), data["why"])


def _fans(listed: list[int] | None) -> Fans | None:
    return None if listed is None else Fans(*listed)
