"""What this package's own layers mean to rules: none with a matrix, a kernel or a table is missing."""

from __future__ import annotations

import pytest
import torch

import paraminit
from paraminit import mint, nn, plan
from paraminit.describe import own_layers as _own_layers  # noqa: F401  (registers what it describes)
from paraminit.describe.initializers import Normal
from paraminit.describe.meaning import meaning_of, places_in
from paraminit.errors import PlanError

LAYERS = {
    "Dense": (lambda: nn.Dense(6, 10), {"weight": (6, 10), "bias": None}),
    "Linear": (lambda: nn.Linear(6, 10), {"weight": (6, 10)}),
    "BiDense": (lambda: nn.BiDense(6, 7, 9), {"weight": (42, 9), "bias": None}),
    "Conv1d": (lambda: nn.Conv1d(6, 10, 3, group=2, has_bias=True), {"weight": (9, 15), "bias": None}),
    "Conv2d": (lambda: nn.Conv2d(6, 10, 3, group=2), {"weight": (27, 45)}),
    "Conv3d": (lambda: nn.Conv3d(6, 10, 3), {"weight": (162, 270)}),
    "Conv1dTranspose": (lambda: nn.Conv1dTranspose(6, 10, 3), {"weight": (18, 30)}),
    "Conv2dTranspose": (lambda: nn.Conv2dTranspose(6, 10, 3, group=2), {"weight": (27, 45)}),
    "Conv3dTranspose": (lambda: nn.Conv3dTranspose(6, 10, 3), {"weight": (162, 270)}),
    "Embedding": (lambda: nn.Embedding(11, 6), {"embedding_table": (1, 6)}),
    "EmbeddingLookup": (lambda: nn.EmbeddingLookup(11, 6), {"embedding_table": (1, 6)}),
    "MultiFieldEmbeddingLookup": (
        lambda: nn.MultiFieldEmbeddingLookup(11, 6, 2),
        {"embedding_table": (1, 6)},
    ),
    "LayerNorm": (lambda: nn.LayerNorm((3, 4)), {"gamma": None, "beta": None}),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), {"gamma": None, "moving_mean": None}),
    "PReLU": (lambda: nn.PReLU(3), {"w": None}),
    "RNN": (lambda: nn.RNN(5, 8), {"weight_ih_l0": (5, 8)}),
    "LSTM": (lambda: nn.LSTM(5, 8), {"weight_ih_l0": (5, 8), "weight_hh_l0": (8, 8), "bias_ih_l0": None}),
    "GRU": (lambda: nn.GRU(5, 8), {"weight_ih_l0": (5, 8)}),
    "LSTMCell": (lambda: nn.LSTMCell(5, 8), {"weight_ih": (5, 8)}),
    "MultiheadAttention": (lambda: nn.MultiheadAttention(8, 2), {"in_proj_weight": (8, 8)}),
    "mint.Conv2d": (lambda: mint.nn.Conv2d(6, 10, 3, groups=2), {"weight": (27, 45)}),
    "mint.ConvTranspose2d": (lambda: mint.nn.ConvTranspose2d(6, 10, 3, groups=2), {"weight": (27, 45)}),
    "mint.Embedding": (lambda: mint.nn.Embedding(11, 6), {"weight": (1, 6)}),
}


def built(name):
    with paraminit.no_init_parameters():
        return LAYERS[name][0]()


@pytest.mark.parametrize("name", LAYERS)
def test_fans(name):
    made = plan(built(name), {"*": Normal() if "mint" not in name else "uniform"}, seed=1)
    for parameter, fans in LAYERS[name][1].items():
        assert made.entries[parameter].fans == fans


def layer_classes():
    """Every class of nn and mint.nn that makes parameters of its own, by its source."""
    found = {}
    for module in (nn, mint.nn):
        for name in module.__all__:
            cls = getattr(module, name)
            if isinstance(cls, type) and issubclass(cls, torch.nn.Module):
                found[f"{module.__name__}.{name}"] = cls
    return found


def build_by_name(cls):
    """One of the class with small numbers, if it can be made so."""
    for arguments in ((), (4,), (4, 4), (4, 4, 3), (2, 4), ((4, 4),), (4, 4, 4), (4, 2, 4)):
        try:
            with paraminit.no_init_parameters():
                return cls(*arguments)
        except (TypeError, ValueError):
            continue
    return None


def test_no_layer_is_missing():
    """Every parameter of two or more dimensions in any layer has a meaning."""
    without, seen = [], 0
    for name, cls in layer_classes().items():
        module = build_by_name(cls)
        for place in places_in(module) if module is not None else ():
            seen += 1
            if len(place.shape) > 1 and meaning_of(place) is None:
                without.append(f"{name}: {place.name}")
    assert not without
    assert seen > 200


def test_a_subclass_means_the_same():
    class Mine(nn.Conv2d):
        pass

    with paraminit.no_init_parameters():
        module = Mine(6, 10, 3, group=2)
    assert plan(module, {"*": "normal"}, seed=1)["weight"].fans == (27, 45)


def test_a_scale_is_no_matrix():
    with paraminit.no_init_parameters():
        module = nn.LayerNorm((3, 4))
    with pytest.raises(PlanError, match="'gamma' of LayerNorm: it is a bias or a scale, no matrix"):
        plan(module, {"gamma": "he_normal", "*": 0}, seed=1)
