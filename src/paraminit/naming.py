"""Names of parameters: the path of attributes that leads to them from the outermost Cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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


def find(cell: Attributes, path: str, without: str) -> Any:
    """What a path from the outermost Cell leads to, if it leads through ``cell``; else None.

    Args:
        without: an attribute of ``cell`` that counts as absent.
    """
    if cell._path:
        if not path.startswith(f"{cell._path}."):
            return None
        path = path[len(cell._path) + 1 :]
    first, _, rest = path.partition(".")
    if first in ("", without):
        return None
    if not (first in cell._modules or first in cell._parameters):  # under a name with dots, if at all
        return cell._parameters.get(path)
    found: Any = cell
    while first and isinstance(found, torch.nn.Module):
        inner: Any = found._modules.get(first, found._parameters.get(first))
        if inner is None:
            return found._parameters.get(f"{first}.{rest}")
        found = inner
        first, _, rest = rest.partition(".")
    return None if first else found


def _has_name(parameter: object) -> TypeGuard[Parameter]:
    return issubclass(type(parameter), Parameter)  # isinstance would go through torch's metaclass


def names_below(
    cell: Attributes, key: str, below: Iterable[tuple[str, torch.nn.Module]]
) -> Collection[tuple[Parameter, str]]:
    """The parameters of ``cell``'s child ``key``, each once, and the names that they are to have.

    One that ``cell`` also reaches by the name it has is tied, and keeps that name: its first path.

    Args:
        below: the child's ``named_modules()``.
    """
    names: dict[int, tuple[Parameter, str]] = {}
    child = join(cell._path, key)
    for path, module in below:
        above = f"{child}.{path}" if path else child
        for attribute, p in module._parameters.items():
            if _has_name(p) and id(p) not in names:
                tied = find(cell, p._name, key) is p
                names[id(p)] = p, p._name if tied else f"{above}.{attribute}"
    return names.values()
