"""MultiheadAttention."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import XavierNormal, XavierUniform
from paraminit.errors import ArgumentValueError
from paraminit.nn.attention_mask import merged_mask
from paraminit.nn.dense import Dense
from paraminit.nn.dropout import probability
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter import Parameter

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Cell, torch.nn.MultiheadAttention):
    """softmax(q @ k.T / sqrt(head size)) @ v in each head; then all heads through ``out_proj``. It is a
    torch.nn.MultiheadAttention to whatever looks for one.

    The call takes ``query``, ``key``, ``value`` and

    * ``key_padding_mask`` (N, S), without a batch (S,): bool, or floating point;
    * ``need_weights``: whether the second result is wanted; without it less memory is used;
    * ``attn_mask`` (L, S) or (N * num_heads, L, S): bool, uint8, or floating point;
    * ``average_attn_weights``: the mean over the heads, or the weights of each.

    In a mask True hides a key, and floating point is added to the scores. A query to which all keys are
    hidden gets weights of zero.

    Args:
        embed_dim: of query and result; above 0.
        num_heads: divides embed_dim.
        dropout: probability with which a weight is dropped in training; default 0.
        has_bias: of the projections; default True.
        add_bias_kv: append one trained key and value, ``bias_k`` and ``bias_v``.
        add_zero_attn: append a key and value of zeros.
        kdim, vdim: of key and value; default embed_dim. If one differs, the projections have three
            weights instead of ``in_proj_weight``.
        batch_first: whether the batch is axis 0 and not axis 1.
        dtype: of the parameters; default float32.

    Shape:
        query (L, N, embed_dim), key (S, N, kdim), value (S, N, vdim), or all without N; result (as query,
        weights (N, L, S) or (N, num_heads, L, S) or None). in_proj_weight (3 * embed_dim, embed_dim) or
        q_proj_weight (embed_dim, embed_dim), k_proj_weight (embed_dim, kdim), v_proj_weight (embed_dim,
        vdim), from ``XavierUniform()``; in_proj_bias (3 * embed_dim,), zeros; bias_k, bias_v
        (1, 1, embed_dim), from ``XavierNormal()``; out_proj is a Dense.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument or mask of the wrong kind or shape.

    Example:
        >>> x = torch.ones(4, 2, 8)
        >>> y, weights = MultiheadAttention(8, 2)(query=x, key=x, value=x)
        >>> y.shape, weights[0, 0]
        (torch.Size([4, 2, 8]), tensor([0.2500, 0.2500, 0.2500, 0.2500], grad_fn=<SelectBackward0>))
    """

    in_proj_weight: Parameter | None  # type: ignore[assignment]
    q_proj_weight: Parameter | None  # type: ignore[assignment]
    k_proj_weight: Parameter | None  # type: ignore[assignment]
    v_proj_weight: Parameter | None  # type: ignore[assignment]
    in_proj_bias: Parameter | None  # type: ignore[assignment]
    bias_k: Parameter | None
    bias_v: Parameter | None
    out_proj: Dense  # type: ignore[assignment]

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        has_bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: object = torch.float32,
    ) -> None:
        Cell.__init__(self)
        owner = "MultiheadAttention"
        self.embed_dim = positive_int(owner, "embed_dim", embed_dim)
        self.num_heads = positive_int(owner, "num_heads", num_heads)
        if embed_dim % num_heads:
            raise ArgumentValueError(
                f"{owner}: num_heads must divide embed_dim, got {num_heads} and {embed_dim}."
            )
        self.head_dim = embed_dim // num_heads
        self.dropout = probability(owner, "dropout", dropout)
        for name, flag in (
            ("has_bias", has_bias),
            ("add_bias_kv", add_bias_kv),
            ("add_zero_attn", add_zero_attn),
            ("batch_first", batch_first),
        ):
            check_bool(owner, name, flag)
        self.add_zero_attn, self.batch_first = add_zero_attn, batch_first
        self.kdim = embed_dim if kdim is None else positive_int(owner, "kdim", kdim)
        self.vdim = embed_dim if vdim is None else positive_int(owner, "vdim", vdim)
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim

        # All of them now, in the order in which they are listed; bias_k and bias_v draw after out_proj.
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            self.register_parameter(name, None)
        for name in ("in_proj_bias", "bias_k", "bias_v"):
            self.register_parameter(name, None)
        if self._qkv_same_embed_dim:
            self._declare("in_proj_weight", XavierUniform(), (3 * embed_dim, embed_dim), dtype)
        else:
            self._declare("q_proj_weight", XavierUniform(), (embed_dim, embed_dim), dtype)
            self._declare("k_proj_weight", XavierUniform(), (embed_dim, self.kdim), dtype)
            self._declare("v_proj_weight", XavierUniform(), (embed_dim, self.vdim), dtype)
        if has_bias:
            self._declare("in_proj_bias", "zeros", (3 * embed_dim,), dtype)
        self.out_proj = Dense(embed_dim, embed_dim, has_bias=has_bias, dtype=dtype)
        if add_bias_kv:
            self._declare("bias_k", XavierNormal(), (1, 1, embed_dim), dtype)
            self._declare("bias_v", XavierNormal(), (1, 1, embed_dim), dtype)

    def _declare(self, name: str, init: Init, shape: tuple[int, ...], dtype: object) -> None:
        setattr(self, name, layer_parameter("MultiheadAttention", name, init, shape, dtype))

    def construct(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        key_padding_mask: torch.Tensor | None = None,
        need_weights: bool = True,
        attn_mask: torch.Tensor | None = None,
        average_attn_weights: bool = True,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        self._check(query, key, value)
        batched, swapped = query.ndim == 3, query.ndim == 3 and not self.batch_first
        inputs = [x.transpose(0, 1) if swapped else x if batched else x[None] for x in (query, key, value)]
        (batch, target, _), source = inputs[0].shape, inputs[1].shape[1]
        size = (batch, self.num_heads, target, source)
        mask = merged_mask(attn_mask, key_padding_mask, size, batched, query.dtype)

        q, k, v = self._projected(*inputs)
        if self.bias_k is not None and self.bias_v is not None:
            k = torch.cat([k, self.bias_k.expand(batch, 1, -1)], 1)
            v = torch.cat([v, self.bias_v.expand(batch, 1, -1)], 1)
        q, k, v = (self._heads(x) for x in (q, k, v))
        if self.add_zero_attn:
            k, v = F.pad(k, (0, 0, 0, 1)), F.pad(v, (0, 0, 0, 1))
        if mask is not None:  # what was appended is seen by all
            mask = F.pad(mask, (0, k.shape[2] - source))
        drop = self.dropout if self.training else 0.0
        if need_weights:
            weights = F.dropout(_weights(q, k, mask), drop)
            y = weights @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, mask, drop)
        y = self.out_proj(y.transpose(1, 2).flatten(2))
        y = y.transpose(0, 1) if swapped else y if batched else y[0]
        if not need_weights:
            return y, None
        weights = weights.mean(1) if average_attn_weights else weights
        return y, weights if batched else weights[0]

    def _projected(self, *inputs: torch.Tensor) -> list[torch.Tensor]:
        weights: Any = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        if self.in_proj_weight is not None:
            weights = self.in_proj_weight.chunk(3)
        biases: Any = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        return [F.linear(*part) for part in zip(inputs, weights, biases, strict=True)]

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(*x.shape[:2], self.num_heads, self.head_dim).transpose(1, 2)

    def _check(self, query: object, key: object, value: object) -> None:
        owner, inputs = "MultiheadAttention", {"query": query, "key": key, "value": value}
        check_tensors(owner, **inputs)
        shapes = {name: tuple(x.shape) for name, x in inputs.items() if isinstance(x, torch.Tensor)}
        if len(shapes["query"]) not in (2, 3):
            raise ArgumentValueError(
                f"{owner}: query must have 2 dimensions, or 3 with a batch, got shape {shapes['query']}."
            )
        for (name, shape), last in zip(shapes.items(), (self.embed_dim, self.kdim, self.vdim), strict=True):
            if len(shape) != len(shapes["query"]) or shape[-1] != last:
                raise ArgumentValueError(
                    f"{owner}: {name} must have {len(shapes['query'])} dimensions and {last} elements on the "
                    f"last, got shape {shape}."
                )
        if shapes["key"][:-1] != shapes["value"][:-1]:
            raise ArgumentValueError(
                f"{owner}: key and value must agree in all but the last axis, got shapes {shapes['key']} "
                f"and {shapes['value']}."
            )
        axis = 0 if self.batch_first else 1
        if len(shapes["query"]) == 3 and shapes["query"][axis] != shapes["key"][axis]:
            raise ArgumentValueError(
                f"{owner}: query and key must agree on axis {axis}, the batch, got shapes {shapes['query']} "
                f"and {shapes['key']} (batch_first={self.batch_first})."
            )


def _weights(q: torch.Tensor, k: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is None:
        return torch.softmax(scores, -1)
    # A softmax over nothing but minus infinity is NaN, and so is its gradient; scaled_dot_product_attention
    # makes zeros of it.
    blind = mask.isneginf().all(-1, keepdim=True)
    return torch.softmax(scores + mask.masked_fill(blind, 0.0), -1).masked_fill(blind, 0.0)
