"""load_param_into_net: values from a checkpoint into a network, all of them or none."""

from __future__ import annotations

from typing import Any

import torch

from paraminit.dtype import dtype_name
from paraminit.errors import ArgumentTypeError, CheckpointMismatchError, UnknownNameError
from paraminit.files.contents import network_contents
from paraminit.files.held import Held, held_by, part_of
from paraminit.files.processes import Processes, processes
from paraminit.files.served import served
from paraminit.parameter import Parameter
from paraminit.pending import load
from paraminit.place.shards import is_sharded, local_memory, shares

__all__ = ["check_net", "load_param_into_net"]


def load_param_into_net(
    net: torch.nn.Module,
    parameter_dict: dict[str, Any],
    strict_load: bool = False,
    remove_redundancy: bool = False,
    *,
    prefix: str = "",
) -> tuple[list[str], list[str]]:
    """Copy values into the parameters that have exactly their names.

    Everything is checked before the first value is written. Shapes must be equal. Pending parameters
    are filled without drawing their initial values. A tied parameter takes its value from any of its names.
    Of a parameter that is divided among processes (DTensor) each takes what it holds.

    Args:
        net: a Cell, or any torch module, whose parameters have values or are pending.
        parameter_dict: Parameters by name, as ``load_checkpoint`` returns them; strings are passed over.
        strict_load: every parameter of the network must be there, with its dtype. Otherwise missing
            ones keep their values and are reported, and a float or integer dtype is converted to another
            of its kind (integers only if their values fit).
        remove_redundancy: whether to get from other processes what is not in this one's dictionary; all of
            them call this together. Without torch.distributed it has no effect.
        prefix: what names in ``parameter_dict`` begin with and the network's do not: only names that
            begin so are loaded, without it.

    Returns:
        Names of the network's parameters that were not in the dictionary; names in the dictionary that
        were not loaded.

    Raises:
        ArgumentTypeError: an argument of another type.
        CheckpointMismatchError: other shapes or dtypes, or, if strict, missing parameters. The network
            is unchanged.

    Example:
        >>> from paraminit import Parameter, nn
        >>> net = nn.Dense(2, 1)
        >>> load_param_into_net(net, {"a.weight": Parameter([[3.0, 4.0]])}, prefix="a.")
        (['bias'], [])
        >>> print(net.weight.asnumpy())
        [[3. 4.]]
    """
    who = "load_param_into_net"
    check_net(who, net)
    _check_dictionary(parameter_dict)
    for flag, given in (("strict_load", strict_load), ("remove_redundancy", remove_redundancy)):
        if not isinstance(given, bool):
            raise ArgumentTypeError(f"{who}: {flag} must be a bool, got {given!r}.")
    if not isinstance(prefix, str):
        raise ArgumentTypeError(f"{who}: prefix must be a str, got {prefix!r}.")
    sources = {
        name.removeprefix(prefix): value
        for name, value in parameter_dict.items()
        if name.startswith(prefix) and isinstance(value, Parameter)
    }
    contents = network_contents(net)
    targets = contents.tensors
    further: dict[str, list[str]] = {}
    for name, first in contents.tied.items():
        further.setdefault(first, []).append(name)

    group = processes(who) if remove_redundancy else Processes(0, 1, who)
    found = {
        name: next((sources[n] for n in (name, *further.get(name, [])) if n in sources), None)
        for name in targets
    }
    if group.count > 1:
        lacking = {name: _held(name, targets[name]) for name, source in found.items() if source is None}
        found |= served(lacking, sources, group)
    pairs = {name: (targets[name], source) for name, source in found.items() if source is not None}
    missing = [
        name
        for name, target in targets.items()
        # buffers may be missing: MindSpore saves none
        if name not in pairs and isinstance(target, torch.nn.Parameter)
    ]
    problems = [f"no {name!r}" for name in missing] if strict_load else []
    for name, (target, source) in pairs.items():
        problems += _problems(name, target, source, strict_load)

    def agree() -> None:
        if problems:
            raise CheckpointMismatchError(
                f"{who}: the checkpoint does not fit {type(net).__name__}, which is unchanged: "
                f"{'; '.join(problems)}."
            )

    group.together(agree)
    for target, source in pairs.values():
        if isinstance(target, Parameter):
            target.set_data(source.detach().to(target.dtype))
        elif is_sharded(type(target)):
            _load_share(target, source)
        else:
            load(target, source)
    used = {id(source) for _, source in pairs.values()}
    return missing, [name for name, value in parameter_dict.items() if id(value) not in used]


def check_net(who: str, net: object) -> None:
    """Make sure that ``net`` is a network."""
    if not isinstance(net, torch.nn.Module):
        raise ArgumentTypeError(f"{who}: net must be a Cell, got {net!r} of type {type(net).__name__}.")


def _check_dictionary(parameter_dict: object) -> None:
    who = "load_param_into_net"
    if not isinstance(parameter_dict, dict):
        raise ArgumentTypeError(
            f"{who}: parameter_dict must be a dictionary, got {parameter_dict!r} "
            f"of type {type(parameter_dict).__name__}."
        )
    for name, value in parameter_dict.items():
        if not isinstance(name, str) or not isinstance(value, Parameter | str):
            raise ArgumentTypeError(
                f"{who}: parameter_dict must map str to Parameter, got {name!r} with a value of type "
                f"{type(value).__name__}. Wrap a Tensor: Parameter(tensor)."
            )


def _problems(name: str, target: torch.Tensor, source: Parameter, strict: bool) -> list[str]:
    """What keeps ``source`` from being loaded into ``target``; an empty list if nothing does."""
    if (part := part_of(source)) is not None:
        if tuple(target.shape) != part.of:
            return [f"{name!r} has shape {tuple(target.shape)}, the checkpoint's {part.of}"]
        if _held(name, target) != part or local_memory(target).shape != source.shape:
            return [
                f"the checkpoint holds another part of {name!r} than this process; load the file that this "
                "process saved, of the same placement, or one that was saved with integrated_save=True"
            ]
    shapes = {tuple(target.shape), getattr(target, "flat_shape", None)}
    if part is None and tuple(source.shape) not in shapes:
        return [f"{name!r} has shape {tuple(target.shape)}, the checkpoint's {tuple(source.shape)}"]
    if target.device.type == "meta":
        return [f"{name!r} is on torch's meta device and holds no values; call to_empty(device=...) first"]
    if target.dtype == source.dtype:
        return []
    stated = f"{name!r} is {_name(target)}, the checkpoint's {_name(source)}"
    if strict or _kind(target.dtype) != _kind(source.dtype):
        return [stated]
    if _kind(target.dtype) == "integer" and not torch.equal(
        source.detach().to(target.dtype).to(source.dtype), source.detach()
    ):
        return [f"{stated}, with values that do not fit"]
    return []


def _held(name: str, target: torch.Tensor) -> Held | None:
    return held_by(name, target) if is_sharded(type(target)) else None


def _load_share(target: torch.Tensor, source: Parameter) -> None:
    """Copy into this process's memory what it holds of the parameter."""
    memory, blocks = local_memory(target), shares(target)
    with torch.no_grad():
        if blocks is None or part_of(source) is not None:
            memory.copy_(source)
        else:
            for block in blocks:
                memory[block.at].copy_(source[block.part.slices])


def _kind(dtype: torch.dtype) -> str:
    if dtype.is_complex:
        return "complex"
    if dtype.is_floating_point:
        return "floating"
    return "bool" if dtype == torch.bool else "integer"


def _name(tensor: torch.Tensor) -> str:
    try:
        return dtype_name(tensor.dtype)
    except UnknownNameError:  # a dtype of torch's that MindSpore does not have
        return str(tensor.dtype)
