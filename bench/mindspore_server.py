"""Times MindSpore's own generators: a JSON question a line in, `seconds S` a line out."""

import json
import sys
import time

import numpy as np
from mindspore._c_expression import _random_normal, _random_uniform, _truncated_normal

GENERATORS = {"uniform": _random_uniform, "normal": _random_normal}
out = np.zeros(0, np.float32)
for line in sys.stdin:
    question = json.loads(line)
    if out.size != question["size"]:
        out = np.zeros(question["size"], np.float32)
    generator = GENERATORS.get(question["law"], _truncated_normal)
    start = time.perf_counter()
    generator(1, out, *question["arguments"])
    print("seconds", time.perf_counter() - start, flush=True)
