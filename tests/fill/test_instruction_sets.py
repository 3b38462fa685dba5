"""The same bits whatever vectors the processor has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paraminit.fill.fill import fill

from ..programs import transforms
from ..programs.transforms import ELEMENTS, KEY, STREAM_1

# What Numba compiles for: the generic x86-64 (SSE2), and AVX2 with fused multiply-add. The other tests run
# what this processor has, mostly AVX-512.
TARGETS = {"sse2": ("x86-64", ""), "avx2": ("haswell", "+avx2,+fma")}


@pytest.fixture(scope="module")
def native() -> dict[str, str]:
    """Digests of what a fill writes here."""
    digests = {}
    for law, size in ELEMENTS.items():
        out = np.empty(size, np.float32 if law in STREAM_1 else np.float64)
        fill(law, KEY, None, out)
        digests[repr(law)] = transforms.digest(out)
    return digests


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names of x86-64 instruction sets")
@pytest.mark.parametrize("target", TARGETS)
def test_same_bits(target, native):
    name, features = TARGETS[target]
    if not {*features.replace("+", "").split(",")} - {""} <= _flags():
        pytest.skip(f"this processor has no {target}")
    run = subprocess.run(
        [sys.executable, "-W", "error", transforms.__file__],
        env={**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == native


def _flags() -> set[str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return set(next((line for line in lines if line.startswith("flags")), "flags:").split(":")[1].split())
