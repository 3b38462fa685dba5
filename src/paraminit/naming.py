"""Names of parameters: the path of attributes that leads to them from the outermost Cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from paraminit.attributes import Attributes

__all__ = ["find", "join"]


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
