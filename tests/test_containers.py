"""CellDict, and what the ordered containers do to names and slices."""

from __future__ import annotations

import copy
from collections import OrderedDict

import pytest

from paraminit import Tensor, nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError


def dense(n=1):
    return nn.Dense(1, n, has_bias=False)


def paths(cell):
    found = [(path, p.name) for path, p in cell.parameters_and_names()]
    assert all(path == name for path, name in found)
    return [path for path, _ in found]


def test_a_named_sequence_keeps_its_names():
    net = nn.SequentialCell(OrderedDict(a=dense(), b=dense(), c=dense()))
    del net[0]
    assert paths(net) == ["b.weight", "c.weight"]
    net.append(dense())
    net.insert(1, dense())
    assert paths(net) == ["b.weight", "1.weight", "c.weight", "3.weight"]
    assert list(net[1:]._modules) == ["1", "c", "3"]


@pytest.mark.parametrize("kind", [nn.SequentialCell, nn.CellList])
def test_slices(kind):
    net = nn.Cell()
    net.l = kind([dense(n) for n in (1, 2, 3)])
    before = paths(net)
    tail = net.l[1:]
    assert type(tail) is kind
    assert [cell.out_channels for cell in tail] == [2, 3]
    assert [cell.out_channels for cell in net.l[::-1]] == [3, 2, 1]
    tail.append(dense(4))
    assert [cell.out_channels for cell in tail] == [2, 3, 4]
    assert paths(net) == before


@pytest.mark.parametrize("kind", [nn.SequentialCell, nn.CellList])
def test_a_subclass_with_other_arguments_can_be_sliced(kind):
    class Stage(kind):
        def __init__(self, depth):
            super().__init__([dense(n + 1) for n in range(depth)])

    class Plain(kind):
        pass

    assert type(Stage(3)[:2]) is kind
    assert [cell.out_channels for cell in Stage(3)[1:]] == [2, 3]
    assert type(Plain([dense()])[:1]) is Plain


def test_a_list_grows_in_place():
    cells = same = nn.CellList([dense()])
    cells += [dense(), dense()]
    assert cells is same
    assert len(cells) == 3
    for index in (True, "a", 1.0):
        with pytest.raises(ArgumentTypeError, match="an index must be an int"):
            cells.insert(index, dense())
    with pytest.raises(NotImplementedError, match="a CellList cannot be called"):
        cells(Tensor([1.0]))


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: nn.CellDict({"a": a, "b": b}),
        lambda a, b: nn.CellDict([("a", a), ["b", b]]),
        lambda a, b: nn.CellDict(nn.CellDict(OrderedDict(a=a, b=b))),
    ],
    ids=["dict", "pairs", "CellDict"],
)
def test_a_dictionary_of_cells(make):
    a, b = dense(), nn.ReLU()
    cells = make(a, b)
    assert (len(cells), list(cells), "a" in cells, "c" in cells) == (2, ["a", "b"], True, False)
    assert list(cells.keys()) == ["a", "b"]
    assert list(cells.values()) == [a, b]
    assert dict(cells.items()) == {"a": a, "b": b}
    assert cells["a"] is cells.a is a
    assert paths(cells) == ["a.weight"]


def test_changes_keep_names_equal_to_paths():
    net = nn.Cell()
    net.d = nn.CellDict()
    net.d["x"] = dense()
    net.d.update({"x": dense(2), "y": nn.CellDict({"z": dense()})})
    assert paths(net) == ["d.x.weight", "d.y.z.weight"]
    assert net.d["x"].out_channels == 2
    gone = net.d.pop("x")
    assert gone.out_channels == 2
    del net.d["y"]
    assert paths(net) == []
    net.d["again"] = gone
    assert paths(copy.deepcopy(net)) == ["d.again.weight"]
    net.d.clear()
    assert len(net.d) == 0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: nn.CellDict(3), ArgumentTypeError, "takes a dict or .* pairs, got 3"),
        (lambda d: nn.CellDict(dense()), ArgumentTypeError, "takes a dict or .* pairs, got Dense"),
        (lambda d: d.update([3]), ArgumentTypeError, r"takes \(name, Cell\) pairs, got 3"),
        (lambda d: d.update([dense()]), ArgumentTypeError, r"takes \(name, Cell\) pairs, got Dense"),
        (lambda d: d.update([("b", dense(), 1)]), ArgumentValueError, "of 3 items"),
        (lambda d: d.update({"b": dense(), "c": 3}), ArgumentTypeError, "holds Cells, got 3 of type int"),
        (lambda d: d.update({"b": dense(), 3: dense()}), ArgumentTypeError, "a name must be a str, got 3"),
        (lambda d: d.update({"b": dense(), "c.d": dense()}), ParameterNameError, "hold a dot, got 'c.d'"),
        (lambda d: d.update({"b": dense(), "": dense()}), ParameterNameError, "must not be empty"),
        (lambda d: d.update({"b": dense(), "keys": dense()}), ParameterNameError, "'keys' is an attribute"),
        (lambda d: d.__setitem__("b", None), ArgumentTypeError, "holds Cells, got None"),
        (lambda d: d["b"], KeyError, "CellDict holds 'a', not 'b'"),
        (lambda d: d.pop("b"), KeyError, "not 'b'"),
        (lambda d: d.__delitem__("b"), KeyError, "not 'b'"),
        (lambda d: d(Tensor([1.0])), NotImplementedError, "a CellDict cannot be called"),
    ],
)
def test_bad_changes_change_nothing(change, error, message):
    cells = nn.CellDict({"a": dense()})
    with pytest.raises(error, match=message):
        change(cells)
    assert list(cells) == ["a"]
