"""MindSpore's layers with torch's names and arguments. Every class of ``__all__`` is a Cell."""

from paraminit.cell import Cell as Cell
from paraminit.mint.nn.activation import ELU as ELU
from paraminit.mint.nn.activation import GELU as GELU
from paraminit.mint.nn.activation import ReLU6 as ReLU6
from paraminit.mint.nn.activation import SiLU as SiLU
from paraminit.mint.nn.activation import Softmax as Softmax
from paraminit.mint.nn.conv import Conv1d as Conv1d
from paraminit.mint.nn.conv import Conv2d as Conv2d
from paraminit.mint.nn.conv import Conv3d as Conv3d
from paraminit.mint.nn.conv_transpose import ConvTranspose2d as ConvTranspose2d
from paraminit.mint.nn.normalization import BatchNorm1d as BatchNorm1d
from paraminit.mint.nn.normalization import BatchNorm2d as BatchNorm2d
from paraminit.mint.nn.normalization import BatchNorm3d as BatchNorm3d
from paraminit.mint.nn.normalization import GroupNorm as GroupNorm
from paraminit.mint.nn.sync_batch_norm import SyncBatchNorm as SyncBatchNorm
from paraminit.nn.dropout_ext import Dropout2dExt as Dropout2d
from paraminit.nn.dropout_ext import DropoutExt as Dropout
from paraminit.nn.elementwise import Identity as Identity
from paraminit.nn.elementwise import Sigmoid as Sigmoid
from paraminit.nn.elementwise import Tanh as Tanh
from paraminit.nn.embedding_ext import EmbeddingExt as Embedding
from paraminit.nn.flatten import Flatten as Flatten
from paraminit.nn.linear import Linear as Linear
from paraminit.nn.normalization import LayerNormExt as LayerNorm
from paraminit.nn.over_dim import LogSoftmaxExt as LogSoftmax
from paraminit.nn.piecewise import ReLU as ReLU
from paraminit.nn.prelu import PReLUExt as PReLU

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Cell",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose2d",
    "Dropout",
    "Dropout2d",
    "ELU",
    "Embedding",
    "Flatten",
    "GELU",
    "GroupNorm",
    "Identity",
    "LayerNorm",
    "Linear",
    "LogSoftmax",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SyncBatchNorm",
    "Tanh",
]
