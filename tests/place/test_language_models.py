"""Models of transformers from configurations: planned, filled where they are, saved and loaded again."""

from __future__ import annotations

import copy
import importlib.util
import os
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

import paraminit
from paraminit.describe.initializers import HeNormal, Normal

os.environ.setdefault("HF_HUB_OFFLINE", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what transformers warns of while it is imported
    transformers = pytest.importorskip("transformers")
transformers.logging.set_verbosity_error()

SPEC = importlib.util.spec_from_file_location(
    "configurations", Path(__file__).parents[1] / "plan" / "test_transformers.py"
)
configurations = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(configurations)

NAMES = list(configurations.MODELS)
TIED = {
    "GPT2LMHeadModel": {"lm_head.weight": "transformer.wte.weight"},
    "BertForMaskedLM": {
        "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.bias": "cls.predictions.bias",
    },
    "WhisperForConditionalGeneration": {"proj_out.weight": "model.decoder.embed_tokens.weight"},
}
# The first three are tied to a Linear in some models: an exact name settles which rule counts.
RULES = {
    "transformer.wte.weight": Normal(0.02),
    "bert.embeddings.word_embeddings.weight": Normal(0.02),
    "model.decoder.embed_tokens.weight": Normal(0.02),
    nn.Embedding: Normal(0.01),
    "*norm*": "keep",
    (nn.Linear, "weight"): HeNormal(),
    "*.bias": "zeros",
}


def built(name: str) -> nn.Module:
    cls = getattr(transformers, name)
    return cls(cls.config_class(**configurations.MODELS[name][0])).eval()


def on_meta(name: str) -> nn.Module:
    """As users build it."""
    with torch.device("meta"):
        return built(name)


def outputs(model: nn.Module) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    tokens = torch.arange(2 * 7).reshape(2, 7) + 3
    if type(model).__name__.startswith("ViT"):
        inputs = {"pixel_values": torch.randn(2, 3, 32, 32, generator=generator)}
    elif type(model).__name__.startswith("Whisper"):
        sound = torch.randn(2, 8, 40, generator=generator)
        inputs = {"input_features": sound, "decoder_input_ids": tokens}
    else:
        inputs = {"input_ids": tokens}
    with torch.no_grad():
        return model(**inputs).logits


def bits(model: nn.Module) -> dict[str, torch.Tensor]:
    """Under all names: tied parameters under each of theirs."""
    named = model.named_parameters(remove_duplicate=False)
    return {name: p.detach().view(torch.int32) for name, p in named}


def check_same(model: nn.Module, expected: nn.Module) -> None:
    ours, theirs = bits(model), bits(expected)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not ours[name].equal(theirs[name])] == []


@pytest.mark.parametrize("rules", [None, RULES], ids=["torch", "rules"])
@pytest.mark.parametrize("name", NAMES)
def test_filled_in_place_and_from_the_meta_device(name, rules):
    model = built(name)
    before, objects = copy.deepcopy(model), list(model.parameters())
    plan = paraminit.plan(model, rules, default="torch", seed=1, unused="ignore")
    assert dict(plan.tied) == TIED.get(name, {})
    plan.apply(model)
    assert all(a is b for a, b in zip(model.parameters(), objects, strict=True))
    given, kept = bits(model), bits(before)
    for parameter, entry in plan.entries.items():
        if entry.recipe is None:
            assert given[parameter].equal(kept[parameter]), parameter
        else:
            values = torch.from_numpy(entry.recipe.values()).view(torch.int32)
            assert given[parameter].equal(values), parameter
    for tied, first in plan.tied.items():
        assert model.get_parameter(tied) is model.get_parameter(first)
    assert outputs(model).isfinite().all()
    assert not outputs(model).equal(outputs(before))

    if rules is None:
        empty = on_meta(name)
        planned = paraminit.plan(empty, default="torch", seed=1)
        assert planned == plan
        ledger = planned.apply(empty, device="cpu")
        assert set(ledger.buffers) == set(dict(model.named_buffers()))
        assert all(buffer.equal(empty.get_buffer(name)) for name, buffer in model.named_buffers())
        assert not any(tensor.is_meta for tensor in (*empty.parameters(), *empty.buffers()))
        check_same(empty, model)
        assert set(plan.tied) == bits(empty).keys() - dict(empty.named_parameters()).keys()
        assert outputs(empty).equal(outputs(model))


@pytest.mark.parametrize("name", NAMES)
def test_saved_and_loaded(name, tmp_path):
    """plan.save never sees the model that from_pretrained builds."""
    with torch.device("meta"):
        model = built(name)
    plan = paraminit.plan(model, default="torch", seed=1)
    plan.save(tmp_path, max_shard_size="30KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    model.config.save_pretrained(tmp_path)
    loaded, told = type(model).from_pretrained(tmp_path, output_loading_info=True)
    assert not any(told.values()), told
    expected = built(name)
    plan.apply(expected)
    check_same(loaded, expected)


def llama(layers: int) -> nn.Module:
    settings = configurations.MODELS["LlamaForCausalLM"][0] | {"num_hidden_layers": layers}
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**settings))


def filled(model: nn.Module) -> dict[str, torch.Tensor]:
    paraminit.initialize(model, None, default="torch", seed=1)
    return bits(model)


def test_a_change_to_the_model_leaves_the_others_bits():
    """Adding, removing, reordering and renaming: what keeps its name keeps its values."""
    expected = filled(llama(3))
    shorter, longer = filled(llama(2)), filled(llama(4))
    assert all(value.equal(expected[name]) for name, value in shorter.items())
    assert all(longer[name].equal(value) for name, value in expected.items())
    assert len(shorter) < len(expected) < len(longer)

    other = llama(3)
    attention = other.model.layers[1].self_attn
    attention.q_proj = attention._modules.pop("q_proj")  # now the last
    other.model.layers[0].adapter = nn.Linear(32, 4)
    other.head = other._modules.pop("lm_head")
    assert list(dict(other.named_parameters())) != list(expected)
    values = filled(other)
    for name, value in expected.items():
        if name == "lm_head.weight":  # another name, other numbers
            assert not (values["head.weight"] == value).any()
        else:
            assert values[name].equal(value), name
