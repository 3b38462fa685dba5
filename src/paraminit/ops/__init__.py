"""Operators that take their weights as arguments, and derivatives."""

from paraminit.gradients import grad as grad
from paraminit.gradients import value_and_grad as value_and_grad
from paraminit.ops.conv import Conv2D as Conv2D
from paraminit.ops.conv import Conv3D as Conv3D

__all__ = ["Conv2D", "Conv3D", "grad", "value_and_grad"]
