"""The base of layers whose constructors take nothing."""

from __future__ import annotations

from paraminit.cell import Cell

__all__ = ["NoArguments"]


class NoArguments(Cell):
    """A layer without arguments. It does not take Cell's either, as in MindSpore: torch's ``ReLU(True)``
    would otherwise be understood as something else.

    Raises:
        TypeError: (when called with any) Python's own.
    """

    def __init__(self) -> None:
        super().__init__()
