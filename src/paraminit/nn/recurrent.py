"""RNN, LSTM, GRU: recurrent networks of one or more layers over whole sequences."""

from __future__ import annotations

from collections.abc import Callable

import torch

from paraminit.nn.recurrence import Recurrence
from paraminit.nn.recurrent_cells import check_nonlinearity

__all__ = ["GRU", "LSTM", "RNN"]


class RNN(Recurrence):
    """tanh(weight_ih @ x + bias_ih + weight_hh @ h + bias_hh) at each step, or relu of it.

    A layer above the first reads the states of the layer below it, of both directions where there are
    two. With ``seq_length`` each sequence of the batch ends at its own length: the output beyond is zero,
    h_n is the state there, and the reverse direction begins there.

    Args:
        input_size, hidden_size, num_layers: above 0; num_layers is 1 by default.
        has_bias: default True.
        batch_first: whether x and the output begin with the batch; default False.
        dropout: the share of each layer's output, the last one's excepted, that training sets to zero;
            a float, from 0.0 (default) to below 1.
        bidirectional: whether each layer reads the sequence backwards as well; default False.
        dtype: of the parameters; default float32. They are converted to the dtype of x where it differs.
        nonlinearity: ``"tanh"`` (default) or ``"relu"``.

    Shape:
        x (T, N, input_size), or (N, T, input_size) with batch_first; hx (layers * directions, N,
        hidden_size), None for zeros; seq_length (N,), int32 or int64, from 0 to T.
        Parameters of the first layer weight_ih_l0 (hidden_size, input_size), weight_hh_l0
        (hidden_size, hidden_size), bias_ih_l0 and bias_hh_l0 (hidden_size,); then
        weight_ih_l0_reverse, weight_ih_l1 and so on; all from ``NumpyUniform(1 / sqrt(hidden_size))``.
        Result: output (T, N, directions * hidden_size), or (N, T, ...), and h_n of the shape of hx.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> net = RNN(3, 4, num_layers=2, bidirectional=True)
        >>> output, h_n = net(torch.ones(5, 2, 3))
        >>> output.shape, h_n.shape
        (torch.Size([5, 2, 8]), torch.Size([4, 2, 4]))
    """

    _gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        has_bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: object = torch.float32,
        *,
        nonlinearity: str = "tanh",
    ) -> None:
        check_nonlinearity("RNN", nonlinearity)
        super().__init__(
            input_size, hidden_size, num_layers, has_bias, batch_first, dropout, bidirectional, dtype
        )
        self.nonlinearity = nonlinearity

    def _function(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return torch.rnn_tanh if self.nonlinearity == "tanh" else torch.rnn_relu

    def extend_repr(self) -> str:
        return f"{super().extend_repr()}, nonlinearity={self.nonlinearity}"


class LSTM(Recurrence):
    """A long short-term memory; the four gates are stacked as input, forget, cell, output.

    Layers, directions and ``seq_length`` are RNN's.

    Args:
        input_size, hidden_size, num_layers: above 0; num_layers is 1 by default.
        has_bias: default True.
        batch_first: whether x and the output begin with the batch; default False.
        dropout: the share of each layer's output, the last one's excepted, that training sets to zero;
            a float, from 0.0 (default) to below 1.
        bidirectional: whether each layer reads the sequence backwards as well; default False.
        dtype: of the parameters; default float32. They are converted to the dtype of x where it differs.

    Shape:
        x (T, N, input_size), or (N, T, input_size) with batch_first; hx a tuple (h, c) of
        (layers * directions, N, hidden_size) each, None for zeros; seq_length (N,), int32 or int64, from 0
        to T. Parameters of the first layer weight_ih_l0 (4 * hidden_size, input_size), weight_hh_l0
        (4 * hidden_size, hidden_size), bias_ih_l0 and bias_hh_l0 (4 * hidden_size,); then
        weight_ih_l0_reverse, weight_ih_l1 and so on; all from ``NumpyUniform(1 / sqrt(hidden_size))``.
        Result: output (T, N, directions * hidden_size), or (N, T, ...), and (h_n, c_n) of the shapes of hx.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> output, (h_n, c_n) = LSTM(3, 4)(torch.ones(5, 2, 3), seq_length=torch.tensor([5, 1]))
        >>> output.shape, h_n.shape, output[1:, 1].any().item()
        (torch.Size([5, 2, 4]), torch.Size([1, 2, 4]), False)
    """

    _gates = 4
    _states = ("h", "c")

    def _function(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return torch.lstm


class GRU(Recurrence):
    """Gated recurrent units; the three gates are stacked as reset, update, new.

    Layers, directions and ``seq_length`` are RNN's.

    Args:
        input_size, hidden_size, num_layers: above 0; num_layers is 1 by default.
        has_bias: default True.
        batch_first: whether x and the output begin with the batch; default False.
        dropout: the share of each layer's output, the last one's excepted, that training sets to zero;
            a float, from 0.0 (default) to below 1.
        bidirectional: whether each layer reads the sequence backwards as well; default False.
        dtype: of the parameters; default float32. They are converted to the dtype of x where it differs.

    Shape:
        x (T, N, input_size), or (N, T, input_size) with batch_first; hx (layers * directions, N,
        hidden_size), None for zeros; seq_length (N,), int32 or int64, from 0 to T.
        Parameters of the first layer weight_ih_l0 (3 * hidden_size, input_size), weight_hh_l0
        (3 * hidden_size, hidden_size), bias_ih_l0 and bias_hh_l0 (3 * hidden_size,); then
        weight_ih_l0_reverse, weight_ih_l1 and so on; all from ``NumpyUniform(1 / sqrt(hidden_size))``.
        Result: output (T, N, directions * hidden_size), or (N, T, ...), and h_n of the shape of hx.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> output, h_n = GRU(3, 4, batch_first=True)(torch.ones(2, 5, 3))
        >>> output.shape, h_n.shape
        (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    """

    _gates = 3

    def _function(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return torch.gru
