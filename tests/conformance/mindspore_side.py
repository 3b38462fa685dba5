"""Runs inside the environment of the real MindSpore: `mindspore_side.py CASES.json OUT.npz`.

Each case is one of
    {"law": "normal", "key": 1, "arguments": [0.0, 1.0], "size": 100}         a generator called directly
    {"init": "Normal(0.2)", "seed": 1, "shape": [3, 4], "dtype": "float32"}   an initializer
    {"cell": "nn.Dense(3, 4)", "seed": 1, "inputs": [[2, 3]]}                 a cell, built and called
and answers with arrays whose names begin with its number: "0", or for a cell the names of inputs.answers.
"0!" holds the message of an error instead.
Further keys: "seeding" is "set_seed" or "numpy"; "rules" are pairs of what a parameter's name holds and its
new initializer; "train" and "keywords" belong to the call. bfloat16 comes as its bits.
"""

import json
import math
import sys
from collections import OrderedDict
from pathlib import Path

import mindspore as ms
import numpy as np
from inputs import answers
from mindspore import mint, nn
from mindspore._c_expression import _random_normal, _random_uniform, _truncated_normal
from mindspore.common import dtype as mstype
from mindspore.common import initializer as initializers
from networks import networks

LAWS = {"uniform": _random_uniform, "normal": _random_normal, "truncated": _truncated_normal}
NAMES = {**vars(initializers), "nn": nn, "mint": mint, "dtype": mstype, "math": math}
NAMES |= {"OrderedDict": OrderedDict, "Tensor": ms.Tensor, **networks(ms)}


def main(cases_path: str, out_path: str) -> None:
    # Errors of an operator then come from its own call, not from a later one.
    ms.set_context(mode=ms.PYNATIVE_MODE, pynative_synchronize=True)
    cases = json.loads(Path(cases_path).read_text())
    found = {}
    for number, case in enumerate(cases):
        try:
            found |= {f"{number}{name}": array for name, array in answer(case).items()}
        except Exception as error:
            found[f"{number}!"] = np.array(f"{type(error).__name__}: {error}"[:300])
    np.savez(out_path, **found)


def answer(case):
    if "law" in case:
        out = np.empty(case["size"], np.float32)
        LAWS[case["law"]](case["key"], out, *case["arguments"])
        return {"": out}
    {"set_seed": ms.set_seed, "numpy": np.random.seed}[case["seeding"]](case["seed"])
    if "init" in case:
        init = eval(case["init"], NAMES)
        tensor = initializers.initializer(init, case["shape"], getattr(mstype, case["dtype"]))
        return {"": plain(tensor.init_data())}
    cell = eval(case["cell"], NAMES)
    for part, init in case.get("rules", ()):
        for name, param in cell.parameters_and_names():
            if part in name and (part == "bias" or param.ndim > 1):
                param.set_data(initializers.initializer(eval(init, NAMES), param.shape, param.dtype))
    return answers(case, cell, ms.Tensor, plain)


def plain(tensor):
    array = tensor.asnumpy().copy()  # it shares the memory that training writes to
    return array if array.dtype.kind in "biufc" else array.view(np.uint16)


if __name__ == "__main__":
    main(*sys.argv[1:])
