"""transformers loads what plan.save writes: one file or an index of several, tied parameters included."""

from __future__ import annotations

import json
import warnings

import pytest
import torch

from paraminit.describe.initializers import Normal
from paraminit.dtype import array_over, numpy_dtype

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    transformers = pytest.importorskip("transformers")
    from huggingface_hub import split_torch_state_dict_into_shards

from ..programs import streamed

SMALL = {"vocab_size": 61, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
MODELS = {
    "gpt2": lambda: transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=61, n_positions=16, n_embd=32, n_layer=2, n_head=2)
    ),
    "llama": lambda: transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**SMALL, intermediate_size=48, tie_word_embeddings=False)
    ),
}


def planned(model, dtype=torch.float32):
    names: dict[int, str] = {}
    described, tied = {}, {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        first = names.setdefault(id(parameter), name)
        if first != name:
            tied[name] = first
        else:
            described[name] = (Normal(0.02), tuple(parameter.shape), numpy_dtype(dtype))
    return streamed.plan_of(described, tied=tied)


@pytest.mark.parametrize("limit", ["5GB", "10KB"], ids=["one file", "several"])
@pytest.mark.parametrize("name", list(MODELS))
def test_from_pretrained(name, limit, tmp_path):
    with torch.device("meta"):
        model = MODELS[name]()
    plan = planned(model)
    plan.save(tmp_path, max_shard_size=limit, dtype=torch.bfloat16)
    assert (len(streamed.contents(tmp_path)) > 4) == (limit == "10KB")
    model.config.save_pretrained(tmp_path)
    loaded, told = type(model).from_pretrained(tmp_path, output_loading_info=True, dtype=torch.bfloat16)
    assert not any(told.values()), told
    parameters = dict(loaded.named_parameters(remove_duplicate=False))
    assert parameters.keys() == plan.keys() | plan.tied.keys()
    wanted = planned(model, torch.bfloat16)
    for key, parameter in parameters.items():
        assert array_over(parameter.detach()).tobytes() == wanted[key].values().tobytes(), key
    if name == "gpt2":
        assert parameters["lm_head.weight"] is parameters["transformer.wte.weight"]


@pytest.mark.parametrize("limit", [20_000, 40_000, 10**6])
def test_files_are_split_as_transformers_splits_them(limit, tmp_path):
    model = MODELS["llama"]()
    planned(model).save(tmp_path, max_shard_size=limit)
    theirs = split_torch_state_dict_into_shards(dict(model.named_parameters()), max_shard_size=limit)
    if len(theirs.filename_to_tensors) == 1:
        assert list(streamed.contents(tmp_path)) == list(theirs.filename_to_tensors)
        return
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["weight_map"] == theirs.tensor_to_filename
    assert index["metadata"]["total_size"] == theirs.metadata["total_size"]
