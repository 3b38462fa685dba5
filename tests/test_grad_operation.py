"""GradOperation: which gradients, and how nested."""

from __future__ import annotations

import pytest

from paraminit import Parameter, Tensor, nn, ops
from paraminit.errors import ArgumentTypeError, ArgumentValueError

X, Y = Tensor([3.0]), Tensor([4.0])


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.w = Parameter([2.0])
        self.b = Parameter([1.0])
        self.frozen = Parameter([5.0], requires_grad=False)
        self.unused = Parameter([7.0])

    def construct(self, x):
        return self.w * x * x + self.b + self.frozen * x


SQUARE = Net()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 17.0),
        ({"get_all": True}, (17.0,)),
        ({"get_by_list": True}, (9.0, 1.0, 0.0)),
        ({"get_all": True, "get_by_list": True}, ((17.0,), (9.0, 1.0, 0.0))),
    ],
    ids=["first", "all", "list", "both"],
)
@pytest.mark.parametrize("sens", [False, True])
def test_grad_operation(settings, expected, sens):
    """Numbers and nesting of MindSpore 2.10."""

    def numbers(value):
        return tuple(map(numbers, value)) if isinstance(value, tuple) else value.item()

    def halved(value):
        return tuple(map(halved, value)) if isinstance(value, tuple) else value / 2

    asked = ops.GradOperation(**settings, sens_param=sens)
    arguments = (X, Tensor([0.5])) if sens else (X,)
    assert numbers(asked(SQUARE)(*arguments)) == (halved(expected) if sens else expected)
    if "get_by_list" in settings:
        assert numbers(asked(SQUARE, SQUARE.trainable_params())(*arguments)) == numbers(
            asked(SQUARE)(*arguments)
        )
        of_one = asked(SQUARE, SQUARE.w)(*arguments)
        assert (of_one[1] if "get_all" in settings else of_one).item() == (4.5 if sens else 9)


def test_grad_operation_of_all_passes_over_what_is_no_tensor():
    found = ops.GradOperation(get_all=True)(lambda x, n, y: x * n * y)(X, 2, y=Y)
    assert [g.item() for g in found] == [8, 6]


def test_bad_grad_operations():
    with pytest.raises(ArgumentTypeError, match="GradOperation: get_all must be a bool, got 1"):
        ops.GradOperation(get_all=1)
    with pytest.raises(ArgumentValueError, match="get_by_list=True needs weights, or a Cell"):
        ops.GradOperation(get_by_list=True)(lambda x: x)
