"""A plan as a table, in text and in HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Hashable, Mapping
from typing import cast

import numpy as np

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.by_value import constructor_parameters
from paraminit.describe.initializers.fans import fans_of_shape
from paraminit.describe.plan_entry import Entry

__all__ = ["as_html", "as_text", "short", "start"]

_HEADINGS = ("name", "shape", "dtype", "rule", "initializer", "fans", "mean", "std", "bytes")
_TO_THE_RIGHT = {"mean", "std", "bytes"}
_NUMBER = re.compile(r"(?<![^.])\d+(?![^.])")  # a step of a name that is a number: a block of a list
_Row = tuple[str, ...]


def as_text(
    entries: Mapping[str, Entry], tied: Mapping[str, str], seed: int | None, every: bool = False
) -> str:
    """See ``Plan.table``."""
    rows = [_HEADINGS, *_rows(entries, every)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if heading in _TO_THE_RIGHT else cell.ljust(width)
            for heading, cell, width in zip(_HEADINGS, row, widths, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, *_totals(entries, tied, seed)])


def as_html(entries: Mapping[str, Entry], tied: Mapping[str, str], seed: int | None) -> str:
    """See ``Plan._repr_html_``."""
    head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in _rows(entries, every=False)
    )
    totals = "".join(f"<p>{html.escape(line)}</p>" for line in _totals(entries, tied, seed))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{totals}"


def _rows(entries: Mapping[str, Entry], every: bool) -> list[_Row]:
    """A row each, or one for all whose names differ in the number of a block and which start alike."""
    if every:
        return [(name, *_cells(entry)) for name, entry in entries.items()]
    alike: dict[_Row, list[str]] = {}
    for name, entry in entries.items():
        alike.setdefault((_NUMBER.sub("*", name), *_cells(entry)), []).append(name)
    return [
        (names[0] if len(names) == 1 else f"{len(names)} x {row[0]}", *row[1:])
        for row, names in alike.items()
    ]


def _cells(entry: Entry) -> _Row:
    recipe = entry.recipe
    return (
        *start(entry),
        _fans(entry),
        "" if recipe is None or recipe.mean is None else f"{recipe.mean:.4g}",
        "" if recipe is None or recipe.std is None else f"{recipe.std:.4g}",
        f"{entry.nbytes:,}",
    )


def start(entry: Entry) -> tuple[str, str, str, str]:
    """How tables show what a parameter starts as: shape, dtype, rule, initializer."""
    shape = " x ".join(map(str, entry.shape)) or "scalar"
    initializer = "keep" if entry.recipe is None else short(entry.recipe.initializer)
    return shape, entry.dtype.name, entry.rule, initializer


def short(init: Initializer) -> str:
    """An initializer without the arguments that have their defaults, numbers to four digits.

    Example:
        >>> from paraminit.describe.initializers import HeUniform, Normal
        >>> short(HeUniform(5**0.5)), short(Normal(0.02)), short(Normal(mean=1.0))
        ('HeUniform(2.236)', 'Normal(0.02)', 'Normal(mean=1)')
    """
    arguments = init._arguments()
    if arguments is None:
        return type(init).__name__
    parameters = constructor_parameters(cast(Hashable, type(init)))
    defaults = {parameter.name: parameter.default for parameter in parameters}
    said, by_place = [], True
    for name, value in arguments.items():
        if isinstance(value, int | float | str | tuple | None) and value == defaults.get(name):
            by_place = False
            continue
        said.append(_value(value) if by_place else f"{name}={_value(value)}")
    own = "" if init.seed is None else f".with_seed({init.seed})"
    return f"{type(init).__name__}({', '.join(said)}){own}"


def _value(value: object) -> str:
    if isinstance(value, Initializer):
        return short(value)
    if isinstance(value, np.ndarray):
        return f"<values of shape {value.shape}>"
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def _fans(entry: Entry) -> str:
    if entry.fans is None:
        return ""
    text = f"{entry.fans.fan_in}, {entry.fans.fan_out}"
    if entry.why:
        text += f" ({entry.why}"
        by_shape = fans_of_shape(entry.shape) if len(entry.shape) > 1 else None
        if by_shape is not None and by_shape != entry.fans:
            text += f"; by the shape {by_shape.fan_in}, {by_shape.fan_out}"
        text += ")"
    return text


def _totals(entries: Mapping[str, Entry], tied: Mapping[str, str], seed: int | None) -> list[str]:
    elements = sum(entry.size for entry in entries.values())
    nbytes = sum(entry.nbytes for entry in entries.values())
    lines = [f"{_count(len(entries), 'parameter')}, {elements:,} elements, {_size(nbytes)}, seed {seed}"]
    kept = sum(entry.recipe is None for entry in entries.values())
    if kept:
        lines.append(f"{_count(kept, 'parameter')} kept as they are")
    if tied:
        named = ", ".join(f"{name} is {to}" for name, to in list(tied.items())[:4])
        lines.append(f"{len(tied)} tied: {named}{', ...' if len(tied) > 4 else ''}")
    whole = [entry for entry in entries.values() if entry.recipe and not entry.recipe.divisible]
    if whole:
        lines.append(
            f"{len(whole)} made only as a whole (a part costs as much): up to "
            f"{_size(max(entry.nbytes for entry in whole))} of memory at once"
        )
    return lines


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _size(nbytes: float) -> str:
    """
    >>> _size(1536)
    '1.5 KiB'
    """
    if nbytes < 1024:
        return f"{nbytes:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB"):
        nbytes /= 1024
        if nbytes < 1024:
            return f"{nbytes:.1f} {unit}"
    return f"{nbytes / 1024:.1f} TiB"
