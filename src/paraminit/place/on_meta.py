"""Networks whose parameters have no memory and whose buffers have: inside ``parameters_on_meta()``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.nn.parameter import is_lazy

from paraminit.lazy import no_init_parameters
from paraminit.pending import over
from paraminit.place.swap import held_by_torch, obstacle, put_under

__all__ = ["parameters_on_meta"]

_inside: ContextVar[bool] = ContextVar("paraminit_parameters_on_meta", default=False)


@contextmanager
def parameters_on_meta() -> Iterator[None]:
    """Inside this block the parameters of torch modules that are built have no memory, like those built
    under ``torch.device("meta")``; buffers and all other tensors have theirs, and their values.

    So constructors may compute with tensors, and nothing that they computed is lost. Each parameter moves to
    the meta device when its module gets it; only one at a time ever has memory. What draws its values does
    nothing then. Layers of this package wait for their values, as in ``no_init_parameters()``.

    May be nested; holds for the current thread (or task) only.

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
    token = _inside.set(True)
    hook = register_module_parameter_registration_hook(_without_memory)
    try:
        with no_init_parameters():
            yield
    finally:
        hook.remove()
        _inside.reset(token)


def _without_memory(module: torch.nn.Module, name: str, parameter: torch.nn.Parameter | None) -> None:
    """Take the memory of a parameter that a module is just getting; the object, and with it a tie, stays."""
    if not _inside.get() or parameter is None or parameter.is_meta or is_lazy(parameter):
        return
    if hasattr(type(parameter), "recipe"):  # this package's, which waits for its values or was given them
        return
    if obstacle(parameter) is None and not held_by_torch(parameter):
        with torch.no_grad():
            empty = torch.empty_like(parameter.detach(), device="meta")
            put_under(parameter, over(type(parameter), empty, parameter.requires_grad))
