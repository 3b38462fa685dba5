"""Every layer by its name, and how a case of it is drawn.

A name that paraminit does not have yet is left out of a run; one of its layers that is not here fails
test_registry.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import (
    cases_attention,
    cases_convolutions,
    cases_dense,
    cases_elementwise,
    cases_losses,
    cases_mint,
    cases_networks,
    cases_normalizations,
    cases_recurrent,
)
from .drawing import Case, Draw, layer

LAYERS: dict[str, Callable[[Draw], Case]] = {
    **cases_attention.LAYERS,
    **cases_convolutions.LAYERS,
    **cases_dense.LAYERS,
    **cases_elementwise.LAYERS,
    **cases_losses.LAYERS,
    **cases_mint.LAYERS,
    **cases_networks.CONTAINERS,
    **cases_normalizations.LAYERS,
    **cases_recurrent.LAYERS,
}

_IMAGE = [2, 4, 6, 6]
_INDICES = {"whole": [0, 4], "shape": [2, 3]}
_NO_KERNEL = "MindSpore 2.10 has no such operator for a CPU"

#: What MindSpore 2.10 builds on a CPU and cannot call there: parameters alone are compared. Each run makes
#: sure that it still refuses, so that nothing stays here longer than it must.
CANNOT_RUN: dict[str, tuple[Case, str]] = {
    "nn.EmbeddingExt": (layer("nn.EmbeddingExt(5, 2)", _INDICES), _NO_KERNEL),
    "nn.InstanceNorm1d": (layer("nn.InstanceNorm1d(4)", [2, 4, 6]), _NO_KERNEL),
    "nn.InstanceNorm2d": (layer("nn.InstanceNorm2d(4)", _IMAGE), _NO_KERNEL),
    "nn.InstanceNorm3d": (layer("nn.InstanceNorm3d(4)", [2, 4, 3, 3, 3]), _NO_KERNEL),
    "nn.MultilabelMarginLoss": (
        layer("nn.MultilabelMarginLoss()", [2, 4], {"whole": [0, 3], "shape": [2, 4]}),
        _NO_KERNEL,
    ),
    "nn.SoftMarginLoss": (layer("nn.SoftMarginLoss()", [2, 4], [2, 4]), _NO_KERNEL),
    "nn.TripletMarginLoss": (layer("nn.TripletMarginLoss()", *[[2, 4]] * 3), _NO_KERNEL),
    "nn.LogSoftmaxExt": (layer("nn.LogSoftmaxExt()", [2, 4]), _NO_KERNEL),
    "nn.LayerNormExt": (layer("nn.LayerNormExt(6)", _IMAGE), _NO_KERNEL),
    "mint.nn.BatchNorm1d": (layer("mint.nn.BatchNorm1d(4)", [3, 4]), _NO_KERNEL),
    "mint.nn.BatchNorm2d": (layer("mint.nn.BatchNorm2d(4)", _IMAGE), _NO_KERNEL),
    "mint.nn.BatchNorm3d": (layer("mint.nn.BatchNorm3d(4)", [2, 4, 3, 3, 3]), _NO_KERNEL),
    "mint.nn.Conv1d": (layer("mint.nn.Conv1d(4, 2, 3)", [2, 4, 6]), _NO_KERNEL),
    "mint.nn.Conv2d": (layer("mint.nn.Conv2d(4, 2, 3)", _IMAGE), _NO_KERNEL),
    "mint.nn.Conv3d": (layer("mint.nn.Conv3d(4, 2, 3)", [2, 4, 3, 3, 3]), _NO_KERNEL),
    "mint.nn.ConvTranspose2d": (layer("mint.nn.ConvTranspose2d(4, 2, 3)", _IMAGE), _NO_KERNEL),
    "mint.nn.Embedding": (layer("mint.nn.Embedding(5, 2)", _INDICES), _NO_KERNEL),
    "mint.nn.LayerNorm": (layer("mint.nn.LayerNorm(6)", _IMAGE), _NO_KERNEL),
    **{
        f"mint.nn.{name}": (layer(f"mint.nn.{name}({arguments})", [3, 4]), _NO_KERNEL)
        for name, arguments in {
            **dict.fromkeys(("ELU", "GELU", "Hardtanh", "LogSigmoid", "LogSoftmax"), ""),
            **dict.fromkeys(("Mish", "ReLU6", "SELU"), ""),
            "Threshold": "0.1, 0.2",
        }.items()
    },
}

_NAME = re.compile(r"\b(?:mint\.)?nn\.\w+")


def available(case: Case, library: Any) -> bool:
    """Whether the library has every layer that the case names."""
    for name in _NAME.findall(case["cell"]):
        found = library
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is None:
            return False
    return True


def layers(draw: Draw, library: Any, each: int) -> list[Case]:
    """`each` cases of every layer, and of every network in turn, that the library can build.

    All are drawn, whether or not they can be built, so that the same seed gives a layer the same cases
    as others come in.
    """
    drawn = [make(draw) for make in LAYERS.values() for _ in range(each)]
    drawn += [make(draw) for make in cases_networks.NETWORKS for _ in range(each)]
    surroundings = [
        {"seed": draw.seed(), "seeding": draw.one_of("set_seed", "numpy"), "lazy": draw.chance(0.3)}
        for _ in drawn
    ]
    return [
        {**case, **more} for case, more in zip(drawn, surroundings, strict=True) if available(case, library)
    ]
