"""Optimizers: torch's, with MindSpore's arguments and MindSpore's arithmetic."""

from paraminit.nn.optim.adam import Adam as Adam
from paraminit.nn.optim.adam import AdamWeightDecay as AdamWeightDecay
from paraminit.nn.optim.optimizer import Optimizer as Optimizer
from paraminit.nn.optim.sgd import SGD as SGD
from paraminit.nn.optim.sgd import Momentum as Momentum

__all__ = ["Adam", "AdamWeightDecay", "Momentum", "Optimizer", "SGD"]
