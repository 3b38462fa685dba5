"""TransformerEncoder and TransformerDecoder."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.containers import CellList
from paraminit.nn.redraw import copies

__all__ = ["TransformerDecoder", "TransformerEncoder", "check_count"]


class TransformerEncoder(Cell):
    """Encoder layers one after the other, then ``norm``.

    The layers are new: they have the settings and initializers of the one given, each draws its own
    values, and parameters whose values were set with ``set_data`` are copied. The given layer is not
    touched. Under the profile ``mindspore-2.10`` all start with the same values, newly drawn.

    The call takes ``src``, ``src_mask`` and ``src_key_padding_mask`` as a layer does.

    Args:
        encoder_layer: a TransformerEncoderLayer, or another Cell that is called like one.
        num_layers: 0 or more.
        norm: a Cell; default None.

    Shape:
        as of the layers.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> from paraminit.nn import TransformerEncoderLayer
        >>> net = TransformerEncoder(TransformerEncoderLayer(8, 2, 16), 2)
        >>> net(torch.ones(4, 3, 8)).shape
        torch.Size([4, 3, 8])
        >>> first, second = (net.get_parameter(f"layers.{n}.dense1.bias") for n in range(2))
        >>> torch.equal(first, second)
        False
    """

    norm: torch.nn.Module | None

    def __init__(self, encoder_layer: Cell, num_layers: int, norm: torch.nn.Module | None = None) -> None:
        super().__init__()
        _check_stack("TransformerEncoder", "encoder_layer", encoder_layer, num_layers, norm)
        self.num_layers = num_layers
        self.layers = CellList(copies(encoder_layer, num_layers))
        self.norm = norm

    def construct(
        self,
        src: torch.Tensor,
        src_mask: torch.Tensor | None = None,
        src_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=src_mask, src_key_padding_mask=src_key_padding_mask)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Cell):
    """Decoder layers one after the other, then ``norm``.

    The layers are new, as those of a :class:`TransformerEncoder`.

    The call takes ``tgt``, ``memory``, ``tgt_mask``, ``memory_mask``, ``tgt_key_padding_mask`` and
    ``memory_key_padding_mask`` as a layer does.

    Args:
        decoder_layer: a TransformerDecoderLayer, or another Cell that is called like one.
        num_layers: 0 or more.
        norm: a Cell; default None.

    Shape:
        as of the layers.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> from paraminit.nn import LayerNorm, TransformerDecoderLayer
        >>> net = TransformerDecoder(TransformerDecoderLayer(8, 2, 16), 2, LayerNorm((8,)))
        >>> net(torch.ones(4, 3, 8), torch.ones(5, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    norm: torch.nn.Module | None

    def __init__(self, decoder_layer: Cell, num_layers: int, norm: torch.nn.Module | None = None) -> None:
        super().__init__()
        _check_stack("TransformerDecoder", "decoder_layer", decoder_layer, num_layers, norm)
        self.num_layers = num_layers
        self.layers = CellList(copies(decoder_layer, num_layers))
        self.norm = norm

    def construct(
        self,
        tgt: torch.Tensor,
        memory: torch.Tensor,
        tgt_mask: torch.Tensor | None = None,
        memory_mask: torch.Tensor | None = None,
        tgt_key_padding_mask: torch.Tensor | None = None,
        memory_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
            )
        return x if self.norm is None else self.norm(x)


def check_count(owner: str, argument: str, value: object) -> None:
    """Make sure that a number of layers is an int of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{owner}: {argument} must be an int, got {value!r}.")
    if value < 0:
        raise ArgumentValueError(f"{owner}: {argument} must be 0 or more, got {value!r}.")


def _check_stack(owner: str, argument: str, layer: object, num_layers: object, norm: object) -> None:
    if not isinstance(layer, Cell):
        raise ArgumentTypeError(f"{owner}: {argument} must be a Cell, got {layer!r}.")
    check_count(owner, "num_layers", num_layers)
    if norm is not None and not isinstance(norm, torch.nn.Module):
        raise ArgumentTypeError(f"{owner}: norm must be a Cell or None, got {norm!r}.")
