"""TEMPORARY: fill by the reference (kernels come next)."""
from __future__ import annotations
from typing import Any
import numpy as np
from paraminit.fill import reference
from paraminit.fill.cast import constant_word
from paraminit.fill.distributions import *

def fill(law, key, runs, out, *, threads=None):
    index = np.arange(out.size) if runs is None else np.concatenate([np.arange(s, s+n) for s, n in runs])
    if isinstance(law, Constant):
        out[...] = constant_word(law.value, out.dtype)[0]
    elif isinstance(law, Pattern):
        out[...] = law.function(index)
    else:
        out[...] = reference.elements(law, key, index)
