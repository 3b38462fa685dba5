"""Parameter: a torch.nn.Parameter with MindSpore's constructor, name and ways to set its values."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any, Self

import torch

from paraminit.arguments import check_default_input, check_device, checked_name, checked_source, plain_from
from paraminit.arithmetic import Arithmetic
from paraminit.conversion import Conversion
from paraminit.copies import Copies
from paraminit.describe.recipe import Recipe
from paraminit.dtype import dtype_name
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.flags import CHECKS, Flags
from paraminit.lazy import stay_pending
from paraminit.pending import Pending, become, create, declare, filled, is_fixed, load, over, pending
from paraminit.tensor import Tensor

__all__ = ["Parameter"]

_unnamed = itertools.count()
_set_attribute = torch.nn.Parameter.__setattr__


class Parameter(Copies, Conversion, Flags, Arithmetic, Tensor, torch.nn.Parameter):
    """A trainable tensor with a name.

    Every torch optimizer, ``state_dict``, ``torch.compile`` and DDP take it: it is a torch.nn.Parameter,
    and what torch's functions make of it is a plain torch tensor. Its own operators and methods give
    Tensors in a program, and plain torch tensors inside a Cell.

    Made from ``initializer(...)`` it is filled at once, or, inside ``no_init_parameters()``, when its
    values are first needed; the random key is drawn here either way.

    Args:
        default_input: a tensor or NumPy array (copied, shape and dtype kept); an int (Int64 scalar), a
            float (Float32 scalar) or a NumPy scalar; a list of numbers; ``initializer(...)`` or a Recipe.
        name: None or blank for the attribute name it gets in a Cell, ``Parameter#<n>`` until then.
        requires_grad: whether it is trained. An integer parameter keeps and prints this setting, though
            torch can give it no gradient.
        layerwise_parallel: exempt from broadcast and gradient averaging.
        parallel_optimizer: may be sharded by the optimizer.
        storage_format: kept, without effect.
        device: None, ``"CPU"``, or ``"Remote"``, which is the CPU too.

    Raises:
        ArgumentTypeError: str, None, tuple, complex or anything else as default_input; a flag that is
            no bool.
        ArgumentValueError: a bool as default_input; an unknown device.
        ParameterNameError: a name that is no str or longer than 1024 characters.

    Example:
        >>> Parameter(2.0, name="z")
        Parameter (name=z, shape=(), dtype=Float32, requires_grad=True)
    """

    # torch's functions cost on a Parameter what they cost on torch's, and torch.compile sees nothing special.
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    #: A shape that set_data takes as well, of the same elements (Conv1d's weight without its height).
    flat_shape: tuple[int, ...] | None = None
    _name = "Parameter"  # until it has one of its own
    _named = False  # by the user, not by default
    _wants_grad = True
    _owned = False  # by a Cell, which named it

    def __new__(cls, default_input: Any, *args: Any, **kwargs: Any) -> Self:
        made_by, repeatable = None, True
        if isinstance(default_input, Recipe):
            return cls.made_by(default_input)
        if isinstance(default_input, Pending):
            made_by = declare(default_input)
            repeatable = is_fixed(made_by)  # else the Tensor itself must be created, and copied
        if made_by is not None and (repeatable or stay_pending()):
            return cls.made_by(made_by)
        check_default_input(default_input)
        if isinstance(default_input, float):  # NumPy's float64 is one: MindSpore takes either as Float32
            default_input = float(default_input)
        plain = plain_from(default_input, None, owner="Parameter")
        parameter = over(cls, plain, _can_have_grad(plain))
        parameter.__dict__["_recipe"] = made_by
        return parameter

    @classmethod
    def made_by(cls, recipe: Recipe) -> Self:
        """A Parameter of a recipe's values, unnamed yet; the key is drawn if it has none. Layers, which have
        checked everything, make their parameters so."""
        recipe = recipe.declared()
        wants_grad = recipe.dtype.kind not in "iub"
        if stay_pending():
            return pending(cls, recipe, wants_grad)
        parameter = become(cls, filled(recipe), wants_grad)
        parameter.__dict__["_recipe"] = recipe
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
        settings = self.__dict__  # at once, and only what differs from the class: networks have thousands
        if "_is_param" in settings:  # torch.nn.Parameter(parameter) made it; the arguments are torch's
            return
        if device is not None and device != "Remote":
            check_device("Parameter", device)
        named = not (name is None or (isinstance(name, str) and not name.strip()))
        if not (requires_grad is True and layerwise_parallel is False and parallel_optimizer is True):
            settings["_wants_grad"] = CHECKS["requires_grad"]("requires_grad", requires_grad)
            self.layerwise_parallel, self.parallel_optimizer = layerwise_parallel, parallel_optimizer
        if storage_format != "":
            self.storage_format = storage_format
        settings["_name"] = checked_name(name) if named else f"Parameter#{next(_unnamed)}"
        if named:
            settings["_named"] = True
        if not requires_grad:
            self.requires_grad_(False)

    # -- name and flags ---------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """In a Cell, the path of attributes that leads to it, such as ``"layer.0.weight"``.

        Set to None, it is ``Parameter#<n>`` until a Cell gives it another.

        Raises:
            ParameterNameError: (when set) not a str, blank, or longer than 1024 characters.
        """
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is None:  # as if it had never been given
            self._name, self._named = f"Parameter#{next(_unnamed)}", False
            return
        self._name = checked_name(name)
        self._named = self._named or not self._owned

    @property
    def trains(self) -> bool:
        """The ``requires_grad`` setting, of integer parameters too (torch's flag stays False there)."""
        return self.requires_grad if _can_have_grad(self) else self._wants_grad

    def __setattr__(self, name: str, value: Any) -> None:
        if name in CHECKS:
            value = CHECKS[name](name, value)
            if name == "requires_grad":  # torch's own setter would refuse it for integers, or forget it
                self.requires_grad_(value)
                return
        _set_attribute(self, name, value)

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

    def init_data(  # type: ignore[override]
        self, layout: None = None, set_sliced: bool = False
    ) -> Self:
        """Create the values now if they are still to be created; return this same Parameter.

        Args:
            layout: None. Looked at only if values are still to be created.
            set_sliced: also set ``sliced``, which has no effect.

        Raises:
            ArgumentTypeError: a layout that is no tuple.
            ArgumentValueError: a layout.
        """
        if not isinstance(self, Pending):
            return self
        if layout is not None and not isinstance(layout, tuple):
            raise ArgumentTypeError(f"Parameter {self.name!r}: layout must be a tuple, got {layout!r}.")
        if layout is not None:
            raise ArgumentValueError(
                f"Parameter {self.name!r}: init_data creates whole parameters and takes no layout, "
                f"got {layout!r}. Leave it out."
            )
        create(self)
        self.sliced = self.sliced or set_sliced
        return self

    def set_data(self, data: torch.Tensor | float, slice_shape: bool = False) -> Self:
        """Replace the values by a copy of ``data``; the object, its name and its flags stay.

        Args:
            data: a tensor of this shape, pending ones included, or a number for a scalar parameter. Its
                dtype may be converted without loss of range or kind (Float16 to Float32, integers to
                floating point) and not the other way.
            slice_shape: whether data may have another shape, which the Parameter then takes on; kept as
                ``sliced``.

        Raises:
            ArgumentTypeError: data is neither, or its dtype would be narrowed.
            ArgumentValueError: data has another shape, and slice_shape is False.

        Example:
            >>> from paraminit.common.initializer import initializer
        >>> p = Parameter([1.0, 2.0], name="w")
            >>> print(p.set_data(initializer("ones", p.shape, p.dtype)).asnumpy())
            [1. 1.]
        """
        source = checked_source(self, data, self.flat_shape, slice_shape)
        self.sliced = slice_shape
        made_by = declare(source) if isinstance(source, Pending) else None
        if isinstance(self, Pending) and made_by is not None and made_by.shape == self.shape:
            self._recipe = replace(made_by, dtype=self._recipe.dtype)
            return self
        load(self, source)
        vars(self)["_recipe"] = made_by
        return self

    @property
    def is_default_input_init(self) -> bool:
        """Whether an initializer makes, or made, its values."""
        return self.recipe is not None

    @property
    def init_mode(self) -> Tensor | None:
        """The pending Tensor that is to give the values; None once they are there."""
        return pending(Tensor, self._recipe) if isinstance(self, Pending) else None

    def __setitem__(self, index: Any, value: Any) -> None:
        create(self)
        with torch.no_grad():  # MindSpore writes in place; torch refuses on a leaf that has a gradient
            super().__setitem__(index, value)

    # -- printing ---------------------------------------------------------------------------------

    def __repr__(self) -> str:  # type: ignore[override]
        return (
            f"Parameter (name={self.name}, shape={tuple(self.shape)}, dtype={_dtype(self)}, "
            f"requires_grad={self.trains})"
        )

    __str__ = __repr__


def _can_have_grad(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _dtype(tensor: torch.Tensor) -> str:
    return dtype_name(tensor.dtype)
