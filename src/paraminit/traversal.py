"""Cell traversal: the parameters, Cells and recipes that a Cell contains, by path."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, ValuesView

import torch

from paraminit.describe.recipe import Recipe
from paraminit.errors import ParameterNameError
from paraminit.naming import join
from paraminit.parameter import Parameter

__all__ = ["Traversal"]


class Traversal(torch.nn.Module):
    """The part of a Cell that looks and changes nothing."""

    _path: str  # from the outermost Cell to this one; "" for the outermost

    @property
    def _params(self) -> dict[str, torch.nn.Parameter | None]:
        """What MindSpore calls torch's ``_parameters``: programs that build networks look into it."""
        return self._parameters

    @property
    def _cells(self) -> dict[str, torch.nn.Module | None]:
        """The same of ``_modules``."""
        return self._modules

    def parameters_and_names(
        self, name_prefix: str = "", expand: bool = True
    ) -> Iterator[tuple[str, torch.nn.Parameter]]:
        """(path, parameter), own ones before the children's, each object once.

        Args:
            name_prefix: put before each path, with a dot.
            expand: the children's too.
        """
        yield from self.named_parameters(name_prefix, recurse=expand)

    def get_parameters(self, expand: bool = True) -> Iterator[torch.nn.Parameter]:
        """The parameters of :meth:`parameters_and_names`."""
        # Not through self.parameters(): MindSpore programs give this name to an attribute.
        yield from (parameter for _, parameter in self.named_parameters(recurse=expand))

    def trainable_params(self, recurse: bool = True) -> list[torch.nn.Parameter]:
        """The parameters with ``requires_grad=True``."""
        return [p for p in self.get_parameters(recurse) if getattr(p, "trains", p.requires_grad)]

    def untrainable_params(self, recurse: bool = True) -> list[torch.nn.Parameter]:
        """The parameters with ``requires_grad=False``."""
        return [p for p in self.get_parameters(recurse) if not getattr(p, "trains", p.requires_grad)]

    def parameters_dict(self, recurse: bool = True) -> OrderedDict[str, torch.nn.Parameter]:
        """The parameters by name.

        Raises:
            ParameterNameError: two of them have the same name.
        """
        found: OrderedDict[str, torch.nn.Parameter] = OrderedDict()
        for path, parameter in self.named_parameters(recurse=recurse):
            name = parameter.name if isinstance(parameter, Parameter) else join(self._path, path)
            if name in found:
                raise ParameterNameError(
                    f"{type(self).__name__}: the parameter {path!r} cannot be told from another, its name "
                    f"{name!r} already exists. Call update_parameters_name() to name all by their paths."
                )
            found[name] = parameter
        return found

    def parameters_broadcast_dict(self, recurse: bool = True) -> OrderedDict[str, torch.nn.Parameter] | None:
        """The parameters by name without those of ``layerwise_parallel=True``; None if there are none."""
        shared = OrderedDict(
            (name, parameter)
            for name, parameter in self.parameters_dict(recurse).items()
            if not getattr(parameter, "layerwise_parallel", False)
        )
        return shared or None

    def check_names(self) -> None:
        """Make sure that every parameter has a name of its own.

        Raises:
            ParameterNameError: two of them have the same name.
        """
        self.parameters_dict()

    def name_cells(self) -> OrderedDict[str, torch.nn.Module]:
        """The direct children by name, each once."""
        return OrderedDict(self.named_children())

    def cells(self) -> ValuesView[torch.nn.Module]:
        """The direct children, each once."""
        return self.name_cells().values()

    def cells_and_names(
        self, cells: object = None, name_prefix: str = ""
    ) -> Iterator[tuple[str, torch.nn.Module]]:
        """(path, Cell or torch module), this one first, under the path "", each once.

        Args:
            cells: Cells to leave out, in any collection.
            name_prefix: put before each path, with a dot.
        """
        left_out = {*cells} if isinstance(cells, Iterable) else None
        yield from self.named_modules(left_out, name_prefix)

    def get_sub_cell(self, target: str) -> torch.nn.Module:
        """The Cell or torch module at a path from here; "" is this one.

        Raises:
            AttributeError: there is none.
        """
        return self.get_submodule(target)

    def recipes(self) -> dict[str, Recipe]:
        """What the parameters here and below were made from, by path; also for those that have been
        replaced by a shard since. Without the parameters whose values were given."""
        found: dict[str, Recipe] = {}
        seen: set[torch.nn.Parameter] = set()
        for path, module in self.named_modules():
            for key, parameter in module._parameters.items():
                if parameter is None or parameter in seen:
                    continue
                seen.add(parameter)
                declared = getattr(module, "_recipes", {}).get(key)
                recipe = parameter.recipe if isinstance(parameter, Parameter) else declared
                if recipe is not None:
                    found[join(path, key)] = recipe
        return found
