"""Cases of losses and learning rates; what training makes of them is compared in test_training.py."""

from __future__ import annotations

from typing import Any

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


def with_logits(draw: Draw) -> Case:
    rows, classes = draw.whole(2, 5), draw.whole(1, 5)
    weights = draw.one_of("", f", {_weight(draw, classes)}", f", None, {_weight(draw, classes)}")
    return layer(
        f"nn.BCEWithLogitsLoss({_reduction(draw)}{weights})", [rows, classes], {"unit": [rows, classes]}
    )


def smooth(draw: Draw, name: str, argument: str) -> Case:
    shape = [draw.whole(2, 5), draw.whole(1, 5)]
    return layer(f"nn.{name}({argument}={draw.number(0.1, 2)}, reduction={_reduction(draw)})", shape, shape)


def signed(draw: Draw, name: str) -> Case:
    shape = [draw.whole(2, 5), draw.whole(1, 5)]
    margin = "" if name == "SoftMarginLoss" else f"margin={draw.number(0.1, 2)}, "
    return layer(f"nn.{name}({margin}reduction={_reduction(draw)})", shape, _signs(shape))


def divergence(draw: Draw) -> Case:
    shape = [draw.whole(2, 5), draw.whole(1, 5)]
    return layer(f"nn.KLDivLoss({draw.one_of(_reduction(draw), repr('batchmean'))})", shape, {"unit": shape})


def likelihood(draw: Draw, name: str) -> Case:
    shape, full = [draw.whole(2, 5), draw.whole(1, 5)], draw.chance(0.5)
    if name == "GaussianNLLLoss":
        text = f"full={full}, eps={draw.one_of(1e-6, 0.3)}"
        inputs = [shape, shape, {"unit": draw.one_of(shape, shape[:1], [shape[0], 1])}]
    else:
        log = draw.chance(0.5)
        text = f"{log}, {full}"
        inputs = [shape if log else {"unit": shape}, draw.one_of(shape, shape[1:])]
    return layer(f"nn.{name}({text}, reduction={_reduction(draw)})", *inputs)


def negative_log(draw: Draw) -> Case:
    rows, classes = draw.whole(2, 5), draw.whole(2, 5)
    text = f"{draw.one_of('None', _weight(draw, classes))}, reduction={_reduction(draw)}"
    return layer(f"nn.NLLLoss({text})", [rows, classes], _classes(rows, classes))


def cosine(draw: Draw) -> Case:
    shape = [draw.whole(2, 5) for _ in range(draw.whole(2, 3))]
    return layer(
        f"nn.CosineEmbeddingLoss({draw.number(-1, 1)}, {_reduction(draw)})",
        shape,
        shape,
        _signs(shape[:1] + shape[2:]),
    )


def ranking(draw: Draw) -> Case:
    """Targets have to be floating-point numbers, which need not be 1 or -1."""
    shape = [draw.whole(2, 5), draw.whole(1, 5)]
    return layer(f"nn.MarginRankingLoss({draw.number(-1, 1)}, {_reduction(draw)})", shape, shape, shape)


def triplet(draw: Draw) -> Case:
    shape = [draw.whole(2, 5) for _ in range(draw.whole(2, 3))]
    text = f"None, {draw.chance(0.5)}, {_reduction(draw)}, {draw.number(0.1, 2)}"
    return layer(f"nn.TripletMarginWithDistanceLoss({text})", shape, shape, shape)


def several_classes(draw: Draw) -> Case:
    rows, classes = draw.whole(2, 5), draw.whole(1, 5)
    text = f"{draw.one_of('None', _weight(draw, classes))}, {_reduction(draw)}"
    return layer(f"nn.MultiLabelSoftMarginLoss({text})", [rows, classes], {"unit": [rows, classes]})


def margins(draw: Draw) -> Case:
    rows, classes = draw.whole(2, 5), draw.whole(2, 5)
    weight = draw.one_of("None", _weight(draw, classes))
    text = f"{draw.whole(1, 2)}, {draw.number(0.1, 2)}, {_reduction(draw)}, {weight}"
    target = {**_classes(rows, classes), "dtype": "int64"}
    return layer(f"nn.MultiMarginLoss({text})", [rows, classes], target)


def temporal(draw: Draw) -> Case:
    steps, rows, classes, labels = draw.whole(6, 9), draw.whole(1, 3), draw.whole(2, 4), draw.whole(1, 3)
    return layer(
        f"nn.CTCLoss(reduction={_reduction(draw)})",
        [steps, rows, classes],
        {"whole": [1, classes - 1], "shape": [rows, labels]},
        {"whole": [steps, steps], "shape": [rows]},
        {"whole": [1, labels], "shape": [rows]},
    )


def with_loss(draw: Draw) -> Case:
    i, o = draw.whole(1, 5), draw.whole(1, 5)
    return layer(f"nn.WithLossCell(nn.Dense({i}, {o}), nn.MSELoss())", [3, i], [3, o])


def rate(draw: Draw, name: str) -> Case:
    first = f"{draw.number(0.01, 1)}, {draw.number(0.1, 2)}, {draw.whole(1, 6)}"
    text = {
        "CosineDecayLR": f"{draw.number(0, 0.1)}, {draw.number(0.2, 1)}, {draw.whole(1, 6)}",
        "PolynomialDecayLR": f"{draw.number(0.2, 1)}, {draw.number(0, 0.1)}, {draw.whole(1, 6)}, "
        f"{draw.number(0.3, 3)}, {draw.chance(0.5)}",
        "WarmUpLR": f"{draw.number(0.01, 1)}, {draw.whole(1, 6)}",
    }.get(name, f"{first}, {draw.chance(0.5)}")
    return layer(f"nn.{name}({text})", {"whole": [0, 12], "shape": [draw.whole(1, 9)]})


def _reduction(draw: Draw) -> str:
    return draw.one_of("'mean'", "'sum'", "'none'")


def _weight(draw: Draw, classes: int) -> str:
    return f"Tensor({[draw.number(0.1, 2) for _ in range(classes)]})"


def _signs(shape: list[int]) -> dict[str, list[int]]:
    return {"signs": shape}


def _classes(rows: int, classes: int) -> dict[str, Any]:
    return {"whole": [0, classes - 1], "shape": [rows]}


LAYERS = {
    "nn.BCELoss": binary,
    "nn.BCEWithLogitsLoss": with_logits,
    "nn.CTCLoss": temporal,
    "nn.CosineEmbeddingLoss": cosine,
    "nn.CrossEntropyLoss": cross_entropy,
    "nn.GaussianNLLLoss": lambda draw: likelihood(draw, "GaussianNLLLoss"),
    "nn.HingeEmbeddingLoss": lambda draw: signed(draw, "HingeEmbeddingLoss"),
    "nn.HuberLoss": lambda draw: smooth(draw, "HuberLoss", "delta"),
    "nn.KLDivLoss": divergence,
    "nn.L1Loss": lambda draw: between(draw, "L1Loss"),
    "nn.MAELoss": lambda draw: between(draw, "MAELoss"),
    "nn.MSELoss": lambda draw: between(draw, "MSELoss"),
    "nn.MarginRankingLoss": ranking,
    "nn.MultiLabelSoftMarginLoss": several_classes,
    "nn.MultiMarginLoss": margins,
    "nn.NLLLoss": negative_log,
    "nn.PoissonNLLLoss": lambda draw: likelihood(draw, "PoissonNLLLoss"),
    "nn.RMSELoss": lambda draw: layer("nn.RMSELoss()", [3, draw.whole(1, 5)], [3, 1]),
    "nn.SmoothL1Loss": lambda draw: smooth(draw, "SmoothL1Loss", "beta"),
    "nn.SoftmaxCrossEntropyWithLogits": softmax,
    "nn.TripletMarginWithDistanceLoss": triplet,
    "nn.WithLossCell": with_loss,
    **{
        f"nn.{kind}DecayLR": lambda draw, kind=kind: rate(draw, f"{kind}DecayLR")
        for kind in ("Cosine", "Exponential", "Inverse", "NaturalExp", "Polynomial")
    },
    "nn.WarmUpLR": lambda draw: rate(draw, "WarmUpLR"),
}
