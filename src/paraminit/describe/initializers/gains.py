"""The gain of an activation that is given as a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["gain_of_function"]

# Gauss-Legendre on intervals of length 1 from -12 to 12: kinks at whole numbers (relu, relu6, hardtanh)
# cost no precision, as they would with Gauss-Hermite's nodes.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_Z = (np.arange(-12, 12)[:, None] + (_NODES + 1) / 2).ravel()
_DENSITY = np.tile(_WEIGHTS / 2, 24) * np.exp(-(_Z**2) / 2) / math.sqrt(2 * math.pi)


def gain_of_function(activation: Callable[[Any], Any]) -> float:
    """1 / sqrt(E[activation(z)**2]) for a standard normal z.

    Args:
        activation: elementwise, of a NumPy array, a torch tensor or a single float.

    Raises:
        ArgumentTypeError: it takes none of these, or does not return one real number for each.
        ArgumentValueError: the expectation is 0, infinite or NaN.

    Example:
        >>> round(gain_of_function(np.tanh), 4)
        1.5925
    """
    values = _values(activation)
    with np.errstate(over="ignore", invalid="ignore"):
        second = float(_DENSITY @ values**2)
    if not 0 < second < math.inf:
        raise ArgumentValueError(f"the gain of {activation!r} does not exist: E[f(z)**2] is {second!r}.")
    return 1 / math.sqrt(second)


def _values(activation: Callable[[Any], Any]) -> npt.NDArray[np.float64]:
    failure: Exception | None = None
    for attempt in _attempts(activation):
        try:
            values = np.asarray(attempt(), np.float64)
        except Exception as error:  # whatever it raises for an argument it was not written for
            failure = failure or error
            continue
        if values.shape == _Z.shape:
            return values
    raise ArgumentTypeError(
        f"nonlinearity {activation!r} must take a NumPy array, a torch tensor or a float and return one "
        "real number for each."
    ) from failure


def _attempts(activation: Callable[[Any], Any]) -> Iterator[Callable[[], Any]]:
    import torch

    def on_tensor(dtype: torch.dtype) -> Any:
        with torch.no_grad():
            return activation(torch.tensor(_Z, dtype=dtype, device="cpu")).numpy()

    yield lambda: activation(_Z.copy())
    yield lambda: on_tensor(torch.float64)
    yield lambda: on_tensor(torch.float32)
    yield lambda: [activation(z) for z in _Z.tolist()]
