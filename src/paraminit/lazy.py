"""Where Parameters wait for their values: inside ``no_init_parameters()``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

from paraminit.parallel_context import shards_parameters

__all__ = ["no_init_parameters", "stay_pending"]

_inside_no_init: ContextVar[bool] = ContextVar("paraminit_no_init_parameters", default=False)


@contextmanager
def no_init_parameters() -> Iterator[None]:
    """Inside this block, Parameters made from initializers stay without values until they are needed.

    May be nested; holds for the current thread (or task) only. Each parameter's key is drawn where it is
    declared, so its values are the ones it would have had without the block.

    Example:
        >>> import paraminit
        >>> with no_init_parameters():
        ...     net = paraminit.nn.Dense(1000, 1000)
        >>> net.weight.has_init
        True
        >>> tuple(net(torch.ones(2, 1000)).shape), net.weight.has_init
        ((2, 1000), False)
    """
    token = _inside_no_init.set(True)
    try:
        yield
    finally:
        _inside_no_init.reset(token)


def stay_pending() -> bool:
    """Whether a Parameter declared here waits for its values: inside :func:`no_init_parameters`, where
    torch's default device is meta, or where the program says that parameters are to be sharded."""
    if _inside_no_init.get() or shards_parameters():
        return True
    # A default device is a function mode; asking for it costs more than most parameters' values.
    return torch._C._len_torch_function_stack() > 0 and torch.empty(0).is_meta
