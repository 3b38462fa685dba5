"""PReLU: a leaky ReLU whose slope is trained; PReLUExt, which is also ``mint.nn.PReLU``."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import Initializer
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import layer_parameter
from paraminit.parameter import Parameter
from paraminit.tensor import Tensor

__all__ = ["PReLU", "PReLUExt"]


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
        return _prelu("PReLU", x, self.w)

    def extend_repr(self) -> str:
        return f"channel={self.channel}"


class PReLUExt(Cell):
    """:class:`PReLU` under torch's names.

    Args:
        num_parameters: 1 for one slope, or the number of the input's channels; default 1.
        init: the slopes at first; default 0.25.
        dtype: of weight; None for float32.

    Shape:
        input (N, C, *), or any shape if num_parameters is 1; weight (num_parameters,); result as input.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> print(PReLUExt()(paraminit.Tensor([-4.0, 2.0])))
        [-1.  2.]
    """

    weight: Parameter

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: object = None) -> None:
        super().__init__()
        self.num_parameters = positive_int("PReLUExt", "num_parameters", num_parameters)
        init, dtype = finite("PReLUExt", "init", init), torch.float32 if dtype is None else dtype
        self.weight = layer_parameter("PReLUExt", "init", init, (num_parameters,), dtype)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        return _prelu("PReLUExt", input, self.weight)


def _prelu(owner: str, x: torch.Tensor, slopes: torch.Tensor) -> torch.Tensor:
    channels = slopes.numel()
    if channels > 1 and (x.ndim < 2 or x.shape[1] != channels):
        raise ArgumentValueError(
            f"{owner}: x must have {channels} channels on axis 1, got shape {tuple(x.shape)}."
        )
    return F.prelu(x, slopes)


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
