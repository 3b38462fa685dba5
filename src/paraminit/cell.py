"""Cell: MindSpore's network block, a torch.nn.Module whose parameters know their names and recipes."""

from __future__ import annotations

from typing import Any

import torch

from paraminit.boundary import holds_plain, holds_tensor, map_tensors, to_plain, to_tensor
from paraminit.cell_settings import Settings
from paraminit.contents import Contents
from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ParameterNameError
from paraminit.naming import find, join, names_below, refuse_chosen_name, refuse_taken_names
from paraminit.parameter import Parameter
from paraminit.parameter_tuple import ParameterTuple
from paraminit.pending import Pending, create
from paraminit.renaming import Renaming
from paraminit.running import inside_a_cell, running

__all__ = ["Cell"]

_PLAIN = (bool, float, int, str, type(None))


class Cell(Contents, Renaming, Settings):
    """A network or a part of one. Subclass it, create parameters and children in ``__init__``, and say
    in ``construct`` what they compute.

    Given Tensors, a Cell returns Tensors; given torch tensors, it returns torch tensors; inside
    ``construct`` there are plain torch tensors. Calling it first creates all parameter values that are
    still pending. As in MindSpore a Cell starts in evaluation mode; ``set_train()`` or ``train()``
    changes that. To compile one that is given Tensors use ``cell.compile()``.

    A parameter's name is the path of attributes that leads to it. A name that you gave yourself stays
    while its Cell is no other Cell's child. A parameter or child that a Cell reaches on two ways is named
    by the first. Each Cell keeps the recipes of its own parameters, so they outlive whatever replaces the
    parameters (sharding, for example).

    Args:
        auto_prefix: whether the parameters of a Cell set as an attribute are renamed to their paths.
        flags: attributes to begin with, by name.

    Example:
        >>> from paraminit import Parameter, Tensor
        >>> class Scale(Cell):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.factor = Parameter(3.0)
        ...     def construct(self, x):
        ...         return x * self.factor
        >>> net = Scale()
        >>> print(net(Tensor([1.0, 2.0])))
        [3. 6.]
        >>> [name for name, _ in net.parameters_and_names()]
        ['factor']
    """

    _recipes: dict[str, Recipe]
    _pending = False  # whether a parameter of this Cell or below may still be pending

    # torch.compile asks modules with these two names to create their parameters before it traces.
    _initialize_hook = None

    def __init__(self, auto_prefix: bool = True, flags: dict[str, Any] | None = None) -> None:
        torch.nn.Module.__init__(self)
        if not isinstance(auto_prefix, bool):
            raise ArgumentTypeError(
                f"{type(self).__name__}: auto_prefix must be a bool, got {type(auto_prefix).__name__}."
            )
        self.__dict__.update(training=False, _path="", _recipes={}, _auto_prefix=auto_prefix)
        if flags:
            self.add_flags(**flags)

    # -- running ----------------------------------------------------------------------------------

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """What the Cell computes. Override this."""
        raise AttributeError(f"{type(self).__name__} must define construct(self, ...) to be called.")

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.construct(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling():
            return super().__call__(*args, **kwargs)
        if self._pending:
            self.init_parameters_data()
        if inside_a_cell():
            bordered = holds_tensor((args, kwargs))
            return self._call_bordered(args, kwargs) if bordered else super().__call__(*args, **kwargs)
        if "_recipes" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__}.__init__ must call super().__init__() first.")
        with running():
            plain = holds_plain((args, kwargs))
            return super().__call__(*args, **kwargs) if plain else self._call_bordered(args, kwargs)

    def _call_bordered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call with plain torch tensors in place of Tensors, and give Tensors back."""
        if holds_tensor((args, kwargs)):
            args, kwargs = map_tensors(to_plain, (args, kwargs))
        return map_tensors(to_tensor, super().__call__(*args, **kwargs))

    def _infer_parameters(self, module: torch.nn.Module, args: Any, kwargs: Any = None) -> None:
        self.init_parameters_data()

    # -- attributes -------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        if "_recipes" not in state:  # torch says what to do before __init__
            super().__setattr__(name, value)
            return
        if type(value) in _PLAIN and not (
            name in state["_parameters"] or name in state["_modules"] or name in state["_buffers"]
        ):
            object.__setattr__(self, name, value)  # the most frequent case, and torch is slow at it
            return
        if issubclass(type(value), Parameter):  # isinstance would go through torch's metaclass
            self._set_parameter(name, value)
            return
        if isinstance(value, list | tuple) and value and all(isinstance(v, Parameter) for v in value):
            if isinstance(value, ParameterTuple):
                self._set_tuple(name, value)
                return
            value = torch.nn.ParameterList(value)
        if isinstance(value, torch.nn.Parameter):
            self._refuse_child(name)
            super().__setattr__(name, value)
        elif isinstance(value, torch.nn.Module):
            self._set_child(name, value)
        elif value is not None and name in self._parameters:
            self._set_values(name, value)
        elif value is not None and name in self._modules:
            raise ArgumentTypeError(
                f"{self._who(name)} is a child Cell and cannot become {type(value).__name__}. "
                "Assign a Cell, or delete the attribute first."
            )
        else:
            super().__setattr__(name, value)

    def _set_parameter(self, name: str, value: Parameter) -> None:
        self._refuse_child(name)
        state = value.__dict__
        keep = value._owned or (state["_named"] and not self._path)
        called = state["_name"] if keep else join(self._path, name)
        if keep:
            refuse_chosen_name(self, name, value, called)
        else:
            refuse_taken_names(self, name, {value: called})
        self._register(name, value)
        state["_name"], state["_owned"] = called, True
        if (recipe := value.recipe) is not None:
            self._recipes[name] = recipe
        else:
            self._recipes.pop(name, None)
        if isinstance(value, Pending):
            self._pending = True

    def _refuse_child(self, name: str) -> None:
        if name in self._modules:
            raise ParameterNameError(
                f"{self._who(name)} is a child Cell; a Parameter cannot take its name. Choose another."
            )

    def _register(self, name: str, value: torch.nn.Parameter) -> None:
        if "." in name:  # the name of some other Cell's parameter: torch would refuse it
            self._parameters[name] = value
        else:
            super().__setattr__(name, value)

    def _set_tuple(self, name: str, items: ParameterTuple) -> None:
        """Keep the tuple as an attribute, and register what is not here yet, each under its own name."""
        self._refuse_child(name)
        if name in self._parameters:
            delattr(self, name)
        present = set(self.get_parameters())
        for position, item in enumerate(items):
            if item not in present:
                self._set_parameter(item.name if item._named or item._owned else f"{name}.{position}", item)
        vars(self)[name] = items

    def _set_child(self, name: str, child: torch.nn.Module) -> None:
        if name in self._parameters:
            raise ParameterNameError(
                f"{self._who(name)} is a Parameter; a child Cell cannot take its name. Choose another."
            )
        below = list(child.named_modules())
        names = names_below(self, name, below) if self._auto_prefix else {}
        refuse_taken_names(self, name, names)
        super().__setattr__(name, child)
        self._settle(name, below, names)

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

    # -- names ------------------------------------------------------------------------------------

    def _who(self, name: str) -> str:
        return f"{type(self).__name__}.{name}"

    def _settle(
        self, key: str, below: list[tuple[str, torch.nn.Module]], names: dict[Parameter, str]
    ) -> None:
        """Give a child that is in its place now, and all below it, the names of their paths."""
        for parameter, name in names.items():
            parameter.__dict__["_name"] = name
        for path, module in below:
            if isinstance(module, Cell):
                if self._auto_prefix and find(self, module._path, without=key) is not module:
                    module.__dict__["_path"] = join(self._path, key, path)
                self._pending = self._pending or module._pending
            elif not self._pending:
                self._pending = any(isinstance(p, Pending) for p in module._parameters.values())

    # -- values -----------------------------------------------------------------------------------

    def init_parameters_data(
        self, auto_parallel_mode: bool = False
    ) -> dict[torch.nn.Parameter, torch.nn.Parameter]:
        """Create all values here and below that are still pending; return each parameter, mapped to
        itself (in MindSpore, to what replaced it).

        Args:
            auto_parallel_mode: accepted for MindSpore's sake; has no effect.
        """
        parameters = list(self.get_parameters())
        for parameter in parameters:
            create(parameter)
        for module in self.modules():
            if isinstance(module, Cell):
                module._pending = False
        return {parameter: parameter for parameter in parameters}

    def extend_repr(self) -> str:
        """What ``repr`` prints between the parentheses. Override this."""
        return ""

    def extra_repr(self) -> str:
        return self.extend_repr()
