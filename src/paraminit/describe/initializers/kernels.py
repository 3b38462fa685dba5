"""Initializers for convolution kernels as the peers have them: DeltaOrthogonal, ICNR."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.arguments import count, finite
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import as_initializer, register
from paraminit.describe.initializers.structured import orthonormal
from paraminit.errors import ArgumentValueError
from paraminit.fill import distributions
from paraminit.fill.cast import cast_into
from paraminit.fill.distributions import is_random
from paraminit.fill.undivided import Keyed, Whole

__all__ = ["ICNR", "DeltaOrthogonal"]


@register("delta_orthogonal")
class DeltaOrthogonal(Initializer):
    """gain times a random orthogonal matrix at the kernel's center, 0 elsewhere: the convolution keeps
    the norm of its input.

    The center is at (k - 1) // 2 in each direction. The last bits are LAPACK's, as for Orthogonal.

    Args:
        gain: every singular value, any sign; default 1.

    Shape:
        three to five dimensions (out, in, *kernel), with out >= in.

    Raises:
        ArgumentTypeError: gain is no real number.
        ArgumentValueError: gain is NaN or infinite; (when applied) another number of dimensions, or
            more inputs than outputs.

    References:
        Xiao, Bahri, Sohl-Dickstein, Schoenholz, Pennington 2018, arXiv 1806.05393.

    Example:
        >>> a = np.empty((4, 2, 3))
        >>> DeltaOrthogonal()(a)
        >>> bool(np.allclose(a[:, :, 1].T @ a[:, :, 1], np.eye(2))), bool(a[:, :, [0, 2]].any())
        (True, False)
    """

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        finite("DeltaOrthogonal", "gain", gain)
        self.gain = gain

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> Keyed:
        if not 3 <= len(shape) <= 5:
            raise ArgumentValueError(
                "DeltaOrthogonal needs a convolution kernel of 3, 4 or 5 dimensions, got shape "
                f"{tuple(shape)}."
            )
        out, channels, *kernel = shape
        if channels > out:
            raise ArgumentValueError(
                f"DeltaOrthogonal needs as many outputs as inputs or more, got shape {tuple(shape)}."
            )
        gain = float(self.gain)

        def assign(arr: npt.NDArray[Any], key: int) -> None:
            arr[...] = 0
            if not arr.size:
                return
            center = np.empty((out, channels), arr.dtype)
            cast_into((gain * orthonormal(out, channels, key)).reshape(-1), center.reshape(-1))
            middle = functools.reduce(lambda flat, k: flat * k + (k - 1) // 2, kernel, 0)
            arr.reshape(out, channels, -1)[:, :, middle] = center

        size = math.prod(shape)
        std = abs(gain) * math.sqrt(channels / size) if size else 0.0
        return Keyed(assign, tuple(shape), 0.0, std, reach=abs(gain))


@register()
class ICNR(Initializer):
    """Another initializer's output filters, each upscale_factor**2 times in a row, so that the pixel
    shuffle after the convolution starts without a checkerboard.

    Args:
        initializer: of a kernel with upscale_factor**2 times fewer outputs; an Initializer, a name or a
            number.
        upscale_factor: of the pixel shuffle, 1 or more; default 2.

    Shape:
        one or more dimensions (out, ...), with out a multiple of upscale_factor**2.

    Raises:
        ArgumentTypeError: upscale_factor is no int, or initializer stands for none.
        ArgumentValueError: upscale_factor below 1; (when applied) out is no such multiple.

    References:
        Aitken, Ledig, Theis, Caballero, Wang, Shi 2017, arXiv 1707.02937.

    Example:
        >>> a = np.empty((8, 3, 3, 3), np.float32)
        >>> ICNR("he_normal", 2)(a)
        >>> bool((a[:4] == a[0]).all()), bool((a[4:] == a[4]).all()), bool((a[0] == a[4]).all())
        (True, True, False)
    """

    def __init__(self, initializer: Initializer | str | float, upscale_factor: int = 2) -> None:
        super().__init__()
        self.initializer = as_initializer(initializer)
        self.upscale_factor = count("ICNR", "upscale_factor", upscale_factor)

    def _inner(self, shape: Sequence[int], fans: Fans | None) -> tuple[tuple[int, ...], Fans | None]:
        """Shape and fans of the kernel whose filters are repeated."""
        copies = self.upscale_factor**2
        if not len(shape) or shape[0] % copies:
            raise ArgumentValueError(
                f"ICNR: the first dimension must be a multiple of {copies} (upscale_factor squared), got "
                f"shape {tuple(shape)}."
            )
        fewer = Fans(fans.fan_in, fans.fan_out // copies) if fans else None
        return (shape[0] // copies, *shape[1:]), fewer

    def check(
        self, shape: Sequence[int], dtype: npt.DTypeLike, fans: Fans | None = None
    ) -> distributions.Distribution:
        law = super().check(shape, dtype, fans)
        inner, fewer = self._inner(shape, fans)
        self.initializer.check(inner, dtype, fewer)
        return law

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Distribution:
        inner, fewer = self._inner(shape, fans)
        law, copies = self.initializer._law(inner, fewer), self.upscale_factor**2

        def assign(arr: npt.NDArray[Any], key: int | None = None) -> None:
            kernel = np.empty(inner, arr.dtype)
            self.initializer.write(kernel, law, key)
            arr[...] = np.repeat(kernel, copies, axis=0)

        if is_random(law):
            draw = functools.partial(self.initializer.drawn_key, law)
            return Keyed(assign, tuple(shape), law.mean, law.std, draw)
        draws = isinstance(law, Whole) and law.draws
        return Whole(assign, tuple(shape), law.mean, law.std, draws)
