"""Cell: MindSpore's network block, a torch.nn.Module whose parameters know their names and recipes."""

from __future__ import annotations

from typing import Any, Self

import torch

from paraminit.attributes import Attributes
from paraminit.boundary import holds_plain, holds_tensor, map_tensors, to_plain, to_tensor
from paraminit.bprop import by_bprop
from paraminit.cell_settings import Settings
from paraminit.errors import ArgumentTypeError
from paraminit.hooks import Hooks
from paraminit.pending import create
from paraminit.precision import run
from paraminit.renaming import Renaming
from paraminit.running import inside_a_cell, running

__all__ = ["Cell"]

# What torch.nn.Module.__init__ gives every instance: the same by hand takes a quarter of the time, and a
# network has thousands of Cells.
_Module, _torchs_init = torch.nn.Module, torch.nn.Module.__init__
_FRESH = vars(torch.nn.Module())
_HOLDERS = [(name, type(value)) for name, value in _FRESH.items() if isinstance(value, dict | set)]
_SETTINGS = {name: value for name, value in _FRESH.items() if not isinstance(value, dict | set)}


class Cell(Attributes, Hooks, Renaming, Settings):
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

    # torch.compile asks modules with these two names to create their parameters before it traces.
    _initialize_hook = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "bprop" in vars(cls):
            cls.forward = by_bprop  # type: ignore[assignment]

    def __init__(self, auto_prefix: bool = True, flags: dict[str, Any] | None = None) -> None:
        state = self.__dict__
        if self.call_super_init or _Module.__init__ is not _torchs_init:
            _Module.__init__(self)  # torch.compile puts another in its place, for one
        else:
            state.update(_SETTINGS)
            for name, make in _HOLDERS:
                state[name] = make()
        if not isinstance(auto_prefix, bool):
            raise ArgumentTypeError(
                f"{type(self).__name__}: auto_prefix must be a bool, got {type(auto_prefix).__name__}."
            )
        state.update(training=False, _path="", _recipes={}, _auto_prefix=auto_prefix)
        if flags:
            self.add_flags(**flags)

    # -- running ----------------------------------------------------------------------------------

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """What the Cell computes. Override this; and, to say yourself what its gradient is, define
        ``bprop(self, *inputs, output, gradient)``, which returns one gradient for each input."""
        raise AttributeError(f"{type(self).__name__} must define construct(self, ...) to be called.")

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        if self._computes_in is None and not self._recomputes:
            return self.construct(*args, **kwargs)
        return run(self.construct, self._computes_in, self._recomputes, args, kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling():
            return super().__call__(*args, **kwargs)
        if self._pending:
            self.init_parameters_data()
        given = (*args, *kwargs.values()) if kwargs else args
        if inside_a_cell():
            bordered = holds_tensor(given)
            return self._call_bordered(args, kwargs) if bordered else super().__call__(*args, **kwargs)
        if "_recipes" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__}.__init__ must call super().__init__() first.")
        plain = holds_plain(given)
        with running(tensors=not plain):
            return super().__call__(*args, **kwargs) if plain else self._call_bordered(args, kwargs)

    def compile(self, *inputs: Any, **options: Any) -> None:
        """As torch's. MindSpore's gives it the inputs to build a graph for, and then it creates the values
        that are still pending, and nothing else: programs run eagerly here.

        Args:
            inputs: MindSpore's.
            options: torch's.
        """
        if not inputs:
            super().compile(**options)
        else:
            self.init_parameters_data()

    def compile_and_run(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self.__call__(*args, **kwargs)

    def _call_bordered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call with plain torch tensors in place of Tensors, and give Tensors back."""
        if holds_tensor((args, kwargs)):
            args, kwargs = map_tensors(to_plain, (args, kwargs))
        return map_tensors(to_tensor, super().__call__(*args, **kwargs))

    def _infer_parameters(self, module: torch.nn.Module, args: Any, kwargs: Any = None) -> None:
        self.init_parameters_data()

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

    def to_empty(self, *, device: torch.device | str | int | None, recurse: bool = True) -> Self:
        """Move to other memory without copying values that can be made again; return self.

        torch leaves what it finds in that memory. Here every parameter made by an initializer gets the
        values it began with (a custom initializer runs again); the others, and buffers, are moved. The
        objects stay. On the device ``"meta"`` they only give up their memory: shard the Cell then, and
        ``to_empty(device="cpu")`` makes in each process what it holds.

        Args:
            device: where to; ``"meta"`` for nowhere; None for where they are.
            recurse: what is below too.

        Raises:
            PlanError: a parameter or buffer on the meta device that no initializer made.
            InitializationError: device is ``"meta"``, and a parameter's values were given.
        """
        from paraminit.to_empty import to_empty

        to_empty(self, device, recurse)
        return self

    def extend_repr(self) -> str:
        """What ``repr`` prints between the parentheses. Override this."""
        return ""

    def extra_repr(self) -> str:
        return self.extend_repr()
