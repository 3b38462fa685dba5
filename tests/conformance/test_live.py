"""Bit for bit against the real MindSpore 2.10, on cases drawn anew at every run.

`make conformance` installs it and sets PARAMINIT_MINDSPORE_PYTHON. The seed of the cases is printed and
can be set with PARAMINIT_CONFORMANCE_SEED to repeat a run.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import paraminit
from paraminit import mint, nn
from paraminit.describe import initializers
from paraminit.dtype import numpy_dtype
from paraminit.fill.distributions import Normal, TruncatedNormal, Uniform
from paraminit.fill.fill import fill

pytestmark = pytest.mark.conformance

SIDE = Path(__file__).with_name("mindspore_side.py")
SEED = int(os.environ.get("PARAMINIT_CONFORMANCE_SEED") or secrets.randbits(32))
LAWS = {"uniform": Uniform, "normal": Normal, "truncated": TruncatedNormal}
DTYPES = ["float32", "float16", "float64", "bfloat16"]
NAMES = {**vars(initializers), "mint": mint, "nn": nn}


def ask_mindspore(cases: list[dict[str, Any]], folder: Path) -> dict[str, np.ndarray]:
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, (
        "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0; run `make conformance`"
    )
    (folder / "cases.json").write_text(json.dumps(cases))
    run = subprocess.run(
        [python, str(SIDE), "cases.json", "out.npz"], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(folder / "out.npz") as answers:
        return dict(answers)


# -- drawing cases ------------------------------------------------------------------------------------


class Draw:
    """Random cases of every kind."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def one_of(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def size(self) -> int:
        return self.one_of(1, 2, 3, 4, 5, 7, 16, 1000, int(self.random.integers(1, 50_000)))

    def seed(self) -> int:
        return self.one_of(0, 1, 2**32 - 1, int(self.random.integers(2**32)))

    def sigma(self) -> float:
        return float(10 ** self.random.uniform(-4, 2))

    def key(self) -> int:
        near = int(self.random.integers(1, 50))
        return self.one_of(
            near, 2**63 - near, 2**32 - near, 2**32 + near, int(self.random.integers(1, 2**63))
        )

    def law(self) -> dict[str, Any]:
        name = self.one_of(*LAWS)
        mean = self.one_of(0.0, float(self.random.normal()))
        if name == "uniform":
            arguments = [mean - self.sigma(), mean + self.sigma()]
        elif name == "normal":
            arguments = [mean, self.one_of(0.0, 1e-25, self.sigma(), self.sigma())]
        else:
            sigma = self.sigma()
            low, high = sorted(self.random.uniform(-6, 6, 2))
            arguments = [mean + low * sigma, mean + high * sigma, mean, sigma]
        return {"law": name, "key": self.key(), "arguments": arguments, "size": self.size()}

    def init(self) -> dict[str, Any]:
        flat = [
            "Normal()",
            f"Normal({self.sigma()!r}, {float(self.random.normal())!r})",
            "Uniform()",
            f"Uniform({self.sigma()!r})",
            "TruncatedNormal()",
            f"TruncatedNormal({self.sigma()!r}, 0.0, -1.5, 1.0)",
            "Zero()",
            "One()",
            f"Constant({float(self.random.normal())!r})",
        ]
        mode = self.one_of("fan_in", "fan_out")
        activation = self.one_of("leaky_relu", "relu", "tanh", "linear", "sigmoid")
        slope = float(self.random.uniform(0, 2))
        scaled = [
            f"XavierUniform({self.sigma()!r})",
            f"XavierNormal({self.sigma()!r})",
            f"HeUniform({slope!r}, {mode!r}, {activation!r})",
            f"HeNormal({slope!r}, {mode!r}, {activation!r})",
            f"VarianceScaling({self.sigma()!r}, {self.one_of(mode, 'fan_avg')!r}, 'uniform')",
            f"VarianceScaling({self.sigma()!r}, {self.one_of(mode, 'fan_avg')!r}, 'untruncated_normal')",
        ]
        rank = int(self.random.integers(1, 6))
        shape = [int(n) for n in self.random.choice([1, 2, 3, 5, 8, 13], rank)]
        init = self.one_of(*flat) if rank == 1 else self.one_of(*flat, *scaled, *scaled)
        if rank == 2 and self.random.random() < 0.3:
            init = self.one_of("Identity()", f"Sparse({float(self.random.random())!r}, {self.sigma()!r})")
        if rank >= 3 and self.random.random() < 0.1:
            init = f"Dirac({self.one_of(*(g for g in (1, 2, 3) if shape[0] % g == 0))})"
        return {"init": init, "seed": self.seed(), "shape": shape, "dtype": self.one_of(*DTYPES)}

    def cell(self) -> dict[str, Any]:
        group = int(self.random.integers(1, 4))
        i, o = (group * int(self.random.integers(1, 7)) for _ in range(2))
        k, bias = int(self.random.integers(1, 6)), self.one_of(True, False)
        weight = self.one_of(
            "None", "'normal'", "'xavier_uniform'", "TruncatedNormal(0.02)", "HeNormal()", "0.5"
        )
        tail = f"group={group}, has_bias={bias}, weight_init={weight}"
        dense = f"nn.Dense({i}, {o}, has_bias={bias}, weight_init={weight})"
        cell = self.one_of(
            f"nn.Conv1d({i}, {o}, {k}, {tail})",
            f"nn.Conv2d({i}, {o}, ({k}, {group}), {tail})",
            f"nn.Conv3d({i}, {o}, {k}, {tail})",
            dense,
            f"nn.Conv1dTranspose({i}, {o}, {k}, {tail})",
            f"nn.Conv2dTranspose({i}, {o}, ({k}, {group}), {tail})",
            f"nn.Conv3dTranspose({i}, {o}, {k}, {tail})",
            f"nn.BiDense({i}, {o}, {k}, has_bias={bias})",
            f"nn.Embedding({10 * i}, {o}, padding_idx={self.one_of(None, i)})",
            f"nn.Embedding({10 * i}, {o}, embedding_table='xavier_uniform')",
            f"nn.EmbeddingLookup({10 * i}, {o}, TruncatedNormal(0.02))",
            f"nn.BatchNorm{self.one_of(1, 2, 3)}d({i}, gamma_init='normal', moving_var_init='uniform')",
            f"nn.LayerNorm(({i}, {o}), beta_init='normal')",
            f"nn.GroupNorm({group}, {i}, affine={bias}, gamma_init='uniform')",
            f"nn.InstanceNorm{self.one_of(1, 2, 3)}d({i}, beta_init='uniform')",
            f"nn.PReLU({i}, 0.1)",
            f"nn.{self.one_of('RNNCell', 'LSTMCell', 'GRUCell')}({i}, {o}, {bias})",
            f"nn.{self.one_of('RNN', 'LSTM', 'GRU')}({i}, {o}, {group}, {bias}, bidirectional={k % 2 == 0})",
            f"nn.SequentialCell({dense}, nn.ReLU(), nn.Dense({o}, 3))",
            f"mint.nn.Linear({i}, {o}, {bias}, {weight})",
            f"mint.nn.Embedding({10 * i}, {o}, {self.one_of(None, i, -i)}, _freeze={bias})",
            f"mint.nn.Conv{self.one_of(1, 2, 3)}d({i}, {o}, {k}, groups={group}, bias={bias})",
            f"mint.nn.ConvTranspose2d({i}, {o}, [{k}, {group}], groups={group}, bias={bias})",
            f"mint.nn.LayerNorm([{i}, {o}], bias={bias})",
            f"mint.nn.GroupNorm({group}, {i}, affine={bias})",
            f"mint.nn.PReLU({i}, 0.1)",
            f"mint.nn.{self.one_of('BatchNorm1d', 'BatchNorm3d', 'SyncBatchNorm')}({i}, affine={bias})",
            f"nn.CellList([{dense}, nn.Conv2d({i}, {o}, {k}, {tail})])",
        )
        return {"cell": cell, "seed": self.seed()}


def ours(case: dict[str, Any]) -> dict[str, np.ndarray]:
    """Our answer to a case, under the names that MindSpore's side uses after the number."""
    if "law" in case:
        out = np.empty(case["size"], np.float32)
        fill(LAWS[case["law"]](*case["arguments"]), case["key"], None, out)
        return {"": out}
    paraminit.set_seed(case["seed"])
    if "init" in case:
        out = np.empty(case["shape"], numpy_dtype(case["dtype"]))
        eval(case["init"], NAMES)(out)
        return {"": out}
    cell = eval(case["cell"], NAMES)
    return {f":{name}": parameter.asnumpy() for name, parameter in cell.parameters_and_names()}


def differences(cases: list[dict[str, Any]], theirs: dict[str, np.ndarray], answer=ours) -> list[str]:
    """Every array that is missing, has another shape, or differs in a bit."""
    found, expected = [], dict(theirs)
    for number, case in enumerate(cases):
        for name, mine in answer(case).items():
            other = expected.pop(f"{number}{name}", None)
            if other is None or other.shape != mine.shape:
                found.append(
                    f"{case}{name}: shape {mine.shape} against {other if other is None else other.shape}"
                )
            elif other.tobytes() != mine.tobytes():
                differing = int(
                    (other != (mine if other.dtype == mine.dtype else mine.view(np.uint16))).sum()
                )
                found.append(f"{case}{name}: {differing} of {mine.size} elements")
    return found + [f"{name}: not made here" for name in expected]


# -- the comparison -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    draw = Draw(SEED)
    cases = [draw.law() for _ in range(250)] + [draw.init() for _ in range(350)]
    cases += [draw.cell() for _ in range(160)]
    cases += [  # the ends of the keys, each law, an odd size
        {"law": name, "key": key, "arguments": arguments, "size": 1001}
        for key in (0, 1, 2, 2**32 - 1, 2**32, 2**63 - 2, 2**63 - 1)
        for name, arguments in (
            ("uniform", [-0.1, 0.1]),
            ("normal", [0.0, 1.0]),
            ("truncated", [-2, 2, 0, 1]),
        )
    ]
    cases.append({"law": "normal", "key": draw.key(), "arguments": [0.0, 0.02], "size": 5_000_001})
    cases.append({"law": "truncated", "key": draw.key(), "arguments": [-2, 2, 0, 1], "size": 2_000_003})
    print(f"\nPARAMINIT_CONFORMANCE_SEED={SEED}: {len(cases)} cases")
    return cases, ask_mindspore(cases, tmp_path_factory.mktemp("mindspore"))


def test_no_bit_differs(compared):
    cases, theirs = compared
    elements = sum(array.size for array in theirs.values())
    found = differences(cases, theirs)
    print(f"{len(cases)} cases, {elements:,} elements, {len(found)} arrays differ (seed {SEED})")
    assert not found, f"PARAMINIT_CONFORMANCE_SEED={SEED}\n" + "\n".join(found[:20])


def test_one_bit_is_noticed(compared):
    """The comparison can fail: flip the last bit of one element of the largest array."""
    cases, theirs = compared
    name = max(theirs, key=lambda key: theirs[key].size)
    flipped = theirs[name].copy()
    flipped.view(np.uint32)[-1] ^= 1
    assert len(differences(cases, {**theirs, name: flipped})) == 1
