from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, ParameterTuple, Tensor, nn
from paraminit.cell import Cell
from paraminit.common.initializer import HeUniform, Normal, One, initializer
from paraminit.errors import ArgumentTypeError, ParameterNameError


class Scale(Cell):
    def __init__(self, **flags):
        super().__init__()
        self.factor = Parameter(3.0, **flags)

    def construct(self, x):
        self.seen = type(x)
        return x * self.factor


def named(cell):
    return {path: p.name for path, p in cell.parameters_and_names()}


def agree(cell):
    return all(path == name for path, name in named(cell).items()) and list(cell.parameters_dict()) == [
        path for path, _ in cell.parameters_and_names()
    ]


# -- running --------------------------------------------------------------------------------------


def test_tensors_in_tensors_out_and_plain_ones_inside():
    net = Scale()
    assert type(net(Tensor([1.0]))) is Tensor
    assert net.seen is torch.Tensor
    assert type(net(torch.ones(1))) is torch.Tensor
    assert net.seen is torch.Tensor


def test_tensors_inside_structures():
    class Both(Cell):
        def construct(self, pair, *, extra):
            assert type(pair[0]) is type(extra["x"]) is torch.Tensor
            return {"sum": pair[0] + extra["x"]}, [pair[1]], 3

    result = Both()((Tensor([1.0]), 2), extra={"x": Tensor([1.0])})
    assert type(result[0]["sum"]) is Tensor
    assert result[1:] == ([2], 3)


def test_a_pending_input_is_created():
    net = Scale()
    assert net(initializer("ones", [2])).asnumpy().tolist() == [3, 3]


def test_gradients_reach_the_input_and_the_parameter():
    net, x = Scale(), Tensor([2.0]).requires_grad_()
    net(x).sum().backward()
    assert x.grad.tolist() == [3]
    assert net.factor.grad == 2


def test_without_construct():
    with pytest.raises(AttributeError, match=r"Cell must define construct\(self, ...\)"):
        Cell()(1)


def test_calling_creates_parameters_below():
    with paraminit.no_init_parameters():
        net = Cell()
        net.inner = nn.SequentialCell(nn.Dense(2, 2))
        net.construct = lambda x: net.inner[0].weight.has_init
    assert net(1) is False


def test_init_parameters_data():
    with paraminit.no_init_parameters():
        net = nn.SequentialCell(nn.Dense(2, 2), torch.nn.Sequential(nn.Dense(2, 2)))
    assert all(p.has_init for p in net.get_parameters())
    before = list(net.get_parameters())
    assert [id(p) for p in net.init_parameters_data().values()] == [id(p) for p in before]
    assert not any(p.has_init for p in net.get_parameters())


def test_training_mode_starts_off():
    net = nn.SequentialCell(nn.ReLU())
    assert not net.training
    assert net.set_train() is net
    assert net.training
    assert net[0].training
    assert net.set_grad() is net
    assert net.requires_grad


@pytest.mark.parametrize("how", ["torch.compile", "cell.compile"])
@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_compiles_without_a_graph_break(how, lazy):
    torch.compiler.reset()
    paraminit.set_seed(1)
    if lazy:
        with paraminit.no_init_parameters():
            net = nn.SequentialCell(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Dense(8, 1))
    else:
        net = nn.SequentialCell(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Dense(8, 1))
    x = torch.ones(1, 1, 2, 2)
    if how == "torch.compile":
        compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
        y = compiled(x)
    else:
        net.compile(fullgraph=True, backend="aot_eager")
        y = net(Tensor(x))
        assert type(y) is Tensor
    y.sum().backward()
    assert net[0].weight.grad is not None
    net._compiled_call_impl = None
    torch.testing.assert_close(torch.as_tensor(y.detach().numpy()), net(x).detach())
    net[3].weight.set_data(initializer("zeros", [1, 8]))  # compiled code sees new values
    if how == "torch.compile":
        assert torch.equal(compiled(x).flatten(), net[3].bias)
    torch.compiler.reset()


def test_an_optimizer_step_changes_the_output():
    net = nn.SequentialCell(nn.Dense(2, 3, activation="relu"), nn.Dense(3, 1))
    optimizer = torch.optim.SGD(net.trainable_params(), lr=0.1)
    before = net(torch.ones(1, 2))
    before.sum().backward()
    optimizer.step()
    assert net(torch.ones(1, 2)) < before


def test_state_dict_deepcopy_pickle():
    net = nn.SequentialCell(nn.Dense(2, 3), nn.Dense(3, 1))
    other = nn.SequentialCell(nn.Dense(2, 3), nn.Dense(3, 1))
    other.load_state_dict(net.state_dict())
    for twin in (other, copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        for a, b in zip(net.get_parameters(), twin.get_parameters(), strict=True):
            np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())
            assert a is not b
        assert agree(twin)


def test_moving_and_casting_keep_the_parameters():
    net = nn.Dense(2, 3)
    weight = net.weight
    net.to(torch.float64)
    assert net.weight is weight
    assert (weight.dtype, weight.name) == (torch.float64, "weight")


# -- names ----------------------------------------------------------------------------------------


def test_an_unnamed_parameter_takes_the_attribute_name():
    assert named(Scale()) == {"factor": "factor"}


def test_a_chosen_name_stays_while_the_cell_is_nobodys_child():
    net = Scale(name="chosen")
    assert named(net) == {"factor": "chosen"}
    outer = Cell()
    outer.sub = net
    assert named(outer) == {"sub.factor": "sub.factor"}
    net.extra = Parameter(1.0, name="mine")
    assert net.extra.name == "sub.extra"


def test_without_auto_prefix_names_stay():
    outer = Cell(auto_prefix=False)
    outer.sub = Scale()
    assert named(outer) == {"sub.factor": "factor"}
    outer.other = Scale()
    with pytest.raises(ParameterNameError, match=r"'other.factor' .* its name 'factor' already exists"):
        outer.parameters_dict()


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_parameters_may_not_give_one_name_twice(kind):
    net = nn.Cell()
    pair = [Parameter([1.0], name="a"), Parameter([2.0], name="a")]
    with pytest.raises(ValueError, match="'a'"):
        net.pair = kind(pair)
    assert not list(net.get_parameters())
    assert [p.name for p in pair] == ["a", "a"]


def test_appending_to_a_list_that_is_a_child_already():
    net = Cell()
    net.layers = nn.CellList()
    net.heads = nn.CellList()
    for cells in (net.layers, net.heads):
        cells.append(nn.Dense(2, 2))
        cells.append(nn.SequentialCell())
        cells[1].append(nn.Dense(2, 2))
    assert "layers.1.0.weight" in net.parameters_dict()
    assert agree(net)
    assert len(net.parameters_dict()) == 8


def test_insert_delete_replace_renumber():
    net = Cell()
    net.l = nn.CellList([nn.Dense(1, i) for i in (1, 2, 3)])
    net.l.insert(0, nn.Dense(1, 4))
    assert [cell.out_channels for cell in net.l] == [4, 1, 2, 3]
    assert agree(net)
    del net.l[1]
    net.l[-1] = nn.Dense(1, 5)
    assert [cell.out_channels for cell in net.l] == [4, 2, 5]
    assert agree(net)
    del net.l[:2]
    net.l.extend([nn.Dense(1, 6)])
    assert [cell.out_channels for cell in net.l] == [5, 6]
    assert agree(net)


def test_a_slice_leaves_the_original_alone():
    net = Cell()
    net.l = nn.CellList([nn.Dense(1, i) for i in (1, 2, 3)])
    before = named(net)
    part = net.l[1:]
    assert [cell.out_channels for cell in part] == [2, 3]
    assert list(dict(part.parameters_and_names())) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert named(net) == before
    assert agree(net)


def test_a_cell_under_two_attributes_has_its_first_name():
    net, shared = Cell(), Scale()
    net.a = shared
    net.b = shared
    assert named(net) == {"a.factor": "a.factor"}


@pytest.mark.parametrize("first", ["encoder", "head"])
def test_a_tied_parameter_has_its_first_name(first):
    encoder, head = nn.Dense(2, 3, has_bias=False), nn.Dense(2, 3, has_bias=False)
    head.weight = encoder.weight
    net = Cell()
    for name in (first, {"encoder": "head", "head": "encoder"}[first]):
        setattr(net, name, {"encoder": encoder, "head": head}[name])
    assert named(net) == {f"{first}.weight": f"{first}.weight"}
    assert net.head.weight is net.encoder.weight


def test_a_cell_moved_to_another_network_is_renamed():
    old, new = Cell(), Cell()
    old.features = Scale()
    new.backbone = nn.SequentialCell(old.features)
    assert agree(new)


def test_lists_of_parameters_are_registered():
    net = Cell()
    net.ws = [Parameter(1.0), Parameter(2.0)]
    net.vs = (Parameter(3.0),)
    assert named(net) == {"ws.0": "ws.0", "ws.1": "ws.1", "vs.0": "vs.0"}
    assert [float(w.detach()) for w in net.ws] == [1, 2]
    net.numbers = [1, 2]
    assert net.numbers == [1, 2]


class Twins(Cell):
    """Two parameters that were given one name, as copied lines often are."""

    def __init__(self):
        super().__init__()
        self.a = Parameter(1.0, name="w")
        self.b = Parameter(2.0, name="w")

    def construct(self, x):
        return x * self.a + self.b


def test_one_name_given_twice_is_no_matter_in_a_child():
    """There the names are paths; a Cell that works in MindSpore as part of a network is to work here."""
    net = nn.SequentialCell(Twins(), Twins())
    assert agree(net)
    assert list(net.parameters_dict()) == ["0.a", "0.b", "1.a", "1.b"]
    assert net(torch.tensor(1.0)) == 5


@pytest.mark.parametrize(
    "use",
    [
        Cell.check_names,
        Cell.parameters_dict,
        Cell.parameters_broadcast_dict,
        lambda net: ParameterTuple(net.get_parameters()),
        lambda net: nn.SGD(net.trainable_params()),
    ],
    ids=["check_names", "parameters_dict", "broadcast", "tuple", "optimizer"],
)
def test_one_name_given_twice_is_refused_where_it_counts(use):
    net = Twins()
    assert named(net) == {"a": "w", "b": "w"}
    assert list(net.state_dict()) == ["a", "b"]
    with pytest.raises(ParameterNameError, match="'w' already exists"):
        use(net)
    net.check_names_and_refresh_name()
    use(net)
    assert agree(net)


@pytest.mark.parametrize("first", ["parameter", "child"])
def test_a_chosen_name_may_not_be_another_path(first):
    net = Cell()
    for step in (first, {"parameter": "child", "child": "parameter"}[first]):
        if step == "child":
            net.sub = Scale()
        else:
            net.c = Parameter(1.0, name="sub.factor")
    assert {path for path, _ in net.parameters_and_names()} == {"c", "sub.factor"}
    with pytest.raises(ParameterNameError, match=r"'sub.factor' already exists"):
        net.parameters_dict()


@pytest.mark.parametrize("value", [Parameter(1.0), nn.ReLU()], ids=["parameter", "child"])
def test_an_attribute_with_a_dot_would_be_two_steps_of_a_path(value):
    net = Cell()
    with pytest.raises(ParameterNameError, match=r"Cell: a name must not .* hold a dot.* got 'a\.b'"):
        setattr(net, "a.b", value)
    assert not net._parameters
    assert not net._modules


def test_update_parameters_name():
    net = nn.SequentialCell(nn.Dense(1, 1))
    net.update_parameters_name("student.")
    assert [p.name for p in net.get_parameters()] == ["student.0.weight", "student.0.bias"]
    with pytest.raises(ParameterNameError, match="prefix may hold letters"):
        net.update_parameters_name("a b")


# -- attributes -----------------------------------------------------------------------------------


def test_a_tensor_assigned_to_a_parameter_sets_its_data():
    net = Scale()
    p = net.factor
    net.factor = Tensor(5.0)
    assert net.factor is p
    assert p == 5
    net.factor = None
    assert net.factor is None
    assert named(net) == {}
    net.init_parameters_data()


@pytest.mark.parametrize(
    ("attribute", "value", "error", "message"),
    [
        ("p", 3, ArgumentTypeError, "Cell.p is a Parameter and cannot become int"),
        ("p", nn.ReLU(), ParameterNameError, "Cell.p is a Parameter; a child Cell cannot take its name"),
        ("c", 3, ArgumentTypeError, "Cell.c is a child Cell and cannot become int"),
        ("c", Parameter(1.0), ParameterNameError, "Cell.c is a child Cell; a Parameter cannot take its name"),
    ],
    ids=["number on parameter", "cell on parameter", "number on cell", "parameter on cell"],
)
def test_bad_assignments_change_nothing(attribute, value, error, message):
    net = Cell()
    net.p, net.c = Parameter(1.0), nn.ReLU()
    before = dict(net._parameters), dict(net._modules)
    with pytest.raises(error, match=message):
        setattr(net, attribute, value)
    assert (dict(net._parameters), dict(net._modules)) == before


def test_before_init():
    class Early(Cell):
        def __init__(self):
            self.w = Parameter(1.0)

    with pytest.raises(AttributeError, match=r"before Module.__init__") as caught:
        Early()
    assert caught.value.__notes__ == ["Begin Early.__init__ with super().__init__()."]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda n: n.insert_param_to_cell("", Parameter(1)),
            ParameterNameError,
            "empty or hold a dot, got ''",
        ),
        (lambda n: n.insert_param_to_cell("a.b", Parameter(1)), ParameterNameError, "got 'a.b'"),
        (lambda n: n.insert_param_to_cell("cells", Parameter(1)), ParameterNameError, "attribute 'cells' al"),
        (lambda n: n.insert_param_to_cell("q", 3), ArgumentTypeError, "Cell.q takes a Parameter, got int"),
        (lambda n: n.insert_child_to_cell("p", nn.ReLU()), ParameterNameError, "attribute 'p' already"),
        (lambda n: n.insert_child_to_cell("q", 3), ArgumentTypeError, "Cell.q takes a Cell, got int"),
        (lambda n: n.insert_child_to_cell(3, nn.ReLU()), ArgumentTypeError, "a name must be a str, got 3"),
    ],
)
def test_bad_insertions(call, error, message):
    net = Cell()
    net.p = Parameter(1.0)
    with pytest.raises(error, match=message):
        call(net)
    assert named(net) == {"p": "p"}


def test_insertions():
    net = Cell()
    net.insert_param_to_cell("p", Parameter(1.0))
    net.insert_param_to_cell("nothing", None)
    net.insert_child_to_cell("a", Scale())
    net.insert_child_to_cell("b", Scale())
    assert list(named(net)) == ["p", "a.factor", "b.factor"]
    assert agree(net)


def test_the_name_error_is_a_value_error_and_a_key_error():
    assert issubclass(ParameterNameError, ValueError)
    assert issubclass(ParameterNameError, KeyError)
    assert str(ParameterNameError("plain")) == "plain"


# -- parameters -----------------------------------------------------------------------------------


def test_traversal_as_in_the_tutorial():
    net = nn.SequentialCell(nn.Conv2d(3, 4, 3, has_bias=True), nn.ReLU(), nn.Dense(4, 2))
    paraminit.set_seed(1)
    for name, param in net.parameters_and_names():
        if "weight" in name:
            param.set_data(initializer(Normal(), param.shape, param.dtype))
        if "bias" in name:
            param.set_data(initializer("zeros", param.shape, param.dtype))
    paraminit.set_seed(1)
    expected = initializer(Normal(), (4, 3, 3, 3))
    np.testing.assert_array_equal(net[0].weight.asnumpy(), expected.asnumpy())
    assert not net[0].bias.asnumpy().any()


def test_lists_of_parameters():
    net = Cell()
    net.a, net.b = Parameter(1.0), Parameter(1.0, requires_grad=False)
    net.c = Parameter(1)
    net.sub = Scale()
    assert [p.name for p in net.trainable_params()] == ["a", "c", "sub.factor"]
    assert [p.name for p in net.trainable_params(recurse=False)] == ["a", "c"]
    assert [p.name for p in net.untrainable_params()] == ["b"]
    assert [p.name for p in net.get_parameters(expand=False)] == ["a", "b", "c"]
    assert [path for path, _ in net.parameters_and_names("x", expand=False)] == ["x.a", "x.b", "x.c"]
    assert [path for path, _ in net.cells_and_names()] == ["", "sub"]
    assert type(net.parameters_dict()) is OrderedDict


def test_recipes_survive_whatever_replaces_the_parameter():
    net = nn.SequentialCell(nn.Dense(2, 3))
    recipes = net.recipes()
    assert recipes["0.weight"].initializer == HeUniform(5**0.5)
    net[0].weight = torch.nn.Parameter(torch.zeros(1))  # as sharding does
    assert net.recipes() == recipes
    net[0].bias.set_data(Tensor([1.0, 1.0, 1.0]))
    assert list(net.recipes()) == ["0.weight"]


def test_containers():
    relu = nn.ReLU()
    assert nn.SequentialCell(OrderedDict(first=relu)).first is relu
    assert nn.SequentialCell([relu])[0] is relu
    assert len(nn.SequentialCell()) == 0
    net = nn.SequentialCell(relu)
    assert net.append(nn.Flatten()) is net
    assert repr(net) == "SequentialCell(\n  (0): ReLU()\n  (1): Flatten()\n)"
    for call, error, message in (
        (lambda: nn.SequentialCell(3), ArgumentTypeError, "SequentialCell holds Cells, got 3"),
        (lambda: nn.SequentialCell((relu,)), ArgumentTypeError, "SequentialCell holds Cells, got"),
        (lambda: nn.CellList([3]), ArgumentTypeError, "CellList holds Cells, got 3 of type int"),
        (lambda: nn.CellList(relu), ArgumentTypeError, "extend takes a list of Cells, got ReLU"),
        (lambda: nn.CellList(3), ArgumentTypeError, "CellList takes a list of Cells, got 3"),
        (lambda: net["a"], ArgumentTypeError, "an index must be an int or a slice, got 'a'"),
        (lambda: net[2], IndexError, "SequentialCell has 2 cells, got index 2"),
        (lambda: net.insert(5, relu), IndexError, "insert takes -2 to 2, got 5"),
        (lambda: net.insert(0, 5), ArgumentTypeError, "holds Cells, got 5"),
    ):
        with pytest.raises(error, match=message):
            call()
    assert len(net) == 2


def test_what_a_cell_contains():
    net = nn.SequentialCell(nn.Dense(1, 1), nn.ReLU())
    net.again = net[0]
    assert list(net.cells()) == [net[0], net[1]]
    assert list(net.name_cells()) == ["0", "1"]
    net[0].bias.layerwise_parallel = True
    assert list(net.parameters_broadcast_dict()) == ["0.weight"]
    assert nn.ReLU().parameters_broadcast_dict() is None
    assert net.check_names() is None
    with pytest.raises(ParameterNameError, match="its name 'weight' already exists"):
        nn.CellList([nn.Dense(1, 1), nn.Dense(1, 1)], auto_prefix=False).check_names()


def test_mindspores_names_for_what_a_cell_holds():
    net = nn.SequentialCell(nn.Dense(1, 1))
    assert list(net._cells) == ["0"]
    assert list(net[0]._params) == ["weight", "bias"]
    assert net[0]._params["bias"].name == "0.bias"


def test_freezing_reaches_integer_parameters():
    class Counted(Cell):
        def __init__(self):
            super().__init__()
            self.w, self.n = Parameter(1.0), Parameter(3)

    net = Counted()
    assert net.trainable_params() == [net.w, net.n]
    for parameter in net.get_parameters():
        parameter.requires_grad = False
    assert net.trainable_params() == []
    assert net.untrainable_params() == [net.w, net.n]


def test_flags_are_attributes():
    assert Cell(True, {"depth": 3}).depth == Cell(flags={"depth": 3}).depth == 3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Cell(auto_prefix=1), ArgumentTypeError, "Cell: auto_prefix must be a bool, got int"),
        (
            lambda: nn.CellList(nn.Dense(1, 1), nn.Dense(1, 1)),
            ArgumentTypeError,
            r"CellList takes one list of Cells: CellList\(\[a, b\]\)",
        ),
        (lambda: Cell().update_parameters_name(3), ArgumentTypeError, "prefix must be a str, got 3"),
        (lambda: Cell().update_parameters_name("a b"), ParameterNameError, "prefix may hold .*got 'a b'"),
    ],
    ids=["auto_prefix", "CellList", "prefix", "prefix text"],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_empty_list_is_false_as_everywhere():
    assert not nn.CellList()
    assert nn.CellList([nn.ReLU()])


def test_a_shard_has_the_recipe_last_set():
    """Not the one that the Cell was built with."""
    net = nn.Dense(4, 2)
    net.weight.set_data(initializer("ones", net.weight.shape))
    net.weight = torch.nn.Parameter(net.weight.detach()[:1])
    assert net.recipes()["weight"].initializer == One()
