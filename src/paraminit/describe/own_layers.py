"""What the parameters of this package's own layers mean, where torch has no layer of the kind.

Their classes stand above this package, so they are known by their names here. Their own rules are the
recipes that each declares.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from paraminit.describe.meaning import Described, Meaning, Place, by_structure
from paraminit.describe.torch_layers import (
    bilinear,
    convolution,
    lookup,
    recurrent,
    transposed_convolution,
)

__all__: list[str] = []


def _groups(place: Place) -> int:
    layer = place.layer
    return int(layer.group if hasattr(layer, "group") else layer.groups)


def _convolution(place: Place) -> Meaning | None:
    return convolution(place.shape, _groups(place)) if place.attribute == "weight" else None


def _transposed(place: Place) -> Meaning | None:
    return transposed_convolution(place.shape, _groups(place)) if place.attribute == "weight" else None


_KINDS: dict[str, Described] = {  # the first that fits a class's name
    "Conv*Transpose*": _transposed,
    "Conv[123]d": _convolution,
    "BiDense": bilinear,
    "*EmbeddingLookup": lookup,
    "RNN*": recurrent,
    "LSTM*": recurrent,
    "GRU*": recurrent,
}


def _own_layer(place: Place) -> Meaning | None:
    """Everything that is no kernel, matrix or table here is a bias, a scale or a statistic."""
    ours = [cls.__name__ for cls in type(place.layer).__mro__ if cls.__module__.startswith("paraminit.")]
    for name in ours:
        for pattern, described in _KINDS.items():
            if fnmatchcase(name, pattern):
                return described(place) or Meaning()
    return Meaning() if any("Norm" in name or "PReLU" in name for name in ours) else None


by_structure.append(_own_layer)
