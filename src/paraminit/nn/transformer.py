"""Transformer: an encoder and a decoder."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.describe.initializers import Initializer, XavierUniform
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.lazy import no_init_parameters, stay_pending
from paraminit.nn.normalization import LayerNorm
from paraminit.nn.redraw import redraw
from paraminit.nn.transformer_layers import Activation, TransformerDecoderLayer, TransformerEncoderLayer
from paraminit.nn.transformer_stacks import TransformerDecoder, TransformerEncoder, check_count
from paraminit.nn.weights import check_bool
from paraminit.parameter import Parameter

__all__ = ["Transformer"]


class Transformer(Cell):
    """A TransformerEncoder whose result a TransformerDecoder attends to, each with a LayerNorm at its
    end.

    Once both are there, every parameter of two or more dimensions is drawn from ``XavierUniform()``,
    those of a custom encoder or decoder included. Biases stay as the layers drew them.

    The call takes ``src``, ``tgt``, ``src_mask``, ``tgt_mask``, ``memory_mask``, ``src_key_padding_mask``,
    ``tgt_key_padding_mask`` and ``memory_key_padding_mask``, masks as of :class:`MultiheadAttention`.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first,
            dtype: of the layers, as in TransformerEncoderLayer; d_model 512 and nhead 8 by default.
        num_encoder_layers, num_decoder_layers: 0 or more; default 6.
        custom_encoder, custom_decoder: a Cell in place of the one that would be built.

    Shape:
        src (S, N, d_model), tgt (L, N, d_model), or both without N; result as tgt.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> net = Transformer(8, 2, 1, 1, 16)
        >>> net(torch.ones(5, 3, 8), torch.ones(4, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    encoder: Cell
    decoder: Cell

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        custom_encoder: Cell | None = None,
        custom_decoder: Cell | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        self.d_model = positive_int("Transformer", "d_model", d_model)
        self.nhead = positive_int("Transformer", "nhead", nhead)
        check_count("Transformer", "num_encoder_layers", num_encoder_layers)
        check_count("Transformer", "num_decoder_layers", num_decoder_layers)
        for name, cell in (("custom_encoder", custom_encoder), ("custom_decoder", custom_decoder)):
            if cell is not None and not isinstance(cell, Cell):
                raise ArgumentTypeError(f"Transformer: {name} must be a Cell or None, got {cell!r}.")
        check_bool("Transformer", "batch_first", batch_first)
        self.batch_first = batch_first

        sizes = (d_model, nhead, dim_feedforward, dropout, activation)
        rest = (layer_norm_eps, batch_first, norm_first, dtype)
        with no_init_parameters():  # most are drawn three times, and filled once
            if custom_encoder is not None:
                self.encoder = custom_encoder
            else:
                encoder_layer = TransformerEncoderLayer(*sizes, *rest)
                norm = LayerNorm((d_model,), epsilon=layer_norm_eps, dtype=dtype)
                self.encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm)
            if custom_decoder is not None:
                self.decoder = custom_decoder
            else:
                decoder_layer = TransformerDecoderLayer(*sizes, *rest)
                norm = LayerNorm((d_model,), epsilon=layer_norm_eps, dtype=dtype)
                self.decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm)
            redraw(self, _xavier)
        if not stay_pending():
            for part, custom in ((self.encoder, custom_encoder), (self.decoder, custom_decoder)):
                if custom is None:
                    part.init_parameters_data()

    def construct(
        self,
        src: torch.Tensor,
        tgt: torch.Tensor,
        src_mask: torch.Tensor | None = None,
        tgt_mask: torch.Tensor | None = None,
        memory_mask: torch.Tensor | None = None,
        src_key_padding_mask: torch.Tensor | None = None,
        tgt_key_padding_mask: torch.Tensor | None = None,
        memory_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        self._check(src, tgt)
        memory = self.encoder(src, src_mask=src_mask, src_key_padding_mask=src_key_padding_mask)
        return self.decoder(  # type: ignore[no-any-return]
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
        )

    def _check(self, src: torch.Tensor, tgt: torch.Tensor) -> None:
        check_tensors("Transformer", src=src, tgt=tgt)
        shapes = f"src of shape {tuple(src.shape)} and tgt of shape {tuple(tgt.shape)}"
        if src.ndim not in (2, 3) or src.ndim != tgt.ndim:
            raise ArgumentValueError(
                f"Transformer: src and tgt must both have 2 dimensions, or 3 with a batch, got {shapes}."
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise ArgumentValueError(
                f"Transformer: src and tgt must have {self.d_model} elements on the last axis, got {shapes}."
            )
        axis = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[axis] != tgt.shape[axis]:
            raise ArgumentValueError(
                f"Transformer: src and tgt must agree on axis {axis}, the batch, got {shapes} "
                f"(batch_first={self.batch_first})."
            )


def _xavier(parameter: Parameter) -> Initializer | None:
    return XavierUniform() if parameter.ndim > 1 else None
