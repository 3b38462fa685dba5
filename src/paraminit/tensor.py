"""Tensor: what MindSpore programs put into a Cell and get out of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt
import torch

from paraminit.ambiguous import Ambiguous
from paraminit.arguments import check_device, checked_shape, plain_from
from paraminit.describe.initializers import Initializer
from paraminit.describe.recipe import Recipe
from paraminit.dtype import array_over, numpy_dtype, tensor_over, torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.keys import get_seed
from paraminit.in_place import InPlace
from paraminit.layout import Layout
from paraminit.pending import Pending, create, pending
from paraminit.printing import describe_pending, describe_values, plain_text

__all__ = ["Tensor"]

_T = TypeVar("_T", bound=torch.Tensor)


class Tensor(Ambiguous, InPlace, Layout):
    """A torch tensor with MindSpore's constructor, conversions and printing.

    A thin type for the border between your program and the network: a Cell given Tensors returns Tensors
    and computes with plain torch tensors in between. Everything torch offers works on it.

    With ``init`` the Tensor is *pending*: it holds shape, dtype and initializer and no data, until
    ``init_data()`` or whatever needs its values.

    Args:
        input_data: a tensor or NumPy array (shape and dtype are kept), or numbers, nested in lists or
            tuples (bool, Int64, Float32 or Complex128). Copied.
        dtype: convert to this dtype; default None keeps it.
        shape: of a tensor of zeros, or of a pending one; int, tuple or list.
        init: an Initializer; needs ``shape`` and ``dtype``.
        const_arg: accepted for MindSpore's sake; has no effect.
        device: None or ``"CPU"``.

    Raises:
        ArgumentTypeError: input_data that holds no numbers or is ragged; ``init`` is no Initializer.
        ArgumentValueError: input_data together with ``shape``; ``init`` without shape or dtype; a
            negative, fractional or None entry in ``shape``; an unknown device.

    Example:
        >>> print(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        [[1. 2.]
         [3. 4.]]
        >>> Tensor(np.arange(3))
        Tensor(shape=[3], dtype=Int64, value= [0, 1, 2])
    """

    if TYPE_CHECKING:
        _recipe: Recipe

    def __new__(
        cls,
        input_data: Any = None,
        dtype: object = None,
        shape: int | tuple[int, ...] | list[int] | None = None,
        init: Initializer | None = None,
        const_arg: bool = False,
        device: str | None = None,
    ) -> Self:
        check_device("Tensor", device)
        if not isinstance(const_arg, bool):
            raise ArgumentTypeError(f"Tensor: const_arg must be a bool, got {const_arg!r}.")
        wanted = None if dtype is None else torch_dtype(dtype, argument="Tensor: dtype")
        if input_data is not None:
            if shape is not None or init is not None:
                raise ArgumentValueError(
                    "Tensor: shape and init are for tensors without input_data; got both. Leave them out."
                )
            return _as(cls, plain_from(input_data, wanted, owner="Tensor"))
        if init is not None and not isinstance(init, Initializer):
            hint = (
                f"Write initializer({init!r}, shape, dtype)." if isinstance(init, str) else "Write Normal()."
            )
            raise ArgumentTypeError(f"Tensor: init must be an Initializer, got {init!r}. {hint}")
        if shape is None or wanted is None:
            if init is not None:
                raise ArgumentValueError("Tensor: init needs shape and dtype as well.")
            raise ArgumentTypeError("Tensor: give input_data, or shape and dtype.")
        size = checked_shape(shape, owner="Tensor")
        if init is None:
            return _as(cls, torch.zeros(size, dtype=wanted, device="cpu"))
        return pending(cls, Recipe(init, size, numpy_dtype(wanted)))

    # -- values not created yet -------------------------------------------------------------------

    @property
    def has_init(self) -> bool:
        """Whether the values are still to be created by an initializer."""
        return isinstance(self, Pending)

    @property
    def init(self) -> Initializer | None:
        """The initializer that is still to create the values; None once it has."""
        return self._recipe.initializer if isinstance(self, Pending) else None

    def init_data(
        self, slice_index: int | None = None, shape: Any = None, opt_shard_group: Any = None
    ) -> Self:
        """Create the values in place and return this same tensor.

        Args:
            slice_index: draw the key as MindSpore does for this slice of a distributed tensor. That seeds
                NumPy's generator, before and after.
            shape: int, tuple or list; instead of the declared one.
            opt_shard_group: accepted for MindSpore's sake; has no effect.

        Raises:
            ArgumentTypeError: the tensor holds values already; slice_index is no int.
            ArgumentValueError: a negative slice_index; an impossible shape, or one that the initializer
                does not fit. The tensor stays pending, with its declared shape.

        Example:
            >>> from paraminit.common.initializer import initializer
            >>> t = initializer("ones", [2])
            >>> print(t.init_data())
            [1. 1.]
        """
        if not isinstance(self, Pending):
            raise ArgumentTypeError(
                "init_data creates the values of a tensor made with init=...; this one holds values already."
            )
        if slice_index is not None and (isinstance(slice_index, bool) or not isinstance(slice_index, int)):
            raise ArgumentTypeError(f"init_data: slice_index must be an int, got {slice_index!r}.")
        if slice_index is not None and slice_index < 0:
            raise ArgumentValueError(f"init_data: slice_index must be 0 or more, got {slice_index}.")
        declared = self._recipe
        if shape is not None:
            self._recipe = replace(declared, shape=checked_shape(shape, owner="init_data"))
        try:
            with nullcontext() if slice_index is None else _seeded_for_slice(slice_index):
                create(self)
        except Exception:
            self._recipe = declared
            raise
        return self

    # -- conversions ------------------------------------------------------------------------------

    def asnumpy(self) -> npt.NDArray[Any]:
        """The values as a NumPy array that shares the tensor's memory (a copy if it is not on the CPU).

        bfloat16 and float8 arrive as the dtypes of ml_dtypes.
        """
        create(self)
        return array_over(self.detach().cpu().resolve_conj().resolve_neg())

    @staticmethod
    def from_numpy(array: npt.NDArray[Any]) -> Tensor:
        """A Tensor over the memory of a NumPy array: writing to one changes the other.

        Raises:
            ArgumentTypeError: not a NumPy array.
        """
        if not isinstance(array, np.ndarray):
            raise ArgumentTypeError(f"from_numpy needs a NumPy array, got {type(array).__name__}.")
        return _as(Tensor, tensor_over(array))

    def astype(self, dtype: object) -> Tensor:
        """A Tensor of another dtype.

        Args:
            dtype: a dtype, or the name, NumPy type or Python type of one.

        Raises:
            ArgumentTypeError, UnknownNameError: it stands for no dtype.
        """
        if isinstance(dtype, str | type):
            try:
                dtype = np.dtype(numpy_dtype(dtype) if isinstance(dtype, str) else dtype)
            except TypeError:
                raise ArgumentTypeError(f"astype needs a dtype, got {dtype!r}.") from None
        return self.value().to(torch_dtype(dtype, argument="astype: dtype"), copy=True)  # type: ignore[return-value]

    def copy(self) -> Tensor:
        """A Tensor with the same values in memory of its own."""
        return _as(Tensor, self.detach().clone())

    def value(self) -> Tensor:
        """The values as a Tensor over the same memory, apart from the gradient's graph."""
        create(self)
        return _as(Tensor, self.detach())

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self.asnumpy(), dtype=dtype, copy=copy)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = _as(type(self), self.detach().clone())
        memo[id(self)] = twin.requires_grad_(self.requires_grad)
        vars(twin).update(deepcopy(vars(self), memo))
        return twin

    # -- printing ---------------------------------------------------------------------------------

    def __repr__(self) -> str:  # type: ignore[override]
        if isinstance(self, Pending):
            recipe = self._recipe
            return describe_pending(recipe.shape, recipe.dtype, recipe.initializer)
        return describe_values(self.asnumpy())

    def __str__(self) -> str:
        if isinstance(self, Pending):
            return describe_pending(self._recipe.shape, self._recipe.dtype)
        return plain_text(self.asnumpy())

    def __format__(self, spec: str) -> str:
        return str(self) if not spec else format(self.item(), spec)


_slices_without_seed = 0  # MindSpore adds 2 for each device and call


@contextmanager
def _seeded_for_slice(slice_index: int) -> Iterator[None]:
    """NumPy's generator as MindSpore seeds it around a slice's fill; afterwards it starts anew from the
    first word of its former state."""
    global _slices_without_seed
    former = int(cast(Any, np.random.get_state())[1][0])
    seed = get_seed()
    if seed is None:
        seed, _slices_without_seed = _slices_without_seed, _slices_without_seed + 2
    np.random.seed((slice_index + seed) % 2**32)
    try:
        yield
    finally:
        np.random.seed(former)


def _as(cls: type[_T], plain: torch.Tensor) -> _T:
    return plain.as_subclass(cls)


class _Callable(ModuleType):
    """This module: ``mindspore.tensor(...)`` makes a Tensor, and has the module's name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        return Tensor(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
