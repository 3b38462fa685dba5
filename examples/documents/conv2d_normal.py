"""The newer tutorial's first layer: an initializer with an argument, through `import mindspore as ms`."""

import mindspore as ms
import mindspore.nn as nn
import numpy as np
from mindspore.common.initializer import Normal

ms.set_seed(1)

image = ms.Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
layer = nn.Conv2d(3, 64, 3, weight_init=Normal(0.2))
output = layer(image)
print(output)
