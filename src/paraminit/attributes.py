"""What may become an attribute of a Cell, and what names that gives to parameters."""

from __future__ import annotations

from typing import Any, TypeGuard

import torch
from torch.nn.modules import module as _torch

from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ParameterNameError
from paraminit.naming import find, join
from paraminit.parameter import Parameter
from paraminit.parameter_tuple import ParameterTuple
from paraminit.pending import Pending
from paraminit.traversal import Traversal

__all__ = ["Attributes"]

_PLAIN = (bool, float, int, str, type(None))
_Module = torch.nn.Module
_torchs_setattr, _torchs_register = _Module.__setattr__, _Module.register_parameter


class Attributes(Traversal):
    """The part of a Cell that registers parameters and children and names them by their paths."""

    _auto_prefix: bool
    _recipes: dict[str, Recipe]
    _pending = False  # whether a parameter of this Cell or below may still be pending

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        if "_recipes" not in state:  # before __init__
            try:
                super().__setattr__(name, value)
            except AttributeError as error:
                error.add_note(f"Begin {type(self).__name__}.__init__ with super().__init__().")
                raise
            return
        if type(value) in _PLAIN and not (
            name in state["_parameters"] or name in state["_modules"] or name in state["_buffers"]
        ):
            object.__setattr__(self, name, value)  # the most frequent case, and torch is slow at it
            return
        if _has_name(value):
            self._refuse_no_step(name)
            self._set_parameter(name, value)
            return
        if isinstance(value, torch.nn.Module):
            self._refuse_no_step(name)
            self._set_child(name, value)
            return
        if isinstance(value, list | tuple) and value and all(isinstance(v, Parameter) for v in value):
            if isinstance(value, ParameterTuple):
                self._set_tuple(name, value)
                return
            self._refuse_no_step(name)
            self._set_child(name, torch.nn.ParameterList(ParameterTuple(value)))  # refuses a name given twice
            return
        if isinstance(value, torch.nn.Parameter):
            self._refuse_child(name)
            super().__setattr__(name, value)
        elif value is not None and name in self._parameters:
            self._set_values(name, value)
        elif value is not None and name in self._modules:
            raise ArgumentTypeError(
                f"{self._who(name)} is a child Cell and cannot become {type(value).__name__}. "
                "Assign a Cell, or delete the attribute first."
            )
        else:
            super().__setattr__(name, value)

    def register_parameter(self, name: str, param: torch.nn.Parameter | None) -> None:
        former = self._parameters.get(name)
        super().register_parameter(name, param)
        replaces = param is not None and not issubclass(type(param), Parameter)
        if replaces and isinstance(former, Parameter) and former.recipe is not None:
            self._recipes[name] = former.recipe  # a shard has no place for the recipe of the whole

    def _set_parameter(self, name: str, value: Parameter) -> None:
        if name in self._modules:
            self._refuse_child(name)
        self._register(name, value)
        state = value.__dict__
        if not (value._owned or (value._named and not self._path)):
            state["_name"] = f"{self._path}.{name}" if self._path else name
        state["_owned"] = True
        recipe = state.get("_recipe")
        if recipe is not None:
            self._recipes[name] = recipe
        else:
            self._recipes.pop(name, None)
        if isinstance(value, Pending):
            self._pending = True

    def _refuse_no_step(self, name: str) -> None:
        if not name or "." in name:
            raise ParameterNameError(
                f"{type(self).__name__}: a name must not be empty or hold a dot, which divides the steps of "
                f"a path; got {name!r}."
            )

    def _refuse_child(self, name: str) -> None:
        if name in self._modules:
            raise ParameterNameError(
                f"{self._who(name)} is a child Cell; a Parameter cannot take its name. Choose another."
            )

    def _register(self, name: str, value: torch.nn.Parameter) -> None:
        # Straight in under a name with dots (some other Cell's parameter), which torch would refuse, and
        # under a new one: torch would look for it in six places, twice.
        if "." in name or (
            self._is_new(name)
            and not hasattr(type(self), name)
            and not _torch._global_parameter_registration_hooks
            # Nor does anybody listen: no subclass has a method of its own for it, and no library put another
            # in place of torch's (as accelerate's `init_empty_weights` does).
            and _Module.register_parameter is _torchs_register
            and _Module.__setattr__ is _torchs_setattr
            and type(self).register_parameter is Attributes.register_parameter
        ):
            self._parameters[name] = value
        else:
            super().__setattr__(name, value)

    def _is_new(self, name: str) -> bool:
        state = self.__dict__
        return bool(name) and not (
            name in state
            or name in state["_parameters"]
            or name in state["_buffers"]
            or name in state["_modules"]
        )

    def _set_tuple(self, name: str, items: ParameterTuple) -> None:
        """Keep the tuple as an attribute, and register what is not here yet, each under its own name."""
        self._refuse_child(name)
        if name in self._parameters:
            delattr(self, name)
        present = set(self.get_parameters())
        absent = {
            item.name if item._named or item._owned else f"{name}.{position}": item
            for position, item in enumerate(items)
            if item not in present
        }
        replaced = vars(self).get(name)
        for key in absent:  # all are checked before the first is registered
            other = self._parameters.get(key)
            if other is not None and not (isinstance(replaced, tuple) and other in {*replaced}):
                raise ParameterNameError(
                    f"{self._who(name)}: the name {key!r} already belongs to another parameter. "
                    "Give one of them another name."
                )
            self._refuse_child(key)
        for key, item in absent.items():
            self._set_parameter(key, item)
        vars(self)[name] = items

    def _load_from_state_dict(self, state: Any, prefix: str, *args: Any) -> None:
        super()._load_from_state_dict(state, prefix, *args)
        unexpected: list[str] = args[3]  # torch takes names with dots for those of children
        unexpected[:] = [key for key in unexpected if key.removeprefix(prefix) not in self._parameters]

    def _set_child(self, name: str, child: torch.nn.Module) -> None:
        if name in self._parameters:
            raise ParameterNameError(
                f"{self._who(name)} is a Parameter; a child Cell cannot take its name. Choose another."
            )
        if (
            self._is_new(name)
            and not _torch._global_module_registration_hooks
            and _Module.__setattr__ is _torchs_setattr
        ):
            self._modules[name] = child
        else:
            super().__setattr__(name, child)
        self._settle(name, child)

    def _set_values(self, name: str, value: object) -> None:
        parameter = self._parameters[name]
        if not isinstance(parameter, Parameter) or not isinstance(value, torch.Tensor):
            raise ArgumentTypeError(
                f"{self._who(name)} is a Parameter and cannot become {type(value).__name__}. "
                "Assign a Parameter or None, or a Tensor to a Parameter that holds values."
            )
        parameter.set_data(value)

    def insert_param_to_cell(
        self, param_name: str, param: Parameter | None, check_name_contain_dot: bool = True
    ) -> None:
        """Register a Parameter under a name, as ``setattr`` would, unless something else has the name.

        Args:
            param_name: free, or a parameter's, which is then replaced.
            param: None keeps the place.
            check_name_contain_dot: whether a dot in the name is refused.

        Raises:
            ParameterNameError: the name is empty, holds a dot, or belongs to another attribute.
            ArgumentTypeError: ``param`` is no Parameter, the name no str.
        """
        self._check_free(param_name, self._parameters, check_name_contain_dot)
        if param is not None and not isinstance(param, torch.nn.Parameter):
            raise ArgumentTypeError(f"{self._who(param_name)} takes a Parameter, got {type(param).__name__}.")
        if param is None:
            self._parameters[param_name] = None
        elif isinstance(param, Parameter):
            self._set_parameter(param_name, param)
        else:
            self._register(param_name, param)

    def insert_child_to_cell(self, child_name: str, child_cell: torch.nn.Module | None) -> None:
        """The same for a child, which is a Cell or torch module."""
        self._check_free(child_name, self._modules)
        if child_cell is None:
            self._modules[child_name] = None
            return
        if not isinstance(child_cell, torch.nn.Module):
            raise ArgumentTypeError(f"{self._who(child_name)} takes a Cell, got {type(child_cell).__name__}.")
        setattr(self, child_name, child_cell)

    def _check_free(self, name: object, replaceable: dict[str, Any], refuse_dot: bool = True) -> None:
        who = type(self).__name__
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{who}: a name must be a str, got {name!r}.")
        if not name or (refuse_dot and "." in name):
            raise ParameterNameError(f"{who}: a name must not be empty or hold a dot, got {name!r}.")
        if hasattr(self, name) and name not in replaceable:
            raise ParameterNameError(f"{who} has an attribute {name!r} already. Choose another name.")

    def _who(self, name: str) -> str:
        return f"{type(self).__name__}.{name}"

    def _settle(self, key: str, child: torch.nn.Module) -> None:
        """Give a child that is in its place now, and all below it, the names of their paths.

        A parameter that this Cell also reaches by the name it has is tied, and keeps that name: its first
        path.
        """
        prefix, renames, pending = join(self._path, key), self._auto_prefix, False
        seen: set[int] = set()
        for path, module in child.named_modules() if child._modules else [("", child)]:
            above = f"{prefix}.{path}" if path else prefix
            for attribute, p in module._parameters.items():
                if renames and _has_name(p) and id(p) not in seen:
                    seen.add(id(p))
                    if find(self, p._name, key) is not p:
                        p.__dict__["_name"] = f"{above}.{attribute}"
            if isinstance(module, Attributes):
                state = module.__dict__
                former = state["_path"]
                if renames and not (former and find(self, former, key) is module):
                    state["_path"] = above
                pending = pending or module._pending
            else:
                pending = pending or any(isinstance(p, Pending) for p in module._parameters.values())
        if pending:
            self._pending = True


def _has_name(parameter: object) -> TypeGuard[Parameter]:
    return issubclass(type(parameter), Parameter)  # isinstance would go through torch's metaclass
