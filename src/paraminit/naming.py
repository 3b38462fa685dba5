"""Names of parameters: the path of attributes that leads to them from the outermost Cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeGuard

import torch

from paraminit.parameter import Parameter

if TYPE_CHECKING:
    from paraminit.attributes import Attributes

__all__ = ["find", "join", "names_below"]


def join(*steps: str) -> str:
    """The path made of these steps, empty ones left out.

    Example:
        >>> join("", "layer", "0.weight")
        'layer.0.weight'
    """
    return ".".join(filter(None, steps))


def find(cell: Attributes, path: str, *, without: str) -> Any:
    """What a path from the outermost Cell leads to, if it leads through ``cell``; else None.

    Args:
        without: an attribute of ``cell`` that counts as absent.
    """
    if cell._path:
        if not path.startswith(f"{cell._path}."):
            return None
        path = path[len(cell._path) + 1 :]
    first, _, rest = path.partition(".")
    found: Any = None if first in ("", without) else cell
    while first and isinstance(found, torch.nn.Module):
        inner: Any = found._modules.get(first, found._parameters.get(first))
        if inner is None:  # a parameter may be registered under a name with dots
            return found._parameters.get(f"{first}.{rest}")
        found = inner
        first, _, rest = rest.partition(".")
    return None if first else found


def _has_name(parameter: object) -> TypeGuard[Parameter]:
    return issubclass(type(parameter), Parameter)  # isinstance would go through torch's metaclass


def names_below(
    cell: Attributes, key: str, below: Iterable[tuple[str, torch.nn.Module]]
) -> dict[Parameter, str]:
    """The names that the parameters of ``cell``'s child ``key`` are to have.

    One that ``cell`` also reaches by the name it has is tied, and keeps that name: its first path.

    Args:
        below: the child's ``named_modules()``.
    """
    names: dict[Parameter, str] = {}
    for path, module in below:
        for attribute, p in module._parameters.items():
            if _has_name(p) and p not in names:
                tied = find(cell, p._name, without=key) is p
                names[p] = p._name if tied else join(cell._path, key, path, attribute)
    return names
