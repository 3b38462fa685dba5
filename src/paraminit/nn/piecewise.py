"""Activations without parameters that consist of straight lines, element by element."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import finite, nonnegative
from paraminit.errors import ArgumentValueError
from paraminit.nn.no_arguments import NoArguments

__all__ = [
    "HShrink",
    "HSigmoid",
    "HSwish",
    "Hardtanh",
    "LeakyReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SoftShrink",
    "Threshold",
]


class ReLU(NoArguments):
    """max(x, 0), element by element; of any real dtype and shape.

    Example:
        >>> import paraminit
        >>> print(ReLU()(paraminit.Tensor([-1.0, 2.0])))
        [0. 2.]
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x)


class ReLU6(NoArguments):
    """min(max(x, 0), 6), element by element.

    Example:
        >>> ReLU6()(torch.tensor([-1.0, 7.0]))
        tensor([0., 6.])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu6(x)


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


class RReLU(Cell):
    """x where it is not negative, elsewhere x times a slope from U(lower, upper), another one for each
    element of each call. As in MindSpore, and unlike torch, the slopes are random in evaluation too; they
    come from torch's generator.

    Args:
        lower, upper: default 1/8 and 1/3; the first not above the second.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite numbers, or in the wrong order.

    Example:
        >>> RReLU(0.5, 0.5)(torch.tensor([-1.0, 1.0]))
        tensor([-0.5000,  1.0000])

    References:
        Xu et al., Empirical Evaluation of Rectified Activations in Convolution Network (2015).
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3) -> None:
        super().__init__()
        self.lower, self.upper = finite("RReLU", "lower", lower), finite("RReLU", "upper", upper)
        if self.lower > self.upper:
            raise ArgumentValueError(f"RReLU: lower={lower!r} must not be above upper={upper!r}.")

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.rrelu(x, self.lower, self.upper, training=True)

    def extend_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}"


class HSigmoid(NoArguments):
    """min(max(x + 3, 0), 6) / 6, element by element: a sigmoid of three straight lines.

    Example:
        >>> HSigmoid()(torch.tensor([-4.0, 0.0, 1.5]))
        tensor([0.0000, 0.5000, 0.7500])
    """

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return F.hardsigmoid(input_x)


class HSwish(NoArguments):
    """x * :class:`HSigmoid` (x), element by element.

    Example:
        >>> HSwish()(torch.tensor([-4.0, 0.0, 1.5]))
        tensor([-0.0000, 0.0000, 1.1250])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.hardswish(x)


class Hardtanh(Cell):
    """min(max(x, min_val), max_val), element by element.

    Args:
        min_val, max_val: default -1.0 and 1.0; the first below the second.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite numbers, or in the wrong order.

    Example:
        >>> Hardtanh(-2, 1)(torch.tensor([-3.0, 0.5, 3.0]))
        tensor([-2.0000,  0.5000,  1.0000])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        self.min_val = finite("Hardtanh", "min_val", min_val)
        self.max_val = finite("Hardtanh", "max_val", max_val)
        if self.min_val >= self.max_val:
            raise ArgumentValueError(f"Hardtanh: min_val={min_val!r} must be below max_val={max_val!r}.")

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.hardtanh(x, self.min_val, self.max_val)

    def extend_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"


class SoftShrink(Cell):
    """x moved by ``lambd`` towards 0, and 0 where it would cross it; element by element.

    Args:
        lambd: 0 or more; default 0.5.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number, or below 0.

    Example:
        >>> SoftShrink()(torch.tensor([-1.0, 0.25, 2.0]))
        tensor([-0.5000,  0.0000,  1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = nonnegative("SoftShrink", "lambd", lambd)

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return F.softshrink(input_x, self.lambd)

    def extend_repr(self) -> str:
        return f"lambd={self.lambd}"


class HShrink(Cell):
    """x where abs(x) is above ``lambd``, 0 elsewhere; element by element.

    Args:
        lambd: 0 or more; default 0.5.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number, or below 0.

    Example:
        >>> HShrink()(torch.tensor([-1.0, 0.25, 2.0]))
        tensor([-1.,  0.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = nonnegative("HShrink", "lambd", lambd)

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return F.hardshrink(input_x, self.lambd)

    def extend_repr(self) -> str:
        return f"lambd={self.lambd}"


class Threshold(Cell):
    """x where it is above ``threshold``, ``value`` elsewhere; element by element.

    Args:
        threshold, value: any finite numbers.

    Raises:
        ArgumentTypeError, ArgumentValueError: no finite number.

    Example:
        >>> Threshold(0.1, 20)(torch.tensor([0.0, 0.1, 0.2]))
        tensor([20.0000, 20.0000,  0.2000])
    """

    def __init__(self, threshold: float, value: float) -> None:
        super().__init__()
        self.threshold = finite("Threshold", "threshold", threshold)
        self.value = finite("Threshold", "value", value)

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        return F.threshold(input_x, self.threshold, self.value)

    def extend_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}"
