"""Plans as plain data, for JSON: everything that decides a value, and nothing that can be run."""

from __future__ import annotations

import json
from operator import index
from typing import Any

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.dtype import numpy_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError
from paraminit.fill.keys import checked_key_seed, plain_key, read_key
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
    if not isinstance(text, str | bytes | bytearray):
        got = (
            "a dict. Plan.from_dict takes it" if isinstance(text, dict) else f"{text!r}. Read the file first"
        )
        raise ArgumentTypeError(f"Plan.from_json: the text must be a str, got {got}.")
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ArgumentValueError(
            f"Plan.from_json: this is no JSON: {error}. Give the text that Plan.to_json wrote, not a file's "
            "name."
        ) from error
    return read_plan(data)


def read_plan(data: Any) -> Plan:
    """See ``Plan.from_dict``."""
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ArgumentValueError(
            f"this is no plan of format {_FORMAT!r}, but {found!r}. Give what Plan.to_json or Plan.to_dict "
            "wrote."
        )
    try:
        with profile(data["profile"]):
            entries = {name: _named(name, entry) for name, entry in data["parameters"].items()}
            seed = None if data["seed"] is None else checked_key_seed(data["seed"])
            tied = {str(name): first for name, first in data["tied"].items()}
            if lost := [name for name, first in tied.items() if first not in entries or name in entries]:
                first = tied[lost[0]]
                raise ArgumentValueError(f"{lost[0]!r} is tied to {first!r}, which this plan has not.")
            return Plan(entries, seed, tied)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ParaminitError):
            raise
        raise ArgumentTypeError(f"this plan is damaged: {_damage(error)}.") from error


def _named(name: str, data: dict[str, Any]) -> Entry:
    try:
        return _read(data)
    except ParaminitError as error:
        error.args = (f"{name!r}: {error}",)
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ArgumentTypeError(f"this plan is damaged: {name!r}: {_damage(error)}.") from error


def _damage(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else repr(error)


def _read(data: dict[str, Any]) -> Entry:
    shape, dtype = tuple(map(index, data["shape"])), numpy_dtype(data["dtype"])
    if any(size < 0 for size in shape):
        raise ArgumentValueError(f"a shape has no negative sizes, got {data['shape']}.")
    recipe = None
    if (made := data.get("recipe")) is not None:
        key = None if made["key"] is None else read_key(made["key"])
        initializer = Initializer.from_dict(made["initializer"])
        recipe = Recipe(initializer, shape, dtype, key, _fans(made["fans"]))
    rule, layer, why = (_text(data, field) for field in ("rule", "layer", "why"))
    return Entry(shape, dtype, rule, recipe, layer, _fans(data["fans"]), why)


def _text(data: dict[str, Any], field: str) -> str:
    if not isinstance(text := data[field], str):
        raise ArgumentTypeError(f"{field} must be a str, got {text!r}.")
    return text


def _fans(listed: list[int] | None) -> Fans | None:
    return None if listed is None else Fans(*map(index, listed))
