"""The same as conv3d_string.py with a standard deviation of 0.2: the same draws, 20 times as wide."""

import mindspore.ops as ops
import numpy as np
from mindspore import Tensor, set_seed
from mindspore import dtype as mstype
from mindspore.common.initializer import Normal, initializer

set_seed(1)

video = Tensor(np.ones([16, 3, 10, 32, 32]), dtype=mstype.float32)
weight = initializer(Normal(0.2), shape=[32, 3, 4, 3, 3], dtype=mstype.float32)
conv3d = ops.Conv3D(out_channel=32, kernel_size=(4, 3, 3))
output = conv3d(video, weight)
print(output)
