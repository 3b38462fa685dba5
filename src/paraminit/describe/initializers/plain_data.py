"""Initializers as plain data, for JSON: a dict of the class's name and its arguments.

The key ``class`` is a keyword of Python, so no argument can be called that.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.registry import by_name
from paraminit.dtype import numpy_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

__all__ = ["from_plain", "to_plain"]


def to_plain(init: Initializer) -> dict[str, Any]:
    """``{"class": name, **arguments}`` of an initializer, and its own seed as ``with_seed``; see
    ``Initializer.to_dict``."""
    name = type(init).__name__
    try:
        known = by_name(name) is type(init)
    except UnknownNameError:
        known = False
    if not known:
        raise ArgumentTypeError(
            f"{init!r} cannot be written as a dict: {name} is not registered, so nobody could read it back. "
            "Decorate the class with @register()."
        )
    arguments = init._arguments()
    if arguments is None:
        raise ArgumentTypeError(
            f"{init!r} cannot be written as a dict: keep each argument of its constructor under its own name."
        )
    plain = {"class": name, **{key: _plain(name, key, value) for key, value in arguments.items()}}
    return plain if init.seed is None or "seed" in arguments else {**plain, "with_seed": init.seed}


def _plain(owner: str, name: str, value: object) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, Initializer):
        return to_plain(value)
    if isinstance(value, list | tuple):
        return [_plain(owner, name, item) for item in value]
    if isinstance(value, np.ndarray):
        exact = value if value.dtype.kind in "biu" else value.astype(np.float64)
        return {"dtype": value.dtype.name, "shape": list(value.shape), "values": exact.ravel().tolist()}
    raise ArgumentTypeError(f"{owner}: {name}={value!r} cannot be written as a dict. Use a name or a number.")


def from_plain(data: object) -> Initializer:
    """The initializer that :func:`to_plain` wrote; see ``Initializer.from_dict``."""
    if not isinstance(data, dict) or not isinstance(data.get("class"), str):
        raise ArgumentTypeError(
            f"an initializer is written as {{'class': name, argument: value, ...}}, got {data!r}."
        )
    cls = by_name(data["class"])
    arguments = {name: _value(value) for name, value in data.items() if name not in ("class", "with_seed")}
    try:
        made = cls(**arguments)
        return made.with_seed(data["with_seed"]) if "with_seed" in data else made
    except TypeError as error:
        if isinstance(error, ArgumentTypeError):
            raise
        raise ArgumentValueError(
            f"{cls.__name__} does not take the arguments of {data!r}: {error}."
        ) from error


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"dtype", "shape", "values"}:
        return np.array(value["values"]).astype(numpy_dtype(value["dtype"])).reshape(value["shape"])
    return from_plain(value)
