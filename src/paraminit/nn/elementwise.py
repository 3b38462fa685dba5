"""Activations without parameters, beside ReLU; each in torch's own arithmetic."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentTypeError
from paraminit.nn.weights import check_bool

__all__ = [
    "ELU",
    "GELU",
    "Identity",
    "LeakyReLU",
    "LogSoftmax",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
]


class Identity(Cell):
    """x itself; arguments are accepted and ignored.

    Example:
        >>> Identity()(torch.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__()

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Sigmoid(Cell):
    """1 / (1 + exp(-x)), element by element.

    Example:
        >>> Sigmoid()(torch.tensor([0.0]))
        tensor([0.5000])
    """

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(input_x)


class Tanh(Cell):
    """The hyperbolic tangent, element by element.

    Example:
        >>> Tanh()(torch.tensor([0.0]))
        tensor([0.])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x)


class SiLU(Cell):
    """x * sigmoid(x), element by element.

    Example:
        >>> SiLU()(torch.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.silu(x)


class ReLU6(Cell):
    """min(max(x, 0), 6), element by element.

    Example:
        >>> ReLU6()(torch.tensor([-1.0, 7.0]))
        tensor([0., 6.])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu6(x)


class GELU(Cell):
    """x * P(N(0, 1) <= x), element by element.

    Args:
        approximate: the formula with tanh (default), or the exact one.

    Raises:
        ArgumentTypeError: no bool.

    Example:
        >>> GELU(approximate=False)(torch.tensor([1.0]))
        tensor([0.8413])
    """

    def __init__(self, approximate: bool = True) -> None:
        super().__init__()
        check_bool("GELU", "approximate", approximate)
        self.approximate = approximate

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(x, approximate="tanh" if self.approximate else "none")

    def extend_repr(self) -> str:
        return f"approximate={self.approximate}"


class LeakyReLU(Cell):
    """x where it is positive, alpha * x where it is not.

    Args:
        alpha: the slope; default 0.2.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number.

    Example:
        >>> LeakyReLU()(torch.tensor([-1.0, 1.0]))
        tensor([-0.2000,  1.0000])
    """

    def __init__(self, alpha: float = 0.2) -> None:
        super().__init__()
        self.alpha = finite("LeakyReLU", "alpha", alpha)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.leaky_relu(x, self.alpha)

    def extend_repr(self) -> str:
        return f"alpha={self.alpha}"


class ELU(Cell):
    """x where it is positive, alpha * (exp(x) - 1) where it is not.

    Args:
        alpha: default 1.0.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number.

    Example:
        >>> ELU()(torch.tensor([-1.0, 1.0]))
        tensor([-0.6321,  1.0000])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = finite("ELU", "alpha", alpha)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.elu(x, self.alpha)

    def extend_repr(self) -> str:
        return f"alpha={self.alpha}"


class Softmax(Cell):
    """exp(x) divided by its sum over an axis.

    Args:
        axis: default -1.

    Raises:
        ArgumentTypeError: the axis is no int.
        IndexError: (when called) x has no such axis.

    Example:
        >>> Softmax()(torch.zeros(1, 2))
        tensor([[0.5000, 0.5000]])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = _axis("Softmax", axis)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(x, self.axis)

    def extend_repr(self) -> str:
        return f"axis={self.axis}"


class LogSoftmax(Cell):
    """The logarithm of :class:`Softmax`.

    Args:
        axis: default -1.

    Raises:
        ArgumentTypeError: the axis is no int.
        IndexError: (when called) x has no such axis.

    Example:
        >>> LogSoftmax()(torch.zeros(1, 2))
        tensor([[-0.6931, -0.6931]])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = _axis("LogSoftmax", axis)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(x, self.axis)

    def extend_repr(self) -> str:
        return f"axis={self.axis}"


def _axis(owner: str, axis: object) -> int:
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ArgumentTypeError(f"{owner}: axis must be an int, got {axis!r}.")
    return axis
