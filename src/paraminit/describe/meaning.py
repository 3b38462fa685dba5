"""What a layer does with a parameter: the fans that follow from it, and torch's own rule for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.paths import modules_in

__all__ = [
    "Described",
    "Meaning",
    "Place",
    "by_structure",
    "describes",
    "meaning_of",
    "places_in",
]


@dataclass(frozen=True)
class Place:
    """One of the names of a parameter, and what stands there.

    Attributes:
        path: of the layer, without wrappers; "" for the outermost module.
        layer: to which the parameter belongs; of a parametrized one (torch.nn.utils.parametrize) the
            layer, not what holds the original.
        attribute: what the layer calls it.
        name: the parameter's whole name.
        above: the modules around the layer, outermost first; no wrappers.
    """

    path: str
    layer: Any  # a torch.nn.Module; its class says what else it has
    attribute: str
    name: str
    parameter: torch.nn.Parameter = field(repr=False)
    above: tuple[torch.nn.Module, ...] = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the complete parameter: a DTensor's shape is that of the whole."""
        return tuple(self.parameter.shape)

    @property
    def called(self) -> str:
        """The last part of the layer's path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Meaning:
    """What a layer does with one of its parameters.

    Attributes:
        fans: None for what is added or multiplied element by element, such as a bias or a scale.
        why: how the fans come about, where the shape alone would say something else.
        own: the rule with which torch starts it; None if torch has none.
        own_fans: the fans that torch takes for it, where they are others.
        own_why: says so.
        padding: a row that stays zero.
    """

    fans: Fans | None = None
    why: str = ""
    own: Initializer | None = None
    own_fans: Fans | None = None
    own_why: str = ""
    padding: int | None = None


Described = Callable[[Place], Meaning | None]

#: Layer classes, and what describes their parameters. A subclass counts as its base.
by_class: dict[type[torch.nn.Module], Described] = {}
#: What recognises layers by their names and shapes, asked in this order.
by_structure: list[Described] = []


def describes(*layers: type[torch.nn.Module]) -> Callable[[Described], Described]:
    """Decorator: this function says what the parameters of these layers mean, None for others'."""

    def enrol(described: Described) -> Described:
        by_class.update(dict.fromkeys(layers, described))
        return described

    return enrol


def meaning_of(place: Place) -> Meaning | None:
    """What the parameter means to its layer; None if nothing is known about that."""
    for cls in type(place.layer).__mro__:
        described = by_class.get(cls)
        if described is not None and (meaning := described(place)) is not None:
            return meaning
    for described in by_structure:
        if (meaning := described(place)) is not None:
            return meaning
    return None


def places_in(module: torch.nn.Module) -> Iterator[Place]:
    """Every name of every parameter, in the module's order."""
    for located in modules_in(module):
        path, owner, above = located
        if not owner._parameters:
            continue
        steps = path.split(".")
        for attribute, parameter in owner._parameters.items():
            if parameter is None:
                continue
            name = located.name_of(attribute)
            if len(steps) > 1 and steps[-2] == "parametrizations":  # layer.parametrizations.weight.original
                called = steps[-1] if attribute == "original" else f"{steps[-1]}.{attribute}"
                yield Place(".".join(steps[:-2]), above[-2], called, name, parameter, above[:-2])
            else:
                yield Place(path, owner, attribute, name, parameter, above)
