"""Flags, buffers, renaming and the border of a Cell."""

from __future__ import annotations

import pytest
import torch

from paraminit import Parameter, Tensor, context, nn
from paraminit.common.initializer import initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError, UnknownNameError


@pytest.fixture(autouse=True)
def _fresh_settings():
    yield
    context.reset_auto_parallel_context()


def names(cell):
    return [p.name for p in cell.get_parameters()]


def test_flags():
    net = nn.SequentialCell(nn.ReLU(), nn.SequentialCell(nn.ReLU()))
    assert (nn.Cell().get_flags(), nn.Cell(flags={"depth": 3}).get_flags()) == ({}, {"depth": 3})
    assert net.add_flags(a=1) is net
    assert net.add_flags_recursive(b=2) is net
    assert (net.get_flags(), net.a, net[1][0].get_flags(), net[1][0].b) == ({"a": 1, "b": 2}, 1, {"b": 2}, 2)
    assert nn.ReLU().get_flags() == {}
    assert (net.cls_name, net.requires_grad, net.set_grad().requires_grad) == ("SequentialCell", False, True)


def test_comm_fusion_reaches_trainable_parameters():
    net = nn.SequentialCell(nn.Dense(1, 1))
    net[0].bias.requires_grad = False
    assert net.set_comm_fusion(3) is net
    assert [p.comm_fusion for p in net.get_parameters()] == [3, 1]
    net.set_comm_fusion(4, recurse=False)
    assert net[0].weight.comm_fusion == 3
    for bad, error in ((-1, ArgumentValueError), ("a", ArgumentTypeError)):
        with pytest.raises(error, match="comm_fusion must be"):
            nn.Cell().set_comm_fusion(bad)


def test_apply_visits_children_first():
    seen = []
    net = nn.SequentialCell(nn.ReLU(), nn.SequentialCell(nn.Flatten()))
    assert net.apply(lambda cell: seen.append(cell.cls_name)) is net
    assert seen == ["ReLU", "Flatten", "SequentialCell", "SequentialCell"]


def test_buffers_are_in_the_state_and_no_parameters():
    inner = nn.Cell()
    inner.register_buffer("mean", Tensor([1.0, 2.0]))
    inner.register_buffer("scratch", Tensor([0.0]), persistent=False)
    inner.register_buffer("none", None)
    net = nn.Cell()
    net.sub = inner
    assert [path for path, _ in net.named_buffers()] == ["sub.mean", "sub.scratch"]
    assert list(net.state_dict()) == ["sub.mean"]
    assert names(net) == []
    assert type(net.sub.mean) is Tensor
    assert net.get_buffer("sub.mean") is inner.mean
    assert net.get_sub_cell("sub") is inner
    for bad in ("a.b", "", "cells"):
        with pytest.raises(KeyError):
            net.register_buffer(bad, Tensor([1.0]))
    with pytest.raises(TypeError):
        net.register_buffer("x", 1.0)


def test_colliding_names_can_be_refreshed():
    cells = nn.CellList([nn.Dense(1, 1, has_bias=False) for _ in "ab"], auto_prefix=False)
    assert names(cells) == ["weight", "weight"]
    cells.check_names_and_refresh_name()
    assert names(cells) == ["0.weight", "1.weight"]
    cells[0].weight.name = "mine"
    cells.check_names_and_refresh_name()
    assert names(cells) == ["mine", "1.weight"]


def test_prefixes_of_cells():
    net = nn.SequentialCell(nn.ReLU(), nn.SequentialCell(nn.ReLU()))
    assert {cell.param_prefix for _, cell in net.cells_and_names()} == {""}
    net.update_cell_prefix()
    assert [cell.param_prefix for _, cell in net.cells_and_names()] == ["", "0", "1", "1.0"]
    assert [path for path, _ in net.cells_and_names({net[1]}, "x")] == ["x", "x.0"]
    with pytest.raises(ParameterNameError, match="got '中'"):
        net.update_parameters_name("中")


def test_a_name_given_before_assignment_is_kept():
    net, p = nn.Cell(), Parameter(1.0)
    p.name = "chosen"
    net.p = p
    assert names(net) == ["chosen"]
    net.twin = Parameter(2.0)
    assert names(net) == ["chosen", "twin"]
    net.copy = net.twin.copy()  # no Cell owns a copy, so it takes a name of its own
    assert names(net) == ["chosen", "twin", "copy"]


def test_insertion_with_a_dot_and_replacement():
    net, p = nn.Cell(), Parameter(1.0)
    net.insert_param_to_cell("a.b", p, check_name_contain_dot=False)
    assert [(path, q.name) for path, q in net.parameters_and_names()] == [("a.b", "a.b")]
    assert getattr(net, "a.b") is p
    net.load_state_dict({"a.b": torch.tensor(5.0)})
    assert p == 5
    net.insert_param_to_cell("c", Parameter(1.0))
    net.insert_param_to_cell("c", replaced := Parameter(2.0))
    assert net.c is replaced
    net.insert_child_to_cell("nothing", None)
    assert [path for path, _ in net.cells_and_names()] == [""]
    net.insert_child_to_cell("nothing", nn.Dense(1, 1, has_bias=False))
    assert names(net) == ["a.b", "c", "nothing.weight"]


def test_without_torch_tensors_a_cell_gives_tensors():
    class Half(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter([2.0, 4.0])
            self.relu = nn.ReLU()

        def construct(self, *x):
            self.inside = type(self.relu(self.w))
            return self.w / 2, {"sum": self.w.sum()}

    net = Half()
    for given in ((), (3,), (Parameter(1.0),), (Tensor([1.0]),)):
        half, more = net(*given)
        assert type(half) is type(more["sum"]) is Tensor
        assert net.inside is torch.Tensor
    assert type(net(torch.ones(1))[0]) is torch.Tensor
    assert type(nn.ReLU()(Parameter([1.0]))) is Tensor


def test_a_forgotten_super_init_is_named():
    class Early(nn.Cell):
        def __init__(self):
            self.depth = 1

    assert Early().depth == 1
    with pytest.raises(AttributeError, match=r"Early.__init__ must call super\(\).__init__\(\) first"):
        Early()(1)


def test_parallel_settings_are_recorded_and_two_modes_wait():
    mode = context.ParallelMode
    assert context.get_auto_parallel_context("device_num") == 1
    context.set_auto_parallel_context(parallel_mode=mode.DATA_PARALLEL, gradients_mean=True)
    assert not Parameter(initializer("ones", [2])).has_init
    for waits in (mode.SEMI_AUTO_PARALLEL, mode.AUTO_PARALLEL):
        context.set_auto_parallel_context(parallel_mode=waits)
        assert Parameter(initializer("ones", [2])).has_init
    for bad, error, message in (
        ({"device_nun": 2}, UnknownNameError, "no auto-parallel setting named 'device_nun'"),
        ({"gradients_mean": 3}, ArgumentTypeError, "gradients_mean must be a bool, got 3"),
        ({"parallel_mode": "x"}, ArgumentValueError, "parallel_mode must be one of stand_alone, .* got 'x'"),
        ({"device_num": 0}, ArgumentValueError, "device_num must be an int of 1 or more, got 0"),
    ):
        with pytest.raises(error, match=message):
            context.set_auto_parallel_context(full_batch=True, **bad)
    assert context.get_auto_parallel_context("full_batch") is False
    context.reset_auto_parallel_context()
    assert context.get_auto_parallel_context("parallel_mode") == "stand_alone"
