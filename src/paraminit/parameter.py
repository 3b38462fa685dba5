"""Parameter: a torch.nn.Parameter with MindSpore's constructor, name and ways to set its values."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any, Self, cast

import numpy as np
import torch

from paraminit.accepted import check_device, plain_from
from paraminit.declare import initializer
from paraminit.describe.recipe import Recipe
from paraminit.dtype import dtype_name
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError
from paraminit.lazy import Pending, create, declare, is_fixed, load, over, pending, stay_pending
from paraminit.tensor import Tensor

__all__ = ["Parameter"]

_unnamed = itertools.count()
_LONGEST_NAME = 1024


class Parameter(Tensor, torch.nn.Parameter):
    """A trainable tensor with a name.

    Every torch optimizer, ``state_dict``, ``torch.compile`` and DDP take it: it is a torch.nn.Parameter,
    and operations on it give plain torch tensors (``value()`` gives a Tensor).

    Made from ``initializer(...)`` it is filled at once, or, inside ``no_init_parameters()``, when its
    values are first needed; the random key is drawn here either way.

    Args:
        default_input: a tensor or NumPy array (copied, shape and dtype kept); an int (Int64 scalar), a
            float (Float32 scalar) or a NumPy scalar; a list of numbers; ``initializer(...)``.
        name: None or blank for the attribute name it gets in a Cell, ``Parameter#<n>`` until then.
        requires_grad: whether it is trained. An integer parameter keeps and prints this setting, though
            torch can give it no gradient.
        layerwise_parallel: exempt from broadcast and gradient averaging.
        parallel_optimizer: may be sharded by the optimizer.
        storage_format: kept, without effect.
        device: None or ``"CPU"``.

    Raises:
        ArgumentTypeError: str, None, tuple, complex or anything else as default_input; a flag that is
            no bool.
        ArgumentValueError: a bool as default_input; an unknown device.
        ParameterNameError: a name that is no str or longer than 1024 characters.

    Example:
        >>> Parameter(2.0, name="z")
        Parameter (name=z, shape=(), dtype=Float32, requires_grad=True)
    """

    # Operations on a Parameter cost what they cost on torch's, and torch.compile sees nothing special.
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    layerwise_parallel: bool
    parallel_optimizer: bool
    storage_format: str
    #: A shape that set_data takes as well, of the same elements (Conv1d's weight without its height).
    flat_shape: tuple[int, ...] | None = None
    _name: str
    _named: bool  # by the user, not by default
    _wants_grad: bool
    _owned = False  # by a Cell, which named it

    def __new__(cls, default_input: Any, *args: Any, **kwargs: Any) -> Self:
        made_by = None
        if isinstance(default_input, Pending):
            made_by = declare(default_input)
            if is_fixed(made_by) or stay_pending():
                return pending(cls, made_by, _can_have_grad(cast(Any, default_input)))
            create(default_input)  # no second run would repeat its values: copy them
        _check_default_input(default_input)
        plain = plain_from(default_input, None, owner="Parameter")
        parameter = over(cls, plain, _can_have_grad(plain))
        vars(parameter)["_recipe"] = made_by
        return parameter

    def __init__(
        self,
        default_input: Any,
        name: str | None = None,
        requires_grad: bool = True,
        layerwise_parallel: bool = False,
        parallel_optimizer: bool = True,
        storage_format: str = "",
        device: str | None = None,
    ) -> None:
        check_device("Parameter", device)
        for flag, value in (
            ("requires_grad", requires_grad),
            ("layerwise_parallel", layerwise_parallel),
            ("parallel_optimizer", parallel_optimizer),
        ):
            if not isinstance(value, bool):
                raise ArgumentTypeError(f"Parameter: {flag} must be a bool, got {value!r}.")
        if name is None or (isinstance(name, str) and not name.strip()):
            self._name, self._named = f"Parameter#{next(_unnamed)}", False
        else:
            self.name, self._named = name, True
        self.layerwise_parallel, self.parallel_optimizer = layerwise_parallel, parallel_optimizer
        self.storage_format = storage_format
        self.requires_grad_(requires_grad)
        if not stay_pending():
            create(self)

    # -- name and flags ---------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """In a Cell, the path of attributes that leads to it, such as ``"layer.0.weight"``.

        Raises:
            ParameterNameError: (when set) not a str, blank, or longer than 1024 characters.
        """
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        if not isinstance(name, str):
            raise ParameterNameError(f"a Parameter's name must be a str, got {name!r}.")
        if not name.strip():
            raise ParameterNameError("a Parameter's name must not be blank.")
        if len(name) > _LONGEST_NAME:
            raise ParameterNameError(
                f"a Parameter's name may have {_LONGEST_NAME} characters, got {len(name)}: {name[:40]}..."
            )
        self._name = name.strip()

    @property
    def trains(self) -> bool:
        """The ``requires_grad`` setting, of integer parameters too (torch's flag stays False there)."""
        return self.requires_grad if _can_have_grad(self) else self._wants_grad

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Change the ``requires_grad`` setting and return self."""
        self._wants_grad = requires_grad
        if _can_have_grad(self):
            super().requires_grad_(requires_grad)
        return self

    @property
    def recipe(self) -> Recipe | None:
        """What made the values it began with; None if they were given."""
        return vars(self).get("_recipe")

    # -- values -----------------------------------------------------------------------------------

    def init_data(self) -> Self:
        """Create the values now if they are still to be created; return this same Parameter."""
        create(self)
        return self

    def set_data(self, data: torch.Tensor | float) -> Self:
        """Replace the values by a copy of ``data``; the object, its name and its flags stay.

        Args:
            data: a tensor of this shape, pending ones included, or a number for a scalar parameter. Its
                dtype may be converted without loss of range or kind (Float16 to Float32, integers to
                floating point) and not the other way.

        Raises:
            ArgumentTypeError: data is neither, or its dtype would be narrowed.
            ArgumentValueError: data has another shape.

        Example:
            >>> from paraminit.common.initializer import initializer
        >>> p = Parameter([1.0, 2.0], name="w")
            >>> print(p.set_data(initializer("ones", p.shape, p.dtype)).asnumpy())
            [1. 1.]
        """
        source = self._checked_source(data)
        if isinstance(self, Pending) and isinstance(source, Pending):
            self._recipe = replace(declare(source), dtype=self._recipe.dtype)
        else:
            made_by = declare(source) if isinstance(source, Pending) else None
            load(self, source)
            vars(self)["_recipe"] = made_by
        return self

    def _checked_source(self, data: object) -> torch.Tensor:
        who = f"Parameter {self.name!r}: set_data"
        if isinstance(data, int | float | np.number) and not isinstance(data, bool):
            if isinstance(data, float) and not (self.is_floating_point() or self.is_complex()):
                raise ArgumentTypeError(f"{who} got the float {data!r}; the parameter is {_dtype(self)}.")
            data = torch.tensor(data, dtype=self.dtype, device="cpu")
        if not isinstance(data, torch.Tensor):
            raise ArgumentTypeError(
                f"{who} takes a Tensor or a number, got {type(data).__name__}. Wrap it: Tensor(...)."
            )
        if self.flat_shape is not None and data.shape == self.flat_shape:
            data = data.reshape(self.shape)
        if data.shape != self.shape:
            raise ArgumentValueError(
                f"{who} got shape {tuple(data.shape)}; the parameter has {tuple(self.shape)}. "
                "Reshape the data, or make a new Parameter."
            )
        if torch.promote_types(data.dtype, self.dtype) != self.dtype:
            raise ArgumentTypeError(
                f"{who} would narrow {_dtype(data)} to {_dtype(self)}. If that is meant, convert first: "
                ".astype(param.dtype)."
            )
        return data

    def __setitem__(self, index: Any, value: Any) -> None:
        create(self)
        with torch.no_grad():  # MindSpore writes in place; torch refuses on a leaf that has a gradient
            super().__setitem__(index, value)

    # -- copies -----------------------------------------------------------------------------------

    def clone(self, init: Any = None, *, memory_format: Any = torch.preserve_format) -> Any:
        """Without ``init``, torch's differentiable copy; with it, a new Parameter.

        Torch code and torch.compile rely on ``clone()``; MindSpore's default must be written out.

        Args:
            init: ``"same"`` for the same values, or what ``initializer`` takes: a name, an Initializer,
                a number or a Tensor of this shape. Name and flags are kept.
            memory_format: torch's, for ``clone()``.

        Raises:
            UnknownNameError, ArgumentTypeError, ArgumentValueError: as ``initializer``.
        """
        if init is None:
            create(self)
            return torch.clone(self, memory_format=memory_format)
        if isinstance(init, str) and init == "same":
            return deepcopy(self)
        values = initializer(init, tuple(self.shape), self.dtype)
        if values.dtype != self.dtype:
            values = values.to(self.dtype)
        twin = Parameter(values, self.name, self.trains, self.layerwise_parallel, self.parallel_optimizer)
        twin.storage_format = self.storage_format
        return twin

    def copy(self) -> Self:
        """A new Parameter with the same values, name and flags; pending if this one is."""
        return deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        plain = self.detach().clone(memory_format=torch.preserve_format)
        twin = memo[id(self)] = over(type(self), plain, self.requires_grad)
        vars(twin).update(deepcopy(vars(self), memo))
        return twin

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        plain = self.detach().as_subclass(torch.Tensor)
        return _rebuild, (type(self), plain, self.requires_grad, vars(self))

    # -- printing ---------------------------------------------------------------------------------

    def __repr__(self) -> str:  # type: ignore[override]
        return (
            f"Parameter (name={self.name}, shape={tuple(self.shape)}, dtype={_dtype(self)}, "
            f"requires_grad={self.trains})"
        )

    __str__ = __repr__


def _check_default_input(data: object) -> None:
    if isinstance(data, bool | np.bool_):
        raise ArgumentValueError(f"Parameter cannot be made from the bool {data!r}. Use Tensor({data!r}).")
    if not isinstance(data, torch.Tensor | np.ndarray | np.number | int | float | list):
        hint = ""
        if data is None or isinstance(data, str):
            hint = f" For an initializer write initializer({data or 'normal'!r}, shape)."
        elif isinstance(data, tuple):
            hint = " Give a list, or Tensor(...)."
        raise ArgumentTypeError(
            "Parameter takes a Tensor, initializer(...), a NumPy array, a number or a list of numbers, got "
            f"{data!r} of type {type(data).__name__}.{hint}"
        )


def _can_have_grad(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _dtype(tensor: torch.Tensor) -> str:
    return dtype_name(tensor.dtype)


def _rebuild(cls: type[Any], plain: torch.Tensor, requires_grad: bool, state: dict[str, Any]) -> Any:
    parameter = over(cls, plain, requires_grad)
    vars(parameter).update(state)
    return parameter
