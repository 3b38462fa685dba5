"""An initializer of one's own: assign NumPy values to the array that comes in.

It draws from NumPy's global generator, which `set_seed` seeds, so its values repeat too.
"""

import math

import mindspore as ms
import mindspore.nn as nn
import numpy as np
from mindspore.common.initializer import Initializer, _assignment, _calculate_fan_in_and_fan_out


class XavierNormal(Initializer):
    """Normal values whose variance suits the forward and the backward pass alike."""

    def __init__(self, gain=1):
        super().__init__()
        self.gain = gain

    def _initialize(self, arr):
        fan_in, fan_out = _calculate_fan_in_and_fan_out(arr.shape)
        std = self.gain * math.sqrt(2.0 / float(fan_in + fan_out))
        _assignment(arr, np.random.normal(0, std, arr.shape))


ms.set_seed(1)

image = ms.Tensor(np.ones([1, 3, 16, 50], dtype=np.float32))
layer = nn.Conv2d(3, 64, 3, weight_init=XavierNormal())
output = layer(image)
print(output)
