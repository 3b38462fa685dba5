"""Initializers with a fixed spread: Uniform, Normal (TruncatedNormal and TruncNormal: truncated.py)."""

from __future__ import annotations

from collections.abc import Sequence

from paraminit.describe.initializers.arguments import finite, nonnegative
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import register
from paraminit.fill import distributions

__all__ = ["Normal", "Uniform"]


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
