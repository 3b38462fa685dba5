"""Precise: any uniform, normal or truncated normal initializer, drawn to float64's precision."""

from __future__ import annotations

from collections.abc import Sequence

from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import as_initializer, register
from paraminit.errors import ArgumentTypeError
from paraminit.fill import distributions

__all__ = ["Precise"]


@register()
class Precise(Initializer):
    """Another initializer's law, drawn to full precision.

    MindSpore's values are float32 numbers made of 23 or 32 random bits, also in a float64 parameter; its
    normal ends at 5.68 sigma, and its uniform can reach its upper bound. Here 52 to 64 random bits go into
    an element, float64 parameters get float64 values, the normal reaches 9.49 sigma, uniform values stay
    below the upper bound and truncated ones within both, in every dtype. The bits are "stream 2", not
    MindSpore's, and the same in every profile.

    Args:
        initializer: an Initializer or the name of one.

    Raises:
        ArgumentTypeError: initializer stands for none; (when applied) its values are not uniform, normal
            or truncated normal.
        ArgumentValueError: (when applied) as the initializer, or a window more than 36 sigma from the mean.

    Example:
        >>> import numpy as np
        >>> import paraminit
        >>> from paraminit.describe.initializers import Uniform
        >>> Precise("he_normal").distribution((2, 2))
        Precise(law=Normal(mean=0.0, sigma=1.0))
        >>> paraminit.set_seed(1)
        >>> a = np.empty(2)
        >>> Precise(Uniform(1.0))(a)
        >>> a
        array([0.58304182, 0.35117235])
    """

    def __init__(self, initializer: Initializer | str) -> None:
        super().__init__()
        self.initializer = as_initializer(initializer)

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Precise:
        law = self.initializer._law(tuple(shape), fans)
        if not isinstance(law, distributions.Uniform | distributions.Normal | distributions.TruncatedNormal):
            raise ArgumentTypeError(
                f"{self!r}: only uniform, normal and truncated normal values can be drawn precisely. Use "
                f"{self.initializer!r} itself."
            )
        return distributions.Precise(law)

    def own_key(self) -> int | None:
        return self.initializer.own_key() if self.seed is None else super().own_key()
