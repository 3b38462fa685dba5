"""The torch-style layers: MindSpore 2.10's parameters, torch's results."""

from __future__ import annotations

import hashlib
import itertools
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist

import paraminit
from paraminit import Parameter, Tensor, mint, nn
from paraminit.common.initializer import HeUniform, Normal, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError

CASES = json.loads((Path(__file__).parent / "golden" / "mint-2.10.json").read_text())["cases"]
F64 = torch.float64
NAMES = {"mint": mint, "nn": nn, "float16": paraminit.float16}
IDS = [f"{case['layer']}-{'train' if case['training'] else 'eval'}" for case in CASES]


def build(case):
    paraminit.set_seed(case["seed"])
    return eval(case["layer"], NAMES).set_train(case["training"])


# -- what MindSpore gives ------------------------------------------------------------------------------


def test_every_layer_with_parameters_was_recorded():
    recorded = {
        case["layer"].partition("mint.nn.")[2].partition("(")[0] for case in CASES if case["parameters"]
    }
    assert recorded == {
        *("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "GroupNorm", "LayerNorm"),
        *("Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "Embedding", "Linear", "PReLU"),
    }


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_bits(case, lazy):
    if lazy:
        with paraminit.no_init_parameters():
            net = build(case)
        assert all(p.has_init for p in net.get_parameters())
    else:
        net = build(case)
    assert np.random.get_state()[2] == case["stream"]
    parameters = dict(net.parameters_and_names())
    assert list(parameters) == list(case["parameters"])
    for name, expected in reversed(case["parameters"].items()):  # in whichever order they come into being
        array = parameters[name].asnumpy()
        assert parameters[name].name == name
        assert parameters[name].trains == expected["requires_grad"]
        assert (array.shape, array.dtype.name) == (tuple(expected["shape"]), expected["dtype"])
        assert array.ravel()[:4].tolist() == expected["first"]
        assert array.ravel()[-1].item() == expected["last"]
        assert hashlib.sha256(array.tobytes()).hexdigest() == expected["sha256"]


FORWARD = [case for case in CASES if case["inputs"]]


@pytest.mark.parametrize(
    "case", FORWARD, ids=[f"{name}-{c['inputs']}" for name, c in zip(IDS, CASES, strict=True) if c["inputs"]]
)
def test_forward_where_mindspore_has_a_kernel(case):
    net, numbers = build(case), np.random.RandomState(case["seed"])
    (shape,), (expected,) = case["inputs"], case["outputs"]
    x = torch.from_numpy(numbers.randn(*shape).astype(np.float32))
    for _ in range(2 if case["training"] else 1):
        y = net(x)
    assert list(y.shape) == expected["shape"]
    np.testing.assert_allclose(y.detach().numpy().ravel(), expected["values"], rtol=2e-5, atol=2e-6)
    for name, entry in case["moved"].items():
        found = net.get_parameter(name).asnumpy().ravel()
        np.testing.assert_allclose(found, entry["values"], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: mint.nn.Linear(3, 4), "Linear(input_features=3, output_features=4, has_bias=True)"),
        (
            lambda: mint.nn.Conv2d(4, 6, 3, padding="same"),
            "Conv2d(input_channels=4, output_channels=6, kernel_size=(3, 3), stride=(1, 1), padding=same, "
            "dilation=(1, 1), groups=1, bias=True)",
        ),
        (
            lambda: mint.nn.ConvTranspose2d(4, 6, 3),
            "ConvTranspose2d(input_channels=4, output_channels=6, kernel_size=(3, 3), stride=(1, 1), "
            "padding=(0, 0), dilation=(1, 1), groups=1, bias=True)",
        ),
        (
            lambda: mint.nn.LayerNorm(4),
            "LayerNormExt(normalized_shape=(4,), eps=1e-05, elementwise_affine=True)",
        ),
        (
            lambda: mint.nn.GroupNorm(2, 4),
            "GroupNorm(num_groups=2, num_channels=4, eps=1e-05, affine=True)",
        ),
        (
            lambda: mint.nn.BatchNorm1d(4),
            "BatchNorm1d(num_features=4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
        ),
    ],
    ids=["Linear", "Conv2d", "ConvTranspose2d", "LayerNorm", "GroupNorm", "BatchNorm1d"],
)
def test_repr_is_mindspores(build, text):
    assert repr(build()) == text


def test_the_layers_that_nn_has_too():
    assert mint.nn.Linear is nn.Linear
    assert mint.nn.Embedding is nn.EmbeddingExt
    assert mint.nn.LayerNorm is nn.LayerNormExt
    assert mint.nn.PReLU is nn.PReLUExt
    assert (mint.nn.Dropout, mint.nn.Dropout2d) == (nn.DropoutExt, nn.Dropout2dExt)
    assert isinstance(mint.nn.Linear(2, 3), torch.nn.Linear)
    assert isinstance(mint.nn.Embedding(2, 3), torch.nn.Embedding)


def test_import_as_mindspore():
    program = """
import paraminit
paraminit.install_as_mindspore()
import mindspore as ms
from mindspore import mint
import mindspore.mint.nn as mnn
from mindspore.mint.nn import Linear, Embedding
from mindspore.mint.nn.layer.normalization import BatchNorm2d, SyncBatchNorm
from mindspore.mint.nn.layer.conv import Conv2d, ConvTranspose2d
from mindspore.nn.layer.basic import Dense, Linear as L2
from mindspore.nn.layer.embedding import EmbeddingExt
from mindspore.nn.layer.normalization import LayerNormExt, BatchNorm1d
from mindspore.nn.layer.activation import PReLUExt, ReLU
assert mint is ms.mint is paraminit.mint and mnn is mint.nn
assert Linear is L2 is ms.nn.Linear and Embedding is EmbeddingExt
assert Conv2d is mint.nn.Conv2d is not ms.nn.Conv2d
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("profile", ["default", "mindspore-2.10", "mindspore-1"])
def test_defaults_are_the_same_in_every_profile(profile):
    """1.x has no such layers, so its own defaults do not apply."""
    with paraminit.profile(profile):
        for net in (mint.nn.Linear(6, 4), mint.nn.Conv2d(6, 4, 3)):
            assert net.weight.recipe.initializer == HeUniform(5**0.5)


# -- what torch gives ----------------------------------------------------------------------------------


def twin(ours, theirs):
    """Torch's layer with our layer's values, in float64, so that no sum depends on its order."""
    theirs.double().load_state_dict({name: p.detach() for name, p in ours.parameters_and_names()})
    return theirs


def assert_same(ours, theirs, x):
    """Results and all gradients agree."""
    a, b = x.double().requires_grad_(), x.double().requires_grad_()
    y, expected = ours(a), theirs(b)
    torch.testing.assert_close(y, expected)
    weight = torch.randn_like(expected)
    (y * weight).sum().backward()
    (expected * weight).sum().backward()
    torch.testing.assert_close(a.grad, b.grad)
    gradients = {name: p.grad for name, p in theirs.named_parameters()}
    for name, p in ours.named_parameters():
        if p.requires_grad:
            torch.testing.assert_close(p.grad, gradients[name])


CONVOLUTIONS = [
    {},
    {"stride": 2, "padding": 1, "dilation": 2, "groups": 2},
    {"bias": False, "padding": "valid", "stride": 3},
    {"padding": "same"},
    {"padding": "same", "dilation": 2, "padding_mode": "replicate"},
    {"padding": 2, "padding_mode": "circular", "stride": 2},
    {"padding": 3, "padding_mode": "reflect"},
]


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch's own layer warns of its copy
@pytest.mark.parametrize("arguments", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("kernel", [3, 4])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_convolutions(axes, kernel, arguments):
    ours = getattr(mint.nn, f"Conv{axes}d")(4, 6, kernel, **arguments, dtype=F64)
    theirs = twin(ours, getattr(torch.nn, f"Conv{axes}d")(4, 6, kernel, **arguments))
    x = torch.randn(2, 4, *(8, 7, 9)[:axes], dtype=F64)
    assert_same(ours, theirs, x)
    torch.testing.assert_close(ours(x[0]), theirs(x[0]))


def test_sizes_for_each_axis():
    arguments = {"kernel_size": [2, 3], "stride": (1, 2), "padding": [2, 0], "dilation": (2, 1)}
    ours = mint.nn.Conv2d(2, 4, **arguments, padding_mode="reflect", dtype=F64)
    theirs = torch.nn.Conv2d(2, 4, **{k: tuple(v) for k, v in arguments.items()}, padding_mode="reflect")
    assert_same(ours, twin(ours, theirs), torch.randn(1, 2, 6, 7))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"stride": (2, 3), "padding": (1, 0), "output_padding": 1, "groups": 2},
        {"bias": False, "dilation": 3, "output_padding": [2, 0]},
    ],
    ids=str,
)
def test_transposed_convolution(arguments):
    ours = mint.nn.ConvTranspose2d(4, 6, (2, 3), **arguments, dtype=F64)
    theirs = twin(ours, torch.nn.ConvTranspose2d(4, 6, (2, 3), **arguments))
    x = torch.randn(2, 4, 5, 4, dtype=F64)
    assert_same(ours, theirs, x)
    torch.testing.assert_close(ours(x[1]), theirs(x[1]))


def test_output_size_chooses_the_output_padding():
    ours = mint.nn.ConvTranspose2d(2, 3, 3, stride=3, padding=1, dtype=F64)
    theirs = twin(ours, torch.nn.ConvTranspose2d(2, 3, 3, stride=3, padding=1))
    x = torch.randn(1, 2, 4, 4, dtype=F64)
    for size in ((10, 10), (11, 12)):
        torch.testing.assert_close(ours(x, size), theirs(x, size))
        assert ours(x, output_size=list(size)).shape[2:] == size
    with pytest.raises(ArgumentValueError, match=r"output_size must be from \(10, 10\) to \(12, 12\)"):
        ours(x, (13, 10))


@pytest.mark.parametrize("axes", [1, 2, 3, "Sync"])
@pytest.mark.parametrize("momentum", [0.1, 0.7, None])
@pytest.mark.parametrize(("affine", "track"), list(itertools.product([True, False], repeat=2)))
def test_batch_norm(axes, momentum, affine, track):
    """In training and in evaluation, three batches long, also the statistics."""
    name = "SyncBatchNorm" if axes == "Sync" else f"BatchNorm{axes}d"
    arguments = {"eps": 1e-3, "momentum": momentum, "affine": affine, "track_running_stats": track}
    ours = getattr(mint.nn, name)(3, **arguments, dtype=F64)
    theirs = getattr(torch.nn, "BatchNorm1d" if axes == "Sync" else name)(3, **arguments)
    if affine:
        ours.weight.set_data(Tensor(torch.rand(3) + 0.5))
        ours.bias.set_data(Tensor(torch.randn(3)))
    twin(ours, theirs)
    sizes = (4, 3, 2)[: 1 if axes == "Sync" else axes]
    for training in (True, True, False):
        ours.set_train(training)
        theirs.train(training)
        ours.zero_grad()
        theirs.zero_grad()
        assert_same(ours, theirs, torch.randn(5, 3, *sizes) * 2 + 1)
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for key, value in ours.state_dict().items():
        torch.testing.assert_close(value, state[key])


@pytest.mark.parametrize("arguments", [{}, {"bias": False}, {"elementwise_affine": False}], ids=str)
@pytest.mark.parametrize("shape", [4, (3, 4), [4]], ids=str)
def test_layer_norm(shape, arguments):
    ours = mint.nn.LayerNorm(shape, eps=1e-2, **arguments, dtype=F64)
    for p in ours.get_parameters():
        p.set_data(initializer(Normal(1.0), p.shape, p.dtype))
    assert_same(ours, twin(ours, torch.nn.LayerNorm(shape, eps=1e-2, **arguments)), torch.randn(2, 3, 4))


def test_group_norm_prelu_and_linear():
    x = torch.randn(2, 6, 5)
    for ours, theirs in (
        (mint.nn.GroupNorm(3, 6, 1e-2, dtype=F64), torch.nn.GroupNorm(3, 6, 1e-2)),
        (mint.nn.PReLU(6, 0.1, dtype=F64), torch.nn.PReLU(6)),
        (mint.nn.PReLU(dtype=F64), torch.nn.PReLU()),
        (mint.nn.Linear(5, 3, dtype=F64), torch.nn.Linear(5, 3)),
        (mint.nn.Linear(5, 3, bias=False, dtype=F64), torch.nn.Linear(5, 3, bias=False)),
    ):
        assert_same(ours, twin(ours, theirs), x)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (mint.nn.ReLU6(), torch.nn.ReLU6()),
        (mint.nn.SiLU(), torch.nn.SiLU()),
        (mint.nn.ELU(0.5), torch.nn.ELU(0.5)),
        (mint.nn.GELU(), torch.nn.GELU()),
        (mint.nn.GELU("tanh"), torch.nn.GELU("tanh")),
        (mint.nn.Softmax(0), torch.nn.Softmax(0)),
        (mint.nn.LogSoftmax(-1), torch.nn.LogSoftmax(-1)),
        (mint.nn.Flatten(0, 1), torch.nn.Flatten(0, 1)),
    ],
    ids=lambda layer: repr(layer),
)
def test_activations(ours, theirs):
    assert_same(ours, theirs, torch.randn(3, 4, 5) * 4)


@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_the_axis_of_softmax_that_is_not_said(rank):
    x = torch.randn(*(2, 3, 4, 5)[:rank])
    for name in ("Softmax", "LogSoftmax"):
        torch.testing.assert_close(getattr(mint.nn, name)()(x), getattr(torch.nn, name)()(x))


@pytest.mark.parametrize("layer", [mint.nn.ReLU6, mint.nn.SiLU, mint.nn.ELU])
def test_in_place(layer):
    x = Tensor([-3.0, 8.0])
    expected = layer()(x).asnumpy()
    assert x.asnumpy().tolist() == [-3.0, 8.0]
    np.testing.assert_array_equal(layer(inplace=True)(x).asnumpy(), expected)
    np.testing.assert_array_equal(x.asnumpy(), expected)


def test_dropout():
    """The share p is dropped, the rest divided by 1 - p; in two dimensions whole channels."""
    x = torch.ones(10_000)
    torch.manual_seed(0)
    y = mint.nn.Dropout(0.3).set_train()(x)
    assert set(y.tolist()) == {0.0, float(np.float32(1 / 0.7))}
    # 6 standard errors of a share of n = 10,000: 6 * sqrt(0.3 * 0.7 / n) = 0.0275
    assert abs((y == 0).float().mean().item() - 0.3) < 0.0275
    maps = mint.nn.Dropout2d(0.5).set_train()(torch.ones(8, 16, 3, 3))
    assert {len(set(channel.flatten().tolist())) for channel in maps.flatten(0, 1)} == {1}
    assert 0 < (maps == 0).float().mean() < 1
    assert mint.nn.Dropout(0.3)(x) is x


# -- Embedding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"padding_idx": 1},
        {"padding_idx": -2},
        {"scale_grad_by_freq": True},
        {"max_norm": 1.0, "norm_type": 1.0},
        {"sparse": True},
    ],
    ids=str,
)
def test_embedding(arguments):
    ours = mint.nn.Embedding(6, 3, **arguments, dtype=F64)
    theirs = twin(ours, torch.nn.Embedding(6, 3, **arguments))
    x = torch.tensor([[4, 1, 4], [0, 4, 5]])
    y, expected = ours(x), theirs(x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(ours.weight.detach(), theirs.weight.detach())  # max_norm changes it
    (y * torch.arange(18, dtype=F64).view(2, 3, 3)).sum().backward()
    (expected * torch.arange(18, dtype=F64).view(2, 3, 3)).sum().backward()
    assert ours.weight.grad.is_sparse == theirs.weight.grad.is_sparse
    torch.testing.assert_close(ours.weight.grad.to_dense(), theirs.weight.grad.to_dense())
    torch.testing.assert_close(ours(x.int()), theirs(x))


def test_given_weight_is_copied_as_it_is():
    given = Tensor(np.ones((4, 2), np.float32))
    net = mint.nn.Embedding(4, 2, padding_idx=1, _weight=given)
    assert net.weight.asnumpy().all()  # row 1 too, as in MindSpore and torch
    net.weight[0] = 5
    assert given.asnumpy()[0].tolist() == [1, 1]
    array = np.ones((4, 2))
    net = mint.nn.Embedding(4, 2, _weight=array, _freeze=True)
    assert (net.weight.dtype, net.weight.requires_grad) == (torch.float64, False)
    array[:] = 7
    assert net.weight.asnumpy().max() == 1
    half = mint.nn.Embedding(4, 2, _weight=given, dtype=paraminit.float16)
    assert half.weight.dtype == torch.float16
    with paraminit.no_init_parameters():
        lazy = mint.nn.Embedding(4, 2, _weight=initializer("ones", (4, 2)))
    assert lazy.weight.has_init
    assert lazy.weight.asnumpy().all()


def test_padding_row_of_a_pending_table():
    paraminit.set_seed(2)
    full = mint.nn.Embedding(4, 2).weight.asnumpy()
    with paraminit.no_init_parameters():
        paraminit.set_seed(2)
        net = mint.nn.Embedding(4, 2, padding_idx=-1)
    assert net.weight.has_init
    np.testing.assert_array_equal(net.weight.asnumpy(), [*full[:3], [0, 0]])


# -- several processes ---------------------------------------------------------------------------------

OTHER = "import runpy, sys; runpy.run_path(sys.argv[1])['one_of_two'](1, sys.argv[2])"


def one_of_two(rank, folder):
    """One process's part of a batch, compared with torch's BatchNorm on the whole."""
    minute = timedelta(minutes=1)
    dist.init_process_group(
        "gloo", store=dist.FileStore(f"{folder}/store", 2), rank=rank, world_size=2, timeout=minute
    )
    try:
        numbers = torch.Generator().manual_seed(0)
        x, w = (torch.randn(7, 3, 4, generator=numbers) for _ in range(2))
        x = x * 3 + 100  # of which a sum of squares would lose the variance
        part = slice(0, 2) if rank == 0 else slice(2, 7)
        theirs, ours = torch.nn.BatchNorm1d(3).double(), mint.nn.SyncBatchNorm(3).set_train()
        a, b = x[part].clone().requires_grad_(), x.double().requires_grad_()
        y, expected = ours(a), theirs(b)
        (y * w[part]).sum().backward()
        (expected * w).sum().backward()
        found = [y, a.grad, ours.running_mean, ours.running_var, ours.num_batches_tracked]
        wanted = [expected[part], b.grad[part], theirs.running_mean, theirs.running_var, torch.tensor(1)]
        for p, q in zip((ours.weight, ours.bias), theirs.parameters(), strict=True):
            dist.all_reduce(p.grad)
            found.append(p.grad)
            wanted.append(q.grad)
        found.append(ours.set_train(False)(x))
        wanted.append(theirs.eval()(x.double()))
        for tensor, other in zip(found, wanted, strict=True):
            # x of 100 in float32 is exact to 4e-6, and so is (x - mean) / 3
            torch.testing.assert_close(tensor, other, rtol=1e-5, atol=1e-5, check_dtype=False)
    finally:
        dist.destroy_process_group()


def test_sync_batch_norm_over_two_processes_is_one_batch(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, __file__, tmp_path], stderr=subprocess.PIPE, text=True
    )
    try:
        one_of_two(0, tmp_path)
    finally:
        errors = other.communicate(timeout=120)[1]
    assert other.returncode == 0, errors


# -- bad input -----------------------------------------------------------------------------------------

M = mint.nn
BAD = [
    (lambda: M.Linear(3.0, 4), ArgumentTypeError, "Linear: in_features must be an int, got 3.0"),
    (lambda: M.Linear(3, 0), ArgumentValueError, "Linear: out_features must be 1 or more, got 0"),
    (lambda: M.Linear(3, 4, bias=1), ArgumentTypeError, "Linear: bias must be a bool, got 1"),
    (lambda: M.Linear(3, 4, weight_init="nromal"), UnknownNameError, "Linear.weight_init: There is no init"),
    (lambda: M.Linear(3, 4, weight_init=Tensor(np.ones((3, 4)))), ArgumentValueError, "Linear.weight_init: "),
    (lambda: M.Linear(3, 4, dtype="float32"), ArgumentTypeError, "Linear: dtype must be a dtype"),
    (lambda: M.Linear(3, 4)(torch.ones(2, 4)), ArgumentValueError, "Linear: the last axis of x must have 3"),
    (
        lambda: M.Embedding(5, 3, 5),
        ArgumentValueError,
        "EmbeddingExt: padding_idx must be from -5 to 4, got 5",
    ),
    (lambda: M.Embedding(5, 3, -6), ArgumentValueError, "padding_idx must be from -5 to 4, got -6"),
    (lambda: M.Embedding(5, 3, True), ArgumentTypeError, "padding_idx must be an int or None, got True"),
    (lambda: M.Embedding(5, 3, max_norm="a"), ArgumentTypeError, "EmbeddingExt: max_norm must be a real"),
    (lambda: M.Embedding(5, 3, max_norm=-1.0), ArgumentValueError, "max_norm must be positive, got -1.0"),
    (lambda: M.Embedding(5, 3, scale_grad_by_freq=1), ArgumentTypeError, "scale_grad_by_freq must be a bool"),
    (lambda: M.Embedding(5, 3, _freeze=1), ArgumentTypeError, "EmbeddingExt: _freeze must be a bool"),
    (lambda: M.Embedding(5, 3, _weight="ones"), ArgumentTypeError, "_weight must be a Tensor or an array"),
    (lambda: M.Embedding(5, 3, _weight=Tensor([1.0])), ArgumentValueError, "EmbeddingExt._weight: .*shape"),
    (lambda: M.Embedding(5, 3, _weight=Parameter(1.0)), ArgumentTypeError, "_weight: a Parameter is no"),
    (lambda: M.Embedding(5, 3)(torch.ones(2)), ArgumentTypeError, "EmbeddingExt: input must hold integers"),
    (lambda: M.LayerNorm(()), ArgumentValueError, "LayerNormExt: normalized_shape must not be empty"),
    (lambda: M.LayerNorm(4.0), ArgumentTypeError, "LayerNormExt: normalized_shape must be an int, got 4.0"),
    (lambda: M.LayerNorm(4, eps="a"), ArgumentTypeError, "LayerNormExt: eps must be a real number"),
    (lambda: M.LayerNorm(4)(torch.ones(2, 3)), ArgumentValueError, r"last axes of input must be \(4,\)"),
    (lambda: M.GroupNorm(2, 5), ArgumentValueError, "GroupNorm: num_groups must divide num_channels"),
    (lambda: M.GroupNorm(2, 4)(torch.ones(4)), ArgumentValueError, "must have 4 channels on axis 1"),
    (lambda: M.PReLU(3, "a"), ArgumentTypeError, "PReLUExt: init must be a real number, got 'a'"),
    (lambda: M.PReLU(3, float("nan")), ArgumentValueError, "PReLUExt: init must be finite"),
    (lambda: M.PReLU(3)(torch.ones(2, 4)), ArgumentValueError, "PReLUExt: x must have 3 channels on axis 1"),
    (lambda: M.Conv1d(4, 6, 3, padding=(1, 2)), ArgumentValueError, "padding must be 0 or more, or 1 such"),
    (lambda: M.Conv2d(4, 6, 3.0), ArgumentTypeError, "Conv2d: kernel_size must be an int or a tuple of 2"),
    (lambda: M.Conv2d(4, 6, [3]), ArgumentValueError, r"Conv2d: kernel_size must have 2 entries, got \(3,\)"),
    (lambda: M.Conv2d(4, 6, 3, padding=-1), ArgumentValueError, "Conv2d: padding must be 0 or more"),
    (lambda: M.Conv2d(4, 6, 3, padding=1.0), ArgumentTypeError, "Conv2d: padding must be an int or a tuple"),
    (lambda: M.Conv2d(4, 6, 3, padding="smae"), UnknownNameError, "padding of Conv2d named 'smae'.*'same'"),
    (lambda: M.Conv2d(4, 6, 3, 2, "same"), ArgumentValueError, "padding='same' needs stride=1, got stride=2"),
    (lambda: M.Conv2d(4, 6, 3, padding_mode="zero"), UnknownNameError, "padding_mode of Conv2d named 'zero'"),
    (lambda: M.Conv2d(4, 6, 3, padding_mode=[]), UnknownNameError, r"padding_mode of Conv2d named '\[\]'"),
    (
        lambda: M.Conv2d(4, 6, 3, groups=4),
        ArgumentValueError,
        "groups must divide out_channels, got groups=4",
    ),
    (lambda: M.Conv2d(4, 6, 3, groups=0), ArgumentValueError, "Conv2d: groups must be 1 or more, got 0"),
    (lambda: M.Conv2d(4, 6, 3, bias=0), ArgumentTypeError, "Conv2d: bias must be a bool, got 0"),
    (lambda: M.Conv2d(4, 6, 3, dtype="x"), ArgumentTypeError, "Conv2d: dtype must be a dtype"),
    (
        lambda: M.Conv2d(4, 6, 3)(torch.ones(6, 6)),
        ArgumentValueError,
        r"must have 4 dimensions .*or 3 without",
    ),
    (lambda: M.Conv2d(4, 6, 3)([1.0]), ArgumentTypeError, "Conv2d: input must be a Tensor, got list"),
    (lambda: M.Conv2d(4, 6, 3)(torch.ones(1, 3, 6, 6)), ArgumentValueError, "Conv2d: x must have 4 channels"),
    (lambda: M.Conv2d(4, 6, 9)(torch.ones(1, 4, 6, 6)), ArgumentValueError, "spans 9 elements of axis 2"),
    (
        lambda: M.Conv1d(1, 1, 1, padding=3, padding_mode="reflect")(torch.ones(1, 1, 3)),
        ArgumentValueError,
        "Conv1d: padding_mode='reflect' can add 2 elements to either side of axis 2, which has 3",
    ),
    (
        lambda: M.Conv1d(1, 1, 1, padding=4, padding_mode="circular")(torch.ones(1, 1, 3)),
        ArgumentValueError,
        "Conv1d: padding_mode='circular' can add 3 elements",
    ),
    (lambda: M.ConvTranspose2d(4, 6, 3, padding_mode="reflect"), ArgumentValueError, "must be 'zeros'"),
    (lambda: M.ConvTranspose2d(4, 6, 3, 2, output_padding=2), ArgumentValueError, "below stride or dilation"),
    (
        lambda: M.ConvTranspose2d(4, 6, 3, padding="same"),
        ArgumentTypeError,
        "padding must be an int or a tup",
    ),
    (lambda: M.ConvTranspose2d(4, 6, 3, groups=4), ArgumentValueError, "groups must divide out_channels"),
    (
        lambda: M.ConvTranspose2d(4, 6, 3, padding=2)(torch.ones(4, 1, 1)),
        ArgumentValueError,
        "ConvTranspose2d: padding=.* leaves nothing of an input of shape",
    ),
    (
        lambda: M.ConvTranspose2d(4, 6, 3)(torch.ones(1, 3, 5, 5)),
        ArgumentValueError,
        "ConvTranspose2d: input must have 4 channels",
    ),
    (lambda: M.BatchNorm2d(0), ArgumentValueError, "BatchNorm2d: num_features must be 1 or more, got 0"),
    (lambda: M.BatchNorm2d(3, eps=-1), ArgumentValueError, "BatchNorm2d: eps must be 0 or more, got -1"),
    (lambda: M.BatchNorm2d(3, momentum=2.0), ArgumentValueError, "momentum must be from 0 to 1, got 2.0"),
    (lambda: M.BatchNorm2d(3, momentum="a"), ArgumentTypeError, "BatchNorm2d: momentum must be a real"),
    (lambda: M.BatchNorm3d(3, affine=1), ArgumentTypeError, "BatchNorm3d: affine must be a bool, got 1"),
    (
        lambda: M.BatchNorm1d(3)(torch.ones(2, 3, 4, 5)),
        ArgumentValueError,
        "BatchNorm1d: input must have 2 or 3 dimensions and 3 channels",
    ),
    (
        lambda: M.SyncBatchNorm(3, process_group="g"),
        ArgumentTypeError,
        "process_group must be a group made by",
    ),
    (lambda: M.Softmax(1.0), ArgumentTypeError, "Softmax: dim must be an int or None, got 1.0"),
    (lambda: M.GELU(True), UnknownNameError, "approximate of GELU named 'True'"),
    (lambda: M.SiLU(1), ArgumentTypeError, "SiLU: inplace must be a bool, got 1"),
    (lambda: M.Dropout(1.5), ArgumentValueError, "DropoutExt: p must be from 0 to 1, got 1.5"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_name_layer_and_argument(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)


def test_a_failing_layer_draws_no_key():
    paraminit.set_seed(1)
    state = np.random.get_state()[2]
    for build in (
        lambda: M.Linear(3, 4, bias=1),
        lambda: M.Linear(3, 4, weight_init="nromal"),
        lambda: M.Embedding(5, 3, 5),
        lambda: M.Embedding(5, 3, dtype="float32"),
        lambda: M.Conv2d(4, 6, 3, padding_mode="zero"),
        lambda: M.Conv2d(4, 6, 3, bias=0),
        lambda: M.Conv2d(4, 6, 3, dtype="float32"),
        lambda: M.ConvTranspose2d(4, 6, 3, 2, output_padding=2),
    ):
        with pytest.raises(ParaminitError):
            build()
    assert np.random.get_state()[2] == state
