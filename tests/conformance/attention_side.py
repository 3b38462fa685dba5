"""Runs inside the environment of the real MindSpore: `attention_side.py CASES.json INPUTS.npz OUT.npz`.

A case is {"cell": "nn.MultiheadAttention(8, 2)", "seed": 1}; its inputs are the arrays "0 0", "0 1", ...
and its masks those like "0 attn_mask". Answers are the cell's parameters under "0:name", its outputs under
"0>0", "0>1", and the paths and classes of all its cells under "0/".
"""

import json
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn


def main(cases_path, inputs_path, out_path):
    answers, arrays = {}, np.load(inputs_path)
    for number, case in enumerate(json.loads(Path(cases_path).read_text())):
        ms.set_seed(case["seed"])
        cell = eval(case["cell"], {"nn": nn})
        for name, parameter in cell.parameters_and_names():
            answers[f"{number}:{name}"] = parameter.asnumpy()
        found = [f"{path} {type(part).__name__}" for path, part in cell.cells_and_names()]
        answers[f"{number}/"] = np.array(found)
        given = {key.split()[1]: ms.Tensor(arrays[key]) for key in arrays if key.split()[0] == str(number)}
        inputs = [given.pop(place) for place in sorted(given) if place.isdigit()]
        outputs = cell(*inputs, **given)
        for place, output in enumerate(outputs if isinstance(outputs, tuple) else (outputs,)):
            answers[f"{number}>{place}"] = output.asnumpy()
    np.savez(out_path, **answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
