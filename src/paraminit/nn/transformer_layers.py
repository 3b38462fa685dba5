"""TransformerEncoderLayer and TransformerDecoderLayer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.describe.initializers.arguments import positive
from paraminit.dtype import torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.attention import MultiheadAttention
from paraminit.nn.dense import Dense
from paraminit.nn.dropout import Dropout, probability
from paraminit.nn.normalization import LayerNorm
from paraminit.nn.weights import check_bool

__all__ = ["Activation", "TransformerDecoderLayer", "TransformerEncoderLayer"]

#: What a layer takes between its two Dense: a name, a Cell, or a function of one tensor.
Activation: TypeAlias = str | Callable[[torch.Tensor], torch.Tensor]

_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"gelu": F.gelu, "relu": F.relu}


class _TransformerLayer(Cell):
    """What both have: attention parts, then Dense, activation, Dense; each part is added to its input
    and normalized."""

    _attentions: ClassVar[tuple[str, ...]]

    self_attn: MultiheadAttention
    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.d_model = positive_int(owner, "d_model", d_model)
        self.nhead = positive_int(owner, "nhead", nhead)
        if d_model % nhead:
            raise ArgumentValueError(f"{owner}: nhead must divide d_model, got {nhead} and {d_model}.")
        self.dim_feedforward = positive_int(owner, "dim_feedforward", dim_feedforward)
        probability(owner, "dropout", dropout)
        positive(owner, "layer_norm_eps", layer_norm_eps)
        check_bool(owner, "batch_first", batch_first)
        check_bool(owner, "norm_first", norm_first)
        self.batch_first, self.norm_first = batch_first, norm_first
        if not torch_dtype(dtype, argument=f"{owner}: dtype").is_floating_point:
            raise ArgumentTypeError(f"{owner}: dtype must be a floating-point dtype, got {dtype!r}.")
        chosen = _activation(owner, activation)

        for name in self._attentions:
            attention = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, dtype=dtype)
            setattr(self, name, attention)
        self.dense1 = Dense(d_model, dim_feedforward, dtype=dtype)
        self.dropout = Dropout(p=dropout)
        self.dense2 = Dense(dim_feedforward, d_model, dtype=dtype)
        parts = range(1, len(self._attentions) + 2)
        for part in parts:
            setattr(self, f"norm{part}", LayerNorm((d_model,), epsilon=layer_norm_eps, dtype=dtype))
        for part in parts:
            setattr(self, f"dropout{part}", Dropout(p=dropout))
        self.activation = chosen

    def _add(
        self,
        x: torch.Tensor,
        part: Callable[[torch.Tensor], torch.Tensor],
        norm: LayerNorm,
        dropout: Dropout,
    ) -> torch.Tensor:
        if self.norm_first:
            return x + dropout(part(norm(x)))  # type: ignore[no-any-return]
        return norm(x + dropout(part(x)))  # type: ignore[no-any-return]

    def _feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense2(self.dropout(self.activation(self.dense1(x))))  # type: ignore[no-any-return]


class TransformerEncoderLayer(_TransformerLayer):
    """Self-attention, then two Dense with an activation between; each is added to its input and
    normalized after (or before: ``norm_first``).

    The call takes ``src``, ``src_mask`` (L, L) or (N * nhead, L, L) and ``src_key_padding_mask`` (N, L),
    masks as of :class:`MultiheadAttention`.

    Args:
        d_model: of input and result; above 0.
        nhead: heads of the attention; divides d_model.
        dim_feedforward: between the two Dense; default 2048.
        dropout: probability, in training; default 0.1.
        activation: ``"relu"`` (default), ``"gelu"``, a Cell, or a function of one tensor.
        layer_norm_eps: above 0; default 1e-5.
        batch_first: whether the batch is axis 0 and not axis 1.
        norm_first: whether a part's input is normalized, and not the sum.
        dtype: of the parameters; default float32.

    Shape:
        src (L, N, d_model), or without N; result as src. The parameters are those of self_attn, dense1,
        dense2, norm1, norm2.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> from paraminit import nn
        >>> layer = TransformerEncoderLayer(8, 2, 16, activation=nn.ReLU())
        >>> layer(torch.ones(4, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    _attentions = ("self_attn",)

    def construct(
        self,
        src: torch.Tensor,
        src_mask: torch.Tensor | None = None,
        src_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        def attend(x: torch.Tensor) -> torch.Tensor:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask)[0]  # type: ignore[no-any-return]

        x = self._add(src, attend, self.norm1, self.dropout1)
        return self._add(x, self._feed_forward, self.norm2, self.dropout2)


class TransformerDecoderLayer(_TransformerLayer):
    """Self-attention, attention to ``memory``, then two Dense with an activation between; each is added
    to its input and normalized after (or before: ``norm_first``).

    The call takes ``tgt``, ``memory``, ``tgt_mask`` (L, L), ``memory_mask`` (L, S),
    ``tgt_key_padding_mask`` (N, L) and ``memory_key_padding_mask`` (N, S), masks as of
    :class:`MultiheadAttention`.

    Args:
        d_model: of inputs and result; above 0.
        nhead: heads of the attentions; divides d_model.
        dim_feedforward: between the two Dense; default 2048.
        dropout: probability, in training; default 0.1.
        activation: ``"relu"`` (default), ``"gelu"``, a Cell, or a function of one tensor.
        layer_norm_eps: above 0; default 1e-5.
        batch_first: whether the batch is axis 0 and not axis 1.
        norm_first: whether a part's input is normalized, and not the sum.
        dtype: of the parameters; default float32.

    Shape:
        tgt (L, N, d_model), memory (S, N, d_model), or both without N; result as tgt. The parameters are
        those of self_attn, multihead_attn, dense1, dense2, norm1, norm2, norm3.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> TransformerDecoderLayer(8, 2, 16)(torch.ones(4, 3, 8), torch.ones(5, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    _attentions = ("self_attn", "multihead_attn")

    multihead_attn: MultiheadAttention
    norm3: LayerNorm
    dropout3: Dropout

    def construct(
        self,
        tgt: torch.Tensor,
        memory: torch.Tensor,
        tgt_mask: torch.Tensor | None = None,
        memory_mask: torch.Tensor | None = None,
        tgt_key_padding_mask: torch.Tensor | None = None,
        memory_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        def attend(x: torch.Tensor) -> torch.Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask)[0]  # type: ignore[no-any-return]

        def recall(x: torch.Tensor) -> torch.Tensor:
            result = self.multihead_attn(x, memory, memory, memory_key_padding_mask, False, memory_mask)
            return result[0]  # type: ignore[no-any-return]

        x = self._add(tgt, attend, self.norm1, self.dropout1)
        x = self._add(x, recall, self.norm2, self.dropout2)
        return self._add(x, self._feed_forward, self.norm3, self.dropout3)


def _activation(owner: str, activation: Activation) -> Callable[[torch.Tensor], torch.Tensor]:
    if isinstance(activation, str):
        if activation not in _ACTIVATIONS:
            raise UnknownNameError(f"activation of {owner}", activation, _ACTIVATIONS)
        return _ACTIVATIONS[activation]
    if isinstance(activation, type) or not callable(activation):  # ValueError, as in MindSpore
        raise ArgumentValueError(
            f"{owner}: activation must be 'relu', 'gelu', a Cell such as nn.ReLU(), or a function, "
            f"got {activation!r}."
        )
    return activation
