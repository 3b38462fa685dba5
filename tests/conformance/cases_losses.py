"""Cases of losses; what training makes of them is compared in test_training.py."""

from __future__ import annotations

from .drawing import Case, Draw, layer


def between(draw: Draw, name: str) -> Case:
    """Of two tensors of one shape."""
    shape = [draw.whole(2, 5), draw.whole(1, 5)]
    return layer(f"nn.{name}({_reduction(draw)})", shape, shape)


def binary(draw: Draw) -> Case:
    shape = {"unit": [draw.whole(2, 5), draw.whole(1, 5)]}
    return layer(f"nn.BCELoss(reduction={_reduction(draw)})", shape, shape)


def cross_entropy(draw: Draw) -> Case:
    rows, classes = draw.whole(2, 5), draw.whole(2, 5)
    text = f"reduction={_reduction(draw)}, label_smoothing={draw.one_of(0.0, 0.1)}"
    return layer(f"nn.CrossEntropyLoss({text})", [rows, classes], _classes(rows, classes))


def softmax(draw: Draw) -> Case:
    rows, classes, sparse = draw.whole(2, 5), draw.whole(2, 5), draw.chance(0.5)
    labels = _classes(rows, classes) if sparse else {"unit": [rows, classes]}
    cell = f"nn.SoftmaxCrossEntropyWithLogits({sparse}, {_reduction(draw)})"
    return layer(cell, [rows, classes], labels)


def with_loss(draw: Draw) -> Case:
    i, o = draw.whole(1, 5), draw.whole(1, 5)
    return layer(f"nn.WithLossCell(nn.Dense({i}, {o}), nn.MSELoss())", [3, i], [3, o])


def _reduction(draw: Draw) -> str:
    return draw.one_of("'mean'", "'sum'", "'none'")


def _classes(rows: int, classes: int) -> dict[str, list[int]]:
    return {"whole": [0, classes - 1], "shape": [rows]}


LAYERS = {
    "nn.BCELoss": binary,
    "nn.CrossEntropyLoss": cross_entropy,
    "nn.L1Loss": lambda draw: between(draw, "L1Loss"),
    "nn.MSELoss": lambda draw: between(draw, "MSELoss"),
    "nn.SoftmaxCrossEntropyWithLogits": softmax,
    "nn.WithLossCell": with_loss,
}
