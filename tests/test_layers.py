from __future__ import annotations

import copy
import inspect
import math
import pickle
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import paraminit
from paraminit import Parameter, Tensor, mint, nn
from paraminit.common.initializer import (
    HeUniform,
    Initializer,
    Normal,
    Uniform,
    XavierUniform,
    Zero,
    initializer,
)
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError
from paraminit.nn.weights import layer_parameter, layer_parameters


def still(net):
    """An optimizer that changes nothing."""
    return nn.SGD(net.trainable_params(), 0.0)


#: For every layer: how to build it, and an input.
EXAMPLES = {
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(2), torch.randn(1, 3, 5)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((None, 2)), torch.randn(1, 3, 5, 4)),
    "AdaptiveAvgPool3d": (lambda: nn.AdaptiveAvgPool3d(1), torch.randn(1, 3, 2, 5, 4)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(2), torch.randn(1, 3, 5)),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(2, True), torch.randn(3, 5, 4)),
    "AdaptiveMaxPool3d": (lambda: nn.AdaptiveMaxPool3d(1), torch.randn(1, 3, 2, 5, 4)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2, 2, "same"), torch.randn(1, 3, 5)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2, 2, "pad", 1), torch.randn(1, 3, 5, 4)),
    "AvgPool3d": (lambda: nn.AvgPool3d(2), torch.randn(1, 3, 2, 5, 4)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(2), torch.ones(4, 2)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(2), torch.ones(4, 2, 3, 3)),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(2), torch.ones(4, 2, 3, 3, 3)),
    "BiDense": (lambda: nn.BiDense(2, 3, 4), (torch.ones(5, 2), torch.ones(5, 3))),
    "CELU": (nn.CELU, torch.randn(3, 4)),
    "Cell": (nn.Cell, None),
    "CellDict": (lambda: nn.CellDict({"a": nn.Dense(2, 2)}), None),
    "CellList": (lambda: nn.CellList([nn.Dense(2, 2)]), None),
    "Conv1dTranspose": (lambda: nn.Conv1dTranspose(2, 3, 3, 2, has_bias=True), torch.ones(1, 2, 5)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3, has_bias=True), torch.ones(1, 2, 5)),
    "Conv2dTranspose": (lambda: nn.Conv2dTranspose(2, 3, 3, 2, has_bias=True), torch.ones(1, 2, 5, 5)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3, has_bias=True), torch.ones(1, 2, 5, 5)),
    "Conv2dBnAct": (
        lambda: nn.Conv2dBnAct(2, 3, 3, has_bias=True, has_bn=True, activation="prelu"),
        torch.randn(2, 2, 5, 5),
    ),
    "Conv3dTranspose": (lambda: nn.Conv3dTranspose(2, 3, 3, 2, has_bias=True), torch.ones(1, 2, 5, 5, 5)),
    "Conv3d": (lambda: nn.Conv3d(2, 3, 3, has_bias=True), torch.ones(1, 2, 5, 5, 5)),
    "Dense": (lambda: nn.Dense(2, 3), torch.ones(4, 2)),
    "DenseBnAct": (lambda: nn.DenseBnAct(2, 3, has_bn=True, activation="relu"), torch.randn(4, 2)),
    "Dropout2dExt": (nn.Dropout2dExt, torch.ones(1, 2, 3, 3)),
    "DropoutExt": (nn.DropoutExt, torch.ones(3, 4)),
    "Dropout": (nn.Dropout, torch.ones(4, 2)),
    "Embedding": (lambda: nn.Embedding(5, 3), torch.tensor([[0, 1], [4, 1]])),
    "EmbeddingExt": (lambda: nn.EmbeddingExt(5, 3, -4), torch.tensor([[0, 1], [4, 1]])),
    "EmbeddingLookup": (lambda: nn.EmbeddingLookup(5, 3, max_norm=0.01), torch.tensor([[0, 1], [4, 1]])),
    "FastGelu": (nn.FastGelu, torch.randn(3, 4)),
    "Flatten": (nn.Flatten, torch.ones(2, 3, 4)),
    "GLU": (nn.GLU, torch.randn(3, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), torch.randn(2, 4, 3)),
    "HShrink": (nn.HShrink, torch.randn(3, 4)),
    "HSigmoid": (nn.HSigmoid, torch.randn(3, 4)),
    "HSwish": (nn.HSwish, torch.randn(3, 4)),
    "Hardtanh": (nn.Hardtanh, torch.randn(3, 4)),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(2), torch.randn(4, 2, 3)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(2), torch.randn(4, 2, 3, 3)),
    "InstanceNorm3d": (lambda: nn.InstanceNorm3d(2), torch.randn(4, 2, 3, 3, 3)),
    "LayerNorm": (lambda: nn.LayerNorm((3,)), torch.randn(2, 3)),
    "LRN": (nn.LRN, torch.randn(2, 7, 2, 2)),
    "LogSigmoid": (nn.LogSigmoid, torch.randn(3, 4)),
    "MaxPool1d": (lambda: nn.MaxPool1d(2, 2, "same"), torch.randn(1, 3, 5)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2, 2, "pad", 1, 1, True), torch.randn(1, 3, 5, 4)),
    "MaxPool3d": (lambda: nn.MaxPool3d(2), torch.randn(1, 3, 2, 5, 4)),
    "Mish": (nn.Mish, torch.randn(3, 4)),
    "MultiFieldEmbeddingLookup": (
        lambda: nn.MultiFieldEmbeddingLookup(5, 3, 2, operator="MEAN"),
        (torch.tensor([[0, 1], [4, 1]]), torch.randn(2, 2), torch.tensor([[0, 1], [1, 1]])),
    ),
    "LayerNormExt": (lambda: nn.LayerNormExt(3), torch.randn(2, 3)),
    "Linear": (lambda: nn.Linear(2, 3), torch.ones(4, 2)),
    "MultiheadAttention": (
        lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True),
        (torch.randn(4, 2, 8),) * 3,
    ),
    "PReLU": (lambda: nn.PReLU(2), torch.randn(3, 2)),
    "PReLUExt": (lambda: nn.PReLUExt(2), torch.randn(3, 2)),
    "ParameterUpdate": (lambda: nn.ParameterUpdate(Parameter(initializer("normal", [2]))), None),
    "ReLU": (nn.ReLU, torch.ones(2)),
    "ELU": (nn.ELU, torch.randn(3, 4)),
    "GELU": (nn.GELU, torch.randn(3, 4)),
    "Identity": (nn.Identity, torch.randn(3, 4)),
    "LeakyReLU": (nn.LeakyReLU, torch.randn(3, 4)),
    "LogSoftmax": (nn.LogSoftmax, torch.randn(3, 4)),
    "LogSoftmaxExt": (nn.LogSoftmaxExt, torch.randn(3, 4)),
    "ReLU6": (nn.ReLU6, torch.randn(3, 4)),
    "RReLU": (lambda: nn.RReLU(0.2, 0.2), torch.randn(3, 4)),
    "SeLU": (nn.SeLU, torch.randn(3, 4)),
    "SiLU": (nn.SiLU, torch.randn(3, 4)),
    "Sigmoid": (nn.Sigmoid, torch.randn(3, 4)),
    "SoftShrink": (nn.SoftShrink, torch.randn(3, 4)),
    "Softmax": (nn.Softmax, torch.randn(3, 4)),
    "Softmax2d": (nn.Softmax2d, torch.randn(3, 4, 5)),
    "Softmin": (nn.Softmin, torch.randn(3, 4)),
    "Softsign": (nn.Softsign, torch.randn(3, 4)),
    "SyncBatchNorm": (lambda: nn.SyncBatchNorm(2), torch.randn(4, 2, 3, 3)),
    "Tanh": (nn.Tanh, torch.randn(3, 4)),
    "Tanhshrink": (nn.Tanhshrink, torch.randn(3, 4)),
    "Threshold": (lambda: nn.Threshold(0.1, 20), torch.randn(3, 4)),
    "RNNCell": (lambda: nn.RNNCell(3, 4), (torch.ones(2, 3), torch.ones(2, 4))),
    "GRUCell": (lambda: nn.GRUCell(3, 4), (torch.ones(2, 3), torch.ones(2, 4))),
    "LSTMCell": (lambda: nn.LSTMCell(3, 4), (torch.ones(2, 3), (torch.ones(2, 4), torch.ones(2, 4)))),
    "RNN": (lambda: nn.RNN(3, 4, 2), torch.ones(5, 2, 3)),
    "GRU": (lambda: nn.GRU(3, 4, bidirectional=True), (torch.ones(5, 2, 3), torch.ones(2, 2, 4))),
    "LSTM": (lambda: nn.LSTM(3, 4), (torch.ones(5, 2, 3), (torch.ones(1, 2, 4), torch.ones(1, 2, 4)))),
    "CosineDecayLR": (lambda: nn.CosineDecayLR(0.01, 0.1, 4), torch.arange(6)),
    "ExponentialDecayLR": (lambda: nn.ExponentialDecayLR(0.1, 0.9, 4), torch.arange(6)),
    "InverseDecayLR": (lambda: nn.InverseDecayLR(0.1, 0.9, 4), torch.arange(6)),
    "NaturalExpDecayLR": (lambda: nn.NaturalExpDecayLR(0.1, 0.9, 4), torch.arange(6)),
    "PolynomialDecayLR": (lambda: nn.PolynomialDecayLR(0.1, 0.01, 4, 0.5), torch.arange(6)),
    "WarmUpLR": (lambda: nn.WarmUpLR(0.1, 4), torch.arange(6)),
    "BCELoss": (nn.BCELoss, (torch.rand(3, 4), torch.rand(3, 4))),
    "BCEWithLogitsLoss": (
        lambda: nn.BCEWithLogitsLoss(weight=torch.arange(4.0), pos_weight=torch.ones(4)),
        (torch.randn(3, 4), torch.rand(3, 4)),
    ),
    "CTCLoss": (
        nn.CTCLoss,
        (torch.randn(5, 2, 4), torch.tensor([[1, 2], [3, 3]]), torch.tensor([5, 5]), torch.tensor([2, 2])),
    ),
    "CosineEmbeddingLoss": (
        nn.CosineEmbeddingLoss,
        (torch.randn(2, 3), torch.randn(2, 3), torch.tensor([1, -1])),
    ),
    "CrossEntropyLoss": (nn.CrossEntropyLoss, (torch.randn(2, 3), torch.tensor([0, 2]))),
    "GaussianNLLLoss": (nn.GaussianNLLLoss, (torch.randn(3, 4), torch.randn(3, 4), torch.rand(3, 1))),
    "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss, (torch.randn(3, 4), torch.randn(3, 4).sign())),
    "HuberLoss": (nn.HuberLoss, (torch.randn(3, 4), torch.randn(3, 4))),
    "KLDivLoss": (lambda: nn.KLDivLoss("batchmean"), (torch.randn(3, 4), torch.rand(3, 4))),
    "L1Loss": (nn.L1Loss, (torch.randn(3, 4), torch.randn(3, 4))),
    "LossBase": (nn.LossBase, None),
    "MAELoss": (nn.MAELoss, (torch.randn(3, 4), torch.randn(3, 4))),
    "MSELoss": (nn.MSELoss, (torch.randn(3, 4), torch.randn(3, 4))),
    "MarginRankingLoss": (
        nn.MarginRankingLoss,
        (torch.randn(3), torch.randn(3), torch.tensor([1.0, -1.0, 1.0])),
    ),
    "MultiLabelSoftMarginLoss": (nn.MultiLabelSoftMarginLoss, (torch.randn(3, 4), torch.rand(3, 4))),
    "MultiMarginLoss": (nn.MultiMarginLoss, (torch.randn(2, 3), torch.tensor([0, 2]))),
    "MultilabelMarginLoss": (
        nn.MultilabelMarginLoss,
        (torch.randn(2, 3), torch.tensor([[0, 2, -1], [1, -1, 0]])),
    ),
    "NLLLoss": (nn.NLLLoss, (torch.randn(2, 3), torch.tensor([0, 2]))),
    "PoissonNLLLoss": (nn.PoissonNLLLoss, (torch.randn(3, 4), torch.rand(3, 4))),
    "RMSELoss": (nn.RMSELoss, (torch.randn(3, 4), torch.randn(3, 4))),
    "SmoothL1Loss": (nn.SmoothL1Loss, (torch.randn(3, 4), torch.randn(3, 4))),
    "SoftMarginLoss": (nn.SoftMarginLoss, (torch.randn(3, 4), torch.randn(3, 4).sign())),
    "SoftmaxCrossEntropyWithLogits": (
        lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True),
        (torch.randn(2, 3), torch.tensor([0, 2])),
    ),
    "TripletMarginLoss": (nn.TripletMarginLoss, (torch.randn(3, 4),) * 3),
    "TripletMarginWithDistanceLoss": (nn.TripletMarginWithDistanceLoss, (torch.randn(3, 4),) * 3),
    "TrainOneStepCell": (
        lambda: nn.TrainOneStepCell(net := nn.WithLossCell(nn.Dense(2, 1), nn.MSELoss()), still(net)),
        (torch.randn(3, 2), torch.randn(3, 1)),
    ),
    "WithLossCell": (
        lambda: nn.WithLossCell(nn.Dense(2, 1), nn.MSELoss()),
        (torch.randn(3, 2), torch.randn(3, 1)),
    ),
    "SequentialCell": (lambda: nn.SequentialCell(nn.Dense(2, 3), nn.ReLU()), torch.ones(4, 2)),
    "Transformer": (lambda: nn.Transformer(8, 2, 2, 2, 16), (torch.randn(4, 2, 8), torch.randn(3, 2, 8))),
    "TransformerDecoder": (
        lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2),
        (torch.randn(4, 2, 8), torch.randn(3, 2, 8)),
    ),
    "TransformerDecoderLayer": (
        lambda: nn.TransformerDecoderLayer(8, 2, 16),
        (torch.randn(4, 2, 8), torch.randn(3, 2, 8)),
    ),
    "TransformerEncoder": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2),
        torch.randn(4, 2, 8),
    ),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(8, 2, 16), torch.randn(4, 2, 8)),
}

MINT_EXAMPLES = {
    "BatchNorm1d": (lambda: mint.nn.BatchNorm1d(2), torch.ones(4, 2)),
    "BatchNorm2d": (lambda: mint.nn.BatchNorm2d(2), torch.ones(4, 2, 3, 3)),
    "BatchNorm3d": (lambda: mint.nn.BatchNorm3d(2), torch.ones(4, 2, 3, 3, 3)),
    "Cell": (mint.nn.Cell, None),
    "Conv1d": (lambda: mint.nn.Conv1d(2, 3, 3), torch.ones(1, 2, 5)),
    "Conv2d": (lambda: mint.nn.Conv2d(2, 3, 3), torch.ones(1, 2, 5, 5)),
    "Conv3d": (lambda: mint.nn.Conv3d(2, 3, 3), torch.ones(1, 2, 5, 5, 5)),
    "ConvTranspose2d": (lambda: mint.nn.ConvTranspose2d(2, 3, 3, 2), torch.ones(1, 2, 5, 5)),
    "Dropout": (mint.nn.Dropout, torch.ones(3, 4)),
    "Dropout2d": (mint.nn.Dropout2d, torch.ones(1, 2, 3, 3)),
    "ELU": (mint.nn.ELU, torch.randn(3, 4)),
    "Embedding": (lambda: mint.nn.Embedding(5, 3, 1), torch.tensor([[0, 1], [4, 1]])),
    "Flatten": (mint.nn.Flatten, torch.ones(2, 3, 4)),
    "GELU": (mint.nn.GELU, torch.randn(3, 4)),
    "GroupNorm": (lambda: mint.nn.GroupNorm(2, 4), torch.randn(2, 4, 3)),
    "Identity": (mint.nn.Identity, torch.randn(3, 4)),
    "LayerNorm": (lambda: mint.nn.LayerNorm((2, 3)), torch.randn(4, 2, 3)),
    "Linear": (lambda: mint.nn.Linear(2, 3), torch.ones(4, 2)),
    "LogSoftmax": (mint.nn.LogSoftmax, torch.randn(3, 4)),
    "PReLU": (lambda: mint.nn.PReLU(2), torch.randn(3, 2)),
    "ReLU": (mint.nn.ReLU, torch.randn(3, 4)),
    "ReLU6": (mint.nn.ReLU6, torch.randn(3, 4)),
    "SiLU": (mint.nn.SiLU, torch.randn(3, 4)),
    "Sigmoid": (mint.nn.Sigmoid, torch.randn(3, 4)),
    "Softmax": (mint.nn.Softmax, torch.randn(3, 4)),
    "SyncBatchNorm": (lambda: mint.nn.SyncBatchNorm(2), torch.ones(4, 2, 3)),
    "Tanh": (mint.nn.Tanh, torch.randn(3, 4)),
}
REGISTRIES = {"nn": (nn, EXAMPLES), "mint.nn": (mint.nn, MINT_EXAMPLES)}
LAYERS = {
    f"{registry}.{name}": (getattr(module, name), *example)
    for registry, (module, examples) in REGISTRIES.items()
    for name, example in examples.items()
}


def flat(value):
    """The tensors of a result, which may be nested tuples."""
    return [t for item in value for t in flat(item)] if isinstance(value, tuple) else [value]


def wrapped(value):
    """The same as Tensors."""
    return tuple(map(wrapped, value)) if isinstance(value, tuple) else Tensor(value)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_layer_has_an_example(registry):
    module, examples = REGISTRIES[registry]
    assert set(examples) == set(module.__all__) - set(nn.optim.__all__)


@pytest.mark.parametrize("name", LAYERS)
def test_contract(name):
    layer, build, x = LAYERS[name]
    assert issubclass(layer, nn.Cell)
    check_lazy(build, x)


def check_lazy(build, x):
    """A lazy layer has the eager one's bits, names and text, and computes the same."""
    paraminit.set_seed(3)
    eager = build()
    paraminit.set_seed(3)
    with paraminit.no_init_parameters():
        lazy = build()
    assert repr(eager) == repr(lazy)
    assert "0x" not in repr(eager)
    parameters = dict(eager.parameters_and_names())
    if eager._auto_prefix:  # wrappers of a network leave its names alone
        assert list(eager.parameters_dict()) == list(parameters)
    assert set(eager.recipes()) == set(parameters)
    for path, p in lazy.parameters_and_names():
        assert p.has_init
        np.testing.assert_array_equal(p.asnumpy(), parameters[path].asnumpy())
    if x is not None:
        paraminit.set_seed(3)
        with paraminit.no_init_parameters():
            lazy = build()
        inputs = x if isinstance(x, tuple) else (x,)
        expected = flat(eager(*inputs))
        assert all(map(torch.equal, flat(lazy(*inputs)), expected))
        for result, plain in zip(flat(eager(*wrapped(inputs))), expected, strict=True):
            assert type(result) is Tensor
            np.testing.assert_array_equal(result.asnumpy(), plain.detach().numpy())


# -- what holds for every layer that takes initializers, a dtype, or has parameters ----------------------


class Counting(Initializer):
    """0, 1, 2, ...: a mistake in order or shape shows."""

    def _initialize(self, arr):
        arr[...] = np.arange(arr.size).reshape(arr.shape)


def maker(layer, build):
    """A function that makes the layer with the arguments of ``build``, but for those it is told."""
    calls, original = [], layer.__init__

    def record(self, *args, **kwargs):
        if type(self) is layer:
            calls.append((args, kwargs))
        original(self, *args, **kwargs)

    with mock.patch.object(layer, "__init__", record):
        build()
    args, kwargs = calls[0]

    def make(**changed):
        call = inspect.signature(layer).bind(*args, **kwargs)
        call.arguments.update(changed)
        return layer(*call.args, **call.kwargs)

    return make


def initializer_arguments(layer):
    """The names of the arguments that say how a parameter's values are made."""
    known = {"embedding_table", "param_init", "w"}
    return [
        name
        for name, argument in inspect.signature(layer).parameters.items()
        if name.endswith("_init") or name in known or argument.annotation == "Init"
    ]


WITH_INITIALIZERS = [
    (name, argument) for name, (layer, *_) in LAYERS.items() for argument in initializer_arguments(layer)
]


def parameter_made_by(make, argument):
    """The name of the one parameter that an argument decides."""
    low, high = (dict(make(**{argument: number}).parameters_and_names()) for number in (0.25, 0.75))
    decided = [
        name for name in low if (low[name].asnumpy() == 0.25).all() and (high[name].asnumpy() == 0.75).all()
    ]
    assert len(decided) == 1, f"{argument} decides {decided}"
    return decided[0]


def check_initializer_argument(layer, build, argument):
    """Every form of initializer works, its values are those of the parameter, and nonsense is refused."""
    make = maker(layer, build)
    path = parameter_made_by(make, argument)

    def made(init):
        return make(**{argument: init}).get_parameter(path)

    assert (made("ones").asnumpy() == 1).all()
    assert made(Normal(0.3)).recipe.initializer == Normal(0.3)
    normal = Normal()
    first, second = made(normal), made(normal)
    assert (first.asnumpy() != second.asnumpy()).all(), "one Initializer used twice draws twice"
    shape = first.flat_shape or tuple(first.shape)
    numbers = np.arange(math.prod(shape), dtype=np.float32)
    np.testing.assert_array_equal(made(Counting()).asnumpy().ravel(), numbers)
    for dtype in (np.float32, np.float16):
        given = Tensor(numbers.reshape(shape).astype(dtype))
        parameter = made(given)
        assert parameter.dtype == first.dtype
        np.testing.assert_array_equal(parameter.asnumpy().ravel(), numbers)
        parameter[...] = -1
        np.testing.assert_array_equal(given.asnumpy().ravel(), numbers, "the Tensor is still the caller's")

    owner = type(make().get_submodule(path.rpartition(".")[0]))  # a part of the layer, or the layer
    none_is_the_default = inspect.signature(owner).parameters[argument].default is None
    who = rf"{owner.__name__}(\.|: ){argument}\b"
    garbage = [(object(), TypeError), (Normal, TypeError), ({}, TypeError), ("nromal", UnknownNameError)]
    garbage += [(Tensor(np.ones((*shape, 1), np.float32)), ArgumentValueError)]
    garbage += [] if none_is_the_default else [(None, TypeError)]
    for wrong, error in garbage:
        paraminit.set_seed(1)
        state = np.random.get_state()[2]
        with pytest.raises(error, match=who) as caught:
            made(wrong)
        assert isinstance(caught.value, ParaminitError)
        assert np.random.get_state()[2] == state, f"a key was drawn before {argument} was refused"


@pytest.mark.parametrize(("name", "argument"), WITH_INITIALIZERS)
def test_initializer_arguments(name, argument):
    layer, build, _ = LAYERS[name]
    check_initializer_argument(layer, build, argument)


def test_the_walk_finds_the_arguments():
    found = {f"{name} {argument}" for name, argument in WITH_INITIALIZERS}
    assert {"nn.Conv3d weight_init", "nn.BatchNorm3d moving_var_init", "nn.PReLU w"} <= found
    assert {"nn.Embedding embedding_table", "nn.DenseBnAct bias_init", "mint.nn.Linear weight_init"} <= found


def check_dtype(layer, build):
    """Every floating-point parameter has the dtype that was asked for."""
    make = maker(layer, build)
    for dtype in (paraminit.float16, paraminit.bfloat16, paraminit.float64):
        for parameter in make(dtype=dtype).get_parameters():
            assert parameter.dtype == dtype or not parameter.is_floating_point(), parameter


@pytest.mark.parametrize(
    "name", [name for name, (layer, *_) in LAYERS.items() if "dtype" in inspect.signature(layer).parameters]
)
def test_dtype(name):
    check_dtype(*LAYERS[name][:2])


def check_copies(build, x):
    """Copies are equal and independent: through deepcopy, pickle and state_dict; lazy ones stay lazy."""
    paraminit.set_seed(3)
    net = build()
    paraminit.set_seed(4)
    other = build()
    other.load_state_dict(net.state_dict())
    with paraminit.no_init_parameters():
        lazy = build()
    assert all(p.has_init for p in copy.deepcopy(lazy).get_parameters())
    inputs = () if x is None else x if isinstance(x, tuple) else (x,)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), other):
        assert repr(twin) == repr(net)
        pairs = list(zip(twin.parameters_and_names(), net.parameters_and_names(), strict=True))
        for (name, theirs), (path, mine) in pairs:
            assert (name, theirs.name, theirs.trains) == (path, mine.name, mine.trains)
            assert theirs is not mine
            np.testing.assert_array_equal(theirs.asnumpy(), mine.asnumpy())
        if x is not None:
            assert all(map(torch.equal, flat(twin(*inputs)), flat(net(*inputs))))
        for (_, theirs), (_, mine) in pairs:
            before = mine.asnumpy().copy()
            theirs[...] = 77
            np.testing.assert_array_equal(mine.asnumpy(), before)


@pytest.mark.parametrize("name", LAYERS)
def test_copies(name):
    check_copies(*LAYERS[name][1:])


def check_gradients(build, x):
    """Each trainable parameter gets a gradient, and no other does."""
    net = build().set_train()
    results = flat(net(*(x if isinstance(x, tuple) else (x,))))
    loss = sum(result.sum() for result in results if result.is_floating_point() and result.requires_grad)
    loss.backward()
    for parameter in net.get_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, parameter
        assert parameter.grad is None or parameter.grad.isfinite().all(), parameter


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (layer, build, x) in LAYERS.items()
        if x is not None and build().trainable_params() and layer is not nn.TrainOneStepCell  # it takes them
    ],
)
def test_gradients_reach_every_trainable_parameter(name):
    check_gradients(*LAYERS[name][1:])


class Right(nn.Cell):
    """A layer as it should be; each class below makes one mistake, which the contract must catch."""

    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        super().__init__()
        shape = (channels,)
        self.weight, self.bias = layer_parameters(
            type(self).__name__, dtype, weight_init=(weight_init, shape), bias_init=(bias_init, shape)
        )

    def construct(self, x):
        return x * self.weight + self.bias


class IgnoresItsArgument(Right):
    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        super().__init__(channels, "ones", bias_init, dtype)


class TakesAnyShape(Right):
    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        super().__init__(channels, weight_init, bias_init, dtype)
        if isinstance(weight_init, torch.Tensor):
            self.weight = Parameter(weight_init)


class SharesTheTensor(Right):
    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        super().__init__(channels, weight_init, bias_init, dtype)
        if isinstance(weight_init, torch.Tensor) and weight_init.dtype == dtype:
            self.weight.data = weight_init.as_subclass(torch.Tensor)


class SeedsItself(Right):
    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        paraminit.set_seed(1)
        super().__init__(channels, weight_init, bias_init, dtype)


class ChecksTooLate(Right):
    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        super().__init__(channels)
        self.weight = layer_parameter("ChecksTooLate", "weight_init", weight_init, (channels,), dtype)


class ForgetsTheDtype(Right):
    def __init__(self, channels, weight_init="normal", bias_init="zeros", dtype=torch.float32):
        super().__init__(channels, weight_init, bias_init)


class CannotBePickled(Right):
    def __init__(self, channels):
        super().__init__(channels)
        self.scale = lambda x: x


class HidesAParameter(Right):
    def construct(self, x):
        return x * self.weight


class DrawsInAnotherOrderWhenLazy(Right):
    def __init__(self, channels, weight_init="normal", bias_init="normal"):
        super().__init__(channels, weight_init, bias_init)
        if self.weight.has_init:
            self.weight, self.bias = (Parameter(initializer(weight_init, (channels,))) for _ in range(2))


INPUT = torch.ones(2, 4)


def about_weight(layer):
    return lambda: check_initializer_argument(layer, lambda: layer(4), "weight_init")


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        (about_weight(IgnoresItsArgument), "decides"),
        (about_weight(TakesAnyShape), "DID NOT RAISE|Not equal|assert"),
        (about_weight(SharesTheTensor), "still the caller's"),
        (about_weight(SeedsItself), "used twice draws twice"),
        (about_weight(ChecksTooLate), "a key was drawn before"),
        (lambda: check_dtype(ForgetsTheDtype, lambda: ForgetsTheDtype(4)), "Float32"),
        (lambda: check_copies(lambda: CannotBePickled(4), INPUT), "pickle"),
        (lambda: check_gradients(lambda: HidesAParameter(4), INPUT), "name=bias"),
        (lambda: check_lazy(lambda: DrawsInAnotherOrderWhenLazy(4), INPUT), "Mismatched elements"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_contract_catches(check, complaint):
    failures = (AssertionError, pytest.fail.Exception, AttributeError, pickle.PicklingError)
    with pytest.raises(failures, match=complaint):
        check()


def test_the_contract_accepts_a_right_layer():
    about_weight(Right)()
    check_initializer_argument(Right, lambda: Right(4), "bias_init")
    check_dtype(Right, lambda: Right(4))
    for check in (check_lazy, check_copies, check_gradients):
        check(lambda: Right(4), INPUT)


@pytest.mark.parametrize("layer", [nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Dense])
def test_defaults(layer):
    arguments = (6, 8, 3) if layer is not nn.Dense else (6, 8)
    net = layer(*arguments, has_bias=True)
    fan_in = math.prod(net.weight.shape[1:])
    assert net.weight.recipe.initializer == HeUniform(math.sqrt(5))
    assert net.bias.recipe.initializer == Uniform(1 / math.sqrt(fan_in))
    with paraminit.profile("mindspore-1"):
        net = layer(*arguments, has_bias=True)
    assert net.weight.recipe.initializer == Normal()
    assert net.bias.recipe.initializer == Zero()
    assert layer(*arguments, has_bias=False).bias is None


def test_dense_is_a_torch_linear():
    net = nn.Dense(3, 4)
    assert isinstance(net, torch.nn.Linear)
    assert (net.in_channels, net.in_features, net.out_channels, net.out_features) == (3, 3, 4, 4)
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(net(x), F.linear(x, net.weight, net.bias))
    assert nn.Dense(3, 4, activation="relu")(x).min() >= 0
    assert nn.Dense(3, 4, activation=nn.ReLU()).activation_flag
    assert not net.activation_flag


def test_reprs():
    assert repr(nn.Dense(3, 4)) == "Dense(input_channels=3, output_channels=4, has_bias=True)"
    assert repr(nn.Dense(3, 4, has_bias=False)) == "Dense(input_channels=3, output_channels=4)"
    assert repr(nn.Conv2d(3, 64, 3, weight_init="normal")) == (
        "Conv2d(input_channels=3, output_channels=64, kernel_size=(3, 3), stride=(1, 1), pad_mode=same, "
        "padding=0, dilation=(1, 1), group=1, has_bias=False, weight_init=normal, bias_init=None, "
        "format=NCHW)"
    )
    assert "weight_init=Normal(sigma=0.2, mean=0.0)" in repr(nn.Conv3d(1, 1, 1, weight_init=Normal(0.2)))
    assert "kernel_size=(1, 3), stride=(1, 2), pad_mode=pad, padding=(0, 0, 4, 4), dilation=(1, 1)" in repr(
        nn.Conv1d(1, 1, 3, stride=2, pad_mode="pad", padding=4)
    )
    assert repr(nn.Dense(1, 1, activation="relu")) == (
        "Dense(\n  input_channels=1, output_channels=1, has_bias=True, activation=ReLU()\n"
        "  (activation): ReLU()\n)"
    )
    assert "weight_init=<Tensor of shape (1, 1, 1)>" in repr(
        nn.Conv1d(1, 1, 1, weight_init=Tensor([[[1.0]]]))
    )
    assert repr(nn.Flatten()) == "Flatten()"


def test_conv2d_with_ones_as_in_the_tutorial():
    weight = Tensor(np.ones([64, 3, 3, 3]), dtype=paraminit.float32)
    output = nn.Conv2d(3, 64, 3, weight_init=weight)(Tensor(np.ones([1, 3, 16, 50], dtype=np.float32)))
    assert output[0, 0, :2, :2].asnumpy().tolist() == [[12, 18], [18, 27]]
    assert output.shape == (1, 64, 16, 50)


def slow_conv(x, w, stride, dilation, pads):
    """The definition, one output element at a time, over one axis and one channel."""
    x = np.pad(x, pads)
    span = dilation * (len(w) - 1) + 1
    return [
        sum(x[s + dilation * k] * w[k] for k in range(len(w))) for s in range(0, len(x) - span + 1, stride)
    ]


@pytest.mark.parametrize("size", [5, 6, 7])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_padding_puts_the_odd_element_at_the_end(size, kernel, stride, dilation):
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    x, w = np.arange(1.0, size + 1), np.arange(1.0, kernel + 1)
    expected = slow_conv(x, w, stride, dilation, (total // 2, total - total // 2))
    assert len(expected) == out
    for axis, layer in ((0, nn.Conv1d), (0, nn.Conv2d), (1, nn.Conv2d), (0, nn.Conv3d), (2, nn.Conv3d)):
        axes = {nn.Conv1d: 1, nn.Conv2d: 2, nn.Conv3d: 3}[layer]
        shape = [1, 1, *(1,) * axes]
        shape[2 + axis] = -1
        if axes == 1:
            net = layer(1, 1, kernel, stride, dilation=dilation)
        else:
            k, s, d = ([1] * axes for _ in range(3))
            k[axis], s[axis], d[axis] = kernel, stride, dilation
            net = layer(1, 1, tuple(k), tuple(s), dilation=tuple(d))
        net.weight.set_data(Tensor(w.reshape(net.weight.shape), paraminit.float32))
        result = net(torch.tensor(x, dtype=torch.float32).reshape(shape))
        assert result.flatten().tolist() == expected


def test_explicit_padding_per_side():
    x = torch.ones(1, 1, 2, 2)
    net = nn.Conv2d(1, 1, 1, pad_mode="pad", padding=(1, 2, 3, 4), weight_init="ones")
    torch.testing.assert_close(net(x), F.pad(x, (3, 4, 1, 2)))
    assert nn.Conv2d(1, 1, 3, pad_mode="pad", padding=1)(x).shape == (1, 1, 2, 2)
    deep = nn.Conv3d(1, 1, 1, pad_mode="PAD", padding=(1, 0, 0, 2, 0, 0), weight_init="ones")
    torch.testing.assert_close(deep(x[None]), F.pad(x[None], (0, 0, 0, 2, 1, 0)))
    assert nn.Conv1d(1, 1, 3, pad_mode="pad", padding=2)(torch.ones(1, 1, 3)).shape == (1, 1, 5)


@pytest.mark.parametrize("group", [1, 2])
def test_convolutions_equal_torchs(group):
    for axes, layer, function in (
        (1, nn.Conv1d, F.conv1d),
        (2, nn.Conv2d, F.conv2d),
        (3, nn.Conv3d, F.conv3d),
    ):
        net = layer(4, 6, 2, stride=2, pad_mode="valid", group=group, has_bias=True)
        x = torch.randn(2, 4, *(6,) * axes)
        weight = net.weight.reshape(6, 4 // group, *(2,) * axes)
        torch.testing.assert_close(net(x), function(x, weight, net.bias, stride=2, groups=group))


def test_conv1d_takes_weights_without_the_height():
    flat = np.arange(6, dtype=np.float32).reshape(2, 1, 3)
    net = nn.Conv1d(1, 2, 3, weight_init=Tensor(flat))
    assert net.weight.shape == (2, 1, 1, 3)
    np.testing.assert_array_equal(net.weight.asnumpy()[:, :, 0], flat)
    net.weight.set_data(Tensor(flat + 1))
    assert net.weight.shape == (2, 1, 1, 3)
    np.testing.assert_array_equal(net.weight.asnumpy()[:, :, 0], flat + 1)
    with pytest.raises(
        ArgumentValueError, match=r"Conv1d.weight_init: the Tensor must have shape \(2, 1, 3\)"
    ):
        nn.Conv1d(1, 2, 3, weight_init=Tensor(flat[:1]))


def test_every_form_of_weight_init():
    for init in ("ones", 1, 1.0, True, np.float32(1), Tensor(np.ones((2, 3))), initializer("ones", [2, 3])):
        net = nn.Dense(3, 2, weight_init=init)
        assert net.weight.dtype == torch.float32
        assert net.weight.asnumpy().tolist() == [[1, 1, 1], [1, 1, 1]]


def test_the_given_tensor_is_copied_and_converted():
    given = Tensor(np.ones((2, 3), np.float16))
    net = nn.Dense(3, 2, weight_init=given)
    assert net.weight.dtype == torch.float32
    net.weight[0, 0] = 9
    assert given[0, 0] == 1
    half = nn.Dense(3, 2, dtype=paraminit.float16)
    assert (half.weight.dtype, half.bias.dtype) == (torch.float16, torch.float16)


def test_one_initializer_used_twice_draws_twice():
    normal = Normal()
    a, b = (nn.Dense(3, 2, weight_init=normal).weight.asnumpy() for _ in range(2))
    assert (a != b).all()


BAD = [
    (
        lambda: nn.Conv2d(3, 64, 3, weight_init="nromal"),
        UnknownNameError,
        "Conv2d.weight_init: There is no ini",
    ),
    (
        lambda: nn.Conv2d(3, 64, 3, weight_init=Normal),
        ArgumentTypeError,
        r"Conv2d.weight_init: .*Write Normal",
    ),
    (
        lambda: nn.Conv2d(3, 64, 3, has_bias=True, bias_init=XavierUniform()),
        ArgumentValueError,
        "Conv2d.bias_init: XavierUniform needs a tensor of 2 or more dimensions",
    ),
    (
        lambda: nn.Dense(3, 4, weight_init=Tensor(np.ones((3, 4)))),
        ArgumentValueError,
        "Dense.weight_init: .*shape",
    ),
    (lambda: nn.Dense(3, 4, bias_init=Tensor([1.0])), ArgumentValueError, r"Dense.bias_init: .*shape \(1,\)"),
    (
        lambda: nn.Dense(3, 4, weight_init=Parameter(1.0)),
        ArgumentTypeError,
        "Dense.weight_init: a Parameter is no",
    ),
    (
        lambda: nn.Dense(1, 1, weight_init=Tensor([[1j]])),
        ArgumentTypeError,
        "complex Tensor cannot initialize",
    ),
    (lambda: nn.Dense(3, 4, dtype="float32"), ArgumentTypeError, "Dense: dtype must be a dtype"),
    (
        lambda: nn.Dense(3, 4, dtype=paraminit.int32),
        ArgumentTypeError,
        "Dense.weight_init: .*int32 cannot hold",
    ),
    (lambda: nn.Conv2d(0, 64, 3), ArgumentValueError, "Conv2d: in_channels must be 1 or more, got 0"),
    (lambda: nn.Conv2d(3.0, 64, 3), ArgumentTypeError, "Conv2d: in_channels must be an int, got 3.0"),
    (lambda: nn.Conv2d(3, True, 3), ArgumentTypeError, "Conv2d: out_channels must be an int, got True"),
    (
        lambda: nn.Conv2d(3, 64, [3, 3]),
        ArgumentTypeError,
        "Conv2d: kernel_size must be an int or a tuple of 2",
    ),
    (lambda: nn.Conv2d(3, 64, 3.0), ArgumentTypeError, "Conv2d: kernel_size must be an int or a tuple"),
    (
        lambda: nn.Conv2d(3, 64, (3, 3, 3)),
        ArgumentValueError,
        r"kernel_size must have 2 entries, got \(3, 3, 3\)",
    ),
    (lambda: nn.Conv2d(3, 64, 0), ArgumentValueError, "Conv2d: kernel_size must be 1 or more, got 0"),
    (lambda: nn.Conv3d(3, 64, 3, stride=-1), ArgumentValueError, "Conv3d: stride must be 1 or more, got -1"),
    (
        lambda: nn.Conv3d(3, 64, 3, dilation=0),
        ArgumentValueError,
        "Conv3d: dilation must be 1 or more, got 0",
    ),
    (lambda: nn.Conv1d(3, 64, (3,)), ArgumentTypeError, r"Conv1d: kernel_size must be an int, got \(3,\)"),
    (lambda: nn.Conv1d(3, 64, 3, padding=(1, 2)), ArgumentTypeError, "Conv1d: padding must be an int"),
    (
        lambda: nn.Conv2d(3, 64, 3, pad_mode="smae"),
        UnknownNameError,
        "no pad_mode of Conv2d named 'smae'. .*'same'",
    ),
    (lambda: nn.Conv2d(3, 64, 3, pad_mode=3), ArgumentTypeError, "Conv2d: pad_mode must be a str, got 3"),
    (lambda: nn.Conv2d(3, 64, 3, padding=1), ArgumentValueError, "padding=1 needs pad_mode='pad'"),
    (lambda: nn.Conv2d(3, 64, 3, "1"), ArgumentTypeError, "Conv2d: stride must be"),
    (
        lambda: nn.Conv2d(3, 64, 3, pad_mode="pad", padding=(1, 1)),
        ArgumentValueError,
        r"padding must be 0 or more, or 4 such numbers .*got \(1, 1\)",
    ),
    (
        lambda: nn.Conv2d(3, 64, 3, pad_mode="pad", padding=-1),
        ArgumentValueError,
        "padding must be 0 or more",
    ),
    (
        lambda: nn.Conv2d(3, 64, 3, pad_mode="pad", padding=[1] * 4),
        ArgumentTypeError,
        "int or a tuple of 4 ints",
    ),
    (lambda: nn.Conv2d(3, 64, 3, group=2), ArgumentValueError, "group must divide in_channels, got group=2"),
    (lambda: nn.Conv2d(4, 6, 3, group=4), ArgumentValueError, "group must divide out_channels, got group=4"),
    (lambda: nn.Conv2d(3, 64, 3, group=0), ArgumentValueError, "group must be 1 or more, got 0"),
    (lambda: nn.Conv2d(3, 64, 3, has_bias=1), ArgumentTypeError, "Conv2d: has_bias must be a bool, got 1"),
    (
        lambda: nn.Conv2d(3, 64, 3, data_format="NHWC"),
        ArgumentValueError,
        "data_format must be 'NCHW', got 'NHWC'",
    ),
    (lambda: nn.Dense(3, 0), ArgumentValueError, "Dense: out_channels must be 1 or more, got 0"),
    (lambda: nn.Dense(3, 4, has_bias="x"), ArgumentTypeError, "Dense: has_bias must be a bool, got 'x'"),
    (
        lambda: nn.Dense(3, 4, activation="rleu"),
        UnknownNameError,
        "no activation of Dense named 'rleu'. Did you mean 'relu'",
    ),
    (
        lambda: nn.Dense(3, 4, activation=torch.relu),
        ArgumentTypeError,
        "activation must be the name of one, a Cell",
    ),
    (lambda: nn.Flatten(1.0), ArgumentTypeError, "Flatten: start_dim must be an int, got 1.0"),
    (lambda: nn.Flatten(3, 2)(torch.ones(2, 3)), ArgumentValueError, r"shape \(2, 3\) has no axes 3 to 2"),
    (lambda: nn.Flatten()(torch.tensor(1.0)), ArgumentValueError, r"x of shape \(\) has no axes 1 to -1"),
    (lambda: nn.Dense(3, 4)(torch.ones(2, 5)), ArgumentValueError, r"Dense: the last axis of x must have 3"),
    (
        lambda: nn.Conv2d(3, 4, 3)(torch.ones(1, 4, 5, 5)),
        ArgumentValueError,
        "Conv2d: x must have 3 channels, got 4",
    ),
    (lambda: nn.Conv2d(3, 4, 3)(torch.ones(3, 5, 5)), ArgumentValueError, "Conv2d: x must have 4 dimensions"),
    (
        lambda: nn.Conv2d(3, 4, 3)(torch.ones(1, 3, 5, 5, dtype=torch.float64)),
        ArgumentTypeError,
        "must have one floating-point dtype, got torch.float64 and torch.float32",
    ),
    (
        lambda: nn.Conv2d(3, 4, 6, pad_mode="valid")(torch.ones(1, 3, 5, 5)),
        ArgumentValueError,
        "the kernel spans 6 elements of axis 2, the padded input has 5",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_name_layer_and_argument(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)


def test_a_failing_layer_draws_no_key():
    paraminit.set_seed(1)
    state = np.random.get_state()[2]
    for kwargs in ({"pad_mode": "foo"}, {"group": 2}, {"weight_init": "nromal"}):
        with pytest.raises(ParaminitError):
            nn.Conv2d(3, 4, 3, **kwargs)
    assert np.random.get_state()[2] == state


@pytest.mark.parametrize("x", [[1.0], np.ones((1, 1)), None], ids=["list", "array", "None"])
@pytest.mark.parametrize("layer", [nn.Dense(1, 1), nn.Conv2d(1, 1, 1)], ids=["Dense", "Conv2d"])
def test_an_input_that_is_no_tensor(layer, x):
    with pytest.raises(
        ArgumentTypeError, match=f"{type(layer).__name__}: x must be a Tensor, got {type(x).__name__}"
    ):
        layer(x)
