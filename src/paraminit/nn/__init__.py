"""Layers. Every class of ``__all__`` is a Cell; the contract tests walk it."""

from paraminit.cell import Cell as Cell
from paraminit.nn import utils as utils
from paraminit.nn.activation import ReLU as ReLU
from paraminit.nn.attention import MultiheadAttention as MultiheadAttention
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
from paraminit.nn.dropout import Dropout as Dropout
from paraminit.nn.dropout_ext import Dropout2dExt as Dropout2dExt
from paraminit.nn.dropout_ext import DropoutExt as DropoutExt
from paraminit.nn.elementwise import ELU as ELU
from paraminit.nn.elementwise import GELU as GELU
from paraminit.nn.elementwise import Identity as Identity
from paraminit.nn.elementwise import LeakyReLU as LeakyReLU
from paraminit.nn.elementwise import LogSoftmax as LogSoftmax
from paraminit.nn.elementwise import ReLU6 as ReLU6
from paraminit.nn.elementwise import Sigmoid as Sigmoid
from paraminit.nn.elementwise import SiLU as SiLU
from paraminit.nn.elementwise import Softmax as Softmax
from paraminit.nn.elementwise import Tanh as Tanh
from paraminit.nn.embedding import Embedding as Embedding
from paraminit.nn.embedding import EmbeddingLookup as EmbeddingLookup
from paraminit.nn.embedding_ext import EmbeddingExt as EmbeddingExt
from paraminit.nn.flatten import Flatten as Flatten
from paraminit.nn.instance_norm import InstanceNorm1d as InstanceNorm1d
from paraminit.nn.instance_norm import InstanceNorm2d as InstanceNorm2d
from paraminit.nn.instance_norm import InstanceNorm3d as InstanceNorm3d
from paraminit.nn.linear import Linear as Linear
from paraminit.nn.normalization import GroupNorm as GroupNorm
from paraminit.nn.normalization import LayerNorm as LayerNorm
from paraminit.nn.normalization import LayerNormExt as LayerNormExt
from paraminit.nn.prelu import PReLU as PReLU
from paraminit.nn.prelu import PReLUExt as PReLUExt
from paraminit.nn.recurrent import GRU as GRU
from paraminit.nn.recurrent import LSTM as LSTM
from paraminit.nn.recurrent import RNN as RNN
from paraminit.nn.recurrent_cells import GRUCell as GRUCell
from paraminit.nn.recurrent_cells import LSTMCell as LSTMCell
from paraminit.nn.recurrent_cells import RNNCell as RNNCell
from paraminit.nn.transformer import Transformer as Transformer
from paraminit.nn.transformer_layers import TransformerDecoderLayer as TransformerDecoderLayer
from paraminit.nn.transformer_layers import TransformerEncoderLayer as TransformerEncoderLayer
from paraminit.nn.transformer_stacks import TransformerDecoder as TransformerDecoder
from paraminit.nn.transformer_stacks import TransformerEncoder as TransformerEncoder

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
    "Dropout2dExt",
    "DropoutExt",
    "Dropout",
    "ELU",
    "Embedding",
    "EmbeddingExt",
    "EmbeddingLookup",
    "Flatten",
    "GELU",
    "GRU",
    "GRUCell",
    "GroupNorm",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "LayerNormExt",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MultiheadAttention",
    "PReLU",
    "RNN",
    "PReLUExt",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "SequentialCell",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]
