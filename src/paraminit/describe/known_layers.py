"""Layers that many models have and torch.nn has not, recognised by their names and shapes.

transformers' among them, without importing it. Their own rule is what torch would do with the layer they
stand for (a Linear, a norm), or what their constructors do.
"""

from __future__ import annotations

import re

import torch

from paraminit.describe.initializers import HeUniform, Initializer, Normal, One, Uniform, Zero
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.meaning import Meaning, Place, by_structure
from paraminit.describe.torch_layers import matrix

__all__: list[str] = []

# transformers' norms that scale by 1 + weight, so that their weight starts at zero.
_ZERO_CENTRED = re.compile(
    r"((Recurrent|T5|Vault)?Gemma[23]?|T5Gemma2|MiniMaxM3VL|Muse\w+(Centered|InputScaled)|Step3p7"
    r"|Qwen3Next|Qwen3_5(Moe)?|Qwen4ExpText)RMSNorm"
)
# Names of norms, whose scale may have any shape; other names with "Norm" in them may be of anything.
_NORM = re.compile(r"Norm(alization)?(\dd)?$")
# transformers' layers whose constructors draw their tokens and positions; most start them at zero.
_DRAWN_TOKENS = re.compile(r"(DINOv3ViT|Eomt|EomtDinov3|IJepa|Pixio|Sapiens2|SegGpt|ViT|Videomt)Embeddings")


def _called(layer: torch.nn.Module) -> list[str]:
    """The names of its class and of its bases: ``fully_shard``, for one, derives a class of its own."""
    return [cls.__name__ for cls in type(layer).__mro__]


def _conv1d(place: Place) -> Meaning | None:
    """GPT-2's Conv1D: a matrix product whose weight is (in, out)."""
    layer = place.layer
    if "Conv1D" not in _called(layer) or not hasattr(layer, "nf"):
        return None
    if place.attribute == "bias":
        return Meaning(own=Zero())
    inputs, outputs = place.shape
    meaning = matrix(place, inputs, outputs)
    why = ", ".join(filter(None, ["stored as (in, out)", meaning.why]))
    return Meaning(meaning.fans, why, Normal(0.02))


def _experts(place: Place) -> Meaning | None:
    """Matrices of a mixture of experts in one tensor: gate_up_proj and down_proj of the same layer, the
    first (experts, 2 * inner, hidden) and the second (experts, hidden, inner), or both transposed."""
    if not place.attribute.startswith(("gate_up_proj", "down_proj")):
        return None
    up = _shape(place, "gate_up_proj")
    down = _shape(place, "down_proj")
    if len(up) != 3 or len(down) != 3:
        return None
    if up[1] == 2 * down[2] and up[2] == down[1]:
        hidden, inner = down[1], down[2]
    elif up[2] == 2 * down[1] and up[1] == down[2]:
        hidden, inner = down[2], down[1]
    else:
        return None
    of = f"each of {up[0]} experts"
    meanings = {
        "gate_up_proj": _linear(Fans(hidden, inner), f"{of}, each of 2 projections"),
        "down_proj": _linear(Fans(inner, hidden), of),
        "gate_up_proj_bias": Meaning(own=Uniform(hidden**-0.5)),
        "down_proj_bias": Meaning(own=Uniform(inner**-0.5)),
    }
    return meanings.get(place.attribute)


def _shape(place: Place, attribute: str) -> tuple[int, ...]:
    parameter = dict(place.layer._parameters.items()).get(attribute)  # a scripted module's is no dict
    return () if parameter is None else tuple(parameter.shape)


def _linear(fans: Fans, why: str) -> Meaning:
    return Meaning(fans, why, HeUniform(5**0.5))


def _router(place: Place) -> Meaning | None:
    """The matrix (experts, hidden) that chooses among experts."""
    if place.attribute != "weight" or len(place.shape) != 2:
        return None
    if not any(name.endswith(("Router", "Gate")) for name in _called(place.layer)):
        return None
    return _linear(Fans(place.shape[1], place.shape[0]), "")


def _norm(place: Place) -> Meaning | None:
    """A norm of the model's own: LlamaRMSNorm, T5LayerNorm ... A NormHead or NormedLinear has a matrix."""
    names = _called(place.layer)
    if not any("Norm" in name for name in names):
        return None
    if sum(size > 1 for size in _shape(place, "weight")) > 1 and not any(map(_NORM.search, names)):
        return None
    scale = Zero() if any(map(_ZERO_CENTRED.fullmatch, names)) else One()
    own: Initializer | None = {"weight": scale, "bias": Zero()}.get(place.attribute)
    return None if own is None else Meaning(own=own)


def _tokens(place: Place) -> Meaning | None:
    """Learned tokens and positions of a vision transformer, (1, tokens, width): rows that are added or
    put before the patches. Some constructors draw them and some do not, so that of a class not known here
    they have no rule of their own."""
    names = _called(place.layer)
    if len(place.shape) != 3 or not any(name.endswith("Embeddings") for name in names):
        return None
    drawn = Normal(1.0) if any(map(_DRAWN_TOKENS.fullmatch, names)) else None
    owns = {"cls_token": drawn, "position_embeddings": drawn, "mask_token": Zero()}
    if place.attribute not in owns:
        return None
    return Meaning(Fans(1, place.shape[-1]), "a row is looked up", owns[place.attribute])


def _head(place: Place) -> Meaning | None:
    """The bias over the vocabulary that BERT's head shares with the Linear in it."""
    names = _called(place.layer)
    if place.attribute != "bias" or not any(name.endswith(("LMHead", "LMPredictionHead")) for name in names):
        return None
    return Meaning(own=Zero())


by_structure.extend([_conv1d, _experts, _router, _norm, _tokens, _head])
