"""Layers hold the bits that MindSpore 2.10 gives them."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import paraminit
from paraminit import nn
from paraminit.common.initializer import Normal, XavierUniform

GOLDEN = json.loads((Path(__file__).parent / "golden" / "mindspore-2.10.json").read_text())
LAYERS = [
    entry
    for entry in GOLDEN["layers"]
    if all(hasattr(nn, name) for name in re.findall(r"nn\.(\w+)", entry["layer"]))
]
ENVIRONMENT = {"nn": nn, "Normal": Normal, "XavierUniform": XavierUniform}


def build(entry):
    paraminit.set_seed(entry["seed"])
    return eval(entry["layer"], dict(ENVIRONMENT))


def test_every_layer_of_ours_that_mindspore_recorded_is_compared():
    assert {re.match(r"nn\.(\w+)", entry["layer"]).group(1) for entry in LAYERS} >= {
        "Conv1d",
        "Conv2d",
        "Conv3d",
        "Dense",
        "CellList",
    }


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
@pytest.mark.parametrize("entry", LAYERS, ids=[entry["layer"] for entry in LAYERS])
def test_bits(entry, lazy):
    if lazy:
        with paraminit.no_init_parameters():
            net = build(entry)
        parameters = dict(net.parameters_and_names())
        for name in reversed(parameters):  # in whichever order they come into being
            assert parameters[name].has_init
            parameters[name].init_data()
    else:
        net = build(entry)
    parameters = dict(net.parameters_and_names())
    assert list(parameters) == list(entry["parameters"])
    for name, expected in entry["parameters"].items():
        array = parameters[name].asnumpy()
        assert parameters[name].name == name
        assert parameters[name].trains == expected["requires_grad"]
        assert array.shape == tuple(expected["shape"])
        assert array.dtype.name == expected["dtype"]
        flat = array.ravel()
        assert flat[: len(expected["first"])].tolist() == expected["first"]
        assert flat[-1].item() == expected["last"]
        assert hashlib.sha256(array.tobytes()).hexdigest() == expected["sha256"]
