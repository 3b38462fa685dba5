"""Initializers by name: what a string, a number or an instance given as ``init`` stands for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from numbers import Number
from typing import TypeVar, cast

import numpy as np

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.by_value import constructor_parameters
from paraminit.errors import ArgumentTypeError, ArgumentValueError, MissingArgumentError, UnknownNameError

__all__ = ["as_initializer", "by_name", "register", "registered"]

_BY_NAME: dict[str, type[Initializer]] = {}
_Class = TypeVar("_Class", bound=type[Initializer])


def register(*aliases: str) -> Callable[[_Class], _Class]:
    """Class decorator: make an initializer known by its class name and by ``aliases``.

    Names are looked up without regard to case.

    Raises:
        ArgumentTypeError: a name that is no str, as in ``@register`` without parentheses.
        ArgumentValueError: a name that belongs to another class; none is registered then.
    """
    for alias in aliases:
        if not isinstance(alias, str):
            raise ArgumentTypeError(f"an alias must be a str, got {alias!r}. Write `@register()`.")

    def enrol(cls: _Class) -> _Class:
        names = dict.fromkeys(name.lower() for name in (cls.__name__, *aliases))
        for name in names:
            if not _same_class(_BY_NAME.get(name, cls), cls):
                raise ArgumentValueError(
                    f"the initializer name {name!r} already belongs to {_BY_NAME[name].__name__}; "
                    f"choose another name for {cls.__module__}.{cls.__name__}."
                )
        _BY_NAME.update(dict.fromkeys(names, cls))
        return cls

    return enrol


def _same_class(a: type, b: type) -> bool:
    """One class, or its newer definition: a notebook runs a cell again."""
    return (a.__module__, a.__qualname__) == (b.__module__, b.__qualname__)


def by_name(name: str) -> type[Initializer]:
    """The initializer class registered under a name, in any case.

    Raises:
        UnknownNameError: nothing is registered under it; near names are suggested.

    Example:
        >>> by_name("XavierUniform") is by_name("xavier_uniform")
        True
    """
    try:
        return _BY_NAME[name.lower()]
    except KeyError:
        raise UnknownNameError("initializer", name, _BY_NAME) from None


def registered() -> dict[str, type[Initializer]]:
    """Every registered name and its class."""
    return dict(_BY_NAME)


def as_initializer(init: object) -> Initializer:
    """The Initializer that a layer's or function's ``init`` argument stands for.

    Args:
        init: an Initializer, the name of one (its default arguments are used) or a real number
            (bool and NumPy scalars included), which means Constant.

    Raises:
        UnknownNameError: an unknown name.
        MissingArgumentError: the named initializer has arguments without a default.
        ArgumentTypeError: anything else, an Initializer class included.

    Example:
        >>> as_initializer("ones"), as_initializer(0.5)
        (One(), Constant(value=0.5))
    """
    if isinstance(init, Initializer):
        return init
    if isinstance(init, str):
        cls = by_name(init)
        required = [
            p.name
            for p in constructor_parameters(cast(Hashable, cls))
            if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        if required:
            raise MissingArgumentError(
                f"the initializer {init!r} needs a value for {', '.join(required)}. "
                f"Write {cls.__name__}({', '.join(f'{name}=...' for name in required)})."
            )
        return cls()
    if isinstance(init, Number | np.bool_) and not isinstance(init, complex | np.complexfloating):
        return by_name("constant")(init)  # type: ignore[call-arg]
    if isinstance(init, type) and issubclass(init, Initializer):
        raise ArgumentTypeError(
            f"init must be an Initializer, got the class {init.__name__}. Write {init.__name__}()."
        )
    raise ArgumentTypeError(
        f"init must be a string, an Initializer, a Tensor or a number, got {init!r} "
        f"of type {type(init).__name__}."
    )
