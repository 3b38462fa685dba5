"""Tensors that share memory are refused, those that only lie side by side are not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from paraminit.place.overlaps import overlaps_itself, sharing_memory

FLAT = torch.zeros(24)
PAIRS = {
    "the same": (FLAT, FLAT, True),
    "one after the other": (FLAT[:12], FLAT[12:], False),
    "a piece": (FLAT, FLAT[5:7], True),
    "by one element": (FLAT[:13], FLAT[12:], True),
    "other shapes": (FLAT.view(4, 6), FLAT.view(6, 4).t(), True),
    "every other": (FLAT[::2], FLAT[1::2], False),
    "columns": (FLAT.view(4, 6)[:, :3], FLAT.view(4, 6)[:, 3:], False),
    "crossing": (FLAT.view(4, 6)[:, 2], FLAT.view(4, 6)[1], True),
    "elsewhere": (FLAT, torch.zeros(24), False),
    "empty": (FLAT, FLAT[3:3], False),
    "other dtype": (FLAT, FLAT.view(torch.int16)[40:], True),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs(pair):
    first, second, expected = PAIRS[pair]
    for a, b in ((first, second), (second, first)):
        assert bool(list(sharing_memory({"a": a, "b": b}))) is expected


def test_one_that_reaches_over_others():
    columns = FLAT.view(4, 6)
    named = {"odd": FLAT[1::2], "even": FLAT[::2], "inside": FLAT[7:8], "after": torch.zeros(3)}
    assert list(sharing_memory(named)) == [("odd", "inside")]
    assert list(sharing_memory({"all": columns, "x": FLAT[2:4], "y": FLAT[8:9]})) == [
        ("all", "x"),
        ("all", "y"),
    ]


def test_itself_agrees_with_counting():
    """Of every small layout: each element's place counted. Layouts that interleave may be refused, too."""
    refused = 0
    for shape in itertools.product((1, 2, 3), repeat=2):
        for strides in itertools.product(range(5), repeat=2):
            grid = np.add.outer(np.arange(shape[0]) * strides[0], np.arange(shape[1]) * strides[1])
            twice = np.unique(grid).size < grid.size
            ours = overlaps_itself(shape, strides)
            assert ours or not twice, (shape, strides)
            refused += ours and not twice
    assert refused == 8  # such as (2, 3) with strides (3, 2)
    assert not overlaps_itself((0, 3), (0, 0))
