"""to_float and recompute: what a Cell computes in, and what stays as it is."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

import paraminit
from paraminit import JitConfig, Parameter, Tensor, lazy_inline, mutable, nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

HALF, BRAIN, SINGLE = torch.float16, torch.bfloat16, torch.float32
X = np.random.RandomState(0).randn(8, 3).astype(np.float32)


#: What MindSpore 2.10 answers on a CPU to X: three rows of Dense, one of BatchNorm1d, and its statistics.
DENSE = [[3.1015625, -2.798828125], [4.01171875, 2.458984375], [2.69140625, 0.0869140625]]
NORM = [1.2587890625, -0.10302734375, 1.0166015625]
MEAN = [0.09283142536878586, 0.04857635498046875, -0.021298980340361595]
VARIANCE = [0.950326144695282, 0.9789423942565918, 1.0568666458129883]


class Net(nn.Cell):
    """Notes the dtypes of: input, child's output, their use, an attribute's use, the attribute."""

    def __init__(self):
        super().__init__()
        self.dense, self.relu = nn.Dense(3, 2), nn.ReLU()
        self.scale = Parameter(torch.ones(2))
        self.seen = []

    def construct(self, x):
        dense = self.dense(x)
        result = self.relu(dense) * self.scale
        tied = x @ self.dense.weight.T
        self.seen = [t.dtype for t in (x, dense, result, tied, self.scale)]
        return result


def test_operators_compute_in_it_and_parameters_keep_theirs():
    """As MindSpore does it: the input and the parameters themselves stay float32."""
    paraminit.set_seed(1)
    plain = Net()
    paraminit.set_seed(1)
    net = Net()
    assert net.to_float(HALF) is net
    assert net(Tensor(X)).dtype == HALF
    assert net.seen == [SINGLE, HALF, HALF, HALF, SINGLE]
    for one, other in zip(net.get_parameters(), plain.get_parameters(), strict=True):
        assert one.dtype == SINGLE
        assert torch.equal(one, other)
    assert net.get_flags() == net.dense.get_flags() == {"fp16": True, "fp32": False, "bf16": False}


def test_values_are_mindspores():
    """A half has 11 bits, and three products of up to 2 are rounded and added."""
    weight = Tensor(np.random.RandomState(1).randn(2, 3).astype(np.float32))
    net = nn.Dense(3, 2, weight, "ones").to_float(HALF)
    np.testing.assert_allclose(net(Tensor(X)).asnumpy()[:3], DENSE, atol=3 * 2**-10)
    norm = nn.BatchNorm1d(3).to_float(HALF).set_train()
    np.testing.assert_allclose(norm(Tensor(X)).asnumpy()[0], NORM, rtol=2**-9)
    np.testing.assert_allclose(norm.moving_mean.asnumpy(), MEAN, rtol=1e-5)
    np.testing.assert_allclose(norm.moving_variance.asnumpy(), VARIANCE, rtol=1e-5)


def test_a_cell_below_may_be_told_otherwise():
    net = Net().to_float(HALF)
    net.dense.to_float(SINGLE)
    net(Tensor(X))
    assert net.seen[:3] == [SINGLE, SINGLE, HALF]
    net = Net()
    net.dense.to_float(BRAIN)
    net(Tensor(X))
    assert net.seen == [SINGLE, BRAIN, SINGLE, SINGLE, SINGLE]


def test_one_that_comes_later_follows_the_cells_around_it():
    net = nn.SequentialCell(nn.Dense(3, 2)).to_float(HALF)
    net.append(nn.Dense(2, 2))
    assert net(Tensor(X)).dtype == HALF
    assert net[1].get_flags() == {}
    assert net[1](Tensor(X[:, :2])).dtype == SINGLE


@pytest.mark.parametrize("dtype", [HALF, BRAIN])
def test_gradients_have_the_parameters_dtype(dtype):
    net = Net().to_float(dtype)
    step = paraminit.value_and_grad(lambda x: net(x).sum(), 0, net.trainable_params())
    _, (by_input, by_weights) = step(Tensor(X))
    assert {by_input.dtype, *(gradient.dtype for gradient in by_weights)} == {SINGLE}
    assert all(gradient.abs().sum() > 0 for gradient in by_weights)


@pytest.mark.parametrize(
    ("build", "inputs"),
    [
        (lambda: nn.BatchNorm2d(3), [torch.randn(2, 3, 4, 4)]),
        (lambda: nn.InstanceNorm1d(3), [torch.randn(2, 3, 4)]),
        (lambda: nn.LayerNorm((3,)), [torch.randn(2, 3)]),
        (lambda: nn.GroupNorm(1, 3), [torch.randn(2, 3, 4)]),
        (lambda: nn.LSTM(3, 4), [torch.randn(5, 2, 3)]),
        (lambda: nn.Conv2d(3, 2, 1), [torch.randn(1, 3, 4, 4)]),
        (lambda: nn.Embedding(5, 3), [torch.tensor([1, 2])]),
        (lambda: nn.TransformerEncoderLayer(8, 2, 16), [torch.randn(4, 2, 8)]),
    ],
    ids=lambda value: type(value()).__name__ if callable(value) else "",
)
def test_layers(build, inputs):
    net = build().set_train(False)
    single = net(*inputs)
    half = net.to_float(HALF)(*inputs)
    if isinstance(half, tuple):
        single, half = single[0], half[0]
    assert (single.dtype, half.dtype) == (SINGLE, HALF)
    assert {p.dtype for p in net.get_parameters()} == {SINGLE}
    torch.testing.assert_close(half.float(), single, rtol=0.02, atol=0.02)  # a dozen roundings to 11 bits


def test_survives_copies_and_compiles():
    net = nn.SequentialCell(nn.Dense(3, 2), nn.ReLU()).to_float(BRAIN)
    expected = net(torch.from_numpy(X))
    assert expected.dtype == BRAIN
    assert torch.equal(copy.deepcopy(net)(torch.from_numpy(X)), expected)
    with torch.no_grad():
        assert torch.equal(torch.compile(net, backend="eager")(torch.from_numpy(X)), expected)


def test_conversions_and_writes_are_left_alone():
    class Writing(nn.Cell):
        def construct(self, x, total):
            total.add_(x)
            total[0] += 1
            return x.double() + 0.1, x.to(torch.float64), float(x), total

    exact = 1 + 2**-20
    total = torch.zeros(1)
    rounded, kept, number, same = Writing().to_float(HALF)(torch.tensor([exact]), total)
    assert (rounded.dtype, kept.item(), number) == (HALF, exact, exact)
    assert same is total
    assert total.item() == pytest.approx(2, abs=1e-5)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (torch.int32, ArgumentValueError, "Dense.to_float: dst_type must be float16, bfloat16 or float32"),
        (torch.float64, ArgumentValueError, "got torch.float64"),
        ("float16", ArgumentTypeError, "Dense.to_float: dst_type must be a dtype"),
    ],
)
def test_other_dtypes_are_refused(bad, error, message):
    net = nn.Dense(3, 2)
    with pytest.raises(error, match=message):
        net.to_float(bad)
    assert net.get_flags() == {}


# -- recompute ----------------------------------------------------------------------------------------


class Counted(nn.Cell):
    def __init__(self):
        super().__init__()
        self.net, self.calls = Net(), 0

    def construct(self, x):
        self.calls += 1
        return self.net(x).sum()


@pytest.mark.parametrize("dtype", [None, BRAIN])
def test_recompute_changes_no_gradient(dtype):
    cell = Counted()
    if dtype is not None:
        cell.to_float(dtype)
    step = paraminit.value_and_grad(cell, None, cell.trainable_params())
    value, gradients = step(Tensor(X))
    assert cell.calls == 1
    assert cell.recompute() is None
    again, recomputed = step(Tensor(X))
    assert cell.calls == 3, "once more for the gradients"
    assert torch.equal(value, again)
    assert all(map(torch.equal, gradients, recomputed))
    with torch.no_grad():
        cell(Tensor(X))
    assert cell.calls == 4


def test_recompute_knows_mindspores_arguments():
    cell = Counted()
    cell.recompute(mp_comm_recompute=False, recompute_slice_activation=True)
    with pytest.raises(UnknownNameError, match=r"no argument of Counted\.recompute named 'mp_com_recompute'"):
        cell.recompute(mp_com_recompute=False)


# -- graphs -------------------------------------------------------------------------------------------


def test_compiling_for_inputs_creates_values():
    with paraminit.no_init_parameters():
        net = nn.Dense(3, 2)
    assert net.compile(Tensor(X)) is None
    assert not net.weight.has_init
    assert net.compile_and_run(Tensor(X)).shape == (8, 2)
    net.set_inputs(Tensor(X))
    net.set_jit_config(JitConfig(jit_level="O1"))
    with pytest.raises(ArgumentTypeError, match=r"Dense\.set_jit_config takes a JitConfig, got int"):
        net.set_jit_config(3)
    with pytest.raises(UnknownNameError, match="no jit_level of JitConfig named 'x'"):
        JitConfig(jit_level="x")


def test_what_is_said_to_the_compiler_changes_nothing():
    class Block(nn.Cell):
        @lazy_inline(attrs="depth")
        def __init__(self, depth):
            super().__init__()
            self.depth = depth

    given = [Tensor([1.0])]
    assert Block(3).depth == 3
    assert mutable(given) is given
