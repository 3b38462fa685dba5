"""No layer escapes the live comparison. Needs no MindSpore, so it runs with the other tests."""

from __future__ import annotations

import pytest

import paraminit
from paraminit import nn

from .cases_layers import CANNOT_RUN, LAYERS, available, layers
from .drawing import Draw, layer

PACKAGES = {"nn": nn}
if hasattr(paraminit, "mint"):
    PACKAGES["mint.nn"] = paraminit.mint.nn
#: Classes of __all__ that are nothing to build a case of.
NO_LAYERS = {
    "nn.Cell": "the base class",
    "nn.LossBase": "the base class of the losses",
    "mint.nn.Cell": "the base class",
    "nn.TrainOneStepCell": "a step of training; test_training.py compares optimizers and losses",
}
#: Layers that MindSpore 2.10 does not have, so that there is nothing to compare with.
OURS_ALONE: set[str] = set()


def names() -> list[str]:
    return [
        f"{package}.{name}"
        for package, module in PACKAGES.items()
        for name in module.__all__
        if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), nn.Cell)
    ]


@pytest.mark.parametrize("name", names())
def test_every_layer_has_a_case(name):
    """And the cases that are drawn for it name it."""
    if name in NO_LAYERS or name in OURS_ALONE:
        return
    if name not in LAYERS:
        assert name in CANNOT_RUN, f"add a line for {name} to one of tests/conformance/cases_*.py"
        return
    cases = [LAYERS[name](Draw(seed)) for seed in range(20)]
    assert all(name in case["cell"] or "appended" in case["cell"] for case in cases)
    assert any(available(case, paraminit) for case in cases)


def test_a_missing_line_would_be_noticed():
    assert "nn.Dense" in names()
    with pytest.raises(KeyError):
        LAYERS["nn.Escaped"]
    assert not available(layer("nn.SequentialCell(nn.Escaped())"), paraminit)
    assert not available(layer("mint.nn.Escaped(3)"), paraminit)


def test_a_layer_is_called_or_there_is_a_reason():
    """Only what MindSpore cannot call, and lists, may have nothing but cases without inputs."""
    without = {
        name for name, make in LAYERS.items() if not any(make(Draw(seed))["inputs"] for seed in range(40))
    }
    assert without - set(CANNOT_RUN) == {
        "nn.CellDict",  # has no forward pass, nor has
        "nn.CellList",
        "nn.RReLU",  # random outside training too
    }


def test_a_seed_repeats_a_run():
    assert layers(Draw(5), paraminit, 2) == layers(Draw(5), paraminit, 2)
    assert layers(Draw(5), paraminit, 2) != layers(Draw(6), paraminit, 2)
