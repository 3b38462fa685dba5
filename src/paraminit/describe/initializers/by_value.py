"""Objects that are what their constructor was given: how they print, and when they are equal."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Hashable
from typing import Any, cast

import numpy as np

__all__ = ["ByValue", "constructor_parameters"]


@functools.cache
def constructor_parameters(cls: Hashable) -> tuple[inspect.Parameter, ...]:
    """What the constructor of an initializer takes; looked up once, since every layer asks."""
    return tuple(inspect.signature(cast(type, cls)).parameters.values())


class ByValue:
    """Keeps each argument under its own name, or in ``**kwargs``, and maybe a seed."""

    _seed: int | None = None

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs

    def _arguments(self) -> dict[str, Any] | None:
        """Constructor arguments by name, if each is kept under its name or in ``**kwargs``."""
        arguments: dict[str, Any] = {}
        for parameter in constructor_parameters(cast(Hashable, type(self))):
            if parameter.kind is parameter.VAR_KEYWORD:
                arguments.update(getattr(self, "_kwargs", {}))
            elif hasattr(self, parameter.name):
                arguments[parameter.name] = getattr(self, parameter.name)
            else:
                return None
        return arguments

    def __repr__(self) -> str:
        arguments = self._arguments()
        if arguments is None:
            return object.__repr__(self)
        call = f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
        return call if self._seed is None or "seed" in arguments else f"{call}.with_seed({self._seed})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = vars(self), vars(other)
        return mine.keys() == theirs.keys() and all(
            np.array_equal(value, theirs[name]) for name, value in mine.items()
        )

    def __hash__(self) -> int:
        return hash(type(self))  # the seed may change later
