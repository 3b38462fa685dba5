"""Cases of recurrent layers and their cells."""

from __future__ import annotations

from .drawing import Case, Draw, layer


def cell(draw: Draw, name: str) -> Case:
    i, h = draw.whole(1, 6), draw.whole(1, 6)
    text = f"{i}, {h}, {draw.chance(0.7)}"
    if name == "RNNCell":
        text += f", {draw.one_of('tanh', 'relu')!r}"
    state = {"tuple": [[3, h], [3, h]]} if name == "LSTMCell" else [3, h]
    return layer(f"nn.{name}({text})", [3, i], state)


def stack(draw: Draw, name: str) -> Case:
    i, h, depth, both = draw.whole(1, 5), draw.whole(1, 5), draw.whole(1, 3), draw.chance(0.5)
    first = draw.chance(0.5)
    text = f"{i}, {h}, {depth}, has_bias={draw.chance(0.7)}, batch_first={first}, bidirectional={both}"
    if name == "RNN":
        text += f", nonlinearity={draw.one_of('tanh', 'relu')!r}"
    steps, examples = draw.whole(1, 5), draw.whole(1, 3)
    state = [depth * (1 + both), examples, h]
    inputs = [[examples, steps, i] if first else [steps, examples, i]]
    if draw.chance(0.7) or name == "LSTM":
        inputs.append({"tuple": [state, state]} if name == "LSTM" else state)
    more = {}
    if len(inputs) > 1 and draw.chance(0.4):
        more = {"keywords": {"seq_length": {"whole": [1, steps], "shape": [examples]}}}
    return layer(f"nn.{name}({text})", *inputs, **more)


LAYERS = {
    **{f"nn.{name}": lambda draw, name=name: cell(draw, name) for name in ("GRUCell", "LSTMCell", "RNNCell")},
    **{f"nn.{name}": lambda draw, name=name: stack(draw, name) for name in ("GRU", "LSTM", "RNN")},
}
