"""Activations without parameters that look along an axis."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.no_arguments import NoArguments

__all__ = [
    "GLU",
    "LRN",
    "LogSoftmax",
    "Softmax",
    "Softmax2d",
    "Softmin",
]


class _AlongAxis(Cell):
    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = _axis(type(self).__name__, axis)

    def extend_repr(self) -> str:
        return f"axis={self.axis}"


class Softmax(_AlongAxis):
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

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(x, self.axis)


class LogSoftmax(_AlongAxis):
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

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(x, self.axis)


class Softmin(_AlongAxis):
    """:class:`Softmax` of -x.

    Args:
        axis: default -1.

    Raises:
        ArgumentTypeError: the axis is no int.
        IndexError: (when called) x has no such axis.

    Example:
        >>> Softmin()(torch.tensor([0.0, 0.0, 1000.0]))
        tensor([0.5000, 0.5000, 0.0000])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return F.softmin(x, self.axis)


class Softmax2d(NoArguments):
    """:class:`Softmax` over the channels at each place of an image.

    Shape:
        x (N, C, H, W) or (C, H, W); result as x.

    Raises:
        ArgumentValueError: (when called) x has another number of dimensions.

    Example:
        >>> Softmax2d()(torch.zeros(4, 1, 1)).flatten()
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim not in (3, 4):
            raise ArgumentValueError(f"Softmax2d: x must have 3 or 4 dimensions, got shape {tuple(x.shape)}.")
        return torch.softmax(x, -3)


class GLU(_AlongAxis):
    """The first half of x along an axis, times the sigmoid of the second half.

    Args:
        axis: x has an even number of elements along it; default -1.

    Raises:
        ArgumentTypeError: the axis is no int.
        ArgumentValueError: (when called) an odd number of elements.
        IndexError: (when called) x has no such axis.

    Example:
        >>> GLU()(torch.tensor([2.0, 4.0, 0.0, 0.0]))
        tensor([1., 2.])
    """

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[self.axis] % 2:
            raise ArgumentValueError(
                f"GLU: axis {self.axis} of x must be of even length, got shape {tuple(x.shape)}."
            )
        return F.glu(x, self.axis)


class LRN(Cell):
    """x / (bias + alpha * s) ** beta, where s is the sum of the squares over the ``depth_radius`` channels on
    either side and the channel itself.

    Args:
        depth_radius: 0 or more channels; default 5.
        bias, alpha, beta: default 1.0, 1.0, 0.5.
        norm_region: ``"ACROSS_CHANNELS"``.

    Shape:
        x (N, C, H, W); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> LRN()(torch.full((1, 1, 1, 1), 2.0)).item()
        0.8944271802902222

    References:
        Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks (2012).
    """

    def __init__(
        self,
        depth_radius: int = 5,
        bias: float = 1.0,
        alpha: float = 1.0,
        beta: float = 0.5,
        norm_region: str = "ACROSS_CHANNELS",
    ) -> None:
        super().__init__()
        self.depth_radius = _axis("LRN", depth_radius, "depth_radius")
        if depth_radius < 0:
            raise ArgumentValueError(f"LRN: depth_radius must be 0 or more, got {depth_radius!r}.")
        self.bias, self.alpha, self.beta = (
            finite("LRN", name, value) for name, value in (("bias", bias), ("alpha", alpha), ("beta", beta))
        )
        if norm_region != "ACROSS_CHANNELS":
            raise ArgumentValueError(f"LRN: norm_region must be 'ACROSS_CHANNELS', got {norm_region!r}.")

    def construct(self, input_x: torch.Tensor) -> torch.Tensor:
        if input_x.ndim != 4:
            raise ArgumentValueError(f"LRN: x must have 4 dimensions, got shape {tuple(input_x.shape)}.")
        width = 2 * self.depth_radius + 1
        # torch takes the mean over the window where MindSpore takes the sum.
        return F.local_response_norm(input_x, width, self.alpha * width, self.beta, self.bias)

    def extend_repr(self) -> str:
        return f"depth_radius={self.depth_radius}, bias={self.bias}, alpha={self.alpha}, beta={self.beta}"


def _axis(owner: str, axis: object, argument: str = "axis") -> int:
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ArgumentTypeError(f"{owner}: {argument} must be an int, got {axis!r}.")
    return axis
