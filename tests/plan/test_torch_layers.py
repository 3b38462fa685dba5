"""What torch.nn's layers mean: none is missing, and torch's own laws are exactly those given here."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from paraminit import Rule, plan
from paraminit.describe.initializers import Constant, HeNormal, Normal, One, XavierNormal, XavierUniform, Zero
from paraminit.describe.initializers.zero_row import ZeroRow
from paraminit.describe.meaning import places_in
from paraminit.errors import PlanError
from paraminit.fill import distributions

SMALL = dict.fromkeys(["AdaptiveAvgPool", "AdaptiveMaxPool", "AvgPool", "MaxPool", "MaxUnpool"], (2,))
# Arguments of the layers that need any. Where a class has parameters, sizes that no two fans share.
ARGUMENTS = {
    **{f"{name}{n}d": args for name, args in SMALL.items() for n in (1, 2, 3)},
    **{
        f"{kind}Pad{n}d": (1,)
        for kind in ("Circular", "Reflection", "Replication", "Zero")
        for n in (1, 2, 3)
    },
    **{f"ConstantPad{n}d": (1, 0.0) for n in (1, 2, 3)},
    **{f"LPPool{n}d": (2, 2) for n in (1, 2, 3)},
    **{f"BatchNorm{n}d": (7,) for n in (1, 2, 3)},
    **{f"InstanceNorm{n}d": (7, 1e-5, 0.1, True) for n in (1, 2, 3)},
    **{f"Conv{n}d": (6, 10, 3, 1, 0, 1, 2) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": (6, 10, 3, 1, 0, 0, 2) for n in (1, 2, 3)},
    **{f"LazyConv{n}d": (10, 3) for n in (1, 2, 3)},
    **{f"LazyConvTranspose{n}d": (10, 3) for n in (1, 2, 3)},
    "AdaptiveLogSoftmaxWithLoss": (24, 40, [10, 20]),
    "Bilinear": (6, 7, 9),
    "ChannelShuffle": (2,),
    "CrossMapLRN2d": (2,),
    "DataParallel": lambda: (nn.Linear(6, 7),),
    "Embedding": (11, 6, 3),
    "EmbeddingBag": (11, 6, None, 2.0, False, "sum", False, None, False, 4),
    "Fold": (4, 2),
    "FractionalMaxPool2d": (2, 1),
    "FractionalMaxPool3d": (2, 1),
    "GRU": (5, 8, 2),
    "GRUCell": (5, 8),
    "GroupNorm": (2, 6),
    "LSTM": (5, 8, 2, True, False, 0.0, True, 3),
    "LSTMCell": (5, 8),
    "LayerNorm": ((3, 4),),
    "LazyLinear": (3,),
    "Linear": (6, 10),
    "LinearCrossEntropyLoss": (6, 7),
    "LocalResponseNorm": (2,),
    "MultiheadAttention": (8, 2, 0.0, True, True),
    "PReLU": (3, 0.1),
    "PixelShuffle": (2,),
    "PixelUnshuffle": (2,),
    "RMSNorm": ((3, 4),),
    "RNN": (5, 8),
    "RNNBase": ("LSTM", 5, 8),
    "RNNCell": (5, 8),
    "RNNCellBase": (5, 8, True, 3),
    "SyncBatchNorm": (7,),
    "Threshold": (0.0, 0.0),
    "Transformer": (8, 2, 2, 1, 12),
    "TransformerDecoder": lambda: (nn.TransformerDecoderLayer(8, 2, 12), 2),
    "TransformerDecoderLayer": (8, 2, 12),
    "TransformerEncoder": lambda: (nn.TransformerEncoderLayer(8, 2, 12), 2, None, False),
    "TransformerEncoderLayer": (8, 2, 12),
    "Unflatten": (0, (1, 1)),
    "Unfold": (2,),
}
CLASSES = {
    name: cls
    for name, cls in vars(nn).items()
    if isinstance(cls, type) and issubclass(cls, nn.Module) and cls is not nn.Container
}


def build(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some layers say what they think of such sizes
        arguments = ARGUMENTS.get(name, ())
        return CLASSES[name](*(arguments() if callable(arguments) else arguments))


def is_lazy(module):
    return any(map(nn.parameter.is_lazy, module.parameters()))


BUILT = {name: build(name) for name in CLASSES}
LAZY = [name for name, module in BUILT.items() if is_lazy(module)]
WITH_PARAMETERS = [
    name for name, module in BUILT.items() if name not in LAZY and any(True for _ in module.parameters())
]


class Recorder(TorchDispatchMode):
    """Which law torch wrote last into which memory."""

    FILLS = ("uniform_", "normal_", "fill_", "zero_")

    def __init__(self):
        super().__init__()
        self.laws = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in self.FILLS:
            self.laws[args[0].data_ptr()] = (name, *args[1:])
        return result


def law_of(recorded):
    name, *arguments = recorded
    if name == "uniform_":
        return distributions.Uniform(*arguments)
    if name == "normal_":
        return distributions.Normal(*(arguments or (0.0, 1.0)))
    return distributions.Constant(float(arguments[0]) if arguments else 0.0)


def numbers(law):
    """A law as numbers that can be compared."""
    return type(law), pytest.approx(list(vars(law).values()), rel=1e-12)


def test_every_class_of_torch_nn_is_built():
    """One that needs arguments and has none here could not be built; so none with parameters is missed."""
    assert len(WITH_PARAMETERS) >= 30
    assert {name for name in CLASSES if name.startswith("Lazy")} == set(LAZY)


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_torchs_own_law_exactly(name):
    """Of each parameter, the law that torch drew it from, bounds and all, as recorded while it did."""
    with Recorder() as recorder:
        module = build(name)
    made = plan(module, default="torch", seed=1)
    compared = 0
    for place in places_in(module):  # torch's names have DataParallel's "module." in them
        parameter_name, recorded = place.name, recorder.laws.get(place.parameter.data_ptr())
        if recorded is None:  # a copy of what was filled elsewhere: see the next test
            continue
        law = made[parameter_name].law
        if isinstance(law, distributions.Cleared):
            law = law.law
        assert numbers(law)[0] is type(law_of(recorded)), parameter_name
        assert list(vars(law).values()) == numbers(law_of(recorded))[1], parameter_name
        compared += 1
    assert compared or name in ("TransformerDecoder", "TransformerEncoder")


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_torchs_own_values(name):
    """The same by what comes out: constants equal, random values from one law by Kolmogorov and Smirnov."""
    copies = [build(name) for _ in range(2 if name == "Transformer" else 8)]
    named = [{place.name: place.parameter for place in places_in(copy)} for copy in copies]
    made = plan(copies[0], default="torch", seed=2)
    for parameter_name, recipe in made.items():
        theirs = np.concatenate([each[parameter_name].detach().numpy().ravel() for each in named])
        ours = np.concatenate(
            [recipe.keyed_by_name(seed, parameter_name).values().ravel() for seed in range(len(copies))]
        )
        if recipe.std == 0:
            assert (ours == theirs).all(), parameter_name
        else:
            assert stats.ks_2samp(ours, theirs, method="asymp").pvalue > 1e-6, parameter_name


def test_another_law_would_be_noticed():
    """Meta-test: torch's packed projection by its layer's meaning is another law than torch's."""
    module = build("MultiheadAttention")
    own = plan(module, {"*": "torch"}, seed=1)["in_proj_weight"]
    meant = plan(module, {"in_proj_weight": "xavier_uniform", "*": "keep"}, seed=1)["in_proj_weight"]
    assert own.law != meant.law
    assert own.std == pytest.approx(meant.std / np.sqrt(2))


@pytest.mark.parametrize("name", LAZY)
def test_lazy_modules_are_refused(name):
    """Their shapes are not known yet; the error says what to do."""
    with pytest.raises(
        PlanError, match=r"its shape is not known yet\. Run one batch through the network first"
    ):
        plan(build(name), default="torch", seed=1)


# ---- fans by meaning ----------------------------------------------------------------------------------

CONV = {"weight": (27, 45), "bias": None}  # 6 / 2 inputs and 10 / 2 outputs of each of 2 groups, times 9
FANS = {
    "AdaptiveLogSoftmaxWithLoss": {"head.weight": (24, 12), "tail.0.0.weight": (24, 6)},
    "Bilinear": {"weight": (42, 9), "bias": None},
    "Conv1d": {"weight": (9, 15)},
    "Conv2d": CONV,
    "Conv3d": {"weight": (81, 135)},
    "ConvTranspose1d": {"weight": (9, 15)},
    "ConvTranspose2d": CONV,
    "ConvTranspose3d": {"weight": (81, 135)},
    "Embedding": {"weight": (1, 6)},
    "EmbeddingBag": {"weight": (1, 6)},
    "GRU": {"weight_ih_l0": (5, 8), "weight_hh_l1": (8, 8), "bias_ih_l0": None},
    "GRUCell": {"weight_ih": (5, 8), "weight_hh": (8, 8)},
    "LSTM": {
        "weight_ih_l0": (5, 8),
        "weight_hh_l0_reverse": (3, 8),
        "weight_hr_l0": (8, 3),
        "weight_ih_l1": (6, 8),
    },
    "LSTMCell": {"weight_ih": (5, 8)},
    "LayerNorm": {"weight": None, "bias": None},
    "Linear": {"weight": (6, 10), "bias": None},
    "MultiheadAttention": {"in_proj_weight": (8, 8), "bias_k": None, "out_proj.weight": (8, 8)},
    "PReLU": {"weight": None},
    "RMSNorm": {"weight": None},
    "RNN": {"weight_ih_l0": (5, 8)},
    "Transformer": {"encoder.layers.1.linear1.weight": (8, 12), "decoder.norm.weight": None},
}


@pytest.mark.parametrize("name", FANS)
def test_fans(name):
    """Of a rule: what the layer sums over, per group, projection and gate."""
    made = plan(BUILT[name], {"*": "uniform"}, seed=1)
    for parameter, fans in FANS[name].items():
        assert made.entries[parameter].fans == fans, parameter
        assert made[parameter].fans == fans


def test_separate_projections():
    """Keys and values of other widths have matrices of their own."""
    module = nn.MultiheadAttention(8, 2, kdim=5, vdim=3)
    made = plan(module, {"*": "uniform"}, seed=1)
    assert [made[f"{x}_proj_weight"].fans for x in "qkv"] == [(8, 8), (5, 8), (3, 8)]


def test_rules_take_the_fans_of_the_meaning():
    """A depthwise convolution: torch's fan_out of the shape is 576, the true one is 9."""
    made = plan(nn.Conv2d(64, 64, 3, groups=64), {"weight": HeNormal(mode="fan_out"), "*": 0}, seed=1)
    assert made["weight"].std == pytest.approx(np.sqrt(2 / 9))
    assert made.entries["weight"].why == "each of 64 groups"
    transposed = plan(nn.ConvTranspose2d(512, 16, 4), {"weight": HeNormal(), "*": 0}, seed=1)
    assert transposed["weight"].fans.fan_in == 8192


def test_a_rule_may_give_the_fans():
    """As numbers, or by the shape, as torch.nn.init and MindSpore take them."""
    layer = nn.ConvTranspose2d(512, 16, 4)
    made = plan(layer, {"weight": Rule(XavierNormal(), fans=(3, 5)), "bias": 0}, seed=1)
    assert made["weight"].std == pytest.approx(0.5)
    made = plan(layer, {"weight": Rule(HeNormal(), fans="shape"), "bias": 0}, seed=1)
    assert made["weight"].fans == (256, 8192)
    assert made.entries["weight"].why == "by the shape"


def test_the_padding_row_stays_zero():
    """Under any rule but given values, as in torch, transformers and MindSpore."""
    made = plan(nn.Embedding(5, 3, padding_idx=2), {"*": Normal(0.02)}, seed=1)["weight"]
    assert made.initializer == ZeroRow(Normal(0.02), 2)
    values = made.values()
    assert not values[2].any()
    assert values[[0, 1, 3, 4]].all()
    assert (made[1:4, 1:] == values[1:4, 1:]).all()
    assert (made[2:3] == 0).all()
    for number in (0.5, Constant(0.5)):
        made = plan(nn.Embedding(5, 3, padding_idx=2), {"*": number})["weight"]
        assert made.values().tolist() == [[0.5] * 3] * 2 + [[0] * 3] + [[0.5] * 3] * 2
    given = plan(nn.Embedding(5, 3, padding_idx=2), {"*": torch.ones(5, 3)})["weight"]
    assert given.values().all()
    assert plan(nn.Embedding(5, 3, padding_idx=2), {"*": "zeros"})["weight"].initializer == Zero()


def test_what_a_derived_transformer_adds_is_not_started_by_it():
    """Transformer's constructor starts its encoder and decoder, before the derived one adds anything."""

    class Translator(nn.Transformer):
        def __init__(self):
            super().__init__(8, 2, 1, 1, 8, batch_first=True)
            self.embedding, self.head = nn.Embedding(9, 8), nn.Linear(8, 9)

    made = plan(Translator(), default="torch", seed=1)
    assert made["embedding.weight"].law == plan(nn.Embedding(9, 8), default="torch", seed=1)["weight"].law
    assert made["head.weight"].law == plan(nn.Linear(8, 9), default="torch", seed=1)["weight"].law
    for name in ("encoder.layers.0.linear1.weight", "decoder.layers.0.self_attn.in_proj_weight"):
        shape = made[name].shape
        assert made[name].initializer == XavierUniform()
        assert made[name].fans == (shape[1], shape[0])


def test_subclasses_and_parametrized_layers_count_as_their_base():
    """Also a layer whose weight is normalized: the original has the weight's meaning."""

    class Mine(nn.Linear):
        pass

    assert plan(Mine(6, 10), default="torch", seed=1)["weight"].fans == (6, 10)
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(6, 10))
    made = plan(layer, {(nn.Linear, "weight"): "he_normal", "*": 0}, seed=1)
    assert made["parametrizations.weight.original"].fans == (6, 10)


def test_matrices_of_several_projections():
    """A Linear that a model calls qkv holds three; gate_up_proj holds two."""
    module = nn.ModuleDict(
        {"qkv": nn.Linear(6, 18), "gate_up_proj": nn.Linear(6, 20), "other": nn.Linear(6, 18)}
    )
    made = plan(module, {"*.weight": "he_normal", "*": 0}, seed=1)
    assert [made[f"{name}.weight"].fans for name in module] == [(6, 6), (6, 10), (6, 18)]


def test_complex_parameters_have_no_law_of_torchs():
    """torch draws both parts; constants are the same."""
    with pytest.raises(PlanError, match="torch draws complex64 values of which both parts are random"):
        plan(nn.Linear(2, 2, dtype=torch.complex64), default="torch", seed=1)
    made = plan(nn.LayerNorm(3, dtype=torch.complex64), default="torch")
    assert (made["weight"].initializer, made["weight"].values()[0]) == (One(), 1 + 0j)


def test_constants_of_a_layer():
    assert plan(nn.PReLU(3, 0.1), default="torch")["weight"].initializer == Constant(0.1)
