"""Activations whose arguments are torch's; those without arguments are ``paraminit.nn``'s."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import UnknownNameError
from paraminit.nn.over_dim import OverDim
from paraminit.nn.weights import check_bool

__all__ = ["ELU", "GELU", "ReLU6", "SiLU", "Softmax"]


class _InPlace(Cell):
    """An activation that may change its input itself."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        check_bool(type(self).__name__, "inplace", inplace)
        self.inplace = inplace


class ReLU6(_InPlace):
    """min(max(input, 0), 6), element by element.

    Args:
        inplace: whether the input itself is changed.

    Raises:
        ArgumentTypeError: no bool.

    Example:
        >>> ReLU6()(torch.tensor([-1.0, 7.0]))
        tensor([0., 6.])
    """

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return F.relu6(input, self.inplace)


class SiLU(_InPlace):
    """input * sigmoid(input), element by element.

    Args:
        inplace: whether the input itself is changed.

    Raises:
        ArgumentTypeError: no bool.

    Example:
        >>> SiLU()(torch.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return F.silu(input, self.inplace)


class ELU(_InPlace):
    """The input where it is positive, alpha * (exp(input) - 1) where it is not.

    Args:
        alpha: default 1.0.
        inplace: whether the input itself is changed.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number; no bool.

    Example:
        >>> ELU()(torch.tensor([-1.0, 1.0]))
        tensor([-0.6321,  1.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = finite("ELU", "alpha", alpha)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extend_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Cell):
    """input * P(N(0, 1) <= input), element by element.

    Args:
        approximate: ``"none"`` (default), or ``"tanh"`` for the formula with tanh.

    Raises:
        UnknownNameError: neither.

    Example:
        >>> GELU()(torch.tensor([1.0]))
        tensor([0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise UnknownNameError("approximate of GELU", str(approximate), ("none", "tanh"))
        self.approximate = approximate

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extend_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softmax(OverDim):
    """exp(input) divided by its sum over an axis.

    Args:
        dim: the axis; None for 0 if the input has 0, 1 or 3 axes, and 1 otherwise.

    Raises:
        ArgumentTypeError: dim is no int.
        IndexError: (when called) the input has no such axis.

    Example:
        >>> Softmax(-1)(torch.zeros(1, 2))
        tensor([[0.5000, 0.5000]])
    """

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return torch.softmax(input, self._axis(input))
