"""Models of transformers, from configurations: every parameter claimed, fans as the layers mean them."""

from __future__ import annotations

import os
import re

import pytest
import torch

from paraminit import Plan, plan
from paraminit.describe.initializers import Normal, One, XavierUniform, Zero, ZeroRow
from paraminit.errors import PlanError

SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 48}
TEXT = {**SMALL, "vocab_size": 100, "num_key_value_heads": 2}
# By model: its class, its configuration, and the fans of its matrices (a pattern of names, first match).
ATTENTION = {r"\.[qo]_proj\.weight": (32, 32), r"\.[kv]_proj\.weight": (32, 16)}
MODELS = {
    "GPT2LMHeadModel": (
        {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 100, "n_positions": 16},
        {
            r"wte|wpe": (1, 32),
            r"c_attn": (32, 32),  # each of 3 projections, stored as (in, out)
            r"attn\.c_proj": (32, 32),
            r"c_fc": (32, 128),
            r"mlp\.c_proj": (128, 32),
        },
    ),
    "LlamaForCausalLM": (
        TEXT,
        {
            "embed_tokens": (1, 32),
            **ATTENTION,
            r"(gate|up)_proj": (32, 48),
            r"down_proj": (48, 32),
            "lm_head": (32, 100),
        },
    ),
    "MixtralForCausalLM": (
        {**TEXT, "num_local_experts": 4},
        {
            "embed_tokens": (1, 32),
            **ATTENTION,
            r"experts\.gate_up_proj": (32, 48),  # of each expert, each of 2 projections
            r"experts\.down_proj": (48, 32),
            r"mlp\.gate\.weight": (32, 4),
            "lm_head": (32, 100),
        },
    ),
    "BertForMaskedLM": (
        {**SMALL, "vocab_size": 100},
        {
            r"embeddings\.\w+_embeddings": (1, 32),
            r"intermediate": (32, 48),
            r"layer\.\d\.output": (48, 32),
            r".": (32, 32),
        },
    ),
    "ViTForImageClassification": (
        {**SMALL, "image_size": 32, "patch_size": 8},
        {
            r"cls_token|position_embeddings": (1, 32),
            r"patch_embeddings": (3 * 64, 32 * 64),
            r"fc1|intermediate": (32, 48),
            r"fc2|layer\.\d\.output": (48, 32),
            r"classifier": (32, 2),
            r".": (32, 32),
        },
    ),
    "WhisperForConditionalGeneration": (
        {
            "d_model": 32,
            **{
                f"{side}_{what}": 2
                for side in ("encoder", "decoder")
                for what in ("layers", "attention_heads")
            },
            **{f"{side}_ffn_dim": 48 for side in ("encoder", "decoder")},
            "vocab_size": 100,
            "num_mel_bins": 8,
            "max_source_positions": 20,
            "max_target_positions": 16,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "decoder_start_token_id": 1,
        },
        {
            r"embed_": (1, 32),
            r"conv1": (24, 96),
            r"conv2": (96, 96),
            r"fc1": (32, 48),
            r"fc2": (48, 32),
            r".": (32, 32),
        },
    ),
}


@pytest.fixture(scope="module")
def models():
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import transformers

    transformers.logging.set_verbosity_error()
    built = {}
    for name, (settings, _) in MODELS.items():
        cls = getattr(transformers, name)
        with torch.device("meta"):
            built[name] = cls(cls.config_class(**settings))
    return built


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore")  # what transformers warns of while it is imported
def test_every_parameter_is_claimed(models, name):
    """By the layers' own rules, on the meta device; matrices have the fans of their meaning."""
    made = plan(models[name], default="torch", seed=1)
    names = dict(models[name].named_parameters(remove_duplicate=False))
    assert {*made, *made.tied} == set(names)
    ruled = plan(models[name], {"*": "uniform"}, seed=1)
    for parameter, entry in ruled.entries.items():
        if len(entry.shape) < 2:
            assert entry.fans is None, parameter
            continue
        patterns = (fans for pattern, fans in MODELS[name][1].items() if re.search(pattern, parameter))
        assert entry.fans == next(patterns, None), parameter
        assert entry.why != "by the shape", parameter
    assert Plan.from_json(made.to_json()) == made


@pytest.mark.filterwarnings("ignore")
def test_laws(models):
    """Norms start at one, the padding row of BERT's words at zero, experts each like a matrix of its own."""
    llama = plan(models["LlamaForCausalLM"], default="torch", seed=1)
    assert llama["model.norm.weight"].initializer == One()
    bert = plan(models["BertForMaskedLM"], default="torch", seed=1)
    assert bert["bert.embeddings.word_embeddings.weight"].initializer == ZeroRow(Normal(1.0), 0)
    assert bert.tied["cls.predictions.decoder.weight"] == "bert.embeddings.word_embeddings.weight"
    mixtral = plan(models["MixtralForCausalLM"], {"*_proj*": XavierUniform(), "*": 1}, seed=1)
    assert mixtral["model.layers.0.mlp.experts.down_proj"].std == pytest.approx((2 / (48 + 32)) ** 0.5)


def test_zero_centred_norms(models):
    """Norms that scale by 1 + weight start at zero, those that scale by weight at one; transformers' own
    constructors say which is which."""
    from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
    from transformers.models.gemma3n.modeling_gemma3n import Gemma3nRMSNorm
    from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm
    from transformers.models.qwen3_next.modeling_qwen3_next import Qwen3NextRMSNorm, Qwen3NextRMSNormGated

    for norm in (GemmaRMSNorm, Gemma3nRMSNorm, Qwen3RMSNorm, Qwen3NextRMSNorm, Qwen3NextRMSNormGated):
        module = norm(4)
        made = plan(module, default="torch")["weight"].values()
        assert (made == module.weight.detach().numpy()).all(), norm


def test_a_matrix_is_no_norms_scale():
    """Whatever its layer is called; scales of several dimensions are, in a norm."""

    class NormHead(torch.nn.Module):
        def __init__(self, *shape):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.empty(shape))

    class RMSNormGated(NormHead):
        pass

    class HeadNorm(NormHead):
        pass

    with pytest.raises(PlanError, match="torch has no rule for 'weight' of NormHead"):
        plan(NormHead(9, 8), default="torch", seed=1)
    assert plan(NormHead(9, 8), {"*": "he_normal"}, seed=1)["weight"].fans == (8, 9)
    for norm in (RMSNormGated(8), RMSNormGated(8, 1, 1), HeadNorm(4, 8)):
        assert plan(norm, default="torch")["weight"].initializer == One()


def test_tokens_as_their_constructors_start_them():
    """Those that draw them are known by name; of the others nothing is said, so that nothing is wrong."""
    from transformers.models.deit.modeling_deit import DeiTConfig, DeiTEmbeddings
    from transformers.models.ijepa.modeling_ijepa import IJepaConfig, IJepaEmbeddings
    from transformers.models.vit.modeling_vit import ViTConfig, ViTEmbeddings

    sizes = {"hidden_size": 64, "image_size": 32, "patch_size": 2}
    for cls, config in ((ViTEmbeddings, ViTConfig(**sizes)), (IJepaEmbeddings, IJepaConfig(**sizes))):
        module = cls(config, use_mask_token=True)
        made = plan(module, default="torch", seed=1)
        assert made["position_embeddings"].std == pytest.approx(module.position_embeddings.std().item(), 0.05)
        assert not module.mask_token.any()
        assert not made["mask_token"].values().any()
    module = DeiTEmbeddings(DeiTConfig(**sizes))
    assert not module.cls_token.any()
    with pytest.raises(PlanError, match="torch has no rule for 'cls_token' of DeiTEmbeddings"):
        plan(module, default="torch", seed=1)
    assert plan(module, {"cls_token": "xavier_normal"}, default="keep", seed=1)["cls_token"].fans == (1, 64)


def test_the_bias_of_a_language_models_head():
    """Its own, which the Linear inside shares, starts at zero."""
    from transformers.models.bert.modeling_bert import BertConfig, BertLMPredictionHead

    head = BertLMPredictionHead(BertConfig(hidden_size=8, vocab_size=11))
    head.decoder.bias = head.bias  # as tie_weights does
    made = plan(head, default="torch", seed=1)
    assert made.tied == {"decoder.bias": "bias"}
    assert made["bias"].initializer == Zero()
    assert not head.bias.any()


def test_classes_of_their_own_mean_the_same():
    """fully_shard, and users, derive classes with other names."""
    from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
    from transformers.models.llama.modeling_llama import LlamaRMSNorm
    from transformers.models.mixtral.modeling_mixtral import MixtralConfig, MixtralTopKRouter
    from transformers.models.vit.modeling_vit import ViTConfig, ViTEmbeddings
    from transformers.pytorch_utils import Conv1D

    vision = ViTConfig(hidden_size=8, image_size=8, patch_size=4)
    for cls, *arguments in (
        (GemmaRMSNorm, 4),
        (LlamaRMSNorm, 4),
        (Conv1D, 6, 4),
        (MixtralTopKRouter, MixtralConfig(hidden_size=8, num_local_experts=4)),
        (ViTEmbeddings, vision),
    ):
        module = cls(*arguments)
        for rules in (None, {"*": 1}):  # the layers' own laws; fans
            expected = plan(module, rules, default="torch", seed=1)
            module.__class__ = type("Derived", (cls,), {})
            made = plan(module, rules, default="torch", seed=1)
            assert made == expected, cls
            assert {entry.layer for entry in made.entries.values()} >= {"Derived"}
            module.__class__ = cls


@pytest.mark.parametrize("transposed", [False, True])
def test_experts_in_either_layout(transposed):
    """gate_up_proj and down_proj say by their shapes which way they lie."""

    class Experts(torch.nn.Module):
        def __init__(self):
            super().__init__()
            up, down = ((5, 6, 8), (5, 4, 6)) if transposed else ((5, 8, 6), (5, 6, 4))
            self.gate_up_proj = torch.nn.Parameter(torch.empty(up))
            self.down_proj = torch.nn.Parameter(torch.empty(down))

    made = plan(Experts(), {"*": "normal"}, seed=1)
    assert (made["gate_up_proj"].fans, made["down_proj"].fans) == ((6, 4), (4, 6))
    assert made.entries["down_proj"].why == "each of 5 experts"
