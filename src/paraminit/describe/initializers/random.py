"""Initializers with a fixed spread: Uniform, NumpyUniform, Normal (the truncated ones: truncated.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.arguments import finite, nonnegative
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import register
from paraminit.fill import distributions
from paraminit.fill.cast import cast_into
from paraminit.fill.keys import generator_after, key_of_draws
from paraminit.fill.undivided import Keyed

__all__ = ["Normal", "NumpyUniform", "Uniform"]

_PIECE = 65_536  # elements drawn at a time, so that drawing needs no memory to speak of


@register()
class Uniform(Initializer):
    """U(-scale, scale).

    Args:
        scale: half the width, no unit, 0 or more; default 0.07.

    Raises:
        ArgumentTypeError: scale is no real number.
        ArgumentValueError: scale is negative, NaN or infinite.

    Example:
        >>> import numpy as np
        >>> import paraminit
        >>> paraminit.set_seed(1)
        >>> a = np.empty(2, np.float32)
        >>> Uniform(1.0)(a)
        >>> a.round(3)
        array([ 0.583, -0.511], dtype=float32)
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__()
        nonnegative("Uniform", "scale", scale)
        self.scale = scale

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Uniform:
        return distributions.Uniform(-self.scale, self.scale)


@register("numpy_uniform")
class NumpyUniform(Initializer):
    """U(-scale, scale) as ``numpy.random.uniform`` draws it, in float64: the multi-layer RNN, LSTM and
    GRU start from it, as in MindSpore.

    NumPy's generator moves on when the parameter is declared; from then on the numbers belong to the
    parameter. Under a key by name they follow from the key. Uniform is faster and can be cut into slices.

    Args:
        scale: half the width, no unit, 0 or more; default 0.07.

    Raises:
        ArgumentTypeError: scale is no real number.
        ArgumentValueError: scale is negative, NaN or infinite.

    Example:
        >>> import paraminit
        >>> paraminit.set_seed(1)
        >>> a = np.empty(2, np.float32)
        >>> NumpyUniform(1.0)(a)
        >>> np.random.seed(1)
        >>> bool((a == np.random.uniform(-1.0, 1.0, 2).astype(np.float32)).all())
        True
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__()
        nonnegative("NumpyUniform", "scale", scale)
        self.scale = scale

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> Keyed:
        law, size = distributions.Uniform(-self.scale, self.scale), math.prod(shape)

        def draw(generator: np.random.RandomState, out: npt.NDArray[Any] | None = None) -> None:
            for start in range(0, size, _PIECE):
                values = generator.uniform(law.low, law.high, min(_PIECE, size - start))
                if out is not None:
                    cast_into(values.astype(np.float32), out[start : start + _PIECE])

        def assign(arr: npt.NDArray[Any], key: int) -> None:
            draw(generator_after(key), arr.reshape(-1))

        return Keyed(assign, tuple(shape), law.mean, law.std, lambda: key_of_draws(draw), reach=law.reach)


@register()
class Normal(Initializer):
    """N(mean, sigma**2).

    Args:
        sigma: standard deviation, 0 or more; default 0.01.
        mean: default 0.

    Raises:
        ArgumentTypeError: an argument is no real number.
        ArgumentValueError: sigma is negative, or an argument is NaN or infinite.

    Example:
        >>> import numpy as np
        >>> import paraminit
        >>> paraminit.set_seed(1)
        >>> a = np.empty(3, np.float32)
        >>> Normal(1.0)(a)
        >>> a
        array([0.6530371, 1.5091926, 0.2647363], dtype=float32)
    """

    _stream_1x = "philox"

    def __init__(self, sigma: float = 0.01, mean: float = 0.0) -> None:
        super().__init__()
        nonnegative("Normal", "sigma", sigma)
        finite("Normal", "mean", mean)
        self.sigma, self.mean = sigma, mean

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Normal:
        return distributions.Normal(self.mean, self.sigma)
