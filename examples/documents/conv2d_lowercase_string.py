"""Names of initializers may be written in any case: 'normal' is Normal()."""

import mindspore as ms
import mindspore.nn as nn
import numpy as np

ms.set_seed(1)

image = ms.Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
layer = nn.Conv2d(3, 64, 3, weight_init="normal")
output = layer(image)
print(output)
