"""A layer's weight given outright. Each output counts the ones under the kernel: 12, 18 or 27."""

import mindspore.nn as nn
import numpy as np
from mindspore import Tensor
from mindspore import dtype as mstype

ones = Tensor(np.ones([64, 3, 3, 3]), dtype=mstype.float32)
image = Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
layer = nn.Conv2d(3, 64, 3, weight_init=ones)
output = layer(image)
print(output)
