"""Tensors without memory among others: what is computed from them has no memory either, or is refused.

torch by itself goes on silently: ``linear`` of a batch and a weight on the meta device answers with whatever
is in memory, ``add_`` and ``index_put_`` leave what was there. And constructors ask ``weight.is_meta``, to
leave out what they would compute from its values.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import DeviceContext
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from paraminit.errors import InitializationError

__all__ = ["Valueless"]

_Tensor = torch.Tensor
_Answer = Callable[[torch.device], object]
# Where a tensor says it is: what it would say if it had memory.
_WHERE: dict[Any, _Answer] = {
    _Tensor.device.__get__: lambda device: device,
    _Tensor.is_meta.__get__: lambda device: False,  # type: ignore[attr-defined]
    _Tensor.is_cpu.__get__: lambda device: device.type == "cpu",  # type: ignore[attr-defined]
    _Tensor.is_cuda.__get__: lambda device: device.type == "cuda",  # type: ignore[attr-defined]
    _Tensor.get_device: lambda device: -1 if device.index is None else device.index,
}
# Make new tensors of values that do not depend on those of the tensor they are like.
_FILLED = {
    torch.zeros_like,
    torch.ones_like,
    torch.full_like,
    _Tensor.new_zeros,
    _Tensor.new_ones,
    _Tensor.new_full,
    _Tensor.new_tensor,
}
# The same, of any values or random ones: init functions take them to compute with, on the tensor's device.
_EMPTY = {
    torch.empty_like,
    torch.rand_like,
    torch.randn_like,
    torch.randint_like,
    _Tensor.new_empty,
    _Tensor.new_empty_strided,
}
# Take over no more from another tensor than where it is and its dtype; what they call it.
_LIKE = {_Tensor.to: "tensor", _Tensor.type_as: "other"}
_DEVICE_CONTEXT = DeviceContext.__torch_function__.__code__
_SET_DATA = _Tensor.data.__set__  # type: ignore[attr-defined]
_ABOUT_MEMORY = ("meta", "unallocated storage", "format string")  # as torch says it
_REMEDY = (
    "Inside this block parameters have no values, but for vectors such as biases and scales. Build the "
    "network outside of it, where Plan.apply fills it in place; or, if a method of the network computes such "
    "values, on torch.device('meta')."
)


class Valueless(TorchFunctionMode):
    """While it is active, tensors on the meta device pass for tensors of the default device.

    What is computed from their values is on the meta device too; it cannot get into a tensor that has
    values, nor into Python. Where meta is the default device, nothing is different; nor for torch's own code
    that asks where a tensor is.

    Args:
        active: where a block of this kind is, and which.
        name_of: what to call a tensor that has values, such as ``"the buffer 'mean' of Norm"``.
        give_up: take the memory of tensors that have it in common, because one of them is to get values that
            nobody has; False if it has to stay.
    """

    def __init__(
        self,
        active: ContextVar[Any],
        name_of: Callable[[torch.Tensor], str],
        give_up: Callable[[list[torch.Tensor]], bool],
    ) -> None:
        super().__init__()
        self._active, self._name_of, self._give_up = active, name_of, give_up

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if not any(map(_is_valueless, _tensors(args, kwargs))) or self._active.get() is None:
            return func(*args, **kwargs)
        device, caller = _asked_from(sys._getframe(1))
        if device.type == "meta":
            return func(*args, **kwargs)
        if (answer := _WHERE.get(func)) is not None:
            # torch's own code, its init functions for one, knows what to do without memory.
            return func(*args) if f"{caller}.".startswith("torch.") else answer(device)
        if func in _FILLED:
            kwargs["device"] = kwargs.get("device") or device
        if func in _FILLED or (func in _EMPTY and kwargs.get("device") is not None):
            return func(*args, **kwargs)
        if func in _LIKE and not _is_valueless(args[0]):
            tensor, other, *rest = (*args, kwargs.pop(_LIKE[func])) if _LIKE[func] in kwargs else args
            return tensor.to(device, other.dtype, *rest, **kwargs)
        try:
            return self._computed(func, args, kwargs)
        except _WrittenError as written:
            if not self._give_up(_sharing(written.tensor, _tensors(args, kwargs))):
                raise InitializationError(
                    f"parameters_on_meta: {self._name_of(written.tensor)} is to get values that are computed "
                    f"from a parameter. {_REMEDY}"
                ) from None
            return self._computed(func, args, kwargs)

    def _computed(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if func == _SET_DATA:
            target, values = args
            if not _is_valueless(target):
                raise _WrittenError(target)
            return func(target, _hollow(values))
        try:
            with _Propagating():  # type: ignore[no-untyped-call]
                return func(*args, **kwargs)
        except InitializationError:
            raise
        except Exception as error:
            if isinstance(error, NotImplementedError) or any(word in str(error) for word in _ABOUT_MEMORY):
                name = getattr(func, "__name__", repr(func))
                raise InitializationError(
                    f"parameters_on_meta: {name}() needs the values of a parameter. {_REMEDY}"
                ) from error
            raise


def _asked_from(frame: FrameType | None) -> tuple[torch.device, str]:
    """The default device where torch was called, and the module that did."""
    device = None
    while frame is not None and frame.f_code is _DEVICE_CONTEXT:  # one that is entered inside the block
        device = device or frame.f_locals["self"].device
        frame = frame.f_back
    caller: str = "" if frame is None else frame.f_globals.get("__name__", "")
    return device or torch.get_default_device(), caller


class _WrittenError(Exception):
    """A tensor that has values was to get some from a tensor that has none."""

    def __init__(self, tensor: torch.Tensor) -> None:
        super().__init__(tensor)
        self.tensor = tensor


class _Propagating(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Where one of several tensors has no values, the result has none."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if not any(map(_is_valueless, _tensors(args, kwargs))):
            return func(*args, **kwargs)
        for tensor in _written(func, args, kwargs):
            if not tensor.is_meta:
                raise _WrittenError(tensor)
        args, kwargs = tree_map_only(torch.Tensor, _hollow, (args, kwargs))
        if kwargs.get("device") is not None:
            kwargs["device"] = torch.device("meta")
        return func(*args, **kwargs)


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[torch.Tensor]:
    """The tensors that an operator writes to."""
    arguments = func._schema.arguments
    given = {argument.name: value for argument, value in zip(arguments, args, strict=False)} | kwargs
    writes = [one.name for one in arguments if one.alias_info is not None and one.alias_info.is_write]
    if given.get("training") or given.get("train"):  # batch norms' schemas do not say so
        writes += ["running_mean", "running_var"]
    return _tensors(tuple(given.get(name) for name in writes), {})


def _tensors(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[torch.Tensor]:
    for value in (*args, *kwargs.values()):
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, list | tuple | dict):
            yield from (leaf for leaf in tree_leaves(value) if isinstance(leaf, torch.Tensor))


def _is_valueless(tensor: torch.Tensor) -> bool:
    return tensor.is_meta and _is_plain(type(tensor))


@functools.cache
def _is_plain(cls: type) -> bool:
    plain: bool = cls.__torch_dispatch__ is torch.Tensor.__torch_dispatch__  # type: ignore[attr-defined]
    return plain


def _hollow(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.is_meta else tensor.to("meta")


def _sharing(tensor: torch.Tensor, others: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Those that have the same memory as a tensor, itself among them."""
    start = tensor.untyped_storage().data_ptr()
    found = (one for one in others if not one.is_meta and one.untyped_storage().data_ptr() == start)
    return [tensor, *(one for one in found if one is not tensor)]
