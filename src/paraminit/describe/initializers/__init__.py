"""Every initializer; importing this package fills the registry."""

from paraminit.describe.initializers.base import Initializer as Initializer
from paraminit.describe.initializers.constant import Constant as Constant
from paraminit.describe.initializers.constant import Identity as Identity
from paraminit.describe.initializers.constant import One as One
from paraminit.describe.initializers.constant import Zero as Zero
from paraminit.describe.initializers.kernels import ICNR as ICNR
from paraminit.describe.initializers.kernels import DeltaOrthogonal as DeltaOrthogonal
from paraminit.describe.initializers.precise import Precise as Precise
from paraminit.describe.initializers.random import Normal as Normal
from paraminit.describe.initializers.random import NumpyUniform as NumpyUniform
from paraminit.describe.initializers.random import Uniform as Uniform
from paraminit.describe.initializers.registry import as_initializer as as_initializer
from paraminit.describe.initializers.registry import register as register
from paraminit.describe.initializers.registry import registered as registered
from paraminit.describe.initializers.scaled import HeNormal as HeNormal
from paraminit.describe.initializers.scaled import HeUniform as HeUniform
from paraminit.describe.initializers.scaled import XavierNormal as XavierNormal
from paraminit.describe.initializers.scaled import XavierUniform as XavierUniform
from paraminit.describe.initializers.structured import Dirac as Dirac
from paraminit.describe.initializers.structured import Orthogonal as Orthogonal
from paraminit.describe.initializers.structured import Sparse as Sparse
from paraminit.describe.initializers.truncated import TruncatedNormal as TruncatedNormal
from paraminit.describe.initializers.truncated import TruncNormal as TruncNormal
from paraminit.describe.initializers.variance_scaling import GlorotNormal as GlorotNormal
from paraminit.describe.initializers.variance_scaling import LecunNormal as LecunNormal
from paraminit.describe.initializers.variance_scaling import LecunUniform as LecunUniform
from paraminit.describe.initializers.variance_scaling import VarianceScaling as VarianceScaling
from paraminit.describe.initializers.zero_row import ZeroRow as ZeroRow

# The peers' names for the same laws.
GlorotUniform = XavierUniform
KaimingUniform = HeUniform
KaimingNormal = HeNormal
