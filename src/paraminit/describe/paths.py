"""Where modules stand in a network: their paths without the wrappers that only run what they wrap.

``torch.compile``, data parallelism and activation checkpointing put a module around another, and torch lets
every name below begin with ``_orig_mod.``, ``module.`` or the like. A parameter is the same with and without
them, and so is its name here. A wrapper is known by its class: an attribute that somebody called ``module``
is part of a name.
"""

from __future__ import annotations

import itertools
import sys
from typing import NamedTuple, cast

import torch

from paraminit.errors import ParameterNameError

__all__ = ["Located", "modules_in"]

#: Where a class of wrappers is defined, what it is called, and the attribute that holds what it wraps.
_WRAPPERS = (
    ("torch._dynamo.eval_frame", "OptimizedModule", "_orig_mod"),
    ("torch.nn.parallel.distributed", "DistributedDataParallel", "module"),
    ("torch.nn.parallel.data_parallel", "DataParallel", "module"),
    # checkpoint_wrapper's class, and that of offload_wrapper
    (
        "torch.distributed.algorithms._checkpoint.checkpoint_wrapper",
        "ActivationWrapper",
        "_checkpoint_wrapped_module",
    ),
)
_Wrappers = list[tuple[type[torch.nn.Module], str]]


class Located(NamedTuple):
    """A module of a network.

    Attributes:
        path: without wrappers, "" for the outermost module.
        above: the modules around it, outermost first; no wrappers.
    """

    path: str
    module: torch.nn.Module
    above: tuple[torch.nn.Module, ...]

    def name_of(self, attribute: str) -> str:
        """The whole name of what the module calls so."""
        return f"{self.path}.{attribute}" if self.path else attribute


def modules_in(module: torch.nn.Module) -> list[Located]:
    """Every module under each of its paths, in the order of ``named_modules``.

    A wrapper stands where what it wraps does, and after it: almost always it holds nothing else.

    Raises:
        ParameterNameError: a wrapper holds something that has the name of something that it wraps.

    Example:
        >>> net = torch.nn.Sequential(torch.nn.DataParallel(torch.nn.Linear(2, 3)))
        >>> [(path, type(module).__name__) for path, module, _ in modules_in(net)]
        [('', 'Sequential'), ('0', 'Linear'), ('0', 'DataParallel')]
    """
    found: list[Located] = []
    # A wrapper whose class nobody has imported does not exist.
    loaded = ((getattr(sys.modules.get(where), name, None), held) for where, name, held in _WRAPPERS)
    _walk("", module, (), [(cls, held) for cls, held in loaded if cls is not None], found)
    return found


def _walk(
    path: str,
    module: torch.nn.Module,
    above: tuple[torch.nn.Module, ...],
    wrappers: _Wrappers,
    found: list[Located],
) -> None:
    holders: list[tuple[torch.nn.Module, str | None]] = []  # and where each keeps the one that it wraps
    while (held := _held(module, wrappers)) is not None:
        holders.insert(0, (module, held))
        module = cast(torch.nn.Module, module._modules[held])
    holders.insert(0, (module, None))
    if len(holders) > 1:
        _check_names(path, holders)
    inner = (*above, module)
    for holder, held in holders:
        found.append(Located(path, holder, above))
        for name, child in holder._modules.items():
            if child is not None and name != held:
                _walk(f"{path}.{name}" if path else name, child, inner, wrappers, found)


def _held(module: torch.nn.Module, wrappers: _Wrappers) -> str | None:
    """The attribute under which a wrapper keeps what it wraps; None if the module is no wrapper."""
    for cls, held in wrappers:
        if isinstance(module, cls):
            return held if module._modules.get(held) is not None else None
    return None


def _check_names(path: str, holders: list[tuple[torch.nn.Module, str | None]]) -> None:
    taken: dict[str, torch.nn.Module] = {}
    for holder, held in holders:
        # a scripted module's registries know items and no more
        registries = (holder._parameters.items(), holder._buffers.items(), holder._modules.items())
        for name, _ in itertools.chain(*registries):
            if name != held and (inside := taken.setdefault(name, holder)) is not holder:
                raise ParameterNameError(
                    f"a {type(holder).__name__} and the {type(inside).__name__} that it wraps each hold "
                    f"something named {Located(path, holder, ()).name_of(name)!r}: names leave out wrappers. "
                    "Rename one of them."
                )
