"""Normals with a fixed spread that are cut: TruncatedNormal (MindSpore's) and TruncNormal (torch's)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy.typing as npt

from paraminit.describe.initializers.arguments import finite, positive
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import register
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import distributions
from paraminit.profiles import current_profile

__all__ = ["TruncNormal", "TruncatedNormal"]


class _Cut(Initializer):
    """What both have: sigma, mean and two bounds, checked."""

    def _check_arguments(self, names: tuple[str, str], sigma: float, mean: float, a: float, b: float) -> None:
        owner = type(self).__name__
        positive(owner, names[0], sigma)
        for name, value in ((names[1], mean), ("a", a), ("b", b)):
            finite(owner, name, value)
        if a >= b:
            raise ArgumentValueError(f"{owner}: a must be below b, got a={a!r} and b={b!r}.")

    def check(
        self, shape: Sequence[int], dtype: npt.DTypeLike, fans: Fans | None = None
    ) -> distributions.Distribution:
        law = super().check(shape, dtype, fans)
        if isinstance(law, distributions.TruncatedNormal) and current_profile() == "default":
            self._check_window(law)
        return law

    def _check_window(self, law: distributions.TruncatedNormal) -> None:
        """Refuse a window so far out that MindSpore's rule, with probabilities of 0 or 1, leaves it."""
        above, below = (law.low - law.mu) / law.sigma, (law.mu - law.high) / law.sigma
        if above <= 4 and below <= 14:  # never there
            return
        from paraminit.fill.reference import truncated_range

        least, most = truncated_range(law)
        slack = 1e-3 * law.sigma + 2.0**-23 * max(abs(law.low), abs(law.high))  # float32's, and p's rounding
        if least < law.low - slack or most > law.high + slack:
            raise ArgumentValueError(
                f"{self!r}: [{law.low!r}, {law.high!r}] lies {max(above, below):.3g} sigma away from the "
                f"mean, where MindSpore's rule gives values from {least:.6g} to {most:.6g}. Use bounds "
                f"nearer to the mean, or Precise({self!r}), whose values stay within."
            )


@register("truncated_normal")
class TruncatedNormal(_Cut):
    """N(mean, sigma**2) restricted to [a, b].

    The bounds are absolute, as in MindSpore 2: with the default sigma of 0.01 the default bounds are
    200 sigma away and cut nothing. ``TruncatedNormal(0.02, bounds_in_sigma=True)`` cuts at two sigma.
    Under the profile ``mindspore-1`` the values are those of N(0, sigma**2) cut at 2 sigma, and a, b and
    mean are not used.

    Args:
        sigma: standard deviation before the cut, above 0; default 0.01.
        mean: mean before the cut; default 0.
        a, b: lowest and highest value, a < b; default -2 and 2.
        bounds_in_sigma: whether a and b count sigmas from the mean, so that the values lie in
            [mean + a * sigma, mean + b * sigma]; default False.

    Raises:
        ArgumentTypeError: an argument is no real number, or bounds_in_sigma no bool.
        ArgumentValueError: sigma is negative or zero, a >= b, or an argument is NaN or infinite;
            (when applied, in the default profile) [a, b] is so far from the mean, 5 to 8 sigma above it or
            14 below, that MindSpore's values would leave it.

    Example:
        >>> TruncatedNormal(0.02, bounds_in_sigma=True).distribution((3,))
        TruncatedNormal(low=-0.04, high=0.04, mu=0.0, sigma=0.02)
        >>> TruncatedNormal(0.02).distribution((3,))
        TruncatedNormal(low=-2.0, high=2.0, mu=0.0, sigma=0.02)
    """

    def __init__(
        self,
        sigma: float = 0.01,
        mean: float = 0.0,
        a: float = -2.0,
        b: float = 2.0,
        *,
        bounds_in_sigma: bool = False,
    ) -> None:
        super().__init__()
        self._check_arguments(("sigma", "mean"), sigma, mean, a, b)
        if not isinstance(bounds_in_sigma, bool):
            raise ArgumentTypeError(
                f"TruncatedNormal: bounds_in_sigma must be a bool, got {bounds_in_sigma!r}."
            )
        self.sigma, self.mean, self.a, self.b = sigma, mean, a, b
        self.bounds_in_sigma = bounds_in_sigma

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.TruncatedNormal:
        if current_profile() == "mindspore-1":
            return distributions.TruncatedNormal(-2 * self.sigma, 2 * self.sigma, 0.0, self.sigma)
        a, b = self.a, self.b
        if self.bounds_in_sigma:
            a, b = self.mean + a * self.sigma, self.mean + b * self.sigma
        return distributions.TruncatedNormal(a, b, self.mean, self.sigma)

    def _arguments(self) -> dict[str, object] | None:
        arguments = super()._arguments()
        if arguments is not None and not self.bounds_in_sigma:
            del arguments["bounds_in_sigma"]
        return arguments


@register("trunc_normal")
class TruncNormal(_Cut):
    """N(mean, std**2) restricted to [a, b], with the arguments and defaults of torch's ``trunc_normal_``.

    The law is TruncatedNormal's, in any profile; its bits are not torch's.

    Args:
        mean: mean before the cut; default 0.
        std: standard deviation before the cut, above 0; default 1.
        a, b: lowest and highest value, absolute, a < b; default -2 and 2.

    Raises:
        ArgumentTypeError: an argument is no real number.
        ArgumentValueError: as TruncatedNormal.

    Example:
        >>> TruncNormal(std=0.5).distribution((3,))
        TruncatedNormal(low=-2.0, high=2.0, mu=0.0, sigma=0.5)
    """

    def __init__(self, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0) -> None:
        super().__init__()
        self._check_arguments(("std", "mean"), std, mean, a, b)
        self.mean, self.std, self.a, self.b = mean, std, a, b

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.TruncatedNormal:
        return distributions.TruncatedNormal(self.a, self.b, self.mean, self.std)
