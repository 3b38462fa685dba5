"""RNNCell, LSTMCell, GRUCell: one step of a recurrent network."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import torch

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import initializer
from paraminit.describe.initializers import Uniform
from paraminit.dtype import torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter import Parameter

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "check_floating", "check_nonlinearity"]

_NONLINEARITIES = ("relu", "tanh")


def check_floating(owner: str, dtype: object) -> None:
    """Make sure that ``dtype`` is a floating-point dtype."""
    if not torch_dtype(dtype, argument=f"{owner}: dtype").is_floating_point:
        raise ArgumentTypeError(f"{owner}: dtype must be a floating-point dtype, got {dtype!r}.")


def check_nonlinearity(owner: str, nonlinearity: object) -> None:
    """Make sure that ``nonlinearity`` is the name of one."""
    if nonlinearity not in _NONLINEARITIES:
        raise UnknownNameError(f"nonlinearity of {owner}", str(nonlinearity), _NONLINEARITIES)


class _RecurrentCell(Cell):
    """What the three have in common; they differ in the number of gates and the step."""

    _gates: ClassVar[int]

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, has_bias: bool = True, dtype: object = torch.float32
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.input_size = positive_int(owner, "input_size", input_size)
        self.hidden_size = positive_int(owner, "hidden_size", hidden_size)
        check_bool(owner, "has_bias", has_bias)
        self.has_bias, rows = has_bias, self._gates * hidden_size
        check_floating(owner, dtype)
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
        }
        if has_bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for shape in shapes.values():  # MindSpore draws normals first and throws them away: so the keys
            np.random.randn(*shape)  # that follow come from a generator that has moved on
        for name, shape in shapes.items():
            init = Uniform(1 / math.sqrt(hidden_size))
            setattr(self, name, layer_parameter(owner, name, init, shape, dtype))
        if not has_bias:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)

    def reset_parameters(self) -> None:
        """Draw all parameters again, each with a key of its own."""
        init = Uniform(1 / math.sqrt(self.hidden_size))
        for parameter in self.get_parameters(expand=False):
            parameter.set_data(initializer(init, parameter.shape, parameter.dtype))  # type: ignore[attr-defined]

    def _check(self, name: str, x: torch.Tensor, size: int) -> None:
        if x.ndim != 2 or x.shape[1] != size:
            raise ArgumentValueError(
                f"{type(self).__name__}: {name} must have shape (batch, {size}), got {tuple(x.shape)}."
            )

    def extend_repr(self) -> str:
        return f"input_size={self.input_size}, hidden_size={self.hidden_size}, has_bias={self.has_bias}"


class RNNCell(_RecurrentCell):
    """tanh(weight_ih @ x + bias_ih + weight_hh @ h + bias_hh), or relu of it.

    Args:
        input_size, hidden_size: above 0.
        has_bias: default True.
        nonlinearity: ``"tanh"`` (default) or ``"relu"``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, input_size), hx (N, hidden_size); weight_ih (hidden_size, input_size), weight_hh
        (hidden_size, hidden_size), bias_ih and bias_hh (hidden_size,), all from
        ``Uniform(1 / sqrt(hidden_size))``; result (N, hidden_size).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> RNNCell(3, 4)(torch.ones(2, 3), torch.zeros(2, 4)).shape
        torch.Size([2, 4])
    """

    _gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        has_bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: object = torch.float32,
    ) -> None:
        check_nonlinearity("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, has_bias, dtype)
        self.nonlinearity = nonlinearity

    def construct(self, x: torch.Tensor, hx: torch.Tensor) -> torch.Tensor:
        self._check("x", x, self.input_size)
        self._check("hx", hx, self.hidden_size)
        step = torch.rnn_tanh_cell if self.nonlinearity == "tanh" else torch.rnn_relu_cell
        return step(x, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def extend_repr(self) -> str:
        return f"{super().extend_repr()}, nonlinearity={self.nonlinearity}"


class LSTMCell(_RecurrentCell):
    """One step of a long short-term memory; the four gates are stacked as input, forget, cell, output.

    Args:
        input_size, hidden_size: above 0.
        has_bias: default True.
        dtype: of the parameters; default float32.

    Shape:
        x (N, input_size), hx a tuple (h, c) of (N, hidden_size) each; weight_ih
        (4 * hidden_size, input_size), weight_hh (4 * hidden_size, hidden_size), bias_ih and bias_hh
        (4 * hidden_size,), all from ``Uniform(1 / sqrt(hidden_size))``; result (h, c).

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> h, c = LSTMCell(3, 4)(torch.ones(2, 3), (torch.zeros(2, 4), torch.zeros(2, 4)))
        >>> h.shape, c.shape
        (torch.Size([2, 4]), torch.Size([2, 4]))
    """

    _gates = 4

    def construct(
        self, x: torch.Tensor, hx: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self._check("x", x, self.input_size)
        if not isinstance(hx, tuple | list) or len(hx) != 2:
            raise ArgumentTypeError(f"LSTMCell: hx must be a tuple (h, c), got {type(hx).__name__}.")
        for name, state in zip(("h", "c"), hx, strict=True):
            self._check(name, state, self.hidden_size)
        return torch.lstm_cell(x, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


class GRUCell(_RecurrentCell):
    """One step of a gated recurrent unit; the three gates are stacked as reset, update, new.

    Args:
        input_size, hidden_size: above 0.
        has_bias: default True.
        dtype: of the parameters; default float32.

    Shape:
        x (N, input_size), hx (N, hidden_size); weight_ih (3 * hidden_size, input_size), weight_hh
        (3 * hidden_size, hidden_size), bias_ih and bias_hh (3 * hidden_size,), all from
        ``Uniform(1 / sqrt(hidden_size))``; result (N, hidden_size).

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> GRUCell(3, 4)(torch.ones(2, 3), torch.zeros(2, 4)).shape
        torch.Size([2, 4])
    """

    _gates = 3

    def construct(self, x: torch.Tensor, hx: torch.Tensor) -> torch.Tensor:
        self._check("x", x, self.input_size)
        self._check("hx", hx, self.hidden_size)
        return torch.gru_cell(x, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
