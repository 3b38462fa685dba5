"""MindSpore's defects in Cells, names and checkpoints: what this library does instead."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from paraminit import Parameter, Tensor, load_checkpoint, load_param_into_net, nn, save_checkpoint
from paraminit.nn import Cell


def agree(cell):
    """Every name is the path that leads to it, and no parameter is missing from the dictionary."""
    names = {path: p.name for path, p in cell.parameters_and_names()}
    assert list(names) == list(names.values())
    assert list(cell.parameters_dict()) == list(names)
    return list(names)


def test_what_is_appended_to_an_empty_list_gets_its_path():
    """Two such lists do not collide, and an optimizer takes them all."""
    net = Cell()
    net.left, net.right = nn.CellList(), nn.SequentialCell()
    for cells in (net.left, net.right):
        cells.append(nn.Dense(2, 2, has_bias=False))
    assert agree(net) == ["left.0.weight", "right.0.weight"]
    torch.optim.SGD(net.parameters(), lr=0.1)


def test_duplicate_names_cannot_lose_a_weight(tmp_path):
    """Refused by save_checkpoint, and by parameters_dict, which would keep one of them."""
    net = Cell()
    net.a = Parameter(1.0, name="w")
    net.b = Parameter(2.0, name="w")
    file = tmp_path / "twice.ckpt"
    for saved in (net, [net.a, net.b]):
        with pytest.raises(ValueError, match="'w'"):
            save_checkpoint(saved, str(file))
    with pytest.raises(ValueError, match="its name 'w' already exists"):
        net.parameters_dict()
    assert not file.exists()
    outer = Cell()
    outer.sub = net
    save_checkpoint(outer, str(file))
    assert sorted(load_checkpoint(str(file))) == ["sub.a", "sub.b"]


def test_a_slice_of_a_list_leaves_the_list_alone():
    """The part has names of its own."""
    net = Cell()
    net.layers = nn.CellList([nn.Dense(2, 2) for _ in range(3)])
    before = agree(net)
    part = net.layers[1:]
    assert len(part) == 2
    assert agree(net) == before


def test_shared_cells_and_tied_weights_have_one_name():
    """The first path, in names and keys alike."""
    net = Cell()
    net.a = net.b = nn.Dense(2, 2, has_bias=False)
    assert agree(net) == ["a.weight"]
    tied = Cell()
    tied.e, tied.h = nn.Embedding(4, 2), nn.Dense(2, 4, has_bias=False)
    tied.h.weight = tied.e.embedding_table
    assert agree(tied) == ["e.embedding_table"]


def test_inserted_children_get_their_prefix():
    """insert_child_to_cell names parameters as an assignment does."""
    net = Cell()
    for name in ("one", "two"):
        net.insert_child_to_cell(name, nn.Dense(2, 2, has_bias=False))
    assert agree(net) == ["one.weight", "two.weight"]


def test_names_of_children_are_paths_and_lists_are_registered():
    """A chosen name lasts while its cell is nobody's child; Parameters in a list are parameters."""

    class Named(Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter([0.0], name="chosen")
            self.more = [Parameter([1.0]), Parameter([2.0])]

    assert [p.name for p in Named().get_parameters()] == ["chosen", "more.0", "more.1"]
    net = Cell()
    net.sub = Named()
    assert agree(net) == ["sub.w", "sub.more.0", "sub.more.1"]


def test_a_parameter_set_to_none_is_skipped():
    """init_parameters_data and the traversals pass it by."""
    net = nn.Dense(2, 2)
    net.bias = None
    net.init_parameters_data()
    assert agree(net) == ["weight"]
    assert load_param_into_net(net, {}) == (["weight"], [])


def test_loading_is_by_exact_name_and_shape():
    """No suffixes, no guessed prefix, no reshaping; strict means strict."""
    weight = np.arange(6, dtype=np.float32).reshape(3, 2)
    net = nn.Dense(2, 3, weight_init="zeros", has_bias=False)
    assert load_param_into_net(net, {"other_weight": Parameter(Tensor(weight))}) == (
        ["weight"],
        ["other_weight"],
    )
    assert not net.weight.asnumpy().any()
    for loaded, strict in (({"weight": Parameter(Tensor(weight[..., None]))}, False), ({}, True)):
        with pytest.raises(RuntimeError):
            load_param_into_net(net, loaded, strict_load=strict)
        assert net.weight.shape == (3, 2)
    prefixed = {"backbone.weight": Parameter(Tensor(weight))}
    assert load_param_into_net(net, prefixed, prefix="backbone.") == ([], [])
    assert np.array_equal(net.weight.asnumpy(), weight)


def test_safetensors_keep_their_names(tmp_path):
    """Those that were saved, in their order."""
    net = nn.SequentialCell(nn.Dense(2, 3), nn.Dense(3, 1))
    save_checkpoint(net, str(tmp_path / "net"), format="safetensors")
    loaded = load_checkpoint(str(tmp_path / "net.safetensors"), format="safetensors")
    assert [p.name for p in loaded.values()] == list(loaded) == agree(net)
