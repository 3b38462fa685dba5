"""Networks of many kinds, small: planned, filled from the meta device and in place, and run.

Whichever way a network is built, its parameters hold the same bits, its buffers what its constructor gives,
and it computes the same.
"""

from __future__ import annotations

import functools
import os
import warnings

import pytest
import torch
from torch import nn

import paraminit
from paraminit.errors import PlanError

os.environ.setdefault("HF_HUB_OFFLINE", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what transformers warns of while it is imported
    transformers = pytest.importorskip("transformers")
transformers.logging.set_verbosity_error()

SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 48}
TOKENS = {"input_ids": torch.arange(14).reshape(2, 7) + 3}
IMAGES = {"pixel_values": torch.linspace(-1, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)}
WORDS = {**SMALL, "vocab_size": 100}
# By kind: the model's name in transformers, its configuration, inputs.
MODELS = {
    "decoder": ("Llama", {**WORDS, "num_key_value_heads": 2}, TOKENS),
    "encoder": ("Bert", WORDS, TOKENS),
    "both": (
        "T5",
        {"d_model": 32, "d_ff": 48, "d_kv": 8, "num_heads": 4, "num_layers": 2, "vocab_size": 100},
        {**TOKENS, "decoder_input_ids": TOKENS["input_ids"]},
    ),
    "state space": ("Mamba", {**WORDS, "state_size": 4}, TOKENS),
    "recurrence": ("Rwkv", {**WORDS, "context_length": 16, "attention_hidden_size": 32}, TOKENS),
    "convolutions": ("ResNet", {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 2]}, IMAGES),
    "detection": (  # whose constructor freezes the norms of its backbone
        "RTDetr",
        {
            "backbone_config": {
                "model_type": "rt_detr_resnet",
                "embedding_size": 8,
                "hidden_sizes": [8, 8, 8, 8],
                "depths": [1, 1, 1, 1],
                "layer_type": "basic",
                "out_features": ["stage2", "stage3", "stage4"],
            },
            "encoder_in_channels": [8, 8, 8],
            "decoder_in_channels": [32, 32, 32],
            "encoder_hidden_dim": 32,
            "d_model": 32,
            "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32,
            "decoder_layers": 1,
            "decoder_attention_heads": 4,
            "encoder_attention_heads": 4,
            "num_queries": 5,
        },
        IMAGES,
    ),
    "windows": (
        "Swin",
        {"image_size": 32, "patch_size": 2, "embed_dim": 8, "depths": [2, 2], "num_heads": [2, 2]}
        | {"window_size": 4},
        IMAGES,
    ),
    "image and text": (
        "CLIP",
        {
            "text_config": {**WORDS, "eos_token_id": 9},
            "vision_config": {**SMALL, "image_size": 32, "patch_size": 8},
        },
        {**TOKENS, **IMAGES},
    ),
    "speech": (
        "Wav2Vec2",
        {**WORDS, "conv_dim": (16, 16), "conv_stride": (5, 2), "conv_kernel": (10, 3)}
        | {"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 4, "num_feat_extract_layers": 2},
        {"input_values": torch.linspace(-1, 1, 600).reshape(2, 300)},
    ),
}


class Mixed(nn.Module):
    """Of torch's own layers those that keep more than parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.utils.parametrizations.weight_norm(nn.Conv1d(6, 8, 3, padding=1))
        self.norms = nn.Sequential(nn.BatchNorm1d(8), nn.InstanceNorm1d(8, track_running_stats=True))
        self.recurrent = nn.LSTM(7, 5, 2, bidirectional=True, proj_size=3)
        self.attention = nn.MultiheadAttention(6, 2, kdim=4, vdim=3, add_bias_kv=True)
        layer = nn.TransformerEncoderLayer(6, 2, 12, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.again = self.encoder.layers[0]
        self.tied = nn.Linear(6, 6, bias=False)
        self.tied.weight = self.again.self_attn.out_proj.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.recurrent(self.norms(self.first(x)))
        mixed, _ = self.attention(states, states[..., :4], states[..., :3])
        return self.tied(self.encoder(self.again(mixed)))


def build(kind: str) -> nn.Module:
    if kind == "torch":
        return Mixed().eval()
    name, settings, _ = MODELS[kind]
    config = getattr(transformers, f"{name}Config")(**settings)
    return getattr(transformers, f"{name}Model")(config).eval()


def run(kind: str, net: nn.Module) -> torch.Tensor:
    with torch.no_grad():
        if kind == "torch":
            return net(torch.linspace(-1, 1, 2 * 6 * 7).reshape(2, 6, 7))
        outputs = net(**MODELS[kind][2])
        return outputs.image_embeds @ outputs.text_embeds.T if kind == "image and text" else outputs[0]


def planned(net: nn.Module) -> paraminit.Plan:
    """torch's own rules, and for what has none a rule by its name, as the error asks."""
    try:
        return paraminit.plan(net, default="torch", seed=1)
    except PlanError as error:
        names = [problem.split("'")[1] for problem in error.problems]
        return paraminit.plan(net, dict.fromkeys(names, "normal"), default="torch", seed=1)


@functools.cache
def filled_in_place(kind: str) -> tuple[paraminit.Plan, nn.Module]:
    net = build(kind)
    plan = planned(net)
    plan.apply(net)
    return plan, net


WAYS = {"meta": lambda: torch.device("meta"), "parameters on meta": paraminit.parameters_on_meta}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [*MODELS, "torch"])
@pytest.mark.filterwarnings("ignore")  # transformers'
def test_however_it_is_built(kind, way):
    with WAYS[way]():
        net = build(kind)
    assert any(parameter.is_meta for parameter in net.parameters())  # torch.Tensor(...) is real anywhere
    plan, expected = filled_in_place(kind)
    mine = planned(net)
    assert mine == plan
    assert {*plan, *plan.tied} == {name for name, _ in net.named_parameters(remove_duplicate=False)}
    objects = dict(net.named_parameters())
    ledger = mine.apply(net, device="cpu")
    ours = dict(net.named_parameters())
    for name, parameter in expected.named_parameters():
        assert ours[name] is objects[name]
        assert ours[name].detach().view(torch.int32).equal(parameter.detach().view(torch.int32)), name
    for name, buffer in expected.named_buffers():  # its constructor's: apply leaves them alone
        assert net.get_buffer(name).equal(buffer), name
        assert (name in ledger.buffers) is (way == "meta"), name
    assert run(kind, net).equal(run(kind, expected))
    assert run(kind, net).isfinite().all()


def test_the_comparison_can_fail():
    """Meta-test: what no method may change unseen."""
    plan, expected = filled_in_place("decoder")
    with torch.device("meta"):
        net = build("decoder")
    plan.apply(net, device="cpu")
    net.rotary_emb.inv_freq += 0.1
    assert not run("decoder", net).equal(run("decoder", expected))
