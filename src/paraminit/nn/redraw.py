"""Drawing the parameters of a Cell that is already built."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

from paraminit.cell import Cell
from paraminit.declare import initializer
from paraminit.describe.initializers import Initializer
from paraminit.parameter import Parameter
from paraminit.profiles import current_profile

__all__ = ["copies", "redraw"]

_C = TypeVar("_C", bound=Cell)


def redraw(cell: Cell, rule: Callable[[Cell, str, Parameter], Initializer | None]) -> None:
    """Declare new values for the parameters of a Cell and all below it, in their order.

    Pending ones stay pending. The objects, their names and flags stay.

    Args:
        rule: is given the Cell that owns a parameter, its name there and the parameter; answers with its
            new initializer, or None to leave its values.
    """
    for path, parameter in cell.named_parameters():
        owner_path, _, name = path.rpartition(".")
        owner = cell.get_submodule(owner_path)
        if isinstance(owner, Cell) and isinstance(parameter, Parameter):
            init = rule(owner, name, parameter)
            if init is not None:
                parameter.set_data(initializer(init, parameter.shape, parameter.dtype))
                assert parameter.recipe is not None
                owner._recipes[name] = parameter.recipe


def copies(layer: _C, count: int) -> list[_C]:
    """``count`` copies of a layer in evaluation mode, their values drawn anew by the layer's own recipes.

    One after the other, so that all differ; a parameter without a recipe, because its values were given,
    keeps them. Under ``mindspore-2.10`` all are copies of one such layer, given values are not kept, and
    the one layer draws its keys even if none is wanted.
    """
    if current_profile() != "mindspore-2.10":
        return [_drawn_anew(layer, _as_now) for _ in range(count)]
    first = _drawn_anew(layer, _as_declared)
    return [deepcopy(first) for _ in range(count)]


def _drawn_anew(layer: _C, rule: Callable[[Cell, str, Parameter], Initializer | None]) -> _C:
    twin = deepcopy(layer).set_train(False)
    redraw(twin, rule)
    return twin


def _as_now(owner: Cell, name: str, parameter: Parameter) -> Initializer | None:
    return None if parameter.recipe is None else parameter.recipe.initializer


def _as_declared(owner: Cell, name: str, parameter: Parameter) -> Initializer | None:
    declared = owner._recipes.get(name)
    return None if declared is None else declared.initializer
