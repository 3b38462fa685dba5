"""`grad` and `value_and_grad`: MindSpore's nesting of results, and gradients that are right."""

from __future__ import annotations

import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, grad, gradients, nn, value_and_grad
from paraminit.common.initializer import initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError

X, Y = Tensor([3.0]), Tensor([4.0])


def product(x, y):
    return x * x * y


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.w = Parameter([2.0])
        self.b = Parameter([1.0])
        self.frozen = Parameter([5.0], requires_grad=False)
        self.unused = Parameter([7.0])

    def construct(self, x):
        return self.w * x * x + self.b + self.frozen * x


def numbers(value):
    """A nested result, with floats in place of its tensors."""
    if isinstance(value, torch.Tensor):
        return value.item()
    return tuple(map(numbers, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("position", "expected"),
    [(0, 24.0), (1, 9.0), ((0, 1), (24.0, 9.0)), ((1, 0), (9.0, 24.0)), ((0,), 24.0)],
)
def test_positions(position, expected):
    """What MindSpore 2.10 returns, nested as it does: of one position a tensor, even if it is a tuple."""
    assert numbers(value_and_grad(product, position)(X, Y)) == (36.0, expected)
    assert numbers(grad(product, position)(X, y=Y)) == expected


@pytest.mark.parametrize(
    ("position", "choose", "expected"),
    [
        (None, lambda net: net.trainable_params(), (9.0, 1.0, 0.0)),
        (None, lambda net: tuple(net.get_parameters()), (9.0, 1.0, 0.0, 0.0)),
        (None, lambda net: net.w, 9.0),
        (None, lambda net: net.frozen, 0.0),
        (None, lambda net: [net.w], (9.0,)),
        (None, lambda net: [net.w, net.w], (9.0, 9.0)),
        (None, lambda net: [], ()),
        (0, lambda net: net.trainable_params(), (17.0, (9.0, 1.0, 0.0))),
        ((0,), lambda net: net.w, (17.0, 9.0)),
    ],
)
def test_weights(position, choose, expected):
    net = Net()
    assert numbers(value_and_grad(net, position, choose(net))(X)) == (34.0, expected)
    assert numbers(grad(net, position, choose(net))(X)) == expected
    assert all(p.grad is None for p in net.get_parameters())


def test_ids():
    net = Net()
    assert numbers(grad(product, (0, 1), return_ids=True)(X, Y)) == ((0, 24.0), (1, 9.0))
    assert numbers(grad(product, return_ids=True)(X, Y)) == (0, 24.0)
    assert numbers(grad(net, 0, [net.w, net.b], return_ids=True)(X)) == (
        (0, 17.0),
        (("w", 9.0), ("b", 1.0)),
    )
    assert numbers(grad(net, None, net.w, return_ids=True)(X)) == ("w", 9.0)


def test_aux_and_several_outputs():
    def three(x, y):
        return x * x * y, x + 1, y

    assert numbers(value_and_grad(three, has_aux=True)(X, Y)) == ((36.0, 4.0, 4.0), 24.0)
    assert numbers(grad(three, has_aux=True)(X, Y)) == (24.0, (4.0, 4.0))
    assert numbers(value_and_grad(three)(X, Y)) == ((36.0, 4.0, 4.0), 25.0)  # of the sum
    assert value_and_grad(lambda x: {"a": [x * 2]})(X)[1].item() == 2
    for alone in (lambda x: x * 2, lambda x: (x * 2,)):
        with pytest.raises(ArgumentValueError, match="has_aux=True needs a function that returns"):
            grad(alone, has_aux=True)(X)


def test_sens():
    assert grad(product, sens_param=True)(X, Y, Tensor([2.0])).item() == 48
    both = value_and_grad(lambda x: (x * x, x), sens_param=True)(Y, (Tensor([3.0]), Tensor([5.0])))
    assert numbers(both) == ((16.0, 4.0), 29.0)
    with pytest.raises(
        ArgumentValueError, match=r"one tensor for each output, of shapes \[\(1,\)\]; got \[\("
    ):
        grad(product, sens_param=True)(X, Y, Tensor([[2.0]]))


def test_tensors_come_out_where_tensors_went_in():
    net = Net()
    seen = []

    def forward(x):
        seen.append(type(x))
        return net(x)

    for x, kind in ((X, Tensor), (torch.tensor([3.0]), torch.Tensor)):
        value, (by_x, (by_w,)) = value_and_grad(forward, 0, [net.w])(x)
        assert type(value) is type(by_x) is type(by_w) is seen.pop() is kind
        assert not any(t.requires_grad for t in (value, by_x, by_w))
    closed = value_and_grad(lambda: net(X), None, [net.w, net.frozen])()
    assert all(type(t) is Tensor for t in (closed[0], *closed[1]))
    assert not X.requires_grad


def test_constants_have_gradient_zero():
    assert numbers(grad(lambda x, y: x * 2, (0, 1))(X, Y)) == (2.0, 0.0)
    assert grad(lambda x: Tensor([1.0]))(X).item() == 0
    assert grad(lambda p: p * p)(Parameter([3.0], requires_grad=False)).item() == 0
    assert grad(lambda p: p * p)(Parameter([3.0])).item() == 6


def test_gradients_of_gradients():
    assert grad(grad(lambda x: x * x * x))(X).item() == 18
    net = Net()

    def penalty(x):
        return (grad(net)(x) ** 2).sum()  # (2 w x + frozen)^2 = 17^2; by w: 2 * 17 * 2 x

    assert numbers(value_and_grad(penalty, None, net.w)(X)) == (289.0, 204.0)
    with torch.no_grad():
        assert grad(product)(X, Y).item() == 24


def test_equals_backward():
    paraminit.set_seed(1)
    net = nn.SequentialCell(nn.Conv2d(1, 3, 3, has_bias=True), nn.Tanh(), nn.Flatten(), nn.Dense(48, 2))
    x = torch.randn(2, 1, 4, 4)
    loss, gradients = value_and_grad(lambda x: net(x).square().sum(), None, net.trainable_params())(x)
    expected = net(x).square().sum()
    expected.backward()
    assert torch.equal(loss, expected.detach())
    for parameter, gradient in zip(net.trainable_params(), gradients, strict=True):
        assert torch.equal(parameter.grad, gradient)


def test_pending_values_are_created():
    with paraminit.no_init_parameters():
        net = nn.Dense(2, 1, weight_init="ones", bias_init="zeros")
    assert numbers(grad(lambda: net.weight.sum() * 2, None, net.bias)()) == 0.0
    assert grad(lambda x: x * 2)(initializer("ones", [1])).item() == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grad(3), ArgumentTypeError, "grad: fn must be a Cell or a function, got int"),
        (
            lambda: value_and_grad(product, None),
            ArgumentValueError,
            "grad_position or weights; both are None",
        ),
        (
            lambda: grad(product, "x"),
            ArgumentTypeError,
            "grad_position must be an int, a tuple of ints or None",
        ),
        (lambda: grad(product, True), ArgumentTypeError, "grad_position must be an int"),
        (lambda: grad(product, [0]), ArgumentTypeError, "grad_position must be an int"),
        (lambda: grad(product, -1), ArgumentValueError, "positions of 0 or more, each once, got -1"),
        (lambda: grad(product, (0, 0)), ArgumentValueError, r"each once, got \(0, 0\)"),
        (lambda: grad(product, ()), ArgumentValueError, r"got \(\)"),
        (lambda: grad(product, 2)(X, Y), ArgumentValueError, "grad_position 2 of a call with 2 arguments"),
        (
            lambda: grad(product)(2.0, Y),
            ArgumentTypeError,
            "argument 0 must be a floating-point tensor .* float",
        ),
        (lambda: grad(product)(Tensor([1]), Y), ArgumentTypeError, "argument 0 .* got torch.int64"),
        (
            lambda: grad(product, None, [X]),
            ArgumentTypeError,
            r"weights\[0\] must be a Parameter, got Tensor",
        ),
        (
            lambda: grad(product, None, (p for p in [])),
            ArgumentTypeError,
            "weights must be a .* got generator",
        ),
        (
            lambda: grad(lambda x: None)(X),
            ArgumentTypeError,
            "must return a tensor, got NoneType. Is a return",
        ),
        (lambda: grad(product, has_aux=1), ArgumentTypeError, "has_aux must be a bool, got 1"),
        (lambda: grad(product, sens_param=True)(), ArgumentValueError, "the last argument must be there"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def reversed_order(found, wanted):
    return found[::-1]


def one_for_the_unused(found, wanted):
    return [torch.ones_like(g) if not g.any() else g for g in found]


def frozen_too(found, wanted):
    return [g + 1 if not w.requires_grad else g for g, w in zip(found, wanted, strict=True)]


def doubled(found, wanted):
    return [2 * g for g in found]


@pytest.mark.parametrize(
    ("wrong", "check", "arguments"),
    [
        (reversed_order, test_positions, ((0, 1), (24.0, 9.0))),
        (doubled, test_positions, (0, 24.0)),
        (one_for_the_unused, test_weights, (None, lambda net: net.trainable_params(), (9.0, 1.0, 0.0))),
        (frozen_too, test_weights, (None, lambda net: net.frozen, 0.0)),
        (doubled, test_equals_backward, ()),
        (doubled, test_gradients_of_gradients, ()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_wrong_gradients_are_noticed(wrong, check, arguments, monkeypatch):
    """Meta-test, for those above."""
    right = gradients._Differentiated._gradients

    def gradients_of(self, outputs, sens, wanted, keep_graph):
        return wrong(right(self, outputs, sens, wanted, keep_graph), wanted)

    monkeypatch.setattr(gradients._Differentiated, "_gradients", gradients_of)
    with pytest.raises(AssertionError):
        check(*arguments)


def test_every_way_to_reach_them():
    from paraminit import ops

    assert ops.grad is paraminit.grad
    assert ops.value_and_grad is paraminit.value_and_grad
