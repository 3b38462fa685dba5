"""Layers answer what MindSpore 2.10 answers on the CPU, within float32 tolerance."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import paraminit
from paraminit import nn

GOLDEN = json.loads((Path(__file__).parent / "golden" / "forward-2.10.json").read_text())
CASES = [case for case in GOLDEN["cases"] if hasattr(nn, re.match(r"nn\.(\w+)", case["layer"]).group(1))]


def made(spec, numbers):
    """An input as tests/conformance/record_forward.py makes it."""
    if isinstance(spec[0], int) and isinstance(spec[1], list):
        return torch.from_numpy(numbers.randint(0, spec[0], spec[1]).astype(np.int32))
    if isinstance(spec[0], list):
        return tuple(made(item, numbers) for item in spec)
    return torch.from_numpy(numbers.randn(*spec).astype(np.float32))


def flat(value):
    if isinstance(value, tuple):
        return [array for item in value for array in flat(item)]
    return [] if value is None else [value.detach().numpy()]


def test_something_is_compared():
    assert len(CASES) >= 10


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{c['layer']}-{'train' if c['training'] else 'eval'}" for c in CASES]
)
def test_forward(case):
    paraminit.set_seed(case["seed"])
    cell = eval(case["layer"], {"nn": nn}).set_train(case["training"])
    numbers = np.random.RandomState(case["seed"])
    arguments = [made(spec, numbers) for spec in case["inputs"]]
    for _ in range(2 if case["training"] else 1):
        outputs = flat(cell(*arguments))
    assert [list(array.shape) for array in outputs] == [entry["shape"] for entry in case["outputs"]]
    for array, entry in zip(outputs, case["outputs"], strict=True):
        np.testing.assert_allclose(array.ravel(), entry["values"], rtol=2e-5, atol=2e-6)
    for name, entry in case["parameters"].items():
        found = cell.get_parameter(name).asnumpy()
        np.testing.assert_allclose(found.ravel(), entry["values"], rtol=2e-5, atol=2e-6)
