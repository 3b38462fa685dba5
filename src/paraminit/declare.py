"""``initializer(...)``: a tensor declared by how its values are made."""

from __future__ import annotations

from typing import Any, TypeAlias

import torch

from paraminit.arguments import checked_shape
from paraminit.describe.initializers import Initializer, as_initializer
from paraminit.describe.recipe import Recipe
from paraminit.dtype import numpy_dtype, torch_dtype
from paraminit.errors import ArgumentValueError
from paraminit.pending import pending
from paraminit.tensor import Tensor

__all__ = ["Init", "initializer"]

#: What a layer takes to say how a parameter's values are made; None for the layer's default.
Init: TypeAlias = str | Initializer | torch.Tensor | float | None


def initializer(init: Any, shape: Any = None, dtype: object = torch.float32) -> torch.Tensor:
    """A pending Tensor: shape, dtype and initializer, and no data until somebody needs them.

    Args:
        init: an Initializer; the name of one, in any case, for its default arguments; a number, for
            Constant; or a Tensor, which is returned as it is.
        shape: int, tuple or list of ints of 0 or more. For a Tensor it may be left out.
        dtype: default float32. Ignored for a Tensor.

    Raises:
        UnknownNameError: no initializer of that name.
        ArgumentTypeError: ``init`` or ``dtype`` of another type; random values into an integer dtype.
        ArgumentValueError: no shape, an impossible one, one that differs from the Tensor's, or one that
            the initializer does not fit (such as XavierUniform on one dimension).

    Example:
        >>> t = initializer("normal", [2, 3])
        >>> t
        Tensor(shape=[2, 3], dtype=Float32, init=Normal(sigma=0.01, mean=0.0), value=<not created yet>)
        >>> t.init_data().shape
        torch.Size([2, 3])
    """
    if isinstance(init, torch.Tensor):
        if shape is not None and checked_shape(shape, owner="initializer") != tuple(init.shape):
            raise ArgumentValueError(
                f"initializer: the Tensor given as init has shape {tuple(init.shape)}, but shape is "
                f"{shape!r}. Leave shape out, or give the Tensor's."
            )
        return init
    made_by = as_initializer(init)
    if shape is None:
        raise ArgumentValueError(
            f"initializer({init!r}) needs a shape, for example initializer({init!r}, [2, 3])."
        )
    size = checked_shape(shape, owner="initializer")
    if dtype is None:
        raise ArgumentValueError("initializer: dtype must not be None; leave it out for float32.")
    wanted = torch_dtype(dtype, argument="initializer: dtype")
    return pending(Tensor, Recipe(made_by, size, numpy_dtype(wanted)))
