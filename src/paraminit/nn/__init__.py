"""Layers. Every class of ``__all__`` is a Cell; the contract tests walk it."""

from paraminit.cell import Cell as Cell
from paraminit.nn import utils as utils
from paraminit.nn.activation import ReLU as ReLU
from paraminit.nn.containers import CellList as CellList
from paraminit.nn.containers import SequentialCell as SequentialCell
from paraminit.nn.conv import Conv1d as Conv1d
from paraminit.nn.conv import Conv2d as Conv2d
from paraminit.nn.conv import Conv3d as Conv3d
from paraminit.nn.dense import Dense as Dense
from paraminit.nn.flatten import Flatten as Flatten

__all__ = [
    "Cell",
    "CellList",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "Dense",
    "Flatten",
    "ReLU",
    "SequentialCell",
]
