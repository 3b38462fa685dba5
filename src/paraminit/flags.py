"""The settings of a Parameter: their defaults, and what each accepts."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["CHECKS", "Flags"]


def _bool(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"Parameter: {name} must be a bool, got {value!r}.")
    return value


def _str(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ArgumentTypeError(f"Parameter: {name} must be a str, got {value!r}.")
    return value


def _int(name: str, value: object) -> int:
    if not isinstance(value, int):
        raise ArgumentTypeError(f"Parameter: {name} must be an int, got {value!r}.")
    return int(value)


def _fusion(name: str, value: object) -> int:
    if isinstance(value, bool):
        raise ArgumentTypeError(f"Parameter: {name} must be an int, got {value!r}.")
    group = _int(name, value)
    if group < 0:
        raise ArgumentValueError(f"Parameter: {name} must be 0 or more, got {group}.")
    return group


def _shape(name: str, value: object) -> list[int]:
    if not isinstance(value, list | tuple):
        raise ArgumentTypeError(f"Parameter: {name} must be a list or a tuple, got {value!r}.")
    return list(value)


#: The settings that not every value fits: each function returns what is kept, or raises.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "requires_grad": _bool,
    "layerwise_parallel": _bool,
    "parallel_optimizer": _bool,
    "storage_format": _str,
    "comm_fusion": _fusion,
    "parallel_optimizer_comm_recompute": _bool,
    "cache_enable": _bool,
    "cache_shape": _shape,
    "key": _int,
    "init_flag": _bool,
}


class Flags:
    """The settings as attributes: ``requires_grad``, ``layerwise_parallel`` and ``parallel_optimizer`` say
    how a Parameter is trained; the rest is kept for programs that set and read them, without effect here.

    ``unique`` is one of them, so torch's method of this name is ``torch.unique(parameter)``.
    """

    layerwise_parallel: bool = False
    parallel_optimizer: bool = True
    storage_format: str = ""
    comm_fusion: int = 1
    parallel_optimizer_comm_recompute: bool = False
    cache_enable: bool = False
    key: int = -1
    init_flag: bool = False
    sliced: bool = False
    unique: Any = False
    is_init: bool = False
    is_in_parallel: bool = False
    requires_aggr: bool = True

    @property
    def cache_shape(self) -> list[int]:
        """A list of this Parameter's own."""
        own: list[int] = vars(self).setdefault("_cache_shape", [])
        return own

    @cache_shape.setter
    def cache_shape(self, shape: list[int]) -> None:
        vars(self)["_cache_shape"] = shape

    @property
    def inited_param(self) -> None:
        """None: a Parameter that receives its values stays the same object."""
        return None

    @property
    def param_info(self) -> Flags:
        """The Parameter itself, which keeps its settings. Assigning another's copies all settings but
        ``requires_grad``."""
        return self

    @param_info.setter
    def param_info(self, source: Flags) -> None:
        if not isinstance(source, Flags):
            raise ArgumentTypeError(f"Parameter: param_info must be another Parameter's, got {source!r}.")
        for name in (*Flags.__annotations__, "cache_shape"):
            setattr(self, name, copy(getattr(source, name)))
