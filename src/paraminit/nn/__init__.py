"""Layers. Every class of ``__all__`` is a Cell; the contract tests walk it."""

from paraminit.cell import Cell as Cell
from paraminit.nn import utils as utils
from paraminit.nn.activation import ReLU as ReLU
from paraminit.nn.batch_norm import BatchNorm1d as BatchNorm1d
from paraminit.nn.batch_norm import BatchNorm2d as BatchNorm2d
from paraminit.nn.batch_norm import BatchNorm3d as BatchNorm3d
from paraminit.nn.bidense import BiDense as BiDense
from paraminit.nn.containers import CellList as CellList
from paraminit.nn.containers import SequentialCell as SequentialCell
from paraminit.nn.conv import Conv1d as Conv1d
from paraminit.nn.conv import Conv2d as Conv2d
from paraminit.nn.conv import Conv3d as Conv3d
from paraminit.nn.conv_transpose import Conv1dTranspose as Conv1dTranspose
from paraminit.nn.conv_transpose import Conv2dTranspose as Conv2dTranspose
from paraminit.nn.conv_transpose import Conv3dTranspose as Conv3dTranspose
from paraminit.nn.dense import Dense as Dense
from paraminit.nn.embedding import Embedding as Embedding
from paraminit.nn.embedding import EmbeddingLookup as EmbeddingLookup
from paraminit.nn.flatten import Flatten as Flatten
from paraminit.nn.instance_norm import InstanceNorm1d as InstanceNorm1d
from paraminit.nn.instance_norm import InstanceNorm2d as InstanceNorm2d
from paraminit.nn.instance_norm import InstanceNorm3d as InstanceNorm3d
from paraminit.nn.normalization import GroupNorm as GroupNorm
from paraminit.nn.normalization import LayerNorm as LayerNorm
from paraminit.nn.prelu import PReLU as PReLU

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "BiDense",
    "Cell",
    "CellList",
    "Conv1d",
    "Conv1dTranspose",
    "Conv2d",
    "Conv2dTranspose",
    "Conv3d",
    "Conv3dTranspose",
    "Dense",
    "Embedding",
    "EmbeddingLookup",
    "Flatten",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "PReLU",
    "ReLU",
    "SequentialCell",
]
