"""Cases of attention and transformers.

MindSpore's stacks copy one new layer, so that all start alike. Here each starts differently unless the
profile asks for MindSpore's way, so stacks are compared under that one.

Widths are at least 4: a LayerNorm of two numbers that happen to be close makes rounding errors some hundred
times larger.
"""

from __future__ import annotations

from .drawing import Case, Draw, layer

AS_MINDSPORE = "mindspore-2.10"


def attention(draw: Draw) -> Case:
    heads = draw.whole(1, 3)
    width, keys, values, first = heads * draw.whole(1, 4), None, None, draw.chance(0.5)
    if draw.chance(0.4):
        keys, values = draw.whole(1, 6), draw.whole(1, 6)
    text = f"{width}, {heads}, has_bias={draw.chance(0.7)}, add_bias_kv={draw.chance(0.3)}, "
    text += f"add_zero_attn={draw.chance(0.3)}, kdim={keys}, vdim={values}, batch_first={first}"
    t, s, n = draw.whole(1, 5), draw.whole(1, 5), draw.whole(1, 3)
    shapes = [[t, n, width], [s, n, keys or width], [s, n, values or width]]
    if first:
        shapes = [[n, length, size] for length, n, size in shapes]
    masks = {"key_padding_mask": {"mask": [n, s]}, "attn_mask": {"mask": [t, s]}}
    keywords = {name: mask for name, mask in masks.items() if draw.chance(0.3)}
    return layer(f"nn.MultiheadAttention({text})", *shapes, keywords=keywords)


def settings(draw: Draw) -> tuple[int, str]:
    heads = draw.whole(1, 3)
    width = heads * draw.whole(4, 6)
    text = f"{width}, {heads}, {draw.whole(1, 12)}, activation={draw.one_of('relu', 'gelu')!r}, "
    return width, f"{text}norm_first={draw.chance(0.5)}, layer_norm_eps=1e-4"


def encoder_layer(draw: Draw) -> Case:
    width, text = settings(draw)
    return layer(f"nn.TransformerEncoderLayer({text})", [draw.whole(1, 5), draw.whole(1, 3), width])


def decoder_layer(draw: Draw) -> Case:
    width, text = settings(draw)
    n = draw.whole(1, 3)
    memory = [draw.whole(1, 5), n, width]
    return layer(f"nn.TransformerDecoderLayer({text})", [draw.whole(1, 5), n, width], memory)


def stacked(draw: Draw, kind: str) -> Case:
    one = (encoder_layer if kind == "Encoder" else decoder_layer)(draw)
    width = one["inputs"][0][-1]
    norm = draw.one_of("", f", nn.LayerNorm(({width},))")
    text = f"nn.Transformer{kind}({one['cell']}, {draw.whole(1, 3)}{norm})"
    return {**one, "cell": text, "profile": AS_MINDSPORE}


def transformer(draw: Draw) -> Case:
    heads, n = draw.whole(1, 2), draw.whole(1, 3)
    width = heads * draw.whole(4, 6)
    text = f"{width}, {heads}, {draw.whole(1, 2)}, {draw.whole(1, 2)}, {draw.whole(1, 9)}"
    cell = f"nn.Transformer({text}, norm_first={draw.chance(0.5)}, batch_first=False)"
    inputs = [[draw.whole(1, 5), n, width], [draw.whole(1, 5), n, width]]
    return layer(cell, *inputs, profile=AS_MINDSPORE)


LAYERS = {
    "nn.MultiheadAttention": attention,
    "nn.Transformer": transformer,
    "nn.TransformerDecoder": lambda draw: stacked(draw, "Decoder"),
    "nn.TransformerDecoderLayer": decoder_layer,
    "nn.TransformerEncoder": lambda draw: stacked(draw, "Encoder"),
    "nn.TransformerEncoderLayer": encoder_layer,
}
