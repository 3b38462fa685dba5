"""What operations on a Parameter give, in a program, inside a Cell, and where torch itself asks."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.arithmetic import Arithmetic
from paraminit.common.initializer import initializer
from paraminit.errors import InitializationError

OPERATIONS = {
    "p + 1": lambda p: p + 1,
    "1 - p": lambda p: 1 - p,
    "p * p": lambda p: p * p,
    "torch tensor * p": lambda p: torch.ones(2, 2) * p,
    "-p": lambda p: -p,
    "p > 0": lambda p: p > 0,
    "p == p": lambda p: p == p,
    "p[0]": lambda p: p[0],
    "next(iter(p))": lambda p: next(iter(p)),
    "p.isnan()": lambda p: p.isnan(),
    "p.sort().values": lambda p: p.sort().values,
    "p @ p.T": lambda p: p @ p.T,
    "p.sum()": lambda p: p.sum(),
    "p.max(1).values": lambda p: p.max(1).values,
    "p.split(1)[0]": lambda p: p.split(1)[0],
    "p.reshape(-1)": lambda p: p.reshape(-1),
    "p.transpose((1, 0))": lambda p: p.transpose((1, 0)),
    "p.to(float64)": lambda p: p.to(torch.float64),
    "p.data": lambda p: p.data,
}


@pytest.fixture(params=[False, True], ids=["eager", "lazy"])
def p(request):
    if not request.param:
        return Parameter([[1.0, 2.0], [3.0, 4.0]])
    with paraminit.no_init_parameters():
        return Parameter(initializer("normal", [2, 2]))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_tensor_in_a_program_and_a_plain_one_inside_a_cell(p, operation):
    class Inside(nn.Cell):
        def construct(self):
            self.seen = operation(p)
            return self.seen

    net, outside = Inside(), operation(p)
    assert type(outside) is Tensor
    assert type(net()) is Tensor
    assert type(net.seen) is torch.Tensor
    expected = operation(Tensor(p.asnumpy()))
    np.testing.assert_array_equal(outside.asnumpy(), expected.asnumpy())


def test_gradients_flow_through_them():
    p = Parameter([1.0, 2.0])
    (3 * p).sum().backward()
    assert p.grad.tolist() == [3, 3]
    assert not p.data.requires_grad
    p.data[0] = 7
    assert p.asnumpy().tolist() == [7, 2]


def makes_tensors(schema):
    return schema.returns and all(str(r.type) in ("Tensor", "Tensor[]", "Tensor(a)") for r in schema.returns)


def test_every_method_that_makes_tensors_is_wrapped():
    """torch lists what its operators return; operators of Python have their own list."""
    made = {s.name.removeprefix("aten::") for s in torch._C._jit_get_all_schemas() if makes_tensors(s)}
    methods = {name for name in made & {*dir(torch.Tensor)} if callable(getattr(torch.Tensor, name))}
    methods = {name for name in methods if not name.startswith("_")}
    in_place = {name for name in methods if name.endswith("_")}
    own = {"clone"}  # Parameter's, which says itself what it gives
    assert len(methods - in_place) > 300
    assert methods - in_place - own - {*vars(Arithmetic)} == set()
    assert in_place & {*vars(Arithmetic)} == set()


def test_every_operator_that_makes_tensors_is_wrapped():
    symbols = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
    symbols += ("lshift", "rshift")
    names = [f"__{side}{symbol}__" for symbol in symbols for side in ("", "r")]
    assert {*names, "__neg__", "__pos__", "__abs__", "__invert__", "__getitem__"} <= {*vars(Arithmetic)}


def test_torch_recognises_the_plain_tensor():
    """torch's own code looks at `.data` to know a Parameter's class, and moves modules with `.to`."""
    seen = eval(
        "lambda p: (type(p.data), type(p.to(dtype)))", {"__name__": "torch.x", "dtype": torch.float64}
    )
    assert seen(Parameter([1.0])) == (torch.Tensor, torch.Tensor)


def test_compiled_programs_trace_them():
    torch.compiler.reset()

    class Net(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter([[1.0, 2.0], [3.0, 4.0]])

        def construct(self, x):
            w = self.w
            y = w.T @ x + w.sum() + w.data.mean() - 1 / w + w.max(0).values + w.transpose((1, 0))
            return y.view(w.size()) + w.size(0) + sum(row.sum() for row in w)

    net, x = Net(), torch.ones(2, 2)
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), net(x))
    compiled(x).sum().backward()
    assert net.w.grad is not None
    torch.compiler.reset()


def test_size_is_a_number_and_can_be_called(p):
    lazy = p.has_init
    assert (p.size, p.size + 1, p.size(), p.size(-1)) == (4, 5, torch.Size([2, 2]), 2)
    assert sum(q.size for q in (p, p)) == 8
    assert (p.strides, p.ndim, p.itemsize, p.nbytes) == ((8, 4), 2, 4, 16)
    assert p.has_init is lazy
    t = Tensor(np.zeros((2, 3, 4), np.float32))
    assert (t.size, t.size(1), t.strides) == (24, 3, (48, 16, 4))


def test_transpose_takes_both_forms():
    t = Tensor(np.arange(24).reshape(2, 3, 4))
    for axes in ((2, 0, 1), (1, 0, 2)):
        for given in (axes, (axes,), (list(axes),)):
            np.testing.assert_array_equal(t.transpose(*given).asnumpy(), t.asnumpy().transpose(axes))
    np.testing.assert_array_equal(t.transpose(0, 2).asnumpy(), t.asnumpy().swapaxes(0, 2))
    np.testing.assert_array_equal(t.transpose().asnumpy(), t.asnumpy().T)
    assert tuple(t.expand_dims(1).shape) == (2, 1, 3, 4)


def test_set_dtype_keeps_the_object_and_its_settings():
    p = Parameter([1.0, 2.0], name="w")
    (p * 2).sum().backward()
    assert p.set_dtype(paraminit.float16) is torch.float16
    assert (p.dtype, p.grad.dtype, p.requires_grad, p.is_leaf) == (torch.float16, torch.float16, True, True)
    p.set_dtype(paraminit.int32)
    assert (p.requires_grad, p.trains, p.grad) == (False, True, None)
    p.set_dtype(paraminit.float32)
    assert p.requires_grad
    assert p.asnumpy().tolist() == [1, 2]


def test_set_dtype_of_a_pending_parameter():
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        p = Parameter(initializer("normal", [3]), name="w", layerwise_parallel=True)
    net = nn.Cell()
    net.w = p
    with pytest.raises(TypeError, match="makes random real numbers, which int32 cannot hold"):
        p.set_dtype(paraminit.int32)
    assert p.dtype == torch.float32
    p.set_dtype(paraminit.bfloat16)
    assert p.has_init
    assert net.w is p
    assert p.layerwise_parallel
    paraminit.set_seed(1)
    expected = Parameter(initializer("normal", [3], paraminit.bfloat16))
    assert torch.equal(p, expected)
    assert p.requires_grad


def test_set_dtype_of_a_pending_parameter_keeps_its_hooks_or_changes_nothing():
    with paraminit.no_init_parameters():
        p = Parameter(initializer("normal", [3]), name="w")
    calls = []
    p.register_hook(calls.append)
    reference = weakref.ref(p)
    with pytest.raises(InitializationError, match=r"'w' cannot change its dtype in place: weak references"):
        p.set_dtype(paraminit.float16)
    assert (p.dtype, p.recipe.dtype, p.has_init) == (torch.float32, np.float32, True)
    assert reference() is p
    del reference
    p.set_dtype(paraminit.float16)
    (p * 2).sum().backward()
    assert (p.dtype, len(calls)) == (torch.float16, 1)


def test_assign_value_takes_on_everything(p):
    value = Tensor(np.arange(3))
    assert p.assign_value(value) is p
    assert (p.dtype, p.asnumpy().tolist(), p.trains) == (torch.int64, [0, 1, 2], True)
    value[0] = 9
    assert p[0] == 0
    with pytest.raises(TypeError, match="assign_value takes a Tensor, got 3"):
        p.assign_value(3)
