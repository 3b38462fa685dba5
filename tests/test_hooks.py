"""Hooks of a Cell."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.errors import ArgumentTypeError


class Product(nn.Cell):
    """Three outputs of two inputs and two weights, all of which have a gradient."""

    def __init__(self):
        super().__init__()
        self.a = Parameter(10.0)
        self.b = Parameter(20.0)

    def construct(self, x, y):
        first = x * y
        return first, first * self.a, first * self.a * self.b


def outer():
    net = nn.Cell()
    net.inner = Product()
    net.construct = lambda x, y: net.inner(x, y)
    return net


def inputs():
    return Tensor(np.arange(2.0, 5.0, dtype=np.float32)), Tensor(np.arange(5.0, 8.0, dtype=np.float32))


def numbers(value):
    """Nested lists in place of nested Tensors, each of which is checked to be one."""
    if isinstance(value, tuple):
        return [numbers(item) for item in value]
    assert type(value) is Tensor
    return value.asnumpy().tolist()


PLAIN = (
    [[10, 18, 28], [100, 180, 280], [2000, 3600, 5600]],
    [[[1055, 1266, 1477], [422, 633, 844]], [1176, 560]],
)
# Recorded from MindSpore 2.10 with the hooks of the test.
HOOKED = (
    [[1600, 2800, 4464], [46656, 73629, 108900], [38400, 54000, 72000]],
    [[[596488, 713448, 839816], [5239338, 7073898, 9120426]], [267708, 65760]],
)


def test_hooks_of_all_kinds_together_give_mindspores_numbers():
    net = outer()
    gradients = paraminit.grad(net, (0, 1), net.trainable_params())

    def outcome():
        return numbers(net(*inputs())), numbers(gradients(*inputs()))

    assert outcome() == PLAIN
    inner = net.inner
    handles = [
        inner.register_forward_pre_hook(lambda cell, given: None),
        inner.register_forward_pre_hook(lambda cell, given: (given[0] + 2, given[1] + 3)),
        inner.register_forward_pre_hook(lambda cell, given: (given[0] * 2, given[1] * 3)),
        inner.register_forward_hook(lambda cell, given, out: None),
        inner.register_forward_hook(lambda c, given, out: (given[0] + out[0], given[1] + out[1], out[2])),
        inner.register_forward_hook(lambda c, given, out: (given[0] * out[0], given[1] * out[1], out[2])),
        inner.register_backward_pre_hook(lambda cell, ends: None),
        inner.register_backward_pre_hook(lambda cell, ends: (ends[0] * 2, ends[1] * 3, ends[2] * 4)),
        inner.register_backward_pre_hook(lambda cell, ends: (ends[0] + 2, ends[1] + 3, ends[2] + 4)),
        inner.register_backward_hook(lambda cell, begins, ends: None),
        inner.register_backward_hook(lambda c, g, ends: (g[0] * ends[0], g[1] * ends[1] * ends[2])),
        inner.register_backward_hook(lambda c, g, ends: (g[0] + ends[0], g[1] + ends[1] + ends[2])),
    ]
    assert outcome() == HOOKED
    for handle in handles:
        handle.remove()
    assert outcome() == PLAIN


@pytest.mark.parametrize("kind", [Tensor, torch.tensor], ids=["Tensor", "torch"])
def test_a_forward_hook_sees_what_the_program_works_with(kind):
    seen = []
    net = nn.SequentialCell(nn.Dense(2, 2, weight_init="ones", bias_init="zeros"), nn.ReLU())
    expected = type(kind([1.0]))
    for cell in (net, net[0]):
        cell.register_forward_pre_hook(lambda cell, given: seen.append(type(given[0])))
        cell.register_forward_hook(lambda cell, given, out: seen.extend([type(given[0]), type(out)]))
    assert type(net(kind([[1.0, 2.0]]))) is expected
    assert seen == [expected] * 6


def test_a_hook_may_run_cells_and_change_what_flows():
    net = nn.SequentialCell(nn.Dense(1, 1, weight_init="ones", bias_init="zeros"), nn.Tanh())
    inside = []
    net[1].register_forward_pre_hook(lambda cell, given: inside.append(type(given[0])))
    net[0].register_forward_hook(lambda cell, given, out: nn.ReLU()(out - 5))
    net[1].register_forward_hook(lambda cell, given, out: inside.append(out.asnumpy().item()))
    assert net(Tensor([[2.0]])).item() == 0
    assert inside == [Tensor, 0]


def test_keyword_arguments_and_order():
    class Scaled(nn.Cell):
        def construct(self, x, by=1.0):
            return x * by

    net, seen = Scaled(), []
    net.register_forward_pre_hook(
        lambda cell, args, kwargs: (args, {"by": kwargs["by"] + 1}), with_kwargs=True
    )
    net.register_forward_hook(
        lambda cell, args, kwargs, out: seen.append((len(args), kwargs["by"].item(), out.item())),
        with_kwargs=True,
    )
    net.register_forward_pre_hook(lambda cell, args: seen.append("first"), prepend=True)
    assert net(Tensor([2.0]), by=Tensor([3.0])).item() == 8
    assert seen == ["first", (1, 4.0, 8.0)]


def test_an_input_that_needs_no_gradient_has_none():
    net, seen = nn.SequentialCell(nn.Dense(1, 1, has_bias=False), nn.Dense(1, 1, has_bias=False)), []
    for cell in net:
        cell.register_backward_hook(lambda cell, begins, ends: seen.append((begins[0], type(ends[0]))))
    with pytest.warns(UserWarning, match="no inputs require gradients"):  # torch's own
        paraminit.grad(net, None, net.trainable_params())(Tensor([[1.0]]))
    assert [type(begin) for begin, _ in seen] == [Tensor, type(None)]
    assert [end for _, end in seen] == [Tensor, Tensor]


def test_one_gradient_may_come_without_its_tuple():
    net = nn.ReLU()
    net.register_backward_pre_hook(lambda cell, ends: ends[0] * 2)
    net.register_backward_hook(lambda cell, begins, ends: begins[0] * 10)
    assert paraminit.grad(net)(Tensor([3.0])).item() == 20


@pytest.mark.parametrize("answer", [3, [torch.ones(1)], (torch.ones(1), torch.ones(1)), (1.0,)], ids=str)
@pytest.mark.parametrize("method", ["register_backward_hook", "register_backward_pre_hook"])
def test_bad_answers_of_backward_hooks(method, answer):
    net = nn.ReLU()
    getattr(net, method)(lambda cell, *gradients: answer)
    with pytest.raises(ArgumentTypeError, match="ReLU: a backward hook must return None or 1 gradients"):
        paraminit.grad(net)(Tensor([3.0]))


@pytest.mark.parametrize(
    "method",
    [
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_backward_hook",
        "register_backward_pre_hook",
    ],
)
@pytest.mark.parametrize("hook", ["name", None, 3])
def test_what_cannot_be_called_is_no_hook(method, hook):
    with pytest.raises(ArgumentTypeError, match=rf"{method}: hook_fn must be a function, got {hook!r}"):
        getattr(nn.Cell(), method)(hook)


def double(cell, given, output):
    return output * 2


def test_a_cell_with_hooks_can_be_pickled():
    net = nn.ReLU()
    net.register_forward_hook(double)
    assert pickle.loads(pickle.dumps(net))(Tensor([3.0])).item() == 6
