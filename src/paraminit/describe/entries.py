"""What a plan says about one parameter that has been claimed."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from paraminit.describe.initializers import Constant, Initializer, ZeroRow
from paraminit.describe.initializers.fans import Fans, fans_of_shape
from paraminit.describe.meaning import Meaning, Place, meaning_of
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.describe.rules import Action
from paraminit.describe.torch_layers import own_of
from paraminit.dtype import numpy_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, Problem, UnknownNameError
from paraminit.fill import distributions
from paraminit.fill.distributions import is_random

__all__ = ["entry_for", "is_declared"]


def is_declared(place: Place) -> bool:
    """Whether a layer of this package made the parameter, so that it says itself how it starts."""
    return declared_recipe(place) is not None or hasattr(type(place.parameter), "recipe")


def declared_recipe(place: Place) -> Recipe | None:
    """What the parameter was made from, also where it has become a shard since; None if its values were
    given."""
    if hasattr(type(place.parameter), "recipe"):
        recipe = cast(Any, place.parameter).recipe  # of this package's Parameter, whose class stands above
    else:
        recipe = getattr(place.layer, "_recipes", {}).get(place.attribute)
    return recipe if isinstance(recipe, Recipe) else None


def entry_for(names: list[Place], action: Action, fans: Fans | Literal["shape"] | None, rule: str) -> Entry:
    """The entry of a parameter, its recipe without a key by name yet.

    Args:
        names: all that the parameter has.
        action: how it is to start.
        fans: those that the rule gives, or "shape".
        rule: which claims it.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: this parameter cannot start so.
    """
    place = names[0]
    _check_whole(place)
    dtype = _dtype(place)
    meant = [(meaning, place) for place in names if (meaning := meaning_of(place)) is not None]
    meaning = meant[0][0] if meant else None
    fans_meant, why = _fans(meaning, place.shape)
    layer = type((meant[0][1] if meant else place).layer).__name__
    kept = Entry(place.shape, dtype, rule, None, layer, fans_meant, why)
    if action == "keep":
        return kept
    _check_fillable(place)
    if action == "torch":
        return _own(names, kept)
    if fans == "shape":
        fans_meant, why = fans_of_shape(place.shape, f"{action!r} with fans='shape'"), "by the shape"
    elif fans is not None:
        fans_meant, why = fans, "as the rule says"
    elif meaning is not None and fans_meant is None:
        _check_elementwise(action, place.shape, dtype)
    recipe = Recipe(_padded(action, meaning, place.shape), place.shape, dtype, None, fans_meant)
    return Entry(place.shape, dtype, rule, recipe, layer, fans_meant, why)


def _fans(meaning: Meaning | None, shape: tuple[int, ...]) -> tuple[Fans | None, str]:
    if meaning is not None:
        return meaning.fans, meaning.why
    return (fans_of_shape(shape), "by the shape") if len(shape) > 1 else (None, "")


def _check_whole(place: Place) -> None:
    if is_lazy(place.parameter):
        raise ArgumentValueError(
            Problem(
                "its shape is not known yet",
                ". Run one batch through the network first, or build the layer with its sizes.",
            )
        )
    if place.parameter.is_nested:
        raise ArgumentTypeError(
            Problem("it is a nested tensor, which has not one shape", ", and cannot be planned.")
        )
    if hasattr(place.parameter, "ds_shape"):
        raise ArgumentValueError(
            Problem(
                "it is DeepSpeed's placeholder of a parameter that lives elsewhere",
                ". Plan the network before it is partitioned.",
            )
        )
    if hasattr(place.parameter, "_fsdp_flattened"):
        raise ArgumentValueError(
            Problem(
                "it is part of a flat parameter of FullyShardedDataParallel, of which each process has "
                "another piece",
                ". Initialize the network before it is wrapped, or shard it by fully_shard.",
            )
        )


def _dtype(place: Place) -> np.dtype[Any]:
    try:
        return numpy_dtype(place.parameter.dtype)
    except UnknownNameError:
        raise ArgumentTypeError(
            Problem(
                f"it is {place.parameter.dtype}, which plans do not know",
                ". Make it a buffer: those are left alone.",
            )
        ) from None


def _check_fillable(place: Place) -> None:
    parameter = place.parameter
    if parameter.is_quantized or parameter.layout is not torch.strided:
        kind = "quantized" if parameter.is_quantized else f"sparse ({parameter.layout})"
        raise ArgumentTypeError(Problem(f"it is {kind} and cannot be filled", ". Give it the rule 'keep'."))


def _own(names: list[Place], kept: Entry) -> Entry:
    """As the layer itself starts it: what one of this package declares, else what torch does."""
    for place in names:
        if is_declared(place):
            return _declared(declared_recipe(place), kept)
    for place in names:
        if (own := own_of(place)) is None:
            continue
        initializer, fans, why = own
        meaning = meaning_of(place)
        recipe = Recipe(_padded(initializer, meaning, place.shape), place.shape, kept.dtype, None, fans)
        if kept.dtype.kind == "c" and is_random(recipe.law):
            raise ArgumentTypeError(
                f"torch draws {kept.dtype} values of which both parts are random; there is no rule for that "
                "here. Give it another."
            )
        layer = type(place.layer).__name__
        return Entry(kept.shape, kept.dtype, kept.rule, recipe, layer, fans, why)
    place = names[0]
    attribute, _, part = place.attribute.partition(".")
    raise ArgumentValueError(
        Problem(
            f"torch has no rule for {place.attribute!r} of {type(place.layer).__name__}",
            f". A parametrization computes its {attribute} from this and more. Claim each part by a rule, "
            "for weight_norm {'*.original0': 'ones', '*.original1': 'he_uniform'} for one, or 'keep' them; "
            "or initialize the network before it is parametrized."
            if part.startswith("original")
            else ". Claim it by a rule, or 'keep' it.",
        )
    )


def _declared(recipe: Recipe | None, kept: Entry) -> Entry:
    if recipe is None:
        return Entry(kept.shape, kept.dtype, "given", None, kept.layer, kept.fans, kept.why)
    if (recipe.shape, recipe.dtype) != (kept.shape, kept.dtype):  # converted since, by .to(torch.bfloat16)
        recipe = Recipe(recipe.initializer, kept.shape, kept.dtype, recipe.key, recipe.fans)
    fans, why = recipe.fans, kept.why
    if fans is None and kept.fans is not None:
        fans, why = fans_of_shape(kept.shape), "MindSpore counts by the shape" if kept.why else ""
    return Entry(kept.shape, kept.dtype, kept.rule, recipe, kept.layer, fans, why)


def _check_elementwise(init: Initializer, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """What is no matrix has no fans, whatever its shape (that of a LayerNorm over images, for one)."""
    law = init.check(shape, dtype)
    if len(shape) > 1 and is_random(law):
        try:
            init.check((int(np.prod(shape)),), dtype)
        except ParaminitError as error:
            raise ArgumentValueError(f"it is a bias or a scale, no matrix. {error}") from error


def _padded(init: Initializer, meaning: Meaning | None, shape: tuple[int, ...]) -> Initializer:
    """With the row that the layer keeps zero, unless all values are given or zero anyway."""
    if meaning is None or meaning.padding is None or isinstance(init, ZeroRow):
        return init
    if isinstance(init, Constant) and isinstance(init.value, np.ndarray):
        return init
    if init._law(shape, meaning.fans) == distributions.Constant(0.0):
        return init
    return ZeroRow(init, meaning.padding)
