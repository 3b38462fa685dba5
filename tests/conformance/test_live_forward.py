"""What layers compute against the real MindSpore 2.10, on cases drawn anew at every run.

The seed of the cases is printed and can be set with PARAMINIT_CONFORMANCE_SEED to repeat a run.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import paraminit
from paraminit import nn

pytestmark = pytest.mark.conformance

SIDE = Path(__file__).with_name("forward_side.py")
SEED = int(os.environ.get("PARAMINIT_CONFORMANCE_SEED") or secrets.randbits(32))
# What get_activation of MindSpore knows and builds without arguments, but for random rrelu.
NAMES = ["elu", "fast_gelu", "gelu", "hardtanh", "hshrink", "hsigmoid", "hswish", "leakyrelu", "logsigmoid"]
NAMES += [
    "logsoftmax",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softshrink",
]
NAMES += ["softsign", "tanh", "tanhshrink"]
PLAIN = ["CELU", "FastGelu", "GELU", "HSigmoid", "HSwish", "Identity", "LogSigmoid", "Mish", "ReLU", "ReLU6"]
PLAIN += ["SeLU", "SiLU", "Sigmoid", "Softsign", "Tanh", "Tanhshrink"]

# MindSpore's own distance from the float64 result on a CPU: its tanh is 1.0e-4 off at worst, its log_softmax
# 3.7e-6 (ours 3e-8 and 1e-6).
ATOL = {"tanh": 2e-4, "": 5e-6}


class Draw:
    """Random layers with random arguments and inputs that fit."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def one_of(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def int(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))

    def number(self, low: float, high: float) -> float:
        return float(np.round(self.random.uniform(low, high), 3))

    def case(self, layer: str, *inputs: Any, training: bool = False) -> dict[str, Any]:
        return {
            "layer": f"nn.{layer}",
            "seed": self.int(0, 2**32 - 1),
            "inputs": list(inputs),
            "training": training,
        }

    def activation(self) -> dict[str, Any]:
        alpha, axis = self.number(0.05, 3), self.int(-2, 1)
        slope = self.number(-0.5, 0.9)
        kind = self.one_of(
            *PLAIN,
            *(f"{name}({axis})" for name in ("Softmax", "LogSoftmax", "Softmin", "GLU")),
            *(f"{name}({alpha})" for name in ("CELU", "LeakyReLU", "SoftShrink", "HShrink")),
            *("ELU(1.0)", "GELU(False)", f"RReLU({slope}, {slope})", f"Threshold({slope}, {alpha})"),
            f"Hardtanh({-1 - alpha}, {slope})",
        )
        return self.case(kind if "(" in kind else f"{kind}()", [4, 6])

    def image(self) -> dict[str, Any]:
        channels = self.int(1, 9)
        kind = self.one_of(
            "Softmax2d()",
            f"LRN({self.int(0, 6)}, {self.number(0.5, 2)}, {self.number(0, 2)}, {self.number(0.2, 1)})",
        )
        return self.case(kind, [2, channels, 3, 4])

    def pool(self) -> dict[str, Any]:
        axes, what = self.int(1, 3), self.one_of("Max", "Avg")
        kernel = tuple(self.int(1, 4) for _ in range(axes))
        stride = tuple(self.int(1, 3) for _ in range(axes))
        mode = self.one_of("valid", "same", "pad")
        padding = tuple(self.int(0, size // 2) for size in kernel) if mode == "pad" else 0
        given = (kernel, stride, mode, padding) if axes > 1 else (kernel[0], stride[0], mode, padding)
        free = mode == "pad"
        if what == "Max":
            more = f"1, {free and self.one_of(True, False)}, {free and self.one_of(True, False)}"
        else:
            more = f"{mode != 'same' and self.one_of(True, False)}, {self.one_of(True, False)}"
            if axes > 1:
                more += f", {self.one_of(None, None, 3)}"
        # MindSpore's AvgPool1d "same" gives one element where a second window does not fit the input.
        sizes = [self.int(sum(pair), 9) for pair in zip(kernel, stride, strict=True)]
        return self.case(f"{what}Pool{axes}d{(*given,)!r}"[:-1] + f", {more})", [2, 3, *sizes])

    def adaptive(self) -> dict[str, Any]:
        axes, what = self.int(1, 3), self.one_of("Max", "Avg")
        sizes = [self.int(1, 3) * 2 for _ in range(axes)]
        wanted = self.one_of(2, tuple(self.one_of(1, 2) for _ in range(axes))) if axes > 1 else 2
        more = ", True" if what == "Max" and axes > 1 and self.one_of(True, False) else ""
        return self.case(f"Adaptive{what}Pool{axes}d({wanted}{more})", [2, 3, *sizes])

    def combined(self) -> dict[str, Any]:
        i, o, bias, norm = self.int(1, 4), self.int(1, 4), self.one_of(True, False), self.one_of(True, False)
        tail = f"has_bias={bias}, has_bn={norm}, activation={self.one_of(None, *NAMES)!r}"
        init = self.one_of("'normal'", "'he_uniform'", "'xavier_normal'", "0.3")
        training = self.one_of(True, False)
        kernel, stride, mode = self.int(1, 3), self.int(1, 2), self.one_of("same", "valid")
        return self.one_of(
            self.case(
                f"Conv2dBnAct({i}, {o}, {kernel}, {stride}, {mode!r}, weight_init={init}, {tail})",
                [2, i, 5, 6],
                training=training,
            ),
            self.case(f"DenseBnAct({i}, {o}, {init}, 'uniform', {tail})", [4, i], training=training),
            self.case(f"Dense({i}, {o}, {init}, activation={self.one_of(*NAMES)!r})", [4, i]),
        )

    def fields(self) -> dict[str, Any]:
        rows, size, fields = self.int(2, 9), self.int(1, 4), self.int(1, 5)
        operator = self.one_of("SUM", "MEAN", "MAX")
        layer = f"MultiFieldEmbeddingLookup({rows}, {size}, {fields}, 'uniform', operator={operator!r})"
        return self.case(layer, [rows, [3, 6]], [3, 6], [fields, [3, 6]])

    def synchronized(self) -> dict[str, Any]:
        inits = ", ".join(
            f"{name}_init={self.one_of('normal', 'uniform', 'ones')!r}"
            for name in ("gamma", "beta", "moving_mean", "moving_var")
        )
        return self.case(f"SyncBatchNorm({self.int(1, 20)}, {inits})")


def made(spec: Any, numbers: Any) -> torch.Tensor:
    if isinstance(spec[0], int) and len(spec) == 2 and isinstance(spec[1], list):
        return torch.from_numpy(numbers.randint(0, spec[0], spec[1]).astype(np.int32))
    return torch.from_numpy(numbers.randn(*spec).astype(np.float32))


def ours(number: int, case: dict[str, Any]) -> dict[str, np.ndarray]:
    paraminit.set_seed(case["seed"])
    cell = eval(case["layer"], {"nn": nn}).set_train(case["training"])
    answers = {f"{number}:parameter:{n}": p.asnumpy().copy() for n, p in cell.parameters_and_names()}
    if case["inputs"]:
        numbers = np.random.RandomState(case["seed"])
        outputs = cell(*(made(spec, numbers) for spec in case["inputs"]))
        for place, output in enumerate(outputs if isinstance(outputs, tuple) else [outputs]):
            answers[f"{number}:output:{place}"] = output.detach().numpy()
    return answers


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    draw, folder = Draw(SEED), tmp_path_factory.mktemp("forward")
    kinds = {draw.activation: 60, draw.image: 15, draw.pool: 80, draw.adaptive: 25}
    kinds |= {draw.combined: 60, draw.fields: 20, draw.synchronized: 10}
    cases = [kind() for kind, times in kinds.items() for _ in range(times)]
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0"
    (folder / "cases.json").write_text(json.dumps(cases))
    command = [python, str(SIDE), "cases.json", "out.npz"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(folder / "out.npz") as answers:
        return cases, dict(answers)


def differences(cases: list[dict[str, Any]], theirs: dict[str, np.ndarray]) -> list[str]:
    found, left = [], dict(theirs)
    for number, case in enumerate(cases):
        atol = next(bound for name, bound in ATOL.items() if name in case["layer"].lower())
        for key, mine in ours(number, case).items():
            other = left.pop(key, None)
            if other is None or other.shape != mine.shape:
                found.append(f"{case} {key}: {mine.shape} against {None if other is None else other.shape}")
            elif "parameter" in key and other.tobytes() != mine.tobytes():
                found.append(f"{case} {key}: bits differ")
            elif not np.allclose(mine, other, rtol=2e-5, atol=atol):
                found.append(f"{case} {key}: {np.abs(mine - other).max():.3g} apart")
    return found + [f"{key}: not made here" for key in left]


def test_layers_compute_the_same(compared):
    cases, theirs = compared
    layers = Counter(case["layer"].split("(")[0] for case in cases)
    found = differences(cases, theirs)
    print(f"\n{len(cases)} cases of {len(layers)} layers, {len(theirs)} arrays; {len(found)} differ ({SEED})")
    assert not found, f"PARAMINIT_CONFORMANCE_SEED={SEED}\n" + "\n".join(found[:20])


def test_a_small_difference_is_noticed(compared):
    cases, theirs = compared
    key = next(key for key, array in theirs.items() if "output" in key and array.dtype == np.float32)
    assert len(differences(cases, {**theirs, key: theirs[key] + 1e-3})) == 1
