"""Build first, decide later: walk over a network's parameters and set each by its name."""

import mindspore as ms
import mindspore.nn as nn
import numpy as np
from mindspore.common.initializer import Normal, initializer

ms.set_seed(1)

net = nn.SequentialCell(
    nn.Conv2d(3, 8, 3, has_bias=True),
    nn.ReLU(),
    nn.Conv2d(8, 4, 3, has_bias=True),
)
for name, param in net.parameters_and_names():
    if "weight" in name:
        param.set_data(initializer(Normal(), param.shape, param.dtype))
    if "bias" in name:
        param.set_data(initializer("zeros", param.shape, param.dtype))

names = [name for name, _ in net.parameters_and_names()]
print(*names)

image = ms.Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
output = net(image)
print(output)
