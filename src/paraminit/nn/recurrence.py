"""What RNN, LSTM and GRU have in common: parameters, states, sequences of different lengths."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.describe.initializers import NumpyUniform
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.recurrent_cells import check_floating
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter_tuple import ParameterTuple

__all__ = ["Recurrence"]

_LENGTHS = (torch.int32, torch.int64)


class Recurrence(Cell):
    """Layers of recurrent cells, run over sequences; a subclass says which cells."""

    _gates: ClassVar[int]
    _states: ClassVar[tuple[str, ...]] = ("hx",)  # what goes from one step to the next

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
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.input_size = positive_int(owner, "input_size", input_size)
        self.hidden_size = positive_int(owner, "hidden_size", hidden_size)
        self.num_layers = positive_int(owner, "num_layers", num_layers)
        flags = {"has_bias": has_bias, "batch_first": batch_first, "bidirectional": bidirectional}
        for name, flag in flags.items():
            check_bool(owner, name, flag)
        if not isinstance(dropout, float):
            raise ArgumentTypeError(f"{owner}: dropout must be a float, got {dropout!r}.")
        if not 0 <= dropout < 1:
            raise ArgumentValueError(f"{owner}: dropout must be 0.0 or more and below 1, got {dropout!r}.")
        check_floating(owner, dtype)
        self.has_bias, self.batch_first, self.bidirectional = has_bias, batch_first, bidirectional
        self.dropout = dropout

        rows, directions = self._gates * hidden_size, ("", "_reverse") if bidirectional else ("",)
        self._places = tuple(f"_l{layer}{way}" for layer in range(num_layers) for way in directions)
        self._kinds = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if has_bias else ()))
        parameters = {}
        for number, place in enumerate(self._places):  # place by place, in MindSpore's order of draws
            inputs = input_size if number < len(directions) else hidden_size * len(directions)
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (rows, inputs),
                "weight_hh": (rows, hidden_size),
            }
            for kind in self._kinds:
                init, shape = NumpyUniform(1 / math.sqrt(hidden_size)), shapes.get(kind, (rows,))
                parameters[kind + place] = layer_parameter(owner, kind + place, init, shape, dtype)
        for kind in self._kinds:  # but kind by kind in the order of parameters
            for place in self._places:
                setattr(self, kind + place, parameters[kind + place])

    def _all(self, kind: str) -> ParameterTuple:
        return ParameterTuple(getattr(self, kind + place) for place in self._places if kind in self._kinds)

    @property
    def w_ih_list(self) -> ParameterTuple:
        """The weights of the inputs: layer by layer, forward before reverse."""
        return self._all("weight_ih")

    @property
    def w_hh_list(self) -> ParameterTuple:
        """The weights of the hidden states."""
        return self._all("weight_hh")

    @property
    def b_ih_list(self) -> ParameterTuple:
        """The biases of the inputs; empty without bias."""
        return self._all("bias_ih")

    @property
    def b_hh_list(self) -> ParameterTuple:
        """The biases of the hidden states; empty without bias."""
        return self._all("bias_hh")

    # -- running ----------------------------------------------------------------------------------

    def _function(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        """torch's function over all steps: output first, then each state after the last step."""
        raise NotImplementedError

    def construct(self, x: torch.Tensor, hx: Any = None, seq_length: torch.Tensor | None = None) -> Any:
        self._check_input(x)
        batch, time = x.shape[:2] if self.batch_first else (x.shape[1], x.shape[0])
        states = self._start(x, hx, batch)
        if seq_length is not None:
            self._check_lengths(seq_length, batch, time)
        weights = [getattr(self, kind + place).to(x.dtype) for place in self._places for kind in self._kinds]
        settings = weights, self.has_bias, self.num_layers, self.dropout, self.training, self.bidirectional
        if seq_length is None or not batch:
            output, *ends = self._function()(x, self._given(states), *settings, self.batch_first)
        else:
            output, *ends = self._until(seq_length, x, states, settings)
        return output, self._given(ends)

    def _until(
        self, lengths: torch.Tensor, x: torch.Tensor, states: list[torch.Tensor], settings: tuple[Any, ...]
    ) -> list[torch.Tensor]:
        """Output and states of sequences that end after so many steps."""
        # A packed sequence has one step at least: an empty one gets it, and is put right afterwards.
        packed = pack_padded_sequence(x, lengths.cpu().clamp(min=1), self.batch_first, enforce_sorted=False)
        data, sizes, order, back = packed
        begin = self._given([state[:, order] for state in states])
        data, *ends = self._function()(data, sizes, begin, *settings)
        steps = x.shape[1 if self.batch_first else 0]
        packed = PackedSequence(data, sizes, order, back)
        output, _ = pad_packed_sequence(packed, self.batch_first, total_length=steps)
        empty = (lengths == 0).to(x.device)[:, None]
        output = output.masked_fill(empty[:, None] if self.batch_first else empty, 0)
        pairs = zip(states, ends, strict=True)
        return [output, *(torch.where(empty, state, end[:, back]) for state, end in pairs)]

    def _given(self, states: list[torch.Tensor]) -> Any:
        """States as the caller knows them: one tensor, or a tuple where there are two."""
        return tuple(states) if len(self._states) > 1 else states[0]

    def _start(self, x: torch.Tensor, hx: Any, batch: int) -> list[torch.Tensor]:
        """The states to begin with: what ``hx`` says, or zeros."""
        owner, count = type(self).__name__, len(self._states)
        shape = (len(self._places), batch, self.hidden_size)
        if hx is None:
            return [x.new_zeros(shape) for _ in self._states]
        if count > 1 and (not isinstance(hx, tuple | list) or len(hx) != count):
            raise ArgumentTypeError(f"{owner}: hx must be a tuple (h, c), got {type(hx).__name__}.")
        states = list(hx) if count > 1 else [hx]
        for name, state in zip(self._states, states, strict=True):
            check_tensors(owner, **{name: state})
            if state.shape != shape:
                raise ArgumentValueError(
                    f"{owner}: {name} must have shape {shape} (layers and directions, batch, hidden_size), "
                    f"got {tuple(state.shape)}."
                )
            if state.dtype != x.dtype:
                raise ArgumentTypeError(
                    f"{owner}: {name} must have the dtype of x, {x.dtype}, got {state.dtype}."
                )
        return states

    def _check_input(self, x: torch.Tensor) -> None:
        owner, axes = type(self).__name__, "batch, time" if self.batch_first else "time, batch"
        check_tensors(owner, x=x)
        if x.ndim != 3 or x.shape[2] != self.input_size or not x.shape[1 if self.batch_first else 0]:
            raise ArgumentValueError(
                f"{owner}: x must have shape ({axes}, {self.input_size}) with one step or more, got "
                f"{tuple(x.shape)}."
            )
        if not x.is_floating_point():
            raise ArgumentTypeError(f"{owner}: x must have a floating-point dtype, got {x.dtype}.")

    def _check_lengths(self, lengths: torch.Tensor, batch: int, time: int) -> None:
        owner = type(self).__name__
        check_tensors(owner, seq_length=lengths)
        if lengths.dtype not in _LENGTHS:
            raise ArgumentTypeError(f"{owner}: seq_length must be int32 or int64, got {lengths.dtype}.")
        if lengths.shape != (batch,):
            raise ArgumentValueError(
                f"{owner}: seq_length must have shape ({batch},), one length for each sequence, got "
                f"{tuple(lengths.shape)}."
            )
        if ((lengths < 0) | (lengths > time)).any():
            raise ArgumentValueError(
                f"{owner}: seq_length must be from 0 to {time}, the steps of x, got {lengths.tolist()}."
            )

    def extend_repr(self) -> str:
        return (
            f"input_size={self.input_size}, hidden_size={self.hidden_size}, num_layers={self.num_layers}, "
            f"has_bias={self.has_bias}, batch_first={self.batch_first}, dropout={self.dropout}, "
            f"bidirectional={self.bidirectional}"
        )
