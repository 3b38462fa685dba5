"""Operators that take their weights as arguments."""

from paraminit.ops.conv import Conv2D as Conv2D
from paraminit.ops.conv import Conv3D as Conv3D

__all__ = ["Conv2D", "Conv3D"]
