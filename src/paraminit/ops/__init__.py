"""Operators that take their weights as arguments, and derivatives."""

from paraminit.gradients import grad as grad
from paraminit.gradients import value_and_grad as value_and_grad
from paraminit.ops.conv import Conv2D as Conv2D
from paraminit.ops.conv import Conv3D as Conv3D
from paraminit.ops.conv_transpose import Conv2DTranspose as Conv2DTranspose
from paraminit.ops.conv_transpose import Conv3DTranspose as Conv3DTranspose
from paraminit.ops.elementary import Add as Add
from paraminit.ops.elementary import BiasAdd as BiasAdd
from paraminit.ops.elementary import MatMul as MatMul
from paraminit.ops.elementary import ReLU as ReLU

__all__ = [
    *("Add", "BiasAdd", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "MatMul", "ReLU"),
    *("grad", "value_and_grad"),
]
