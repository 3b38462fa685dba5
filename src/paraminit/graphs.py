"""What MindSpore programs say to the compiler of graphs. Programs run eagerly here, so it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paraminit.errors import UnknownNameError

__all__ = ["JitConfig", "lazy_inline", "mutable"]

_LEVELS = ("O0", "O1", "O2")


class JitConfig:
    """Settings of the compiler, kept in ``jit_config_dict``.

    Args:
        jit_level: ``"O0"``, ``"O1"``, ``"O2"`` or "".
        exc_mode, jit_syntax_level, debug_level, infer_boost, kwargs: whatever MindSpore takes.

    Raises:
        UnknownNameError: another jit_level.

    Example:
        >>> JitConfig(jit_level="O1").jit_config_dict["jit_level"]
        'O1'
    """

    def __init__(
        self,
        jit_level: str = "",
        exc_mode: str = "auto",
        jit_syntax_level: str = "",
        debug_level: str = "RELEASE",
        infer_boost: str = "off",
        **kwargs: Any,
    ) -> None:
        if jit_level != "" and jit_level not in _LEVELS:
            raise UnknownNameError("jit_level of JitConfig", str(jit_level), _LEVELS)
        self.jit_config_dict: dict[str, Any] = {
            "jit_level": jit_level,
            "exc_mode": exc_mode,
            "jit_syntax_level": jit_syntax_level,
            "debug_level": debug_level,
            "infer_boost": infer_boost,
            **kwargs,
        }


def lazy_inline(fn: Callable[..., Any] | None = None, attrs: object = None, policy: object = None) -> Any:
    """The decorated ``__init__`` as it is; ``attrs`` and ``policy`` are MindSpore's.

    Example:
        >>> from paraminit import nn
        >>> class Block(nn.Cell):
        ...     @lazy_inline
        ...     def __init__(self):
        ...         super().__init__()
        >>> Block()
        Block()
    """
    return (lambda decorated: decorated) if fn is None else fn


def mutable(input_data: Any, dynamic_len: bool = False) -> Any:
    """The data as they are; ``dynamic_len`` is MindSpore's."""
    return input_data
