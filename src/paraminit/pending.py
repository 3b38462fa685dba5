"""Values that come into being when they are first needed.

A *pending* tensor knows its recipe and has no memory: underneath it is a meta tensor, which torch would
read as uninitialised numbers without an error. Its class is therefore a guard, made from :class:`Pending`
and the class it is to have: every torch operation on it arrives here first, creates the values in place,
and goes on with the real tensor. Shape, dtype and the like need no values and create none.

Creating values keeps the object (optimizers, modules and your variables go on pointing to it) and turns
its class into the plain one, so that afterwards no operation pays for the guard.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, ClassVar, TypeVar, cast

import torch
from torch.utils._pytree import tree_map_only

from paraminit.describe.recipe import Recipe
from paraminit.dtype import tensor_over, torch_dtype
from paraminit.errors import InitializationError
from paraminit.fill.undivided import Whole
from paraminit.metadata import WITHOUT_VALUES
from paraminit.place.swap import obstacle, put_under

__all__ = [
    "Pending",
    "become",
    "create",
    "declare",
    "filled",
    "is_fixed",
    "load",
    "over",
    "pending",
]

_T = TypeVar("_T", bound=torch.Tensor)

# One lock for all tensors: a fill uses every core by itself, and a custom initializer may need another
# pending tensor while it runs (hence re-entrant).
_lock = threading.RLock()

_torch_dtype = functools.cache(torch_dtype)
_Tensor, _WITHOUT_SLOTS = torch.Tensor, torch.nn.Parameter.__basicsize__


def is_fixed(recipe: Recipe) -> bool:
    """Whether the recipe gives the same values each time: a custom initializer and an undrawn key do not."""
    return recipe.settled and not isinstance(recipe.law, Whole)


class Pending:
    """The guard: mixed into a tensor class, it creates the values before any operation needs them."""

    _values_class: ClassVar[type[torch.Tensor]]
    _recipe: Recipe

    # Where the values will be. The meta tensor underneath is nobody's business.
    device = torch.device("cpu")
    is_meta = False
    is_cpu = True

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in WITHOUT_VALUES:
            with torch._C.DisableTorchFunctionSubclass():
                return func(*args, **kwargs)
        if func is torch.Tensor.copy_ and len(args) > 1 and isinstance(args[0], Pending):
            # Loading a checkpoint: values come, none need be made.
            load(cast(Any, args[0]), args[1].expand(args[0]._recipe.shape))
            return args[0]
        for value in (*args, *kwargs.values()):
            _create_all(value)
        return func(*args, **kwargs)  # the classes are plain now: torch dispatches anew

    @classmethod
    def __torch_dispatch__(
        cls,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        # What passes __torch_function__ by, torch.tensor(t) for one: C++ holds on to the tensor, so that it
        # cannot change in place.
        if func is torch.ops.aten.alias.default:  # torch.Tensor(t): values beside would be no alias
            raise InitializationError(_refusal(args[0], "torch is making an alias of it"))
        args, kwargs = tree_map_only(Pending, _values_beside, (args, kwargs or {}))
        if kwargs.get("device") == torch.device("meta"):  # copied from the tensor
            kwargs["device"] = cls.device
        return func(*args, **kwargs)

    def as_subclass(self, cls: type[_T]) -> _T:
        create(self)
        return cast(Any, self).as_subclass(cls)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not is_fixed(declare(self)):
            create(self)  # a copy is to equal the original
            return deepcopy(self, memo)
        twin = pending(self._values_class, self._recipe, cast(torch.Tensor, self).requires_grad)
        memo[id(self)] = twin
        vars(twin).update(deepcopy(vars(self), memo))
        return twin

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not is_fixed(declare(self)):
            create(self)
            return cast(Any, self).__reduce_ex__(protocol)
        return _rebuild, (self._values_class, cast(torch.Tensor, self).requires_grad, vars(self))


def _rebuild(cls: type[_T], requires_grad: bool, state: dict[str, Any]) -> _T:
    tensor = pending(cls, state["_recipe"], requires_grad)
    vars(tensor).update(state)
    return tensor


@functools.cache
def _guarded(cls: type[_T]) -> type[_T]:
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "_values_class": cls}
    return cast(type[_T], cast(Any, type(cls))(cls.__name__, (Pending, cls), names))


def pending(cls: type[_T], recipe: Recipe, requires_grad: bool = False) -> _T:
    """A tensor of class ``cls`` that will hold the recipe's values."""
    meta = torch.empty(recipe.shape, dtype=_torch_dtype(recipe.dtype), device="meta")
    tensor: _T = over(_guarded(cls), meta, requires_grad)
    vars(tensor)["_recipe"] = recipe
    return tensor


def over(cls: type[_T], plain: torch.Tensor, requires_grad: bool) -> _T:
    """A leaf of class ``cls`` over the memory of a plain tensor.

    Raises:
        InitializationError: a mode of torch is active, in which no tensor has memory.
    """
    try:
        return torch.Tensor._make_subclass(cls, plain, requires_grad)
    except RuntimeError as error:
        raise InitializationError(
            f"{cls.__name__}: in place of a plain tensor torch gave a {type(plain).__name__}, which cannot "
            "become one. Leave the mode that makes such tensors (FakeTensorMode, for example) while you "
            "create parameters; inside no_init_parameters() they take no memory either."
        ) from error


def become(cls: type[_T], plain: torch.Tensor, requires_grad: bool) -> _T:
    """Make a plain leaf that nobody else holds one of class ``cls``: the same as :func:`over`, without a
    second tensor. Only where nothing speaks against it: no mode gave another kind of tensor, and ``cls``
    has no slots of its own."""
    if type(plain) is not _Tensor or cls.__basicsize__ != _WITHOUT_SLOTS:
        return over(cls, plain, requires_grad)
    if requires_grad:
        plain.requires_grad = True
    plain.__class__ = cls
    return cast(_T, plain)


def declare(tensor: Pending) -> Recipe:
    """Draw the tensor's key, if its recipe uses one and has none."""
    with _lock:
        tensor._recipe = tensor._recipe.declared()
        return tensor._recipe


def filled(recipe: Recipe) -> torch.Tensor:
    """A new plain tensor of the recipe's values."""
    if torch.is_inference_mode_enabled():  # values made under it could never be trained
        with torch.inference_mode(False):
            return filled(recipe)
    return tensor_over(recipe.values())


def create(tensor: object) -> None:
    """Give a pending tensor its values, once, whichever threads ask; nothing for any other object.

    Raises:
        InitializationError: weak references to the tensor exist, or whatever its initializer raises.
            The tensor stays pending.
    """
    if not isinstance(tensor, Pending):
        return
    with _lock:
        if isinstance(tensor, Pending):  # another thread may have been first
            _refuse_weak_references(tensor)
            try:
                hold(tensor, filled(declare(tensor)))
            except Exception as error:
                error.add_note(f"while creating the values of {_named(tensor)}")
                raise


def _values_beside(tensor: Pending) -> torch.Tensor:
    """The values a pending tensor will have, in memory of their own; it stays pending."""
    recipe = declare(tensor)
    if not is_fixed(recipe):
        raise InitializationError(_refusal(tensor, "torch is already using it"))
    return filled(recipe)


def _create_all(value: object) -> None:
    if isinstance(value, Pending):
        create(value)
    elif isinstance(value, list | tuple):
        for item in value:
            _create_all(item)
    elif isinstance(value, dict):
        for item in value.values():
            _create_all(item)


def load(tensor: torch.Tensor, source: torch.Tensor) -> None:
    """Copy ``source``, whose shape ``tensor`` takes on; no initializer runs for a pending ``tensor``."""
    create(source)
    with _lock, torch.inference_mode(False), torch.no_grad():  # in this order: the first turns gradients on
        if not isinstance(tensor, Pending) and tensor.shape == source.shape:
            tensor.copy_(source)
            return
        values = torch.empty(source.shape, dtype=tensor.dtype, device=tensor.device)
        values.copy_(source.as_subclass(torch.Tensor))
        if isinstance(tensor, Pending):
            hold(tensor, values)
        else:
            tensor.data = values


def _named(tensor: Pending) -> str:
    what = vars(tensor).get("_name") or type(tensor).__name__
    return f"{what} of shape {tensor._recipe.shape} from {tensor._recipe.initializer!r}"


def _refuse_weak_references(tensor: Pending) -> None:
    if reason := obstacle(cast(torch.Tensor, tensor)):
        raise InitializationError(_refusal(tensor, reason))


def _refusal(tensor: Pending, why: str) -> str:
    return (
        f"{_named(tensor)} cannot receive its values in place: {why} (a transform such as vmap, or an "
        "attempt to compile, holds on to tensors). Create the values first: call init_data() on it, or "
        "init_parameters_data() on its Cell."
    )


def hold(tensor: Pending, values: torch.Tensor) -> None:
    """Put ``values`` in place of a pending tensor's missing ones; object, hooks and attributes stay.

    Args:
        tensor: pending; the caller holds the lock or has the only reference.
        values: plain tensor of its shape and dtype.
    """
    with _lock, torch._C.DisableTorchFunctionSubclass():
        own = cast(Any, tensor)
        # Made with the plain class, for torch would mark a tensor of the guard's as one that dispatches.
        donor = over(own._values_class, values, own.requires_grad)
        donor.__class__ = type(own)
        try:
            put_under(own, donor)
        except InitializationError as error:
            raise InitializationError(_refusal(tensor, str(error))) from error
        # Last, and in one step: until here other threads meet the guard and wait for the lock.
        own.__class__ = own._values_class
