"""Rules: which parameters start how."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch

from paraminit.describe.initializers import Constant, Initializer, as_initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.meaning import Place
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError

__all__ = ["Action", "ParsedRule", "Rule", "parsed"]

Predicate = Callable[[str, torch.nn.Parameter, torch.nn.Module], object]
Action = Initializer | Literal["torch", "keep"]
_ACTIONS = ("torch", "keep")
_PARTS = (torch.nn.Module, torch.Tensor)


@dataclass(frozen=True)
class Rule:
    """A rule's value where it says more than an initializer.

    Args:
        init: what a rule takes: an Initializer, the name of one, a number, a tensor of values,
            ``"torch"`` or ``"keep"``.
        fans: (fan_in, fan_out) to take instead of those that follow from the layer's meaning, or
            ``"shape"`` for those of the shape (out, in, *kernel) alone.

    Raises:
        ArgumentTypeError, ArgumentValueError: fans that are none; an init that takes none.

    Example:
        >>> Rule("he_normal", fans=(64, 256))
        Rule(init='he_normal', fans=(64, 256))
    """

    init: Any
    fans: tuple[int, int] | Literal["shape"] | None = None

    def __post_init__(self) -> None:
        if self.fans is None or (isinstance(self.fans, str) and self.fans == "shape"):
            pass
        elif not isinstance(self.fans, tuple | list) or len(self.fans) != 2:
            raise ArgumentTypeError(f"Rule: fans must be (fan_in, fan_out) or 'shape', got {self.fans!r}.")
        else:
            for fan in self.fans:
                if isinstance(fan, bool) or not isinstance(fan, int):
                    raise ArgumentTypeError(f"Rule: fans must be ints, got {self.fans!r}.")
                if fan < 1:
                    raise ArgumentValueError(f"Rule: fans must be 1 or more, got {self.fans!r}.")
        if self.fans is not None and isinstance(self.init, str) and self.init in _ACTIONS:
            raise ArgumentValueError(f"Rule: {self.init!r} takes no fans.")


@dataclass(frozen=True)
class ParsedRule:
    """A rule that has been checked.

    Attributes:
        label: the key as plans print it.
        matches: whether the rule claims what stands at a place.
        action: how a claimed parameter starts; None if the rule's value is none, which has been reported.
        fans: those to take instead of the layer's, or "shape".
        exact: whether the key is one parameter's name.
    """

    label: str
    matches: Callable[[Place], bool]
    action: Action | None
    fans: Fans | Literal["shape"] | None
    exact: bool

    def same_as(self, other: ParsedRule) -> bool:
        """Whether both say the same about a parameter, so far as is known."""
        if self is other or self.action is None or other.action is None:
            return True
        return self.action == other.action and self.fans == other.fans


def parsed(rules: Mapping[Any, Any]) -> tuple[list[ParsedRule], list[str], bool]:
    """The rules in order, a sentence about each that is wrong, and whether each key says what it claims.

    Raises:
        ArgumentTypeError: rules is no mapping.
    """
    if not isinstance(rules, Mapping):
        raise ArgumentTypeError(
            "plan: rules must be a mapping such as {'*.bias': 'zeros', '*': 'he_normal'}, got "
            f"{reprlib.repr(rules)} of type {type(rules).__name__}."
        )
    found, problems, all_keys = [], [], True
    for key, value in rules.items():
        label, action = _label(key), None
        said = value if isinstance(value, Rule) else Rule(value)
        try:
            action = _action(said.init)
        except ParaminitError as error:
            problems.append(f"rule {label!r}: {error}")
        try:
            matches = _matcher(key)
        except ParaminitError as error:
            problems.append(f"rule {label!r}: {error}")
            all_keys = False
            continue
        fans = Fans(*said.fans) if isinstance(said.fans, tuple | list) else said.fans
        exact = isinstance(key, str) and not set(key) & set("*?[")
        found.append(ParsedRule(label, matches, action, fans, exact))
    return found, problems, all_keys


def _label(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, type):
        return key.__name__
    if isinstance(key, tuple):
        return ".".join(map(_label, key))
    return getattr(key, "__name__", None) or _brief(key)


def _brief(thing: object) -> str:
    """A layer and a tensor would fill pages."""
    return f"a {type(thing).__name__}" if isinstance(thing, _PARTS) else reprlib.repr(thing)


def _matcher(key: Any) -> Callable[[Place], bool]:
    if isinstance(key, str):
        # "*.bias" means every bias, that of the outermost module too.
        patterns = (key, key[2:]) if key.startswith("*.") else (key,)
        return lambda place: (
            place.name == key or any(fnmatchcase(place.name, pattern) for pattern in patterns)
        )
    if _is_layer(key):
        return lambda place: isinstance(place.layer, key)
    if isinstance(key, tuple) and len(key) == 2 and _is_layer(key[0]) and isinstance(key[1], str):
        layer, attribute = key
        return lambda place: isinstance(place.layer, layer) and fnmatchcase(place.attribute, attribute)
    if isinstance(key, torch.nn.Module):
        cls = type(key).__name__
        raise ArgumentTypeError(f"a key must be a layer's class, not a layer: write {cls}, not {cls}(...).")
    if callable(key) and not isinstance(key, type):
        return lambda place: _asked(key, place)
    hint = " Give its name." if isinstance(key, torch.Tensor) else ""
    raise ArgumentTypeError(
        "a key must be a parameter's name or a pattern such as '*.bias', a layer class, a pair "
        "(layer class, 'weight') or a function of (name, parameter, module), got "
        f"{_brief(key)} of type {type(key).__name__}.{hint}"
    )


def _is_layer(key: object) -> bool:
    return isinstance(key, type) and issubclass(key, torch.nn.Module)


def _asked(predicate: Predicate, place: Place) -> bool:
    try:
        return bool(predicate(place.name, place.parameter, place.layer))
    except Exception as error:
        error.add_note(f"raised by the rule {_label(predicate)!r} for the parameter {place.name!r}")
        raise


def _action(init: Any) -> Action:
    if isinstance(init, str) and init in _ACTIONS:
        return init  # type: ignore[return-value]
    if isinstance(init, torch.Tensor):
        return Constant(init.detach().cpu())
    if init is None or (callable(init) and not isinstance(init, type | Initializer)):
        said = getattr(init, "__name__", repr(init))
        raise ArgumentTypeError(
            "a value must be an Initializer, the name of one such as 'normal', a number, a tensor of values, "
            f"'torch', 'keep' or a Rule, got {said} of type {type(init).__name__}."
        )
    return as_initializer(init)
