"""Which tensor of a module each entry of a plan is for. Everything that could go wrong is found here."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch

from paraminit.describe.equal_values import equal_values
from paraminit.describe.paths import Located, modules_in
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.dtype import numpy_dtype
from paraminit.errors import PlanError, Problem, UnknownNameError
from paraminit.pending import Pending
from paraminit.place.buffers import Computed, Missing, compute, missing
from paraminit.place.overlaps import overlaps_itself, sharing_memory
from paraminit.place.shards import Share, is_sharded, shares
from paraminit.place.swap import held_by_torch, obstacle

__all__ = ["Found", "Place", "Target", "targets"]

_Kind = Literal["plain", "pending", "sharded", "without shape", "foreign"]
_SAY_WHERE = Problem("is on the meta device and has no memory", "; say where, such as device='cpu'")
_BEFORE, _WITH_A_SEED = "; apply the plan before using it", "; plan with a seed"
_numpy_dtype = functools.cache(numpy_dtype)


class Place(NamedTuple):
    """An attribute of a module that leads to a tensor."""

    name: str
    module: torch.nn.Module
    attribute: str


class _Named(NamedTuple):
    tensor: torch.Tensor
    places: list[Place]


class Target(NamedTuple):
    """One tensor of a module and what a plan says about it.

    Attributes:
        name: in the plan.
        places: all that lead to it; several if it is tied.
        shares: what this process holds of it; None for all.
        needs_memory: whether it has none yet.
    """

    name: str
    places: list[Place]
    tensor: torch.Tensor
    entry: Entry
    kind: _Kind
    shares: list[Share] | None
    needs_memory: bool

    @property
    def lies_in_memory(self) -> bool:
        """Whether its elements have addresses that this process can look at."""
        return self.kind == "plain" and not self.needs_memory and self.tensor.layout == torch.strided


class Found(NamedTuple):
    """All that a plan is to fill in a module.

    Attributes:
        targets: one for every entry of the plan, in its order.
        buffers: those without values that the plan has no entry for, and their values.
    """

    targets: list[Target]
    buffers: list[Computed]


def targets(
    plan: Plan, module: torch.nn.Module, device: torch.device | None, *, distinct: bool = True
) -> Found:
    """What the plan is to fill. Nothing is changed.

    Args:
        device: where tensors without memory will get it.
        distinct: whether no two parameters may start with the same random numbers.

    Raises:
        PlanError: plan and module do not fit; names everything that does not.
        ParameterNameError: a wrapper holds something that is named like something in it.
    """
    found: list[Target] = []
    problems = list(equal_values(plan)) if distinct else []
    modules = modules_in(module)
    by_name = _tensors(modules)
    claimed: dict[int, str] = {}
    for name, entry in plan.entries.items():
        if name not in by_name:
            problems.append(f"{name!r} is in the plan and not in the module")
            continue
        tensor, places = by_name[name]
        if (other := claimed.setdefault(id(tensor), name)) != name:
            problems.append(f"{name!r} and {other!r} are one tensor in the module and two in the plan")
            continue
        try:
            target = _checked(name, places, tensor, entry, device)
        except ValueError as error:
            problems.append(Problem.said_by(error).about(f"{name!r} "))
            continue
        found.append(target)
    in_memory = {one.name: one.tensor for one in found if one.lies_in_memory}
    problems += [
        f"{name!r} and {other!r} are two tensors over the same memory; make them one"
        for other, name in sharing_memory(in_memory)
    ]
    problems += _unclaimed(plan, by_name, claimed)
    empty = [one for one in missing(modules) if id(one.tensor) not in claimed]
    buffers = compute(module, empty)
    problems += _without_values(empty, buffers, device)
    if problems:
        raise PlanError(problems)
    return Found(found, buffers)


def _tensors(modules: list[Located]) -> dict[str, _Named]:
    """Parameters and buffers by each of their names."""
    by_id: dict[int, _Named] = {}
    by_name: dict[str, _Named] = {}
    for located in modules:
        owner = located.module
        for attribute, tensor in itertools.chain(owner._parameters.items(), owner._buffers.items()):
            if tensor is not None:
                place = Place(located.name_of(attribute), owner, attribute)
                found = by_name[place.name] = by_id.setdefault(id(tensor), _Named(tensor, []))
                found.places.append(place)
    return by_name


@functools.cache
def _kind(cls: type) -> _Kind:
    if issubclass(cls, Pending):
        return "pending"
    if is_sharded(cls):
        return "sharded"
    if issubclass(cls, torch.nn.UninitializedParameter | torch.nn.UninitializedBuffer):
        return "without shape"
    plain = cls.__torch_dispatch__ is torch.Tensor.__torch_dispatch__  # type: ignore[attr-defined]
    return "plain" if plain else "foreign"


def _checked(
    name: str, places: list[Place], tensor: torch.Tensor, entry: Entry, device: torch.device | None
) -> Target:
    """The target, or a ValueError that says what is wrong with the tensor."""
    kind = _kind(type(tensor))
    if kind == "without shape":
        raise ValueError(Problem("has no shape yet", "; run the module once"))
    odd = kind == "foreign" or tensor.layout != torch.strided or tensor.is_quantized
    if odd and (entry.recipe is not None or tensor.is_meta):
        what = type(tensor).__name__ if kind == "foreign" else f"{tensor.layout} of {tensor.dtype}"
        raise ValueError(
            Problem(f"is a {what}, whose memory cannot be filled", "; initialize it before it becomes one")
        )
    shape, dtype = tuple(tensor.shape), _dtype_of(tensor)
    if (shape, dtype) != (entry.shape, entry.dtype):
        raise ValueError(f"is {dtype} {shape} in the module and {entry.dtype} {entry.shape} in the plan")
    meta = tensor.is_meta
    needs_memory = meta or kind == "pending"
    if meta:
        if entry.recipe is None:
            raise ValueError(
                Problem("is to keep its values and has none (meta device)", "; give it a rule in a plan")
            )
        if device is None:
            raise ValueError(_SAY_WHERE)
    if needs_memory:
        if reason := obstacle(tensor):
            raise ValueError(Problem(f"cannot get memory in place: {reason}", _BEFORE))
        if kind != "pending" and held_by_torch(tensor):
            raise ValueError(Problem("cannot get memory in place: a graph holds it", _BEFORE))
    elif entry.recipe is not None and (tensor.is_conj() or tensor.is_neg()):
        raise ValueError(
            Problem("is a view that conjugates or negates other memory", "; use a copy: resolve_conj()")
        )
    elif not odd and kind != "sharded" and overlaps_itself(shape, tensor.stride()):
        raise ValueError(
            Problem("is expanded or the like: elements of it share memory", "; use a contiguous copy")
        )
    if entry.recipe is not None and entry.recipe.lacks_key:
        raise ValueError(Problem("is to hold random values and its recipe has no key", _WITH_A_SEED))
    held = None
    if kind == "sharded":
        if entry.recipe is not None and not entry.recipe.settled:
            raise ValueError(
                Problem(
                    "is divided among processes and its recipe has no key, so that each would draw other "
                    "values",
                    _WITH_A_SEED,
                )
            )
        held = shares(tensor)
        there = torch.device(tensor.device_mesh.device_type).type  # type: ignore[attr-defined]
        if meta and device is not None and device.type != there:
            raise ValueError(f"belongs to a mesh of {there!r} devices, got device={str(device)!r}")
    return Target(name, places, tensor, entry, kind, held, needs_memory)


def _dtype_of(tensor: torch.Tensor) -> object:
    try:
        return _numpy_dtype(tensor.dtype)
    except UnknownNameError:
        raise ValueError(f"is {tensor.dtype}, which cannot be filled") from None


def _unclaimed(plan: Plan, by_name: dict[str, _Named], claimed: dict[int, str]) -> Iterator[str]:
    """What the module has and the plan does not."""
    for name, (tensor, places) in by_name.items():
        if id(tensor) in claimed or places[0].name != name:
            continue
        if places[0].attribute in places[0].module._parameters:
            if name in plan.tied:
                yield f"{name!r} is tied to {plan.tied[name]!r} in the plan and not here; tie it again"
            else:
                yield f"{name!r} is in the module and not in the plan"
    for name, first in plan.tied.items():
        if name not in by_name:
            yield f"{name!r}, tied to {first!r} in the plan, is not in the module"


def _without_values(
    empty: list[Missing], computed: list[Computed], device: torch.device | None
) -> Iterator[str]:
    """Buffers that will not get values."""
    names = {one.missing.name for one in computed}
    for one in empty:
        if one.name not in names:
            yield one.problem
        elif device is None:
            yield _SAY_WHERE.about(f"the buffer {one.name!r} ")
        elif reason := obstacle(one.tensor):
            yield f"the buffer {one.name!r} cannot get memory in place: {reason}"
