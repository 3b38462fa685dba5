"""Drawing the parameters of a Cell that is already built, in place or in a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import TypeVar

from paraminit.cell import Cell
from paraminit.declare import initializer
from paraminit.describe.initializers import Initializer
from paraminit.lazy import no_init_parameters, stay_pending
from paraminit.parameter import Parameter
from paraminit.profiles import current_profile

__all__ = ["copies", "redraw"]

_C = TypeVar("_C", bound=Cell)


def redraw(cell: Cell, rule: Callable[[Parameter], Initializer | None]) -> None:
    """Declare new values for the parameters of a Cell and all below it, in their order.

    Pending ones stay pending. The objects, their names and flags stay.

    Args:
        rule: a parameter's new initializer, or None to leave its values.
    """
    for owner, key, parameter in _parameters(cell):
        init = rule(parameter)
        if init is not None:
            parameter.set_data(initializer(init, parameter.shape, parameter.dtype))
            _note(owner, key, parameter)


def copies(layer: _C, count: int) -> list[_C]:
    """``count`` copies of a layer in evaluation mode, their values drawn anew by the layer's own recipes.

    One after the other, so that all differ; a parameter without a recipe, because its values were given,
    keeps them. Under ``mindspore-2.10`` all are copies of one such layer, given values are not kept, and
    the one layer draws its keys even if none is wanted.
    """
    with no_init_parameters():  # nothing is filled that a copy would fill again
        if current_profile() == "mindspore-2.10":
            first = _drawn_anew(layer, declared=True)
            made = [deepcopy(first) for _ in range(count)]
        else:
            made = [_drawn_anew(layer, declared=False) for _ in range(count)]
    if not stay_pending():
        for cell in made:
            cell.init_parameters_data()
    return made


def _drawn_anew(layer: _C, declared: bool) -> _C:
    """A copy that holds new pending parameters where the layer's have recipes.

    Args:
        declared: by the recipe that the owner declared, whatever was set since.
    """
    memo = {}
    for owner, key, parameter in _parameters(layer):
        recipe = owner._recipes.get(key) if declared else parameter.recipe
        if recipe is not None:
            memo[id(parameter)] = parameter.clone(recipe.initializer)
    twin = deepcopy(layer, memo).set_train(False)
    for owner, key, parameter in _parameters(twin):
        _note(owner, key, parameter)
    return twin


def _parameters(cell: Cell) -> Iterator[tuple[Cell, str, Parameter]]:
    """Each Parameter with the Cell that owns it and its name there."""
    for path, parameter in cell.named_parameters():
        owner_path, _, key = path.rpartition(".")
        owner = cell.get_submodule(owner_path)
        if isinstance(owner, Cell) and isinstance(parameter, Parameter):
            yield owner, key, parameter


def _note(owner: Cell, key: str, parameter: Parameter) -> None:
    """Let the owner know what its parameter is made from now."""
    if parameter.recipe is not None:
        owner._recipes[key] = parameter.recipe
