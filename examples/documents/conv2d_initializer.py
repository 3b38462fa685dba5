"""A layer's weight described by an initializer with an argument: a standard deviation of 0.2."""

import mindspore.nn as nn
import numpy as np
from mindspore import Tensor, set_seed
from mindspore.common.initializer import Normal

set_seed(1)

image = Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
layer = nn.Conv2d(3, 64, 3, weight_init=Normal(0.2))
output = layer(image)
print(output)
