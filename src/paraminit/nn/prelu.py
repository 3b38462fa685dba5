"""PReLU: a leaky ReLU whose slope is trained."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import Initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import layer_parameter
from paraminit.parameter import Parameter
from paraminit.tensor import Tensor

__all__ = ["PReLU"]


class PReLU(Cell):
    """x where it is positive, w * x where it is not.

    Args:
        channel: 1 for one slope, or the number of x's channels; default 1.
        w: the slopes at first: a float, a list of ``channel`` floats, a float16 or float32 Tensor of
            shape (channel,), an Initializer or the name of one; default 0.25.

    Shape:
        x (N, C, *), or any shape if channel is 1; w (channel,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> print(PReLU()(paraminit.Tensor([-4.0, 2.0])))
        [-1.  2.]
    """

    w: Parameter

    def __init__(self, channel: int = 1, w: Init | list[float] = 0.25) -> None:
        super().__init__()
        self.channel = positive_int("PReLU", "channel", channel)
        self.w = layer_parameter("PReLU", "w", _slopes(w), (channel,), torch.float32)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if self.channel > 1 and (x.ndim < 2 or x.shape[1] != self.channel):
            raise ArgumentValueError(
                f"PReLU: x must have {self.channel} channels on axis 1, got shape {tuple(x.shape)}."
            )
        return F.prelu(x, self.w)

    def extend_repr(self) -> str:
        return f"channel={self.channel}"


def _slopes(w: object) -> Init:
    if isinstance(w, list) and all(isinstance(slope, float) for slope in w):
        w = Tensor(w, torch.float32)
    elif not isinstance(w, float | torch.Tensor | str | Initializer):
        raise ArgumentTypeError(
            f"PReLU: w must be a float, a list of floats, a Tensor or an Initializer, got {w!r}."
        )
    if isinstance(w, float) and not math.isfinite(w):
        raise ArgumentValueError(f"PReLU: w must be finite, got {w!r}.")
    if isinstance(w, torch.Tensor) and w.dtype not in (torch.float16, torch.float32):
        raise ArgumentTypeError(f"PReLU: a Tensor w must be float16 or float32, got {w.dtype}.")
    return w
