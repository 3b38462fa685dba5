"""The import path of MindSpore: Parameter and ParameterTuple."""

from paraminit.parameter import Parameter as Parameter
from paraminit.parameter_tuple import ParameterTuple as ParameterTuple

__all__ = ["Parameter", "ParameterTuple"]
