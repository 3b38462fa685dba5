"""The import path of MindSpore: initializers, ``initializer`` and the names that custom ones use."""

from paraminit.declare import initializer as initializer
from paraminit.describe.initializers import ICNR as ICNR
from paraminit.describe.initializers import Constant as Constant
from paraminit.describe.initializers import DeltaOrthogonal as DeltaOrthogonal
from paraminit.describe.initializers import Dirac as Dirac
from paraminit.describe.initializers import GlorotNormal as GlorotNormal
from paraminit.describe.initializers import GlorotUniform as GlorotUniform
from paraminit.describe.initializers import HeNormal as HeNormal
from paraminit.describe.initializers import HeUniform as HeUniform
from paraminit.describe.initializers import Identity as Identity
from paraminit.describe.initializers import Initializer as Initializer
from paraminit.describe.initializers import KaimingNormal as KaimingNormal
from paraminit.describe.initializers import KaimingUniform as KaimingUniform
from paraminit.describe.initializers import LecunNormal as LecunNormal
from paraminit.describe.initializers import LecunUniform as LecunUniform
from paraminit.describe.initializers import Normal as Normal
from paraminit.describe.initializers import NumpyUniform as NumpyUniform
from paraminit.describe.initializers import One as One
from paraminit.describe.initializers import Orthogonal as Orthogonal
from paraminit.describe.initializers import Precise as Precise
from paraminit.describe.initializers import Sparse as Sparse
from paraminit.describe.initializers import TruncatedNormal as TruncatedNormal
from paraminit.describe.initializers import TruncNormal as TruncNormal
from paraminit.describe.initializers import Uniform as Uniform
from paraminit.describe.initializers import VarianceScaling as VarianceScaling
from paraminit.describe.initializers import XavierNormal as XavierNormal
from paraminit.describe.initializers import XavierUniform as XavierUniform
from paraminit.describe.initializers import Zero as Zero
from paraminit.describe.initializers import ZeroRow as ZeroRow
from paraminit.describe.initializers.custom import _INITIALIZER_ALIAS as _INITIALIZER_ALIAS
from paraminit.describe.initializers.custom import _assignment as _assignment
from paraminit.describe.initializers.custom import _calculate_correct_fan as _calculate_correct_fan
from paraminit.describe.initializers.custom import (
    _calculate_fan_in_and_fan_out as _calculate_fan_in_and_fan_out,
)
from paraminit.describe.initializers.custom import _calculate_gain as _calculate_gain
from paraminit.describe.initializers.custom import _calculate_in_and_out as _calculate_in_and_out
from paraminit.describe.initializers.custom import _init_random_normal as _init_random_normal
from paraminit.describe.initializers.custom import _init_random_uniform as _init_random_uniform
from paraminit.describe.initializers.custom import _init_truncated_normal as _init_truncated_normal
from paraminit.describe.initializers.custom import _numpy_seed as _numpy_seed
from paraminit.describe.initializers.custom import _register as _register
from paraminit.tensor import Tensor as Tensor

__all__ = [
    "Constant",
    "DeltaOrthogonal",
    "Dirac",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "ICNR",
    "Identity",
    "Initializer",
    "KaimingNormal",
    "KaimingUniform",
    "LecunNormal",
    "LecunUniform",
    "Normal",
    "NumpyUniform",
    "One",
    "Orthogonal",
    "Precise",
    "Sparse",
    "TruncNormal",
    "TruncatedNormal",
    "Uniform",
    "VarianceScaling",
    "XavierNormal",
    "XavierUniform",
    "Zero",
    "ZeroRow",
    "initializer",
]
