"""What the parameters of torch.nn's layers mean, and how torch itself starts them.

A test constructs every layer of torch.nn and compares: no layer is missing, and torch's own values follow
the laws given here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn
from torch.nn.modules import batchnorm, conv, instancenorm, rnn

from paraminit.describe.initializers import (
    Constant,
    HeUniform,
    Initializer,
    Normal,
    One,
    Uniform,
    XavierNormal,
    XavierUniform,
    Zero,
)
from paraminit.describe.initializers.fans import Fans, fans_of_shape
from paraminit.describe.meaning import Meaning, Place, describes, meaning_of

__all__ = ["bilinear", "convolution", "lookup", "matrix", "own_of", "recurrent", "transposed_convolution"]

_HE = HeUniform(math.sqrt(5))
# The names under which models keep several projections in one matrix, and into how many equal parts.
_THREE = frozenset({"c_attn", "in_proj_qkv", "qkv", "qkv_proj", "query_key_value", "Wqkv"})
_TWO = frozenset({"gate_up_proj", "w12"})


def _uniform(fan_in: int) -> Initializer:
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)), torch's usual bias."""
    return Uniform(1 / math.sqrt(fan_in)) if fan_in > 0 else Zero()


def matrix(place: Place, inputs: int, outputs: int) -> Meaning:
    """The weight of a matrix product, in whichever layout."""
    if place.called in _THREE and outputs == 3 * inputs:
        return Meaning(Fans(inputs, inputs), "each of 3 projections", _HE)
    if place.called in _TWO and outputs % 2 == 0:
        return Meaning(Fans(inputs, outputs // 2), "each of 2 projections", _HE)
    return Meaning(Fans(inputs, outputs), "", _HE)


@describes(nn.Linear)
def _linear(place: Place) -> Meaning | None:
    if place.attribute == "weight":
        outputs, inputs = place.shape
        return matrix(place, inputs, outputs)
    return Meaning(own=_uniform(place.layer.in_features)) if place.attribute == "bias" else None


@describes(nn.Bilinear)
def bilinear(place: Place) -> Meaning | None:
    """(out, in1, in2): each output is a sum over all products of an input of each."""
    own = _uniform(place.layer.in1_features) if isinstance(place.layer, nn.Bilinear) else None
    if place.attribute == "weight":
        outputs, first, second = place.shape
        return Meaning(Fans(first * second, outputs), "products of both inputs", own)
    return Meaning(own=own) if place.attribute == "bias" else None


def convolution(shape: Sequence[int], groups: int) -> Meaning:
    """The kernel (out, in / groups, *size) of a convolution."""
    outputs, inputs, area = shape[0] // groups, shape[1], math.prod(shape[2:])
    why = f"each of {groups} groups" if groups > 1 else ""
    return Meaning(Fans(inputs * area, outputs * area), why, _HE)


def transposed_convolution(shape: Sequence[int], groups: int) -> Meaning:
    """The kernel (in, out / groups, *size) of a transposed convolution. torch, like MindSpore, takes the
    second dimension for the inputs when it computes its default."""
    inputs, outputs, area = shape[0] // groups, shape[1], math.prod(shape[2:])
    why = "transposed" + (f", each of {groups} groups" if groups > 1 else "")
    return Meaning(
        Fans(inputs * area, outputs * area), why, _HE, fans_of_shape(shape), "torch counts by the shape"
    )


@describes(conv._ConvNd)
def _convolution(place: Place) -> Meaning | None:
    layer: conv._ConvNd = place.layer
    if place.attribute == "weight":
        described = transposed_convolution if layer.transposed else convolution
        return described(place.shape, layer.groups)
    if place.attribute != "bias":
        return None
    channels = layer.out_channels if layer.transposed else layer.in_channels
    return Meaning(own=_uniform(channels // layer.groups * math.prod(layer.kernel_size)))


@describes(nn.Embedding, nn.EmbeddingBag)
def lookup(place: Place) -> Meaning | None:
    """A row is looked up, nothing is summed: one input for each output."""
    if place.attribute not in ("weight", "embedding_table"):
        return None
    fans = Fans(1, place.shape[-1])
    return Meaning(fans, "a row is looked up", Normal(1.0), padding=getattr(place.layer, "padding_idx", None))


@describes(nn.LayerNorm, nn.RMSNorm, nn.GroupNorm, batchnorm._NormBase, instancenorm._InstanceNorm)
def _norm(place: Place) -> Meaning | None:
    own = {"weight": One(), "bias": Zero()}.get(place.attribute)
    return None if own is None else Meaning(own=own)


@describes(nn.PReLU)
def _prelu(place: Place) -> Meaning | None:
    return Meaning(own=Constant(place.layer.init)) if place.attribute == "weight" else None


@describes(rnn.RNNBase, rnn.RNNCellBase)
def recurrent(place: Place) -> Meaning | None:
    """weight_ih, weight_hh (gates * hidden, in) and weight_hr (projection, hidden), of all layers."""
    kind, _, which = place.attribute.partition("_")
    if kind not in ("weight", "bias") or which[:2] not in ("ih", "hh", "hr"):
        return None
    hidden: int = place.layer.hidden_size
    own = _uniform(hidden)
    if kind == "bias":
        return Meaning(own=own)
    rows, columns = place.shape
    gates = 1 if which[:2] == "hr" or not hidden else rows // hidden
    return Meaning(Fans(columns, rows // gates), f"each of {gates} gates" if gates > 1 else "", own)


@describes(nn.MultiheadAttention)
def _attention(place: Place) -> Meaning | None:
    width: int = place.layer.embed_dim
    if place.attribute == "in_proj_weight":
        fans = Fans(width, width)
        by_shape = fans_of_shape(place.shape)
        return Meaning(
            fans, "each of 3 projections", XavierUniform(), by_shape, "torch counts all 3 projections"
        )
    if place.attribute in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
        return Meaning(fans_of_shape(place.shape), "", XavierUniform())
    if place.attribute == "in_proj_bias":
        return Meaning(own=Zero())
    if place.attribute in ("bias_k", "bias_v"):
        return Meaning(own=XavierNormal(), own_fans=fans_of_shape(place.shape), own_why="by the shape")
    return None


def _started_by_transformer(place: Place) -> bool:
    """Whether it is of a Transformer's encoder or decoder: what a class derived from it adds, such as an
    embedding, is made after the Transformer has started its matrices."""
    return any(
        isinstance(around, nn.Transformer) and inside in (around.encoder, around.decoder)
        for around, inside in pairwise((*place.above, place.layer))
    )


def own_of(place: Place) -> tuple[Initializer, Fans | None, str] | None:
    """torch's own rule for a parameter, with the fans it takes and why; None if it has none.

    The module around a layer may have the last word: MultiheadAttention zeroes the bias of its output
    projection, and a Transformer starts all its matrices anew.
    """
    if len(place.shape) > 1 and _started_by_transformer(place):
        return XavierUniform(), fans_of_shape(place.shape), "torch.nn.Transformer counts by the shape"
    outside = place.above[-1] if place.above else None
    if isinstance(outside, nn.MultiheadAttention) and place.called == "out_proj" and len(place.shape) == 1:
        return Zero(), None, ""
    meaning = meaning_of(place)
    if meaning is None or meaning.own is None:
        return None
    if meaning.own_fans is not None:
        return meaning.own, meaning.own_fans, meaning.own_why
    return meaning.own, meaning.fans, meaning.why
