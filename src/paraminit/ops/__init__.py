"""Operators that take their weights as arguments, everyday functions, and derivatives."""

from typing import TYPE_CHECKING, Any

from paraminit.gradients import grad as grad
from paraminit.gradients import value_and_grad as value_and_grad
from paraminit.ops.assigning import FUNCTIONS as _ASSIGNING
from paraminit.ops.assigning import PRIMITIVES as _WRITERS
from paraminit.ops.bordered import function, primitive
from paraminit.ops.comparing import FUNCTIONS as _COMPARING
from paraminit.ops.conv import Conv2D as Conv2D
from paraminit.ops.conv import Conv3D as Conv3D
from paraminit.ops.conv_transpose import Conv2DTranspose as Conv2DTranspose
from paraminit.ops.conv_transpose import Conv3DTranspose as Conv3DTranspose
from paraminit.ops.elementary import Add as Add
from paraminit.ops.elementary import BiasAdd as BiasAdd
from paraminit.ops.elementary import MatMul as MatMul
from paraminit.ops.elementary import ReLU as ReLU
from paraminit.ops.elementwise import FUNCTIONS as _ELEMENTWISE
from paraminit.ops.grad_operation import GradOperation as GradOperation
from paraminit.ops.primitives import PRIMITIVES as _PRIMITIVES
from paraminit.ops.reducing import FUNCTIONS as _REDUCING
from paraminit.ops.shaping import FUNCTIONS as _SHAPING

_FUNCTIONS = {**_ASSIGNING, **_COMPARING, **_ELEMENTWISE, **_REDUCING, **_SHAPING}
globals().update({name: function(name, compute) for name, compute in _FUNCTIONS.items()})
_CLASSES = {**_PRIMITIVES, **_WRITERS}
globals().update({name: primitive(name, curried) for name, curried in _CLASSES.items()})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


__all__ = [
    *("Add", "BiasAdd", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "MatMul", "ReLU"),
    *("GradOperation", "grad", "value_and_grad"),
    *_FUNCTIONS,
    *_CLASSES,
]
