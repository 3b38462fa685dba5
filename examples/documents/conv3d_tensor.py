"""An operator owns no weight: `initializer` makes one, here by passing a Tensor through.

The kernel holds 3 * 4 * 3 * 3 ones, and there is no padding, so every output is 108.
"""

import mindspore.ops as ops
import numpy as np
from mindspore import Tensor, set_seed
from mindspore import dtype as mstype
from mindspore.common.initializer import initializer

set_seed(1)

video = Tensor(np.ones([16, 3, 10, 32, 32]), dtype=mstype.float32)
ones = Tensor(np.ones([32, 3, 4, 3, 3]), dtype=mstype.float32)
weight = initializer(ones, shape=[32, 3, 4, 3, 3])
conv3d = ops.Conv3D(out_channel=32, kernel_size=(4, 3, 3))
output = conv3d(video, weight)
print(output)
