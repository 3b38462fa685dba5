"""Data parallelism in which some parameters belong to each process alone (layerwise_parallel)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from paraminit.describe.meaning import places_in
from paraminit.describe.paths import modules_in
from paraminit.errors import ArgumentTypeError, ArgumentValueError, InitializationError
from paraminit.pending import create
from paraminit.place.digest import digest_of_memory

__all__ = ["data_parallel"]


def data_parallel(
    net: torch.nn.Module, *, own: Iterable[str] = (), check: bool = True, **options: Any
) -> DistributedDataParallel:
    """A network in torch's DistributedDataParallel that leaves ``layerwise_parallel`` parameters alone.

    Those keep each process's own values and gradients; the gradients of all others are averaged. Nothing
    is broadcast at the start, for a plan gives every process the same values; instead the processes
    compare digests of what they have, a few bytes each.

    Args:
        net: a Cell, whose Parameters say ``layerwise_parallel``, or any torch module; with its values.
        own: names of further parameters to leave alone, without wrappers; ``*`` and ``?`` stand for any
            characters.
        check: whether to compare the digests.
        options: for DistributedDataParallel, such as ``device_ids``.

    Raises:
        ArgumentTypeError: net is no module, own no names.
        ArgumentValueError: a name in ``own`` that fits nothing; a parameter on the meta device.
        InitializationError: the processes hold different values, or there is no process group.

    Example:
        >>> from paraminit import nn
        >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # torchrun does
        >>> net = nn.Dense(3, 2)
        >>> net.bias.layerwise_parallel = True
        >>> tuple(data_parallel(net)(torch.ones(1, 3)).shape)
        (1, 2)
        >>> dist.destroy_process_group()
    """
    if not isinstance(net, torch.nn.Module):
        raise ArgumentTypeError(f"data_parallel needs a Cell or torch module, got {type(net).__name__}.")
    names: dict[torch.nn.Parameter, list[str]] = {}
    for place in places_in(net):
        names.setdefault(place.parameter, []).append(place.name)
    alone = _left_alone(names, [own] if isinstance(own, str) else list(own))
    if empty := [name for p, (name, *_) in names.items() if p.is_meta]:
        raise ArgumentValueError(f"data_parallel: no values yet in {', '.join(empty)}. Apply a plan first.")
    if not dist.is_initialized():
        raise InitializationError(
            "data_parallel needs a process group: call torch.distributed.init_process_group() first."
        )
    for parameter in net.parameters():
        create(parameter)  # DDP cannot take pending ones
    if check:
        _check_equal(net, alone, options.get("process_group"))
    leave_alone = DistributedDataParallel._set_params_and_buffers_to_ignore_for_model
    leave_alone(net, _as_ddp_names(net, alone))  # type: ignore[no-untyped-call]
    return DistributedDataParallel(net, **{"init_sync": False, **options})


def _left_alone(names: dict[torch.nn.Parameter, list[str]], patterns: list[str]) -> set[torch.nn.Parameter]:
    """The parameters that take no part, of all and their names."""
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise ArgumentTypeError(f"data_parallel: own must be names of parameters, got {pattern!r}.")
        if not any(fnmatchcase(name, pattern) for group in names.values() for name in group):
            raise ArgumentValueError(f"data_parallel: own={pattern!r} fits no parameter of the network.")
    return {
        parameter
        for parameter, group in names.items()
        if getattr(parameter, "layerwise_parallel", False)
        or any(fnmatchcase(name, pattern) for name in group for pattern in patterns)
    }


def _as_ddp_names(net: torch.nn.Module, alone: set[torch.nn.Parameter]) -> list[str]:
    """In both spellings that DDP looks up. Where it averages gradients, a parameter of the outermost module
    is ".w"; elsewhere it is "w", and what wraps for checkpointing may leave itself out."""
    named = [name for name, p in net.named_parameters(remove_duplicate=False) if p in alone]
    for path, module in net.named_modules(remove_duplicate=False):
        named += [f"{path}.{attribute}" for attribute, p in module._parameters.items() if p in alone]
    return named


def _check_equal(
    net: torch.nn.Module, alone: set[torch.nn.Parameter], group: dist.ProcessGroup | None
) -> None:
    """Make sure that all processes hold the same values, parameters in ``alone`` excepted."""
    names: dict[torch.Tensor, str] = {}
    for located in modules_in(net):
        for attribute, tensor in (*located.module._parameters.items(), *located.module._buffers.items()):
            if tensor is not None and tensor not in alone:
                names.setdefault(tensor, located.name_of(attribute))
    digests = {name: digest_of_memory(tensor) for tensor, name in names.items()}
    together = hashlib.blake2b(repr(digests).encode()).hexdigest()
    if len(set(_from_all(together, group))) > 1:
        everyones = _from_all(digests, group)
        differing = [name for name in digests if len({each.get(name) for each in everyones}) > 1]
        raise InitializationError(
            f"data_parallel: the processes hold different values of {', '.join(differing) or 'nothing'}, or "
            "parameters of other names. "
            "Apply one plan with one seed in every process, or pass init_sync=True, check=False to take "
            "the values of process 0."
        )


def _from_all(value: Any, group: dist.ProcessGroup | None) -> list[Any]:
    values: list[Any] = [None] * dist.get_world_size(group)
    dist.all_gather_object(values, value, group)
    return values
