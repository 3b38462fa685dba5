"""Numbers into memory: random streams, kernels, threads. NumPy and Numba, no torch."""

from __future__ import annotations

from typing import Any

__all__ = ["fill"]


def __getattr__(name: str) -> Any:  # the kernels (Numba) load when something is first filled
    if name != "fill":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from paraminit.fill.fill import fill

    return fill
