"""The import path that MindSpore's documents use."""

from paraminit import dtype as dtype
from paraminit.common import initializer as initializer
from paraminit.common.parameter import Parameter as Parameter
from paraminit.common.parameter import ParameterTuple as ParameterTuple
from paraminit.fill.keys import get_seed as get_seed
from paraminit.fill.keys import set_seed as set_seed
from paraminit.tensor import Tensor as Tensor

__all__ = ["Parameter", "ParameterTuple", "Tensor", "dtype", "get_seed", "initializer", "set_seed"]
