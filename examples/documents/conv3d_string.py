"""`initializer` with a name gives a lazy Tensor: shape, dtype and recipe, and no data yet.

The operator is the first to need its values, so they come into being here. (The tutorial prints zeros at
this place: MindSpore's operator reads memory that nobody has written.)
"""

import mindspore.ops as ops
import numpy as np
from mindspore import Tensor, set_seed
from mindspore import dtype as mstype
from mindspore.common.initializer import initializer

set_seed(1)

video = Tensor(np.ones([16, 3, 10, 32, 32]), dtype=mstype.float32)
weight = initializer("Normal", shape=[32, 3, 4, 3, 3], dtype=mstype.float32)
conv3d = ops.Conv3D(out_channel=32, kernel_size=(4, 3, 3))
output = conv3d(video, weight)
print(output)
