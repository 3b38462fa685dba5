"""Names of parameters: the path of attributes that leads to them from the outermost Cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from paraminit.errors import ParameterNameError
from paraminit.parameter import Parameter

if TYPE_CHECKING:
    from paraminit.cell import Cell

__all__ = ["find", "join", "names_below", "refuse_duplicates"]


def join(*steps: str) -> str:
    """The path made of these steps, empty ones left out.

    Example:
        >>> join("", "layer", "0.weight")
        'layer.0.weight'
    """
    return ".".join(step for step in steps if step)


def find(cell: Cell, path: str, *, without: str) -> Any:
    """What a path from the outermost Cell leads to, if it leads through ``cell``; else None.

    Args:
        without: an attribute of ``cell`` that counts as absent.
    """
    if cell._path and not path.startswith(f"{cell._path}."):
        return None
    steps = path.removeprefix(f"{cell._path}.").split(".")
    if steps[0] == without:
        return None
    found: Any = cell
    for step in steps:
        if not isinstance(found, torch.nn.Module):
            return None
        found = found._modules.get(step, found._parameters.get(step))
    return found


def names_below(cell: Cell, key: str, child: torch.nn.Module) -> dict[Parameter, str]:
    """The names that the parameters of ``cell``'s child ``key`` are to have.

    One that ``cell`` also reaches by the name it has is tied, and keeps that name: its first path.
    """
    return {
        p: p.name if find(cell, p.name, without=key) is p else join(cell._path, key, path)
        for path, p in child.named_parameters()
        if isinstance(p, Parameter)
    }


def refuse_duplicates(cell: Cell, key: str, names: dict[Parameter, str]) -> None:
    """Make sure that no other parameter of ``cell`` has one of these names: two of one name would be one
    in a checkpoint.

    Paths are distinct by nature, so only a name that somebody chose can collide: one of the Cell's own
    parameters.

    Raises:
        ParameterNameError: says which two.
    """
    chosen = {
        p.name: (attribute, p)
        for attribute, p in cell._parameters.items()
        if isinstance(p, Parameter) and attribute != key
    }
    for parameter, name in names.items():
        attribute, other = chosen.get(name, (name, find(cell, name, without=key)))
        if isinstance(other, Parameter) and other is not parameter and other.name == name:
            raise ParameterNameError(
                f"{type(cell).__name__}.{key}: the name {name!r} already belongs to the parameter "
                f"{attribute!r}. Give one of them another name, or leave the names out."
            )
