"""The processes of torch.distributed, where it is initialised; else one. They succeed or fail together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from paraminit.errors import InitializationError

__all__ = ["Processes", "processes"]

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process's number, ``rank``, of ``count``, and what they are doing, for messages."""

    rank: int
    count: int
    doing: str

    def gather(self, value: Any) -> list[Any]:
        """Everybody's value, by rank. Waits for all."""
        if self.count == 1:
            return [value]
        import torch.distributed

        values: list[Any] = [None] * self.count
        torch.distributed.all_gather_object(values, value)
        return values

    def from_one(self, rank: int, value: Callable[[], T]) -> T:
        """The value that one process has, in all of them. Waits for all."""
        if self.count == 1:
            return value()
        import torch.distributed

        values = [value() if self.rank == rank else None]
        torch.distributed.broadcast_object_list(values, rank)
        return values[0]  # type: ignore[return-value]  # it was that of the one process

    def together(self, action: Callable[[], T]) -> T:
        """Run ``action`` and wait for all; if it raised in one process, this raises in every one.

        Raises:
            InitializationError: it raised in another process only.
        """
        result, error = None, None
        try:
            result = action()
        except Exception as raised:
            error = raised
        others = self.gather(None if error is None else f"{type(error).__name__}: {error}")
        if error is not None:
            raise error
        for rank, text in enumerate(others):
            if text is not None:
                raise InitializationError(f"{self.doing} failed in process {rank}: {text}")
        return result  # type: ignore[return-value]  # it is set where nothing was raised


def processes(doing: str) -> Processes:
    """Those of the default process group. torch is not imported for it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return Processes(0, 1, doing)
    return Processes(torch.distributed.get_rank(), torch.distributed.get_world_size(), doing)
