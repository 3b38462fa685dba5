"""Runs inside the environment of the real MindSpore: `record_forward.py OUT.json`.

Writes tests/golden/forward-2.10.json: what MindSpore's layers answer on the CPU. Each case is built after
`set_seed`, given inputs from `numpy.random.RandomState(seed)` and called twice if it trains; recorded are
the outputs of the last call and the parameters that no gradient changes.
"""

import json
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn

# (layer, inputs, training). An input is a shape of normal numbers, or [bound, shape] of integers below it.
AFFINE = "gamma_init='uniform', beta_init='uniform'"
BATCH = f"{AFFINE}, moving_mean_init='uniform', moving_var_init=0.7"
FIELDS = [[7, [2, 5]], [2, 5], [4, [2, 5]]]  # rows, weights, fields
CASES = [
    (f"nn.BatchNorm1d(3, {BATCH})", [[4, 3]], False),
    (f"nn.BatchNorm1d(3, {BATCH})", [[4, 3]], True),
    (f"nn.BatchNorm1d(3, {BATCH})", [[4, 3, 2]], True),
    (f"nn.BatchNorm2d(3, momentum=0.6, {BATCH})", [[2, 3, 2, 2]], True),
    (f"nn.BatchNorm2d(3, affine=False, {BATCH})", [[2, 3, 2, 2]], True),
    (f"nn.BatchNorm2d(3, use_batch_statistics=True, {BATCH})", [[2, 3, 2, 2]], False),
    (f"nn.BatchNorm2d(3, use_batch_statistics=False, {BATCH})", [[2, 3, 2, 2]], True),
    (f"nn.BatchNorm3d(3, {BATCH})", [[2, 3, 2, 2, 2]], False),
    (f"nn.BatchNorm3d(3, {BATCH})", [[2, 3, 2, 2, 2]], True),
    (f"nn.LayerNorm((4,), {AFFINE})", [[2, 3, 4]], False),
    (f"nn.LayerNorm((3, 4), 1, 1, epsilon=1e-3, {AFFINE})", [[2, 3, 4]], False),
    (f"nn.LayerNorm((4,), 1, -1, {AFFINE})", [[2, 3, 4]], False),
    (f"nn.GroupNorm(2, 6, {AFFINE})", [[2, 6, 2, 2]], False),
    (f"nn.GroupNorm(2, 6, affine=False, {AFFINE})", [[2, 6, 2, 2]], False),
    ("nn.Embedding(7, 3)", [[7, [2, 4]]], False),
    ("nn.Embedding(7, 3, True, 'uniform', padding_idx=2)", [[7, [2, 4]]], False),
    ("nn.EmbeddingLookup(7, 3)", [[7, [2, 4]]], False),
    ("nn.EmbeddingLookup(7, 3, 'one', max_norm=1.0)", [[7, [2, 4]]], False),
    ("nn.BiDense(3, 4, 2)", [[5, 3], [5, 4]], False),
    ("nn.BiDense(3, 4, 2, has_bias=False)", [[2, 5, 3], [2, 5, 4]], False),
    ("nn.Conv1dTranspose(2, 4, 3, has_bias=True)", [[1, 2, 5]], False),
    ("nn.Conv1dTranspose(2, 4, 3, 2, 'same')", [[1, 2, 5]], False),
    ("nn.Conv1dTranspose(2, 4, 2, 3, 'valid', dilation=2)", [[1, 2, 5]], False),
    ("nn.Conv1dTranspose(2, 4, 4, 2, 'pad', 1)", [[1, 2, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 3, has_bias=True)", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 3, 2)", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, (2, 3), (3, 2), 'same')", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 4, 2, 'same')", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 3, 2, 'valid', dilation=2)", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 2, 3, 'valid')", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 3, 2, 'pad', (0, 1, 1, 0))", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(2, 4, 3, 2, 'pad', 1, 1)", [[1, 2, 4, 5]], False),
    ("nn.Conv2dTranspose(4, 6, 3, group=2)", [[1, 4, 4, 5]], False),
    ("nn.Conv3dTranspose(2, 4, 3, has_bias=True)", [[1, 2, 3, 4, 3]], False),
    ("nn.Conv3dTranspose(2, 4, 3, 2, 'same')", [[1, 2, 3, 4, 3]], False),
    ("nn.Conv3dTranspose(2, 4, 2, 3, 'same')", [[1, 2, 3, 4, 3]], False),
    ("nn.Conv3dTranspose(2, 4, 2, 2, 'valid')", [[1, 2, 3, 4, 3]], False),
    ("nn.Conv3dTranspose(2, 4, 3, 2, 'pad', 1, output_padding=1)", [[1, 2, 3, 4, 3]], False),
    ("nn.PReLU(3, [0.1, 0.2, 0.3])", [[2, 3, 4]], False),
    ("nn.PReLU()", [[2, 3]], False),
    *(
        (f"nn.{name}()", [[3, 4]], False)
        for name in (
            "Sigmoid",
            "Tanh",
            "GELU",
            "LeakyReLU",
            "Softmax",
            "LogSoftmax",
            "ReLU6",
            "ELU",
            "CELU",
            "SiLU",
            "HSwish",
            "HSigmoid",
            "Mish",
            "FastGelu",
            "LogSigmoid",
            "SoftShrink",
            "HShrink",
            "Softmin",
            "Softsign",
            "Tanhshrink",
            "GLU",
            "Hardtanh",
            "Identity",
            "Dropout",
        )
    ),
    ("nn.GELU(False)", [[3, 4]], False),
    ("nn.LeakyReLU(0.3)", [[3, 4]], False),
    ("nn.Softmax(0)", [[3, 4]], False),
    ("nn.ELU(1.0)", [[3, 4]], False),
    ("nn.CELU(0.5)", [[3, 4]], False),
    ("nn.MaxPool2d(2, 2)", [[1, 2, 5, 5]], False),
    ("nn.MaxPool2d(3, 2, 'same')", [[1, 2, 5, 6]], False),
    ("nn.MaxPool2d(3, 2, 'pad', 1)", [[1, 2, 5, 6]], False),
    ("nn.AvgPool2d(2, 2)", [[1, 2, 5, 5]], False),
    ("nn.AvgPool2d(3, 2, 'same')", [[1, 2, 5, 6]], False),
    ("nn.AvgPool2d(3, 2, 'pad', 1)", [[1, 2, 5, 6]], False),
    ("nn.RNNCell(3, 4)", [[2, 3], [2, 4]], False),
    ("nn.RNNCell(3, 4, False, 'relu')", [[2, 3], [2, 4]], False),
    ("nn.GRUCell(3, 4)", [[2, 3], [2, 4]], False),
    ("nn.LSTMCell(3, 4)", [[2, 3], [[2, 4], [2, 4]]], False),
    ("nn.RNN(3, 4, 2)", [[5, 2, 3], [2, 2, 4]], False),
    ("nn.RNN(3, 4, nonlinearity='relu')", [[5, 2, 3]], False),
    ("nn.GRU(3, 4, 2, bidirectional=True)", [[5, 2, 3], [4, 2, 4]], False),
    ("nn.GRU(3, 4, has_bias=False, batch_first=True)", [[5, 2, 3], [1, 5, 4]], False),
    ("nn.LSTM(3, 4, 2)", [[5, 2, 3], [[2, 2, 4], [2, 2, 4]]], False),
    ("nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True)", [[5, 2, 3], [[4, 5, 4], [4, 5, 4]]], False),
    ("nn.MultiheadAttention(8, 2)", [[4, 3, 8], [5, 3, 8], [5, 3, 8]], False),
    ("nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)", [[4, 3, 8]] * 3, False),
    (
        "nn.MultiheadAttention(8, 2, kdim=5, vdim=6, batch_first=True)",
        [[4, 3, 8], [4, 2, 5], [4, 2, 6]],
        False,
    ),
    ("nn.TransformerEncoderLayer(8, 2, 16)", [[4, 3, 8]], False),
    ("nn.TransformerEncoderLayer(8, 2, 16, activation='gelu', norm_first=True)", [[4, 3, 8]], False),
    ("nn.TransformerDecoderLayer(8, 2, 16)", [[4, 3, 8], [5, 3, 8]], False),
    *(
        (f"nn.MultiFieldEmbeddingLookup(7, 3, 4, 'uniform', operator={operator!r})", FIELDS, False)
        for operator in ("SUM", "MAX", "MEAN")
    ),
    ("nn.Conv2dBnAct(2, 4, 3, has_bias=True)", [[1, 2, 5, 5]], False),
    ("nn.Conv2dBnAct(2, 4, 3, 2, has_bn=True, activation='leakyrelu', alpha=0.3)", [[2, 2, 5, 5]], True),
    ("nn.DenseBnAct(2, 4)", [[3, 2]], False),
    ("nn.DenseBnAct(2, 4, 'ones', 'uniform', has_bn=True, activation='hswish')", [[3, 2]], True),
    ("nn.SeLU()", [[3, 4]], False),
    ("nn.RReLU(0.2, 0.2)", [[3, 4]], False),
    ("nn.Threshold(0.1, 20)", [[3, 4]], False),
    ("nn.Hardtanh(-0.5, 2)", [[3, 4]], False),
    ("nn.SoftShrink(0.2)", [[3, 4]], False),
    ("nn.HShrink(0.8)", [[3, 4]], False),
    ("nn.Softmin(0)", [[3, 4]], False),
    ("nn.Softmax2d()", [[2, 3, 2, 2]], False),
    ("nn.GLU(0)", [[4, 3]], False),
    ("nn.LRN()", [[2, 7, 2, 2]], False),
    ("nn.LRN(1, 0.5, 0.3, 0.75)", [[2, 7, 2, 2]], False),
    ("nn.MaxPool1d(3, 2, 'same')", [[2, 3, 8]], False),
    ("nn.MaxPool1d(2, 2, 'pad', 1, 2, True, True)", [[2, 3, 8]], False),
    ("nn.MaxPool2d((2, 3), (1, 2), 'pad', (1, 1), (2, 1), True)", [[2, 3, 6, 7]], False),
    ("nn.MaxPool2d((3, 2), 2, 'PAD', ceil_mode=True)", [[3, 6, 7]], False),
    ("nn.MaxPool3d(2, 2, 'same')", [[1, 2, 3, 4, 5]], False),
    ("nn.MaxPool3d((1, 2, 3), 2, 'pad', (0, 1, 1), 1, True, True)", [[1, 2, 3, 4, 5]], False),
    ("nn.AvgPool1d(3, 2, 'same')", [[2, 3, 8]], False),
    ("nn.AvgPool1d(3, 2, 'pad', 1, True, False)", [[2, 3, 8]], False),
    ("nn.AvgPool2d(3, 2, 'same', 0, True)", [[1, 2, 5, 6]], False),
    ("nn.AvgPool2d(3, 2, 'same', 0, False, False)", [[1, 2, 5, 6]], False),
    ("nn.AvgPool2d(3, 2, 'same', 0, False, True, 5)", [[1, 2, 5, 6]], False),
    ("nn.AvgPool2d((2, 3), 2, 'pad', (1, 0), True, False)", [[1, 2, 5, 6]], False),
    ("nn.AvgPool2d(2, 2, 'valid', 0, True)", [[2, 5, 7]], False),
    ("nn.AvgPool3d(2, 2, 'same')", [[1, 2, 3, 4, 5]], False),
    ("nn.AvgPool3d(3, 2, 'pad', 1, True, False)", [[1, 2, 3, 4, 5]], False),
    ("nn.AvgPool3d(2, 2, 'valid', 0, False, True, 3)", [[1, 2, 3, 4, 5]], False),
    ("nn.AdaptiveAvgPool1d(2)", [[1, 2, 6]], False),
    ("nn.AdaptiveAvgPool2d((None, 3))", [[1, 2, 5, 7]], False),
    ("nn.AdaptiveAvgPool3d((1, 2, None))", [[1, 2, 3, 5, 4]], False),
    ("nn.AdaptiveMaxPool1d(3)", [[1, 2, 6]], False),
    ("nn.AdaptiveMaxPool2d((3, 2), True)", [[1, 2, 5, 7]], False),
    ("nn.AdaptiveMaxPool3d((1, 2, 3), True)", [[1, 2, 3, 5, 4]], False),
]


def made(spec, numbers):
    if isinstance(spec[0], int) and isinstance(spec[1], list):
        return ms.Tensor(numbers.randint(0, spec[0], spec[1]).astype(np.int32))
    if isinstance(spec[0], list):
        return tuple(made(item, numbers) for item in spec)
    return ms.Tensor(numbers.randn(*spec).astype(np.float32))


def flat(value):
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in flat(item)]
    return [] if value is None else [value.asnumpy()]


def plain(array):
    return {"shape": list(array.shape), "values": [float(f"{v:.8g}") for v in array.ravel().tolist()]}


def main(out_path):
    recorded = []
    for seed, (layer, inputs, training) in enumerate(CASES):
        ms.set_seed(seed)
        try:
            cell = eval(layer, {"nn": nn}).set_train(training)
            numbers = np.random.RandomState(seed)
            arguments = [made(spec, numbers) for spec in inputs]
            for _ in range(2 if training else 1):
                outputs = flat(cell(*arguments))
        except Exception as error:
            print(layer, inputs, type(error).__name__, str(error)[:300], file=sys.stderr)
            continue
        entry = {"layer": layer, "seed": seed, "inputs": inputs, "training": training}
        entry["outputs"] = [plain(array) for array in outputs]
        moved = [(n, p) for n, p in cell.parameters_and_names() if training and not p.requires_grad]
        entry["parameters"] = {name: plain(p.asnumpy()) for name, p in moved}
        recorded.append(entry)
    how = "tests/conformance/record_forward.py, run by a Python with mindspore==2.10.0 and numpy<2 on a CPU"
    lines = ",\n".join(json.dumps(entry) for entry in recorded)
    Path(out_path).write_text(f'{{"how": {json.dumps(how)}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
