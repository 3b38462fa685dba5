"""Buffers without values: what a network's own code computes for itself, computed again.

A network built on the meta device has buffers (running statistics, rotary frequencies, indices) that no
plan knows: the constructor computed them, and that has run. Many modules have a method that computes them
again. It is run on copies of the modules, whose parameters have no memory: nothing of the network changes
meanwhile. It is run twice, over other numbers, and what comes out equal is what it computes. If that is
nothing, it may have asked a parameter for the device to compute on: so once more, parameters with memory.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch.nn.parameter import is_lazy

from paraminit.describe.paths import Located
from paraminit.errors import Problem

__all__ = ["Computed", "Missing", "compute", "missing"]

#: Methods that compute a module's own buffers: torch's convention, timm's, torchtitan's.
_OWN_METHODS = ("reset_parameters", "init_non_persistent_buffers", "init_weights")
#: A method of a module around it that does so for the module given: transformers'.
_METHOD_AROUND = "_init_weights"
#: Bytes of parameters that are lent memory at most, for methods that ask a parameter for its device.
_LENT = 1 << 28
_PLAIN, _CONTAINERS = (int, float, str), (dict, list, tuple)  # most attributes are one of these
_REGISTRIES = ("_parameters", "_buffers", "_modules")


class Missing(NamedTuple):
    """A tensor on the meta device that is no parameter.

    Attributes:
        name: with the path of its module.
        module: that holds it.
        above: the modules around that one, outermost first.
        attribute: under which it does.
    """

    name: str
    module: torch.nn.Module
    above: tuple[torch.nn.Module, ...]
    attribute: str
    tensor: torch.Tensor

    @property
    def problem(self) -> Problem:
        """What to tell whoever needs its values."""
        kind = "buffer" if self.attribute in self.module._buffers else "tensor"
        return Problem(
            f"the {kind} {self.name!r} of {type(self.module).__name__} is on the meta device and has no "
            "values, and no method of the network computes it",
            "; build the network inside paraminit.parameters_on_meta(), or with its memory if this is "
            "computed from a parameter, or compute it and assign it",
        )


class Computed(NamedTuple):
    """Values for one of them.

    Attributes:
        values: on the CPU.
        by: the method that computed them, such as ``"BatchNorm1d.reset_parameters"``.
    """

    missing: Missing
    values: torch.Tensor
    by: str


def missing(modules: list[Located]) -> Iterator[Missing]:
    """Every tensor on the meta device that is no parameter, each once: buffers, and plain attributes, which
    ``torch.device("meta")`` takes along.

    Args:
        modules: all of a network.
    """
    seen = {id(parameter) for _, owner, _ in modules for parameter in owner._parameters.values()}
    for located in modules:
        for attribute, tensor in _held(located.module):
            if id(tensor) not in seen and not is_lazy(tensor) and tensor.is_meta:
                seen.add(id(tensor))
                name = located.name_of(attribute)
                yield Missing(name, located.module, located.above, attribute, tensor)


def _held(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """A module's buffers, the tensors among its attributes, and those in lists and dicts there."""
    for name, value in (*module._buffers.items(), *vars(module).items()):
        if value is None or isinstance(value, _PLAIN):
            continue
        if isinstance(value, _CONTAINERS):
            if len(value) and name not in _REGISTRIES:
                for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                    if isinstance(item, torch.Tensor):
                        yield f"{name}[{key!r}]", item
        elif isinstance(value, torch.Tensor):
            yield name, value


def compute(module: torch.nn.Module, wanted: list[Missing]) -> list[Computed]:
    """The values of those that a method of the network computes. Nothing is changed."""
    if not wanted or any(isinstance(child, torch.jit.ScriptModule) for child in module.modules()):
        return []
    worlds = [_Copies(module, random) for random in (False, True)]
    done: list[Computed] = []
    with torch.random.fork_rng(devices=[]), torch.device("cpu"), torch.no_grad():
        by_module: dict[torch.nn.Module, list[Missing]] = {}
        for one in wanted:
            by_module.setdefault(one.module, []).append(one)
        for owner, left in by_module.items():
            methods = list(_methods(owner, left[0].above))
            for lent, (holder, name, arguments) in itertools.product((False, True), methods):
                if not left:
                    break
                if lent and _nbytes(owner) > _LENT:
                    break
                for world in worlds:
                    with world.lending(owner if lent else None), contextlib.suppress(Exception):
                        getattr(world.of(holder), name)(*map(world.of, arguments))
                for one in tuple(left):
                    first, second = (world.values(one) for world in worlds)
                    if _agree(first, second, one.tensor):
                        by = f"{type(holder).__name__}.{name}"
                        done.append(Computed(one, first.detach().to(one.tensor.dtype), by))
                        left.remove(one)
    return done


class _Copies:
    """A network without anything that one could spoil: its parameters have no memory, its other tensors are
    copies, and those without values hold zeros or random numbers.

    Args:
        module: the network.
        random: which of both.
    """

    def __init__(self, module: torch.nn.Module, random: bool) -> None:
        self._random = random
        self._tensors: dict[int, torch.Tensor | None] = {}
        self._modules = {child: _shell(child) for child in module.modules()}
        for child, copy in self._modules.items():
            state = vars(copy)
            for name, value in state.items():
                if isinstance(value, torch.Tensor):
                    state[name] = self._tensor(value)
            state["_parameters"] = {name: self._hollow(p) for name, p in child._parameters.items()}
            state["_buffers"] = {name: self._tensor(b) for name, b in child._buffers.items()}
            below = child._modules.items()
            state["_modules"] = {name: None if m is None else self._modules[m] for name, m in below}

    @contextlib.contextmanager
    def lending(self, module: torch.nn.Module | None) -> Iterator[None]:
        """Inside this block the parameters of a module, and below it, have memory."""
        copies = [self._modules[child] for child in module.modules()] if module is not None else []
        hollow = [copy._parameters for copy in copies]
        for copy in copies:
            # By vars: torch.compile's wrapper passes on what it is given to what it wraps.
            vars(copy)["_parameters"] = {
                name: None if p is None else torch.nn.Parameter(self._full(p), requires_grad=False)
                for name, p in copy._parameters.items()
            }
        try:
            yield
        finally:
            for copy, parameters in zip(copies, hollow, strict=True):
                vars(copy)["_parameters"] = parameters

    def _full(self, like: torch.Tensor) -> torch.Tensor:
        values = torch.zeros(like.shape, device="cpu")
        if self._random:  # no two alike, so that nothing made from them comes out as from zeros
            values.uniform_(1, 4, generator=torch.Generator("cpu").manual_seed(0))
        return values.to(like.dtype)

    def of(self, module: torch.nn.Module) -> Any:
        return self._modules[module]

    def values(self, one: Missing) -> Any:
        """What the copy has in place of a tensor without values."""
        copy = self._modules[one.module]
        return copy._buffers.get(one.attribute, vars(copy).get(one.attribute))

    def _hollow(self, parameter: torch.Tensor | None) -> torch.Tensor | None:
        if parameter is None or is_lazy(parameter):
            return None
        if id(parameter) not in self._tensors:
            empty = torch.empty(parameter.shape, dtype=parameter.dtype, device="meta")
            self._tensors[id(parameter)] = torch.nn.Parameter(empty, requires_grad=False)
        return self._tensors[id(parameter)]

    def _tensor(self, tensor: torch.Tensor | None) -> torch.Tensor | None:
        if tensor is None or is_lazy(tensor):
            return None
        if isinstance(tensor, torch.nn.Parameter):
            return self._hollow(tensor)
        if id(tensor) not in self._tensors:
            self._tensors[id(tensor)] = self._full(tensor) if tensor.is_meta else tensor.detach().clone()
        return self._tensors[id(tensor)]


def _nbytes(module: torch.nn.Module) -> int:
    return sum(parameter.nbytes for parameter in module.parameters() if not is_lazy(parameter))


def _shell(module: torch.nn.Module) -> torch.nn.Module:
    """A module of the same class and attributes, whose constructor has not run."""
    shell: torch.nn.Module = object.__new__(type(module))
    vars(shell).update(vars(module))
    return shell


def _methods(
    owner: torch.nn.Module, above: tuple[torch.nn.Module, ...]
) -> Iterator[tuple[torch.nn.Module, str, tuple[torch.nn.Module, ...]]]:
    """What may compute a module's buffers: whose method, which, with what arguments."""
    for name in _OWN_METHODS:
        if callable(getattr(owner, name, None)):
            yield owner, name, ()
    for around in (owner, *reversed(above)):
        if callable(getattr(around, _METHOD_AROUND, None)):
            yield around, _METHOD_AROUND, (owner,)
            return


def _agree(first: Any, second: Any, like: torch.Tensor) -> bool:
    """Whether both are the same values, bit for bit, of the kind wanted."""
    if not isinstance(first, torch.Tensor) or not isinstance(second, torch.Tensor):
        return False
    if not first.is_cpu or not second.is_cpu or not first.shape == second.shape == like.shape:
        return False
    if first.dtype != second.dtype or first.is_floating_point() != like.is_floating_point():
        return False
    return _bytes(first).equal(_bytes(second))


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().reshape(-1).contiguous().view(torch.uint8)
