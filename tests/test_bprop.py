"""Cells that say themselves what their gradient is."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.errors import ArgumentValueError


class Straight(nn.Cell):
    """Rounds, and lets the gradient through, times a factor."""

    def __init__(self):
        super().__init__()
        self.factor = Parameter(3.0)

    def construct(self, x, factor=2.0):
        return torch.round(x * self.factor)

    def bprop(self, x, factor, out, dout):
        self.seen = type(x), type(out), type(dout), factor, out.tolist()
        return dout * factor, 0.0


@pytest.mark.parametrize("kind", [Tensor, torch.tensor], ids=["Tensor", "torch"])
def test_its_gradient_is_what_bprop_says(kind):
    net = Straight()
    value, gradient = paraminit.value_and_grad(net)(kind([0.5]))
    assert type(value) is type(gradient) is type(kind([0.5]))
    assert (value.item(), gradient.item()) == (2, 2)
    assert net.seen == (torch.Tensor, torch.Tensor, torch.Tensor, 2.0, [2.0])
    assert paraminit.grad(lambda x: net(x, factor=7.0) * 10)(kind([0.5])).item() == 70


def test_the_parameters_of_the_cell_get_no_gradient():
    net = Straight()
    begins, weights = paraminit.grad(net, 0, net.trainable_params())(Tensor([0.5]))
    assert begins.item() == 2
    assert [w.item() for w in weights] == [0]


def test_unless_bprop_gives_it_beside_those_of_the_inputs():
    class Scale(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter([2.0])
            self.b = Parameter([1.0])

        def construct(self, x):
            return self.w * x + self.b

        def bprop(self, x, out, dout):
            return (self.w * dout,), {self.w: dout * x * 100}

    net = Scale()
    begins, weights = paraminit.grad(net, 0, net.trainable_params())(Tensor([0.5]))
    assert begins.item() == 2
    assert [w.item() for w in weights] == [50, 0]


def test_what_bprop_does_not_use_is_not_kept():
    class Cube(nn.Cell):
        def __init__(self):
            super().__init__()
            self.used_bprop_inputs = [1]

        def construct(self, x, factor):
            return x * x * x * factor

        def bprop(self, x, factor, out, dout):
            assert x is out is None
            return dout * factor, None

    net = Cube()
    x = torch.ones(1, requires_grad=True) * 2
    gone = weakref.ref(x)
    out = net(x, torch.tensor([7.0]))
    del x
    assert out.item() == 56
    assert gone() is None
    assert paraminit.grad(net)(Tensor([2.0]), Tensor([7.0])).item() == 7


def test_inside_a_network_and_with_torch():
    net = nn.SequentialCell(nn.Dense(1, 1, weight_init="ones", bias_init="zeros"), Straight())
    net(torch.tensor([[0.5]])).sum().backward()
    assert net[0].weight.grad.item() == 1
    assert net[1].factor.grad is None


def test_structures_keep_their_places():
    class Pair(nn.Cell):
        def construct(self, xy, *, shift=None):
            product = xy[0] * xy["y"] if isinstance(xy, dict) else xy[0] * xy[1]
            return {"product": product + shift, "rest": (xy[0], 3)}

        def bprop(self, xy, out, dout):
            assert out["rest"][1] == 3
            return ((dout["product"] * 10, dout["rest"][0] + 20),)

    net = Pair()
    x, y = (torch.tensor([n], requires_grad=True) for n in (2.0, 5.0))
    out = net((x, y), shift=torch.tensor([1.0], requires_grad=True))
    assert out["product"].item() == 11
    assert out["rest"][1] == 3
    out["product"].backward()
    assert (x.grad.item(), y.grad.item()) == (10, 20)


@pytest.mark.parametrize("single", [True, False], ids=["bare", "tuple"])
def test_one_gradient_may_come_without_its_tuple_and_none_is_zero(single):
    class Product(nn.Cell):
        def construct(self, x, y):
            return x * y

        def bprop(self, x, y, out, dout):
            return dout if single else (None, dout)

    gradients = paraminit.grad(Product(), (0, 1))
    if single:
        with pytest.raises(ArgumentValueError, match=r"Product.bprop must return .* its 2 inputs.* got 1"):
            gradients(Tensor([2.0]), Tensor([3.0]))
    else:
        assert [g.item() for g in gradients(Tensor([2.0]), Tensor([3.0]))] == [0, 1]


def test_a_gradient_of_the_gradient():
    class Square(nn.Cell):
        def construct(self, x):
            return x * x

        def bprop(self, x, out, dout):
            return x * x * dout

    assert paraminit.grad(paraminit.grad(Square()))(Tensor([3.0])).item() == 6


def test_a_subclass_with_another_construct_keeps_it():
    class More(Straight):
        def construct(self, x, factor=4.0):
            return x + 1

    value, gradient = paraminit.value_and_grad(More())(Tensor([0.5]))
    assert (value.item(), gradient.item()) == (1.5, 4)


def test_a_call_leaves_nothing_behind():
    gc.disable()
    try:
        out = Straight()(torch.tensor([0.5], requires_grad=True))
        gone = weakref.ref(out)
        del out
        assert gone() is None
    finally:
        gc.enable()
