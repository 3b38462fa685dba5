"""Runs inside the environment of the real MindSpore: `record_training.py OUT.json [SEED]`.

Writes tests/golden/training-2.10.json: what MindSpore's optimizers make of four parameters on the CPU, one of
them a gamma, after 1 and after 10 steps of random gradients, what its losses answer, with their
gradients, and its learning rates. SEED draws other numbers, for a live comparison.
"""

import json
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn

SHAPES = {"w": (3, 4), "norm.gamma": (4,), "norm.beta": (4,), "b": (1,)}
GROUPS = "[{'params': p[1:], 'lr': 0.05, 'weight_decay': 0.02}, {'params': p[:1]}]"
ORDERED = "[{'params': p[2:], 'weight_decay': 0.02}, {'params': p[:2], 'lr': 0.3}, {'order_params': p}]"
LISTED = "[{'params': p[:2], 'lr': [0.01 * i for i in range(1, 11)]}, {'params': p[2:]}]"
OPTIMIZERS = [
    "SGD(p)",
    "SGD(p, 0.05, 0.9)",
    "SGD(p, 0.05, 0.9, 0.3)",
    "SGD(p, 0.05, 0.9, 0.3, 0.1)",
    "SGD(p, 0.05, weight_decay=0.1)",
    "SGD(p, 0.05, 0.9, 0.0, 0.1, True)",
    "SGD(p, 0.05, 0.9, weight_decay=0.1, loss_scale=128.0)",
    f"SGD({GROUPS}, 0.1, 0.9)",
    f"SGD({GROUPS}, 0.1, 0.9, weight_decay=0.1)",
    "Momentum(p, 0.05, 0.9)",
    "Momentum(p, 0.05, 0.0)",
    "Momentum(p, 0.05, 0.9, 0.1)",
    "Momentum(p, 0.05, 0.9, 0.1, 128.0)",
    "Momentum(p, 0.05, 0.9, 0.1, 1.0, True)",
    "Momentum(p, [0.1 / i for i in range(1, 11)], 0.9)",
    f"Momentum({GROUPS}, 0.1, 0.9)",
    f"Momentum({GROUPS}, 0.1, 0.9, 0.1)",
    f"Momentum({ORDERED}, 0.1, 0.9, 0.1)",
    f"Momentum({LISTED}, 0.1, 0.9)",
    "Adam(p)",
    "Adam(p, 0.05)",
    "Adam(p, 0.05, 0.8, 0.95, 1e-3)",
    "Adam(p, 0.05, weight_decay=0.1)",
    "Adam(p, 0.05, use_nesterov=True)",
    "Adam(p, 0.05, weight_decay=0.1, loss_scale=128.0)",
    "Adam(p, 0.05, use_amsgrad=True)",
    "Adam(p, 0.05, 0.8, 0.95, use_amsgrad=True, use_nesterov=True)",
    "Adam(p, [0.1 / i for i in range(1, 11)])",
    f"Adam({GROUPS}, 0.1, weight_decay=0.1)",
    "AdamWeightDecay(p)",
    "AdamWeightDecay(p, 0.05)",
    "AdamWeightDecay(p, 0.05, 0.8, 0.95, 1e-3, 0.1)",
    "AdamWeightDecay(p, [0.1 / i for i in range(1, 11)], weight_decay=0.1)",
    f"AdamWeightDecay({GROUPS}, 0.1, weight_decay=0.1)",
    "SGD(p, nn.WarmUpLR(0.1, 4), 0.9, weight_decay=0.1)",
    "Momentum(p, nn.ExponentialDecayLR(0.1, 0.5, 4), 0.9)",
    "Momentum(p, 0.1, 0.9, nn.WarmUpLR(0.1, 4))",
    "Momentum([{'params': p[:2], 'lr': nn.WarmUpLR(0.1, 4)}, {'params': p[2:]}], 0.1, 0.9)",
    "Momentum([{'params': p[:2], 'weight_decay': nn.WarmUpLR(0.1, 4)}, {'params': p[2:]}], 0.1, 0.9, 0.05)",
    "Adam(p, nn.CosineDecayLR(0.01, 0.1, 6), weight_decay=nn.InverseDecayLR(0.1, 0.5, 2))",
    "AdamWeightDecay(p, nn.PolynomialDecayLR(0.1, 0.01, 6, 2.0), weight_decay=nn.WarmUpLR(0.1, 4))",
]

RATES = [
    "piecewise_constant_lr([2, 5, 10], [0.1, 0.05, 0.01])",
    *(f"exponential_decay_lr(0.1, 0.9, 10, 2, 2, {stair})" for stair in (False, True)),
    *(f"natural_exp_decay_lr(0.1, 0.9, 10, 2, 2, {stair})" for stair in (False, True)),
    *(f"inverse_decay_lr(0.1, 0.5, 10, 2, 2, {stair})" for stair in (False, True)),
    "cosine_decay_lr(0.01, 0.1, 10, 2, 3)",
    *(f"polynomial_decay_lr(0.1, 0.01, 10, 2, 3, 0.5, {update})" for update in (False, True)),
    "warmup_lr(0.1, 10, 2, 3)",
    *(
        f"{kind}(0.1, 0.9, 4, {s})"
        for kind in ("ExponentialDecayLR", "NaturalExpDecayLR")
        for s in (False, True)
    ),
    *(f"InverseDecayLR(0.1, 0.5, 4, {stair})" for stair in (False, True)),
    "CosineDecayLR(0.01, 0.1, 6)",
    *(f"PolynomialDecayLR(0.1, 0.01, 4, 0.5, {update})" for update in (False, True)),
    "WarmUpLR(0.1, 4)",
]


# (loss, shape of the logits, labels): class indices, their probabilities, or numbers as the logits are.
WEIGHT = "weight=Tensor([1.0, 2.0, 3.0, 4.0])"
LOSSES = [
    *((f"MSELoss('{how}')", [2, 3], "normal") for how in ("mean", "sum", "none")),
    *((f"L1Loss('{how}')", [2, 3], "normal") for how in ("mean", "sum", "none")),
    *((f"BCELoss(reduction='{how}')", [2, 3], "uniform") for how in ("mean", "sum", "none")),
    ("BCELoss(Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))", [2, 3], "uniform"),
    *((f"CrossEntropyLoss(reduction='{how}')", [5, 4], "indices") for how in ("mean", "sum", "none")),
    *((f"CrossEntropyLoss({WEIGHT}, reduction='{how}')", [5, 4], "indices") for how in ("mean", "none")),
    ("CrossEntropyLoss(ignore_index=1)", [9, 4], "indices"),
    ("CrossEntropyLoss(ignore_index=1, reduction='none')", [9, 4], "indices"),
    ("CrossEntropyLoss(label_smoothing=0.2)", [5, 4], "indices"),
    ("CrossEntropyLoss(label_smoothing=0.2, reduction='none')", [5, 4], "indices"),
    ("CrossEntropyLoss(label_smoothing=0.2, ignore_index=1)", [9, 4], "indices"),
    (f"CrossEntropyLoss({WEIGHT}, label_smoothing=0.2)", [5, 4], "indices"),
    (f"CrossEntropyLoss({WEIGHT}, label_smoothing=0.2, ignore_index=1)", [9, 4], "indices"),
    ("CrossEntropyLoss()", [2, 4, 3, 2], "indices"),
    ("CrossEntropyLoss()", [4], "indices"),
    *((f"CrossEntropyLoss(reduction='{how}')", [5, 4], "probabilities") for how in ("mean", "sum", "none")),
    (f"CrossEntropyLoss({WEIGHT}, label_smoothing=0.2)", [5, 4], "probabilities"),
    *(
        (
            f"SoftmaxCrossEntropyWithLogits({sparse}, '{how}')",
            [5, 4],
            "indices" if sparse else "probabilities",
        )
        for sparse in (True, False)
        for how in ("mean", "sum", "none")
    ),
    *((f"SmoothL1Loss(0.5, '{how}')", [2, 3], "normal") for how in ("mean", "sum", "none")),
    *((f"HuberLoss('{how}', 0.5)", [2, 3], "normal") for how in ("mean", "sum", "none")),
    ("MAELoss()", [2, 3], "normal"),
    ("RMSELoss()", [2, 3], "normal"),
    *((f"BCEWithLogitsLoss('{how}')", [2, 3], "uniform") for how in ("mean", "sum", "none")),
    (
        "BCEWithLogitsLoss('none', Tensor([1.0, 2.0, 3.0]), Tensor([2.0, 0.5, 1.0]))",
        [2, 3],
        "uniform",
    ),
    *((f"HingeEmbeddingLoss(0.7, '{how}')", [2, 3], "signs") for how in ("mean", "sum", "none")),
    *((f"KLDivLoss('{how}')", [2, 3], "uniform") for how in ("mean", "sum", "none", "batchmean")),
    *((f"NLLLoss(reduction='{how}')", [5, 4], "indices") for how in ("mean", "sum", "none")),
    *(
        (f"NLLLoss({WEIGHT}, ignore_index=1, reduction='{how}')", [9, 4], "indices")
        for how in ("mean", "none")
    ),
    ("NLLLoss()", [2, 4, 3, 2], "indices"),
    ("NLLLoss()", [4], "indices"),
    *((f"PoissonNLLLoss({how})", [2, 3], "uniform") for how in ("", "False", "True, True", "False, True")),
    ("PoissonNLLLoss(full=True, reduction='none')", [9, 4], "indices of all"),
    *((f"GaussianNLLLoss(full={full})", [2, 3], "variance") for full in (True, False)),
    ("GaussianNLLLoss(eps=0.5, reduction='none')", [2, 3], "variance"),
    *((f"CosineEmbeddingLoss(0.2, '{how}')", [5, 4], "two and signs") for how in ("mean", "sum", "none")),
    *((f"MarginRankingLoss(0.2, '{how}')", [5], "two and signs") for how in ("mean", "sum", "none")),
    ("TripletMarginWithDistanceLoss()", [5, 4], "three"),
    ("TripletMarginWithDistanceLoss(None, True, 'none', 0.5)", [5, 4], "three"),
    *((f"MultiMarginLoss({p}, 0.7, 'none', Tensor([1.0, 2.0, 3.0, 4.0]))", [5, 4], "int64") for p in (1, 2)),
    ("MultiMarginLoss()", [5, 4], "int64"),
    ("MultiLabelSoftMarginLoss()", [5, 4], "uniform"),
    ("MultiLabelSoftMarginLoss(Tensor([1.0, 2.0, 3.0, 4.0]), 'none')", [5, 4], "uniform"),
    *((f"CTCLoss(reduction='{how}')", [7, 2, 4], "sequences") for how in ("mean", "sum", "none")),
]


def drawn(numbers, shape, scale=1.0):
    return np.asarray(scale * numbers.standard_normal(shape), np.float32)


def drawn_for_loss(numbers, shape, kind):
    """Logits and labels, and what else the loss is called with."""
    if kind == "sequences":
        given = drawn(numbers, shape), numbers.randint(1, 4, (2, 3)), np.array([7, 5]), np.array([3, 2])
        return given[0], *(array.astype(np.int32) for array in given[1:])
    if kind in ("three", "two and signs", "variance"):
        first, second, third = (drawn(numbers, shape) for _ in range(3))
        if kind == "variance":
            third = np.abs(third)
        if kind == "two and signs":
            third = np.sign(third if len(shape) == 1 else third[:, 0])
        return first, second, third
    if kind == "signs":
        return drawn(numbers, shape), np.sign(drawn(numbers, shape))
    if kind == "indices of all":
        return drawn(numbers, shape), numbers.randint(0, 9, shape).astype(np.float32)
    if kind == "int64":
        return drawn(numbers, shape), numbers.randint(0, 4, shape[:1])
    if kind in ("normal", "uniform"):
        draw = numbers.standard_normal if kind == "normal" else numbers.random_sample
        return draw(shape).astype(np.float32), draw(shape).astype(np.float32)
    logits = numbers.standard_normal(shape).astype(np.float32)
    if kind == "indices":
        return logits, np.asarray(
            numbers.randint(0, 4, [n for d, n in enumerate(shape) if d != shape.index(4)]), np.int32
        )
    labels = numbers.random_sample(shape).astype(np.float32)
    return logits, labels / labels.sum(1, keepdims=True)


def trained(case, seed):
    """What an optimizer makes of the parameters."""
    numbers = np.random.RandomState(seed)
    p = [ms.Parameter(ms.Tensor(drawn(numbers, shape)), name=name) for name, shape in SHAPES.items()]
    optimizer = eval(f"nn.{case}", {"nn": nn, "p": p})
    entry = {"optimizer": case, "seed": seed}
    for step in range(1, 11):
        scale = 128.0 if "128" in case else 1.0
        grads = {name: ms.Tensor(drawn(numbers, shape, scale)) for name, shape in SHAPES.items()}
        optimizer(tuple(grads[parameter.name] for parameter in optimizer.parameters))
        if step in (1, 10):
            entry[f"after {step}"] = {q.name: q.asnumpy().ravel().tolist() for q in p}
    return entry


def lost(case, seed):
    """A loss and its gradient."""
    expression, shape, kind = case
    inputs = drawn_for_loss(np.random.RandomState(seed), shape, kind)
    loss = eval(f"nn.{expression}", {"nn": nn, "Tensor": ms.Tensor})
    value, gradient = ms.value_and_grad(loss)(*map(ms.Tensor, inputs))
    answers = {"value": value.asnumpy().ravel().tolist(), "gradient": gradient.asnumpy().ravel().tolist()}
    given = [{"values": array.tolist(), "dtype": str(array.dtype)} for array in inputs]
    return {"loss": expression, "inputs": given, **answers}


def rated(case, seed):
    """A list of rates, or what a schedule makes of the first ten steps."""
    rates = eval(f"nn.{case}", {"nn": nn})
    if not isinstance(rates, list):
        rates = [rates(ms.Tensor(step, ms.int32)).asnumpy().item() for step in range(10)]
    return {"rates": case, "values": rates}


def main(out_path, seed=0):
    recorded = {}
    kinds = (("optimizers", trained, OPTIMIZERS), ("losses", lost, LOSSES), ("rates", rated, RATES))
    for kind, record, cases in kinds:
        entries = [record(case, int(seed) + number) for number, case in enumerate(cases)]
        recorded[kind] = "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]"
    how = "tests/conformance/record_training.py, run by a Python with mindspore==2.10.0 and numpy<2 on a CPU"
    lists = ", ".join(f'"{kind}": {entries}' for kind, entries in recorded.items())
    Path(out_path).write_text(f'{{"how": {json.dumps(how)}, {lists}}}\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
