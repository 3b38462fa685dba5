"""Runs inside the environment of the real MindSpore: `record_mint.py OUT.json`.

Writes tests/golden/mint-2.10.json: the parameters of the torch-style layers after `set_seed`, the word of
NumPy's stream reached by then, and, where MindSpore has a CPU kernel, what the layer answers to inputs
made as in record_forward.py.
"""

import hashlib
import json
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import mint, nn
from record_forward import flat, made, plain

# (layer, inputs, training)
CASES = [
    ("mint.nn.Linear(3, 4)", [[2, 3]], False),
    ("mint.nn.Linear(3, 4, False)", [[2, 5, 3]], False),
    ("mint.nn.Linear(300, 4, dtype=float16)", [], False),
    ("mint.nn.Linear(3, 4, weight_init='normal', bias_init='ones')", [[2, 3]], False),
    ("nn.SequentialCell(mint.nn.Linear(3, 4), mint.nn.ReLU(), mint.nn.Linear(4, 2))", [[2, 3]], False),
    ("mint.nn.Embedding(7, 3)", [], False),
    ("mint.nn.Embedding(7, 3, 2)", [], False),
    ("mint.nn.Embedding(7, 3, -1, _freeze=True)", [], False),
    ("mint.nn.Embedding(7, 3, padding_idx=0, dtype=float16)", [], False),
    ("mint.nn.LayerNorm(4)", [], False),
    ("mint.nn.LayerNorm([3, 4], bias=False)", [], False),
    ("mint.nn.LayerNorm((3, 4), elementwise_affine=False)", [], False),
    ("mint.nn.GroupNorm(2, 6)", [[2, 6, 2, 2]], False),
    ("mint.nn.GroupNorm(3, 6, 1e-2, False)", [[2, 6]], False),
    ("mint.nn.PReLU()", [[2, 3]], False),
    ("mint.nn.PReLU(3, 0.1)", [[2, 3, 4]], False),
    ("mint.nn.PReLU(3, 0.1, dtype=float16)", [], False),
    ("mint.nn.Conv1d(4, 6, 3)", [], False),
    ("mint.nn.Conv1d(4, 6, (3,), groups=2, padding='same', padding_mode='reflect')", [], False),
    ("mint.nn.Conv2d(4, 6, [3, 5], (2, 1), padding=[1, 2], padding_mode='circular')", [], False),
    ("mint.nn.Conv2d(4, 6, 1, bias=False)", [], False),
    ("mint.nn.Conv2d(4, 8, 3, groups=4, padding='valid', dtype=float16)", [], False),
    ("mint.nn.Conv3d(2, 4, (1, 2, 3), dilation=2)", [], False),
    ("mint.nn.ConvTranspose2d(4, 6, 3)", [], False),
    ("mint.nn.ConvTranspose2d(4, 6, (2, 3), 3, 1, 1, 2, True, 2)", [], False),
    ("mint.nn.ConvTranspose2d(4, 6, 3, bias=False)", [], False),
    ("mint.nn.BatchNorm1d(3)", [], False),
    ("mint.nn.BatchNorm2d(3, affine=False, dtype=float16)", [], False),
    ("mint.nn.BatchNorm3d(3, track_running_stats=False)", [], False),
    ("mint.nn.SyncBatchNorm(3)", [[4, 3]], False),
    ("mint.nn.SyncBatchNorm(3)", [[4, 3]], True),
    ("mint.nn.SyncBatchNorm(3, momentum=None)", [[4, 3, 2]], True),
    ("mint.nn.SyncBatchNorm(3, 1e-2, 0.3, affine=False)", [[4, 3, 2, 2]], True),
    ("mint.nn.Softmax()", [[3, 4]], False),
    ("mint.nn.Softmax()", [[2, 3, 4]], False),
    ("mint.nn.Softmax()", [[2, 2, 3, 4]], False),
    ("mint.nn.Softmax(-1)", [[2, 3, 4]], False),
    ("mint.nn.SiLU()", [[3, 4]], False),
    ("mint.nn.Sigmoid()", [[3, 4]], False),
    ("mint.nn.Tanh()", [[3, 4]], False),
    ("mint.nn.ReLU()", [[3, 4]], False),
    ("mint.nn.Identity(1, a=2)", [[3, 4]], False),
    ("mint.nn.Flatten(0, 1)", [[2, 3, 4]], False),
    ("mint.nn.Dropout(0.3)", [[3, 4]], False),
    ("mint.nn.Dropout(1.0)", [[3, 4]], True),
    ("mint.nn.Dropout2d(0.3)", [[2, 3, 4, 4]], False),
]
NAMES = {"mint": mint, "nn": nn, "float16": ms.float16}


def described(parameter):
    array = parameter.asnumpy()
    flattened = array.ravel()
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.name,
        "requires_grad": parameter.requires_grad,
        "first": flattened[:4].tolist(),
        "last": flattened[-1].item(),
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
    }


def main(out_path):
    recorded = []
    for seed, (layer, inputs, training) in enumerate(CASES):
        ms.set_seed(seed)
        cell = eval(layer, NAMES).set_train(training)
        entry = {"layer": layer, "seed": seed, "inputs": inputs, "training": training}
        entry["stream"] = int(np.random.get_state()[2])
        entry["parameters"] = {name: described(p) for name, p in cell.parameters_and_names()}
        if inputs:
            numbers = np.random.RandomState(seed)
            arguments = [made(spec, numbers) for spec in inputs]
            for _ in range(2 if training else 1):
                outputs = flat(cell(*arguments))
            entry["outputs"] = [plain(array) for array in outputs]
            moved = [(n, p) for n, p in cell.parameters_and_names() if training and not p.requires_grad]
            entry["moved"] = {name: plain(p.asnumpy()) for name, p in moved}
        recorded.append(entry)
    how = "tests/conformance/record_mint.py, run by a Python with mindspore==2.10.0 and numpy<2 on a CPU"
    lines = ",\n".join(json.dumps(entry) for entry in recorded)
    Path(out_path).write_text(f'{{"how": {json.dumps(how)}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
