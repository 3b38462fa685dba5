"""Run a program and keep what its variables hold: `record.py PROGRAM OUT.npz`.

Started through `paraminit run`, like the program itself would be; what the program prints still appears.
"""

import runpy
import sys

import numpy as np

if __name__ == "__main__":
    variables = runpy.run_path(sys.argv[1], run_name="__main__")
    arrays = {}
    for name in ("output", "layer", "names"):
        value = variables.get(name)
        if name == "layer" and value is not None:
            arrays["weight"] = value.weight.asnumpy()
        elif hasattr(value, "asnumpy"):
            arrays[name] = value.asnumpy()
        elif value is not None:
            arrays[name] = np.array(value)
    np.savez(sys.argv[2], **arrays)
