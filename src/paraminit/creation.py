"""Functions beside the class Tensor."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import torch

from paraminit.tensor import Tensor

__all__ = ["from_numpy", "is_tensor"]


def from_numpy(array: npt.NDArray[Any]) -> Tensor:
    """``Tensor.from_numpy``: a Tensor over the array's memory.

    Example:
        >>> import numpy as np
        >>> print(from_numpy(np.arange(3)))
        [0 1 2]
    """
    return Tensor.from_numpy(array)


def is_tensor(obj: object) -> bool:
    """Whether it is a tensor, MindSpore's or torch's."""
    return isinstance(obj, torch.Tensor)
