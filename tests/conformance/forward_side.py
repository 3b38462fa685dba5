"""Runs inside the environment of the real MindSpore: `forward_side.py CASES.json OUT.npz`.

Each case is {"layer": "nn.Dense(3, 4)", "seed": 1, "inputs": [[2, 3]], "training": false}, its inputs as in
record_forward.py; without inputs only the parameters are answered. Keys are "0:parameter:NAME" and
"0:output:0", or "0:MESSAGE" where MindSpore refuses.
"""

import json
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn
from record_forward import flat, made

ms.set_context(pynative_synchronize=True)  # an error belongs to the call that made it


def answer(case):
    ms.set_seed(case["seed"])
    cell = eval(case["layer"], {"nn": nn}).set_train(case["training"])
    answers = [(f"parameter:{name}", p.asnumpy().copy()) for name, p in cell.parameters_and_names()]
    if case["inputs"]:
        numbers = np.random.RandomState(case["seed"])
        outputs = flat(cell(*(made(spec, numbers) for spec in case["inputs"])))
        answers += [(f"output:{place}", array) for place, array in enumerate(outputs)]
    return answers


def main(cases_path, out_path):
    answers = {}
    for number, case in enumerate(json.loads(Path(cases_path).read_text())):
        try:
            answers |= {f"{number}:{key}": array for key, array in answer(case)}
        except Exception as error:
            answers[f"{number}:{type(error).__name__} {str(error)[:200]}"] = np.zeros(0)
    np.savez(out_path, **answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
