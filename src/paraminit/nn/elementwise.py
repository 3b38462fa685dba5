"""Smooth activations without parameters, element by element, each in torch's own arithmetic."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentValueError
from paraminit.nn.no_arguments import NoArguments
from paraminit.nn.weights import check_bool

__all__ = [
    "CELU",
    "ELU",
    "FastGelu",
    "GELU",
    "Identity",
    "LogSigmoid",
    "Mish",
    "SeLU",
    "SiLU",
    "Sigmoid",
    "Softsign",
    "Tanh",
    "Tanhshrink",
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


class Sigmoid(NoArguments):
    """1 / (1 + exp(-x)), element by element.

    Example:
        >>> Sigmoid()(torch.tensor([0.0]))
        tensor([0.5000])
    """

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(input_x)


class LogSigmoid(NoArguments):
    """log(1 / (1 + exp(-x))), element by element.

    Example:
        >>> LogSigmoid()(torch.tensor([0.0]))
        tensor([-0.6931])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.logsigmoid(x)


class Tanh(NoArguments):
    """The hyperbolic tangent, element by element.

    Example:
        >>> Tanh()(torch.tensor([0.0]))
        tensor([0.])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x)


class Tanhshrink(NoArguments):
    """x - tanh(x), element by element.

    Example:
        >>> Tanhshrink()(torch.tensor([1.0]))
        tensor([0.2384])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.tanhshrink(x)


class Softsign(NoArguments):
    """x / (1 + abs(x)), element by element.

    Example:
        >>> Softsign()(torch.tensor([-1.0, 3.0]))
        tensor([-0.5000,  0.7500])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.softsign(x)


class SiLU(NoArguments):
    """x * sigmoid(x), element by element.

    Example:
        >>> SiLU()(torch.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.silu(x)


class Mish(NoArguments):
    """x * tanh(log(1 + exp(x))), element by element.

    Example:
        >>> Mish()(torch.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8651])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.mish(x)


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
        self.approximate = "tanh" if approximate else "none"

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(x, approximate=self.approximate)

    def extend_repr(self) -> str:
        return f"approximate={self.approximate}"


class FastGelu(NoArguments):
    """x * sigmoid(1.702 x), an approximation of :class:`GELU`.

    Example:
        >>> FastGelu()(torch.tensor([1.0]))
        tensor([0.8458])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(1.702 * x)


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


class CELU(Cell):
    """x where it is positive, alpha * (exp(x / alpha) - 1) where it is not.

    Args:
        alpha: not 0; default 1.0.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number, or 0.

    Example:
        >>> CELU(2.0)(torch.tensor([-2.0, 1.0]))
        tensor([-1.2642,  1.0000])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = finite("CELU", "alpha", alpha)
        if self.alpha == 0:
            raise ArgumentValueError("CELU: alpha must not be 0.")

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.celu(x, self.alpha)

    def extend_repr(self) -> str:
        return f"alpha={self.alpha}"


class SeLU(NoArguments):
    """1.0507 x where it is positive, 1.7581 * (exp(x) - 1) where it is not: activations keep mean 0 and
    variance 1 from layer to layer.

    Example:
        >>> SeLU()(torch.tensor([-1.0, 1.0]))
        tensor([-1.1113,  1.0507])

    References:
        Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return F.selu(input_x)
