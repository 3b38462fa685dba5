"""``set_auto_parallel_context`` of MindSpore programs: how a program says that it is distributed.

Settings are checked and recorded. One has an effect: in the modes ``semi_auto_parallel`` and
``auto_parallel``, Parameters made from initializers wait for their values, as in MindSpore.
"""

from __future__ import annotations

from typing import Any

from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

__all__ = [
    "ParallelMode",
    "get_auto_parallel_context",
    "reset_auto_parallel_context",
    "set_auto_parallel_context",
    "shards_parameters",
]


class ParallelMode:
    """The names of MindSpore's modes."""

    STAND_ALONE = "stand_alone"
    DATA_PARALLEL = "data_parallel"
    HYBRID_PARALLEL = "hybrid_parallel"
    SEMI_AUTO_PARALLEL = "semi_auto_parallel"
    AUTO_PARALLEL = "auto_parallel"
    MODE_LIST = (STAND_ALONE, DATA_PARALLEL, HYBRID_PARALLEL, SEMI_AUTO_PARALLEL, AUTO_PARALLEL)


_START: dict[str, Any] = {
    "all_reduce_fusion_config": [],
    "auto_parallel_search_mode": "recursive_programming",
    "comm_fusion": None,
    "communi_parallel_mode": "all_group_parallel",
    "dataset_strategy": "data_parallel",
    "device_num": 1,
    "dump_local_norm": False,
    "enable_alltoall": False,
    "enable_parallel_optimizer": False,
    "force_fp32_communication": False,
    "full_batch": False,
    "global_rank": 0,
    "grad_accumulation_step": 1,
    "gradient_fp32_sync": True,
    "gradients_mean": False,
    "group_ckpt_save_file": "",
    "loss_repeated_mean": True,
    "optimizer_weight_shard_size": -1,
    "parallel_mode": ParallelMode.STAND_ALONE,
    "parallel_optimizer_config": None,
    "parameter_broadcast": False,
    "pipeline_config": None,
    "pipeline_result_broadcast": False,
    "pipeline_stages": 1,
    "search_mode": "recursive_programming",
    "sharding_propagation": False,
    "strategy_ckpt_config": None,
    "strategy_ckpt_load_file": "",
    "strategy_ckpt_save_file": "",
}
_settings: dict[str, Any] = dict(_START)


def _check_name(name: str) -> None:
    if name not in _START:
        raise UnknownNameError("auto-parallel setting", name, _START)


def set_auto_parallel_context(**settings: Any) -> None:
    """Record settings by name; :func:`get_auto_parallel_context` returns them.

    Raises:
        UnknownNameError: an unknown name; nothing is recorded.
        ArgumentTypeError: no bool where one is needed; nothing is recorded.
        ArgumentValueError: an unknown parallel_mode, a device_num below 1; nothing is recorded.

    Example:
        >>> set_auto_parallel_context(parallel_mode=ParallelMode.DATA_PARALLEL, gradients_mean=True)
        >>> get_auto_parallel_context("parallel_mode")
        'data_parallel'
        >>> reset_auto_parallel_context()
    """
    for name, value in settings.items():
        _check_name(name)
        if isinstance(_START[name], bool) and not isinstance(value, bool):
            raise ArgumentTypeError(f"set_auto_parallel_context: {name} must be a bool, got {value!r}.")
    mode, devices = settings.get("parallel_mode", ParallelMode.STAND_ALONE), settings.get("device_num", 1)
    if mode not in ParallelMode.MODE_LIST:
        raise ArgumentValueError(
            f"set_auto_parallel_context: parallel_mode must be one of {', '.join(ParallelMode.MODE_LIST)}, "
            f"got {mode!r}."
        )
    if isinstance(devices, bool) or not isinstance(devices, int) or devices < 1:
        raise ArgumentValueError(
            f"set_auto_parallel_context: device_num must be an int of 1 or more, got {devices!r}."
        )
    _settings.update(settings)


def get_auto_parallel_context(attr_key: str) -> Any:
    """The recorded setting, or MindSpore's default.

    Raises:
        UnknownNameError: no setting has this name.
    """
    _check_name(attr_key)
    return _settings[attr_key]


def reset_auto_parallel_context() -> None:
    """Back to the defaults."""
    _settings.clear()
    _settings.update(_START)


def shards_parameters() -> bool:
    """Whether the mode is one in which MindSpore splits parameters before it fills them."""
    return _settings["parallel_mode"] in (ParallelMode.SEMI_AUTO_PARALLEL, ParallelMode.AUTO_PARALLEL)
