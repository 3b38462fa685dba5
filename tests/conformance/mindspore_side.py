"""Runs inside the environment of the real MindSpore: `mindspore_side.py CASES.json OUT.npz`.

Each case is one of
    {"law": "normal", "key": 1, "arguments": [0.0, 1.0], "size": 100}         a generator called directly
    {"init": "Normal(0.2)", "seed": 1, "shape": [3, 4], "dtype": "float32"}   an initializer
    {"cell": "nn.Dense(3, 4)", "seed": 1}                                     a cell's parameters
and answers with arrays under the keys "0", "1", ... or "2:weight" for a cell. bfloat16 comes as its bits.
"""

import json
import math
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import mint, nn
from mindspore._c_expression import _random_normal, _random_uniform, _truncated_normal
from mindspore.common import dtype as mstype
from mindspore.common import initializer as initializers

LAWS = {"uniform": _random_uniform, "normal": _random_normal, "truncated": _truncated_normal}
NAMES = {**vars(initializers), "mint": mint, "nn": nn, "math": math}


def main(cases_path: str, out_path: str) -> None:
    cases = json.loads(Path(cases_path).read_text())
    answers = {}
    for number, case in enumerate(cases):
        if "law" in case:
            out = np.empty(case["size"], np.float32)
            LAWS[case["law"]](case["key"], out, *case["arguments"])
            answers[str(number)] = out
        elif "init" in case:
            ms.set_seed(case["seed"])
            init = eval(case["init"], NAMES)
            tensor = initializers.initializer(init, case["shape"], getattr(mstype, case["dtype"]))
            answers[str(number)] = _plain(tensor.init_data().asnumpy())
        else:
            ms.set_seed(case["seed"])
            cell = eval(case["cell"], NAMES)
            for name, parameter in cell.parameters_and_names():
                answers[f"{number}:{name}"] = _plain(parameter.asnumpy())
    np.savez(out_path, **answers)


def _plain(array: np.ndarray) -> np.ndarray:
    return array if array.dtype.kind in "biufc" else array.view(np.uint16)


if __name__ == "__main__":
    main(*sys.argv[1:])
