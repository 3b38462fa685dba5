"""Layers, losses and optimizers. The classes of ``__all__`` are Cells or of ``optim``; tests walk it."""

from paraminit.cell import Cell as Cell
from paraminit.nn import optim as optim
from paraminit.nn import utils as utils
from paraminit.nn.activation import get_activation as get_activation
from paraminit.nn.adaptive_pooling import AdaptiveAvgPool1d as AdaptiveAvgPool1d
from paraminit.nn.adaptive_pooling import AdaptiveAvgPool2d as AdaptiveAvgPool2d
from paraminit.nn.adaptive_pooling import AdaptiveAvgPool3d as AdaptiveAvgPool3d
from paraminit.nn.adaptive_pooling import AdaptiveMaxPool1d as AdaptiveMaxPool1d
from paraminit.nn.adaptive_pooling import AdaptiveMaxPool2d as AdaptiveMaxPool2d
from paraminit.nn.adaptive_pooling import AdaptiveMaxPool3d as AdaptiveMaxPool3d
from paraminit.nn.along_axis import GLU as GLU
from paraminit.nn.along_axis import LRN as LRN
from paraminit.nn.along_axis import LogSoftmax as LogSoftmax
from paraminit.nn.along_axis import Softmax as Softmax
from paraminit.nn.along_axis import Softmax2d as Softmax2d
from paraminit.nn.along_axis import Softmin as Softmin
from paraminit.nn.attention import MultiheadAttention as MultiheadAttention
from paraminit.nn.avg_pool import AvgPool1d as AvgPool1d
from paraminit.nn.avg_pool import AvgPool2d as AvgPool2d
from paraminit.nn.avg_pool import AvgPool3d as AvgPool3d
from paraminit.nn.batch_norm import BatchNorm1d as BatchNorm1d
from paraminit.nn.batch_norm import BatchNorm2d as BatchNorm2d
from paraminit.nn.batch_norm import BatchNorm3d as BatchNorm3d
from paraminit.nn.bidense import BiDense as BiDense
from paraminit.nn.binary_loss import BCELoss as BCELoss
from paraminit.nn.binary_loss import BCEWithLogitsLoss as BCEWithLogitsLoss
from paraminit.nn.binary_loss import HingeEmbeddingLoss as HingeEmbeddingLoss
from paraminit.nn.binary_loss import SoftMarginLoss as SoftMarginLoss
from paraminit.nn.cell_dict import CellDict as CellDict
from paraminit.nn.class_margin_loss import MultilabelMarginLoss as MultilabelMarginLoss
from paraminit.nn.class_margin_loss import MultiLabelSoftMarginLoss as MultiLabelSoftMarginLoss
from paraminit.nn.class_margin_loss import MultiMarginLoss as MultiMarginLoss
from paraminit.nn.combined import Conv2dBnAct as Conv2dBnAct
from paraminit.nn.combined import DenseBnAct as DenseBnAct
from paraminit.nn.containers import CellList as CellList
from paraminit.nn.containers import SequentialCell as SequentialCell
from paraminit.nn.conv import Conv1d as Conv1d
from paraminit.nn.conv import Conv2d as Conv2d
from paraminit.nn.conv import Conv3d as Conv3d
from paraminit.nn.conv_transpose import Conv1dTranspose as Conv1dTranspose
from paraminit.nn.conv_transpose import Conv2dTranspose as Conv2dTranspose
from paraminit.nn.conv_transpose import Conv3dTranspose as Conv3dTranspose
from paraminit.nn.cross_entropy import CrossEntropyLoss as CrossEntropyLoss
from paraminit.nn.cross_entropy import NLLLoss as NLLLoss
from paraminit.nn.cross_entropy import SoftmaxCrossEntropyWithLogits as SoftmaxCrossEntropyWithLogits
from paraminit.nn.ctc_loss import CTCLoss as CTCLoss
from paraminit.nn.dense import Dense as Dense
from paraminit.nn.distribution_loss import GaussianNLLLoss as GaussianNLLLoss
from paraminit.nn.distribution_loss import KLDivLoss as KLDivLoss
from paraminit.nn.distribution_loss import PoissonNLLLoss as PoissonNLLLoss
from paraminit.nn.dropout import Dropout as Dropout
from paraminit.nn.dropout_ext import Dropout2dExt as Dropout2dExt
from paraminit.nn.dropout_ext import DropoutExt as DropoutExt
from paraminit.nn.dynamic_lr import cosine_decay_lr as cosine_decay_lr
from paraminit.nn.dynamic_lr import exponential_decay_lr as exponential_decay_lr
from paraminit.nn.dynamic_lr import inverse_decay_lr as inverse_decay_lr
from paraminit.nn.dynamic_lr import natural_exp_decay_lr as natural_exp_decay_lr
from paraminit.nn.dynamic_lr import piecewise_constant_lr as piecewise_constant_lr
from paraminit.nn.dynamic_lr import polynomial_decay_lr as polynomial_decay_lr
from paraminit.nn.dynamic_lr import warmup_lr as warmup_lr
from paraminit.nn.elementwise import CELU as CELU
from paraminit.nn.elementwise import ELU as ELU
from paraminit.nn.elementwise import GELU as GELU
from paraminit.nn.elementwise import FastGelu as FastGelu
from paraminit.nn.elementwise import Identity as Identity
from paraminit.nn.elementwise import LogSigmoid as LogSigmoid
from paraminit.nn.elementwise import Mish as Mish
from paraminit.nn.elementwise import SeLU as SeLU
from paraminit.nn.elementwise import Sigmoid as Sigmoid
from paraminit.nn.elementwise import SiLU as SiLU
from paraminit.nn.elementwise import Softsign as Softsign
from paraminit.nn.elementwise import Tanh as Tanh
from paraminit.nn.elementwise import Tanhshrink as Tanhshrink
from paraminit.nn.embedding import Embedding as Embedding
from paraminit.nn.embedding import EmbeddingLookup as EmbeddingLookup
from paraminit.nn.embedding_ext import EmbeddingExt as EmbeddingExt
from paraminit.nn.flatten import Flatten as Flatten
from paraminit.nn.instance_norm import InstanceNorm1d as InstanceNorm1d
from paraminit.nn.instance_norm import InstanceNorm2d as InstanceNorm2d
from paraminit.nn.instance_norm import InstanceNorm3d as InstanceNorm3d
from paraminit.nn.learning_rate_schedule import CosineDecayLR as CosineDecayLR
from paraminit.nn.learning_rate_schedule import ExponentialDecayLR as ExponentialDecayLR
from paraminit.nn.learning_rate_schedule import InverseDecayLR as InverseDecayLR
from paraminit.nn.learning_rate_schedule import NaturalExpDecayLR as NaturalExpDecayLR
from paraminit.nn.learning_rate_schedule import PolynomialDecayLR as PolynomialDecayLR
from paraminit.nn.learning_rate_schedule import WarmUpLR as WarmUpLR
from paraminit.nn.linear import Linear as Linear
from paraminit.nn.loss import HuberLoss as HuberLoss
from paraminit.nn.loss import L1Loss as L1Loss
from paraminit.nn.loss import LossBase as LossBase
from paraminit.nn.loss import MAELoss as MAELoss
from paraminit.nn.loss import MSELoss as MSELoss
from paraminit.nn.loss import RMSELoss as RMSELoss
from paraminit.nn.loss import SmoothL1Loss as SmoothL1Loss
from paraminit.nn.max_pool import MaxPool1d as MaxPool1d
from paraminit.nn.max_pool import MaxPool2d as MaxPool2d
from paraminit.nn.max_pool import MaxPool3d as MaxPool3d
from paraminit.nn.multi_field import MultiFieldEmbeddingLookup as MultiFieldEmbeddingLookup
from paraminit.nn.normalization import GroupNorm as GroupNorm
from paraminit.nn.normalization import LayerNorm as LayerNorm
from paraminit.nn.normalization import LayerNormExt as LayerNormExt
from paraminit.nn.optim import SGD as SGD
from paraminit.nn.optim import Adam as Adam
from paraminit.nn.optim import AdamWeightDecay as AdamWeightDecay
from paraminit.nn.optim import Momentum as Momentum
from paraminit.nn.optim import Optimizer as Optimizer
from paraminit.nn.over_dim import LogSoftmaxExt as LogSoftmaxExt
from paraminit.nn.parameter_update import ParameterUpdate as ParameterUpdate
from paraminit.nn.piecewise import Hardtanh as Hardtanh
from paraminit.nn.piecewise import HShrink as HShrink
from paraminit.nn.piecewise import HSigmoid as HSigmoid
from paraminit.nn.piecewise import HSwish as HSwish
from paraminit.nn.piecewise import LeakyReLU as LeakyReLU
from paraminit.nn.piecewise import ReLU as ReLU
from paraminit.nn.piecewise import ReLU6 as ReLU6
from paraminit.nn.piecewise import RReLU as RReLU
from paraminit.nn.piecewise import SoftShrink as SoftShrink
from paraminit.nn.piecewise import Threshold as Threshold
from paraminit.nn.prelu import PReLU as PReLU
from paraminit.nn.prelu import PReLUExt as PReLUExt
from paraminit.nn.ranking_loss import CosineEmbeddingLoss as CosineEmbeddingLoss
from paraminit.nn.ranking_loss import MarginRankingLoss as MarginRankingLoss
from paraminit.nn.ranking_loss import TripletMarginLoss as TripletMarginLoss
from paraminit.nn.ranking_loss import TripletMarginWithDistanceLoss as TripletMarginWithDistanceLoss
from paraminit.nn.recurrent import GRU as GRU
from paraminit.nn.recurrent import LSTM as LSTM
from paraminit.nn.recurrent import RNN as RNN
from paraminit.nn.recurrent_cells import GRUCell as GRUCell
from paraminit.nn.recurrent_cells import LSTMCell as LSTMCell
from paraminit.nn.recurrent_cells import RNNCell as RNNCell
from paraminit.nn.sync_batch_norm import SyncBatchNorm as SyncBatchNorm
from paraminit.nn.training import TrainOneStepCell as TrainOneStepCell
from paraminit.nn.training import WithLossCell as WithLossCell
from paraminit.nn.transformer import Transformer as Transformer
from paraminit.nn.transformer_layers import TransformerDecoderLayer as TransformerDecoderLayer
from paraminit.nn.transformer_layers import TransformerEncoderLayer as TransformerEncoderLayer
from paraminit.nn.transformer_stacks import TransformerDecoder as TransformerDecoder
from paraminit.nn.transformer_stacks import TransformerEncoder as TransformerEncoder

__all__ = [
    "Adam",
    "AdamWeightDecay",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "BiDense",
    "CELU",
    "CTCLoss",
    "Cell",
    "CellDict",
    "CellList",
    "Conv1d",
    "Conv1dTranspose",
    "Conv2d",
    "Conv2dBnAct",
    "Conv2dTranspose",
    "Conv3d",
    "Conv3dTranspose",
    "CosineDecayLR",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "Dense",
    "DenseBnAct",
    "Dropout2dExt",
    "DropoutExt",
    "Dropout",
    "ELU",
    "Embedding",
    "EmbeddingExt",
    "EmbeddingLookup",
    "ExponentialDecayLR",
    "FastGelu",
    "Flatten",
    "GELU",
    "GLU",
    "GRU",
    "GRUCell",
    "GaussianNLLLoss",
    "GroupNorm",
    "HShrink",
    "HSigmoid",
    "HSwish",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "InverseDecayLR",
    "KLDivLoss",
    "L1Loss",
    "LRN",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "LayerNormExt",
    "LeakyReLU",
    "LogSigmoid",
    "Linear",
    "LogSoftmax",
    "LogSoftmaxExt",
    "LossBase",
    "MAELoss",
    "MSELoss",
    "MarginRankingLoss",
    "Momentum",
    "MultiheadAttention",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Mish",
    "MultiFieldEmbeddingLookup",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "MultilabelMarginLoss",
    "NLLLoss",
    "NaturalExpDecayLR",
    "Optimizer",
    "PReLU",
    "RNN",
    "PReLUExt",
    "PoissonNLLLoss",
    "PolynomialDecayLR",
    "RMSELoss",
    "ParameterUpdate",
    "RNNCell",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SGD",
    "SeLU",
    "SequentialCell",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "SoftShrink",
    "Softmax",
    "Softmax2d",
    "SoftmaxCrossEntropyWithLogits",
    "Softmin",
    "Softsign",
    "SyncBatchNorm",
    "Tanh",
    "TrainOneStepCell",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "Tanhshrink",
    "Threshold",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
    "WarmUpLR",
    "WithLossCell",
]
