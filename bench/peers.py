"""The contestants: who fills how. Each gives, for a law, a dtype and a size, a function to be timed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import ml_dtypes
import numpy as np
import torch
from limits import words_only

from paraminit.fill.distributions import Constant, Normal, TruncatedNormal, Uniform
from paraminit.fill.fill import fill

LAWS = {
    "uniform": Uniform(-0.1, 0.1),
    "normal": Normal(0.0, 0.02),
    "truncated at 2, std 1": TruncatedNormal(-2.0, 2.0, 0.0, 1.0),
    "truncated at 2, std 0.02": TruncatedNormal(-2.0, 2.0, 0.0, 0.02),
}
DTYPES = {"float32": np.dtype(np.float32), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
Timer = Callable[[], float | None]  # seconds the peer measured itself; None: time the call


def paraminit_fill(law: str, dtype: str, size: int, threads: int) -> Timer:
    out = np.zeros(size, DTYPES[dtype])
    return lambda: fill(LAWS[law], 1, None, out, threads=threads)


def torch_fill(law: str, dtype: str, size: int, threads: int) -> Timer:
    tensor = torch.zeros(size, dtype=getattr(torch, dtype))
    torch.set_num_threads(threads)
    if law == "uniform":
        return lambda: _nothing(tensor.uniform_, -0.1, 0.1)
    if law == "normal":
        return lambda: _nothing(tensor.normal_, 0.0, 0.02)
    std = vars(LAWS[law])["sigma"]
    return lambda: _nothing(torch.nn.init.trunc_normal_, tensor, 0.0, std, -2.0, 2.0)


def _nothing(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


def numpy_fill(law: str, dtype: str, size: int, threads: int) -> Timer | None:
    """NumPy's fastest generator; it has neither threads, nor bfloat16, nor a truncated normal."""
    if law not in ("uniform", "normal") or dtype != "float32" or threads != 1:
        return None
    generator, out = np.random.Generator(np.random.SFC64(1)), np.zeros(size, np.float32)
    draw = generator.random if law == "uniform" else generator.standard_normal
    return lambda: _nothing(lambda: draw(out=out, dtype=np.float32))


class MindSpore:
    """The real MindSpore in its own environment, asked over a pipe; it times itself."""

    def __init__(self, python: str) -> None:
        server = Path(__file__).with_name("mindspore_server.py")
        self._process = subprocess.Popen(
            [python, str(server)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=server.parent,
        )

    def __call__(self, law: str, dtype: str, size: int, threads: int) -> Timer | None:
        if dtype != "float32" or threads != 2:  # it chooses its threads itself
            return None
        values = LAWS[law].__dict__
        return lambda: self._ask({"law": law, "arguments": list(values.values()), "size": size})

    def _ask(self, question: dict[str, object]) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("seconds "):
            assert line, "MindSpore's process has ended"
        return float(line.split()[1])


def peers() -> dict[str, Callable[[str, str, int, int], Timer | None]]:
    """Everyone who is here; MindSpore if PARAMINIT_MINDSPORE_PYTHON names its Python."""
    found: dict[str, Callable[[str, str, int, int], Timer | None]] = {
        "paraminit": paraminit_fill,
        "torch": torch_fill,
        "NumPy": numpy_fill,
    }
    if python := os.environ.get("PARAMINIT_MINDSPORE_PYTHON"):
        found["MindSpore"] = MindSpore(python)
    return found


def limits(size: int) -> dict[str, Timer]:
    """What no random fill can beat: Philox words alone, on one thread, and storing a constant."""
    tensor, out = torch.zeros(size), np.zeros(size, np.float32)
    return {
        "Philox words, 1 thread": lambda: words_only(size),
        "paraminit constant": lambda: fill(Constant(1.0), 0, None, out),
        "torch fill_": lambda: _nothing(tensor.fill_, 1.0),
    }
