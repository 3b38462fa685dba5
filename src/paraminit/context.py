"""``set_context`` of MindSpore programs: settings of a run time that does not exist here.

They are checked and recorded, so that a program which sets and reads them runs. None changes a parameter's
values. Programs always run eagerly (``GRAPH_MODE`` included), and parameters are created on the CPU;
a program that asks for another device is told so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from paraminit.errors import ArgumentValueError, UnknownNameError
from paraminit.parallel_context import ParallelMode as ParallelMode
from paraminit.parallel_context import get_auto_parallel_context as get_auto_parallel_context
from paraminit.parallel_context import reset_auto_parallel_context as reset_auto_parallel_context
from paraminit.parallel_context import set_auto_parallel_context as set_auto_parallel_context

__all__ = [
    "GRAPH_MODE",
    "PYNATIVE_MODE",
    "ParallelMode",
    "get_auto_parallel_context",
    "get_context",
    "jit",
    "reset_auto_parallel_context",
    "set_auto_parallel_context",
    "set_context",
    "set_device",
]

GRAPH_MODE = 0
PYNATIVE_MODE = 1

_DEVICES = ("CPU", "GPU", "Ascend", "Davinci")
_START: dict[str, Any] = {"mode": PYNATIVE_MODE, "device_target": "CPU", "device_id": 0}
_RECORDED_ONLY = """
    aoe_config aoe_tune_mode ascend_config check_bprop debug_level deterministic
    disable_format_transform enable_auto_mixed_precision enable_compile_cache enable_graph_kernel
    enable_reduce_precision env_config_path exec_order gpu_config graph_kernel_flags
    inter_op_parallel_num jit_config jit_enable_inplace_ops jit_level jit_syntax_level
    load_compile_cache max_call_depth max_device_memory memory_optimize_level mempool_block_size
    op_timeout print_file_path profiling_options pynative_synchronize reserve_class_name_in_scope
    runtime_num_threads save_compile_cache save_graphs save_graphs_path variable_memory_max_size
"""

_NAMES = frozenset([*_START, *_RECORDED_ONLY.split()])
_settings: dict[str, Any] = dict(_START)


def _check_name(name: str) -> None:
    if name not in _NAMES:
        raise UnknownNameError("context setting", name, _NAMES)


def set_context(**settings: Any) -> None:
    """Record settings by name; :func:`get_context` returns them.

    Args:
        settings: any of MindSpore's names. ``mode`` is ``GRAPH_MODE`` or ``PYNATIVE_MODE``,
            ``device_target`` is CPU, GPU, Ascend or Davinci.

    Raises:
        UnknownNameError: an unknown name; nothing is recorded.
        ArgumentValueError: an unknown mode or device; nothing is recorded.

    Example:
        >>> set_context(mode=GRAPH_MODE, device_target="CPU")
        >>> get_context("mode")
        0
    """
    for name in settings:
        _check_name(name)
    mode, device = settings.get("mode", PYNATIVE_MODE), settings.get("device_target", "CPU")
    if mode not in (GRAPH_MODE, PYNATIVE_MODE) or isinstance(mode, bool):
        raise ArgumentValueError(
            f"set_context: mode must be GRAPH_MODE (0) or PYNATIVE_MODE (1), got {mode!r}."
        )
    if device not in _DEVICES:
        raise ArgumentValueError(
            f"set_context: device_target must be one of {', '.join(_DEVICES)}, got {device!r}."
        )
    if device != "CPU":
        warnings.warn(
            f"device_target={device!r} is recorded but not followed: parameters are created on the CPU. "
            "Move the network yourself, with net.to('cuda') for example.",
            stacklevel=2,
        )
    _settings.update(settings)


def get_context(name: str) -> Any:
    """The recorded setting; None for one that was never set.

    Raises:
        UnknownNameError: no setting has this name.
    """
    _check_name(name)
    return _settings.get(name)


def set_device(device_target: str, device_id: int = 0) -> None:
    """MindSpore's newer spelling of ``set_context(device_target=..., device_id=...)``."""
    set_context(device_target=device_target, device_id=device_id)


def jit(function: Callable[..., Any] | None = None, **settings: Any) -> Any:
    """MindSpore's decorator that compiles: the function as it is, since everything runs eagerly here.

    Args:
        function: a function, method or Cell; None for ``@jit(...)`` with settings.
        settings: MindSpore's, without effect.

    Example:
        >>> @jit(jit_level="O1")
        ... def double(x):
        ...     return 2 * x
        >>> double(3)
        6
    """
    return (lambda decorated: decorated) if function is None else function
