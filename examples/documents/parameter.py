"""Parameters made from data, from a lazy Tensor and from a number, and how each prints."""

import numpy as np
from mindspore import Parameter, Tensor
from mindspore import dtype as mstype
from mindspore.common.initializer import initializer

x = Parameter(default_input=Tensor(np.arange(2 * 3).reshape((2, 3))), name="x")
y = Parameter(default_input=initializer("ones", [1, 2, 3], mstype.float32), name="y")
z = Parameter(default_input=2.0, name="z")

print(x, "\n\n", y, "\n\n", z)
