"""A layer's parameters: from what its ``weight_init`` and ``bias_init`` say."""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from paraminit.declare import Init, initializer
from paraminit.describe.initializers import HeUniform, Initializer, Normal, Uniform, Zero, as_initializer
from paraminit.describe.recipe import Recipe
from paraminit.dtype import numpy_dtype, torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError
from paraminit.parameter import Parameter
from paraminit.profiles import current_profile
from paraminit.tensor import Tensor

__all__ = [
    "check_bool",
    "default_bias",
    "default_weight",
    "layer_parameter",
    "layer_parameters",
    "shown",
    "weight_and_bias",
]


# One object for each default, which nobody changes: so its recipes can be kept for layers of equal shape.
_WEIGHT = HeUniform(math.sqrt(5))
_BIASES: dict[float, Uniform] = {}


def default_weight() -> Initializer:
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)); Normal(0.01) before MindSpore 2."""
    return Normal() if current_profile() == "mindspore-1" else _WEIGHT


def default_bias(fan_in: int) -> Initializer:
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)); zeros before MindSpore 2."""
    if current_profile() == "mindspore-1":
        return Zero()
    scale = 1 / math.sqrt(fan_in)
    if scale not in _BIASES:
        _BIASES[scale] = Uniform(scale)
    return _BIASES[scale]


@lru_cache
def _recipe_of_default(default: Initializer, shape: tuple[int, ...], dtype: torch.dtype) -> Recipe:
    return Recipe(default, shape, numpy_dtype(dtype))


def layer_parameter(
    owner: str, argument: str, init: Init, shape: tuple[int, ...], dtype: object
) -> Parameter:
    """The Parameter that ``init`` describes.

    Args:
        owner, argument: for the error message, such as ``"Conv2d"`` and ``"bias_init"``.
        init: whatever ``initializer`` takes. A Tensor is copied and converted to ``dtype``.
        shape: of the parameter.
        dtype: of the parameter.

    Raises:
        ArgumentTypeError: a Parameter, which could mean two things; or as ``initializer``.
        ArgumentValueError, UnknownNameError: as ``initializer``.
    """
    return layer_parameters(owner, dtype, **{argument: (init, shape)})[0]


def layer_parameters(
    owner: str, dtype: object, /, **described: tuple[Init, tuple[int, ...]]
) -> tuple[Parameter, ...]:
    """The Parameters that several arguments describe, in their order.

    All are checked before the first draws its key, so that a wrong ``bias_init`` changes nothing.

    Args:
        owner: for the error message.
        dtype: of the parameters.
        described: by argument, its value and the parameter's shape.

    Raises:
        As :func:`layer_parameter`.
    """
    if dtype is None:
        raise ArgumentValueError(f"{owner}: dtype must not be None; leave it out for float32.")
    wanted = torch_dtype(dtype, argument=f"{owner}: dtype")
    values = []
    try:
        for argument, (init, shape) in described.items():  # noqa: B007
            values.append(_described(init, shape, wanted))
    except ParaminitError as error:
        error.args = (f"{owner}.{argument}: {error}",)
        raise
    made: list[Parameter] = []
    try:
        for argument, value in zip(described, values, strict=True):  # noqa: B007
            made.append(Parameter.made_by(value) if isinstance(value, Recipe) else Parameter(value))
    except Exception as error:  # of a custom initializer, which runs now
        error.add_note(f"given as {owner}.{argument}")
        raise
    return tuple(made)


def weight_and_bias(
    owner: str,
    dtype: object,
    weight_init: tuple[Init, tuple[int, ...]],
    bias_init: tuple[Init, tuple[int, ...]] | None,
) -> tuple[Parameter, Parameter | None]:
    """The same for a weight and, unless it is None, a bias."""
    if bias_init is None:
        return layer_parameter(owner, "weight_init", *weight_init, dtype), None
    weight, bias = layer_parameters(owner, dtype, weight_init=weight_init, bias_init=bias_init)
    return weight, bias


def _described(init: Init, shape: tuple[int, ...], dtype: torch.dtype) -> Recipe | torch.Tensor:
    if init is _WEIGHT or (type(init) is Uniform and _BIASES.get(init.scale) is init):
        return _recipe_of_default(init, shape, dtype)
    if not isinstance(init, torch.Tensor):
        return Recipe(as_initializer(init), shape, numpy_dtype(dtype))
    if isinstance(init, torch.nn.Parameter):
        raise ArgumentTypeError(
            "a Parameter is no initializer. To start from its values give param.value(); to share it "
            "assign it to the layer afterwards."
        )
    value = initializer(init, shape)
    if value.dtype == dtype:
        return value
    if value.is_complex() and not dtype.is_complex:
        raise ArgumentTypeError(f"a complex Tensor cannot initialize a parameter of {dtype}.")
    return Tensor(value, dtype)


def check_bool(owner: str, argument: str, value: object) -> None:
    """Make sure that a flag is a bool."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{owner}: {argument} must be a bool, got {value!r}.")


def shown(init: Init) -> str:
    """An ``init`` argument as a layer's repr prints it.

    Example:
        >>> shown("normal"), shown(Normal()), shown(None)
        ('normal', 'Normal(sigma=0.01, mean=0.0)', 'None')
    """
    return f"<Tensor of shape {tuple(init.shape)}>" if isinstance(init, torch.Tensor) else str(init)
