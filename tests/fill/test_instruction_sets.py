"""The same bits whatever vectors the processor has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# What Numba compiles for: the generic x86-64 (SSE2), AVX2 without and with fused multiply-add, AVX-512.
TARGETS = {
    "sse2": ("x86-64", ""),
    "avx2": ("x86-64", "+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2"),
    "avx2-fma": ("haswell", "+avx2,+fma"),
    "avx512": ("skylake-avx512", "+avx512f,+avx512dq,+avx512vl,+avx512bw,+avx512cd,+fma"),
}

PROGRAM = """
import hashlib
import ml_dtypes, numpy as np
from paraminit.fill.distributions import Normal, Precise, TruncatedNormal, Uniform
from paraminit.fill.fill import fill

laws = [Uniform(-0.1, 0.3), Normal(0, 0.02), Normal(1.5, 3), TruncatedNormal(-2, 2, 0, 1),
        TruncatedNormal(-0.3, 0.9, 0.1, 0.7)]
digest = hashlib.sha256()
precise = [Precise(law) for law in (laws[0], laws[2], laws[4], TruncatedNormal(8, 9, 0, 1))]
for law in laws + precise:
    for dtype in (np.float64,) if law in precise else (np.float32, ml_dtypes.bfloat16):
        out = np.empty(1_000_001 if law in precise else 3_000_001, dtype)
        fill(law, 2**62 + 12345, [(3, out.size)], out, threads=2)
        digest.update(out.tobytes())
print(digest.hexdigest())
"""


def digest(target: str | None) -> str:
    environment = dict(os.environ)
    if target:
        environment["NUMBA_CPU_NAME"], environment["NUMBA_CPU_FEATURES"] = TARGETS[target]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.fixture(scope="module")
def native() -> str:
    return digest(None)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names of x86-64 instruction sets")
@pytest.mark.parametrize("target", TARGETS)
def test_same_bits(target, native):
    flags = _flags()
    needed = {"avx2": {"avx2"}, "avx2-fma": {"avx2", "fma"}, "avx512": {"avx512f", "avx512dq", "avx512vl"}}
    if not needed.get(target, set()) <= flags:
        pytest.skip(f"this processor has no {target}")
    assert digest(target) == native


def _flags() -> set[str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return set(next((line for line in lines if line.startswith("flags")), "flags:").split(":")[1].split())
