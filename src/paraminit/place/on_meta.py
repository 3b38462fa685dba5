"""Networks whose parameters have no memory and whose buffers have: inside ``parameters_on_meta()``."""

from __future__ import annotations

import copy
import functools
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)
from torch.nn.parameter import is_lazy
from torch.utils.hooks import RemovableHandle

from paraminit.lazy import no_init_parameters
from paraminit.pending import over
from paraminit.place.swap import held_by_torch, obstacle, put_under
from paraminit.place.valueless import Valueless

__all__ = ["outside", "parameters_on_meta"]

_KEPT = 1 << 20  # bytes of a vector, at most, that keeps its values while the network is built
_COPY = "__deepcopy__"


@contextmanager
def parameters_on_meta() -> Iterator[None]:
    """Inside this block torch modules are built whose parameters have no memory, like those built under
    ``torch.device("meta")``; buffers and all other tensors have theirs, and their values.

    So constructors may compute with tensors, and nothing that they computed is lost. Each parameter gives
    up its memory when its module gets it, and what draws its values does nothing then, so that random
    numbers drawn later, for a buffer say, are others than without the block; only one at a time ever has
    memory. But vectors, such as biases and the scales of norms, give it up at the end of the block:
    a constructor may compute from them what a buffer holds. What it computes from the values of other
    parameters has no values either, and is an error where it would get into a tensor that has some. While
    the block lasts all of them say that they are on the default device. Layers of this package wait for
    their values, as in ``no_init_parameters()``.

    May be nested, which changes nothing; holds for the current thread (or task) only.

    Raises:
        InitializationError: inside the block, where a constructor needs the values of a parameter that has
            none; names the buffer that was to get them.

    Example:
        >>> import paraminit
        >>> with paraminit.parameters_on_meta():
        ...     net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
        >>> net[0].weight.device, net[1].running_var.device
        (device(type='meta'), device(type='cpu'))
        >>> ledger = paraminit.initialize(net, {"*": "normal"}, seed=1, device="cpu")
        >>> net[0].weight.device, net[1].running_var
        (device(type='cpu'), tensor([1., 1., 1., 1.]))
    """
    if _inside.get() is not None:
        yield
        return
    block = _Block()
    token = _inside.set(block)
    try:
        with _hooks, no_init_parameters(), Valueless(_inside, block.name_of, block.give_up):
            yield
    finally:
        _inside.reset(token)
        block.end()


@contextmanager
def outside() -> Iterator[None]:
    """Inside this block all is as if no ``parameters_on_meta()`` were around it: tensors say where they
    are, and what was built so far has no memory."""
    block = _inside.get()
    if block is None:
        yield
        return
    token = _inside.set(None)
    try:
        block.end()
        yield
    finally:
        _inside.reset(token)


class _Block:
    """What was built in a block, and still has memory."""

    def __init__(self) -> None:
        self._kept: list[torch.nn.Parameter] = []
        self._buffers: list[tuple[weakref.ref[torch.nn.Module], str]] = []

    def keep(self, parameter: torch.nn.Parameter) -> None:
        """Leave a parameter its memory until the end of the block; the same for copies of it."""
        if _COPY not in vars(parameter):
            vars(parameter)[_COPY] = functools.partial(self._copied, parameter)
            self._kept.append(parameter)

    def _copied(self, parameter: torch.nn.Parameter, memo: dict[int, Any]) -> torch.nn.Parameter:
        mine = vars(parameter).pop(_COPY)
        try:
            twin = copy.deepcopy(parameter, memo)
        finally:
            vars(parameter)[_COPY] = mine
        self.keep(twin)
        return twin

    def add_buffer(self, module: torch.nn.Module, name: str) -> None:
        self._buffers.append((weakref.ref(module), name))

    def end(self) -> None:
        """Take the memory of all that was kept."""
        for parameter in self._kept:
            del vars(parameter)[_COPY]
            _take_memory(parameter)
        self._kept.clear()

    def give_up(self, tensors: Sequence[torch.Tensor]) -> bool:
        """Take the memory of a parameter that was kept, given tensors over it; False if it is no such."""
        of = _memory(tensors[0])
        found = [parameter for parameter in self._kept if _memory(parameter) == of]
        for parameter in found:
            del vars(parameter)[_COPY]
        self._kept = [parameter for parameter in self._kept if _memory(parameter) != of]
        for tensor in dict.fromkeys([*found, *tensors]) if found else ():
            _take_memory(tensor)
        return all(tensor.is_meta for tensor in tensors)

    def name_of(self, tensor: torch.Tensor) -> str:
        """What to call a tensor that has memory."""
        for reference, name in self._buffers:
            module = reference()
            buffer = None if module is None else module._buffers.get(name)
            if buffer is not None and not buffer.is_meta and _memory(buffer) == _memory(tensor):
                return f"the buffer {name!r} of {type(module).__name__}"
        return f"a tensor of shape {tuple(tensor.shape)}"


_inside: ContextVar[_Block | None] = ContextVar("paraminit_parameters_on_meta", default=None)


def _memory(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _registered(module: torch.nn.Module, name: str, parameter: torch.nn.Parameter | None) -> None:
    """A module is just getting a parameter; the object, and with it a tie, stays."""
    block = _inside.get()
    if block is None or parameter is None or is_lazy(parameter):
        return
    if hasattr(type(parameter), "recipe"):  # this package's, which waits for its values or was given them
        return
    token = _inside.set(None)  # to see what is there
    try:
        if parameter.is_meta:
            return
        # torch's recurrent layers take weak references to theirs, under which nothing could be put later.
        if parameter.dim() < 2 and parameter.nbytes <= _KEPT and not isinstance(module, torch.nn.RNNBase):
            block.keep(parameter)
        else:
            _take_memory(parameter)
    finally:
        _inside.reset(token)


def _buffer_registered(module: torch.nn.Module, name: str, buffer: torch.Tensor | None) -> None:
    if (block := _inside.get()) is not None and buffer is not None:
        block.add_buffer(module, name)


class _Hooks:
    """Torch's hooks, which all threads share, and which must not change while one of them registers a
    parameter: they stay from the first block to the end of the last."""

    def __init__(self) -> None:
        self._lock, self._blocks = threading.Lock(), 0
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._blocks:
                self._handles = [
                    register_module_parameter_registration_hook(_registered),
                    register_module_buffer_registration_hook(_buffer_registered),
                ]
            self._blocks += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                for handle in self._handles:
                    handle.remove()


_hooks = _Hooks()


def _take_memory(tensor: torch.Tensor) -> None:
    """Unless somebody else holds on to it."""
    if obstacle(tensor) is None and not held_by_torch(tensor):
        with torch.no_grad():
            empty = torch.empty_like(tensor.detach(), device="meta")
            put_under(tensor, over(type(tensor), empty, tensor.requires_grad))
