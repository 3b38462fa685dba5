"""Where MindSpore and torch understand one call differently: torch's way, but MindSpore's in its programs."""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.common.initializer import _INITIALIZER_ALIAS, Initializer, Normal, _register, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError


@pytest.fixture
def mindspore(monkeypatch):
    """A process in which `import mindspore` means this package."""
    monkeypatch.setitem(sys.modules, "mindspore", paraminit)
    return paraminit


KINDS = [lambda data: Tensor(data), lambda data: Parameter(data, name="p")]


@pytest.mark.parametrize("make", KINDS, ids=["Tensor", "Parameter"])
def test_torchs_methods_elsewhere(make):
    t, plain = make([[1.0, 3.0], [5.0, 2.0]]), torch.tensor([[1.0, 3.0], [5.0, 2.0]])
    assert t.std().item() == plain.std().item()
    assert t.var(1, unbiased=False).tolist() == plain.var(1, unbiased=False).tolist()
    assert t.max(axis=1).indices.tolist() == [1, 0]
    assert t.min(0).values.tolist() == [1.0, 2.0]
    assert t.equal(plain) is True
    with pytest.raises(RuntimeError):
        Tensor([1, 2]).mean()


@pytest.mark.parametrize("make", KINDS, ids=["Tensor", "Parameter"])
def test_mindspores_arguments_everywhere(make):
    t = make([[1.0, 3.0], [5.0, 2.0]])
    assert t.std(axis=1, ddof=0).tolist() == [1.0, 1.5]
    assert t.max(axis=1, initial=4.0).tolist() == [4.0, 5.0]
    assert [r.tolist() for r in t.min(axis=1, return_indices=True)] == [[1.0, 2.0], [0, 1]]
    assert t.mean(axis=0, keep_dims=True).tolist() == [[3.0, 2.5]]
    assert (t > 2).all(axis=1, keep_dims=True).tolist() == [[False], [False]]
    assert t.norm(ord=1).item() == 11.0
    with pytest.raises(TypeError, match="axis, ddof, keepdims"):
        t.std(ddof=0, dim=1)


@pytest.mark.parametrize("make", KINDS, ids=["Tensor", "Parameter"])
def test_mindspores_methods_in_its_programs(make, mindspore):
    t = make([[1.0, 3.0], [5.0, 2.0]])
    assert t.var(0).tolist() == [4.0, 0.25]
    assert t.var(0, unbiased=True).tolist() == [8.0, 0.5]
    assert t.max(axis=1).tolist() == [3.0, 5.0]
    assert type(t.max(1)) is tuple
    assert t.equal(t).tolist() == [[True, True], [True, True]]
    assert Tensor([1, 4]).mean().tolist() == 2
    inside = []

    class Reads(nn.Cell):
        def construct(self, x):
            inside.append(t.std().item())
            return x

    Reads()(torch.ones(1))
    assert inside == [torch.std(torch.tensor([1.0, 3.0, 5.0, 2.0])).item()]


def test_compiled_programs_trace_them(mindspore):
    class Reads(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter([1.0, 3.0])

        def construct(self, x):
            x += self.w.mean() + self.w.max() + self.w.std(ddof=0) + self.w.norm()
            return x

    net = Reads()
    compiled = torch.compile(net, backend="eager", fullgraph=True)
    assert torch.equal(compiled(torch.zeros(2)), net(torch.zeros(2)))


def test_augmented_assignment(monkeypatch):
    t = alias = Tensor([5.0, 7.0])
    t += 1
    t //= 2
    assert t is alias  # torch's, in place
    p = same = Parameter([1.0], name="p")
    with torch.no_grad():
        p *= 3
    assert p is same
    assert p.tolist() == [3.0]
    monkeypatch.setitem(sys.modules, "mindspore", paraminit)
    t -= 1
    p /= 2
    assert (t.tolist(), alias.tolist()) == ([2.0, 3.0], [3.0, 4.0])
    assert (p.tolist(), same.tolist()) == ([1.5], [3.0])
    assert type(p) is Tensor


def test_optimizers_write_in_place_in_a_program(mindspore):
    p = Parameter([1.0], name="p")
    optimizer = torch.optim.SGD([p], lr=0.5, momentum=0.9)
    p.grad = torch.ones(1)
    optimizer.step()
    assert p.tolist() == [0.5]


@pytest.mark.parametrize("ask", [bool, lambda t: t.item()], ids=["bool", "item"])
def test_only_one_element_is_a_number(ask):
    """ValueError, as in MindSpore."""
    assert ask(Tensor([2])) == ask(2) if ask is bool else 2
    for data in ([], [1, 2]):
        with pytest.raises(ArgumentValueError, match="one element"):
            ask(Tensor(data))


def test_assign_value_of_a_tensor():
    t = initializer(Normal(), [2])
    before = np.random.get_state()[2]
    assert t.assign_value(Tensor([[1, 2, 3]])) is t
    assert np.random.get_state()[2] == before  # no key was drawn
    assert (t.dtype, t.tolist(), t.has_init) == (torch.int64, [[1, 2, 3]], False)
    source = Tensor([1.5])
    t.assign_value(source)
    source[0] = 0
    assert t.tolist() == [1.5]
    with pytest.raises(ArgumentTypeError, match="takes a Tensor"):
        t.assign_value([1.0])


def test_a_programs_class_may_take_a_name_of_ours_but_none_of_mindspores(monkeypatch):
    names = dict(_INITIALIZER_ALIAS)
    try:

        @_register("glorot_normal", "normal", "mine")
        class Mine(Initializer):
            def _initialize(self, arr):
                arr[...] = 7

        @_register("mine")
        class Second(Mine):
            pass

        assert initializer("Glorot_Normal", [1]).asnumpy() == [7]
        assert _INITIALIZER_ALIAS["mine"] is Mine
        assert _INITIALIZER_ALIAS["normal"] is Normal
    finally:
        _INITIALIZER_ALIAS.clear()
        _INITIALIZER_ALIAS.update(names)


def test_tensor_is_also_a_function_and_still_a_module():
    assert import_module("paraminit.tensor").Tensor is Tensor
    assert type(paraminit.tensor([1.0], dtype=torch.float16)) is Tensor
    assert paraminit.is_tensor(paraminit.from_numpy(np.zeros(2)))
    assert not paraminit.is_tensor(np.zeros(2))


def test_jit_leaves_functions_and_cells_as_they_are():
    cell = nn.ReLU()
    assert paraminit.jit(cell) is cell
    assert paraminit.jit(capture_mode="ast")(abs) is abs
