"""A layer's weight described by name: every argument of Normal keeps its default.

`paraminit run --profile mindspore-1 conv2d_string.py` prints the digits of the older tutorial.
"""

import mindspore.nn as nn
import numpy as np
from mindspore import Tensor, set_seed

set_seed(1)

image = Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
layer = nn.Conv2d(3, 64, 3, weight_init="Normal")
output = layer(image)
print(output)
