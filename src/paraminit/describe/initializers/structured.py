"""Initializers that shape the whole tensor: Dirac, Sparse, Orthogonal."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.arguments import count, finite, nonnegative
from paraminit.describe.initializers.base import Initializer
from paraminit.describe.initializers.fans import Fans
from paraminit.describe.initializers.registry import register
from paraminit.errors import ArgumentValueError
from paraminit.fill import distributions
from paraminit.fill.cast import cast_into
from paraminit.fill.keys import generator_after, global_generator, next_key_and
from paraminit.fill.undivided import Keyed

__all__ = ["Dirac", "Orthogonal", "Sparse", "orthonormal"]


@register()
class Dirac(Initializer):
    """A convolution kernel that passes its inputs through: channel d of each group is input channel d.

    1 at [g * n + d, d, k1 // 2, k2 // 2, ...] for every group g and d < min(n, shape[1]), where n is
    shape[0] / groups; 0 elsewhere.

    Args:
        groups: of the convolution, 1 or more; default 1.

    Shape:
        three to five dimensions (out, in / groups, *kernel).

    Raises:
        ArgumentTypeError: groups is no int.
        ArgumentValueError: groups below 1; (when applied) another number of dimensions, or shape[0] is
            no multiple of groups.

    References:
        Zagoruyko & Komodakis 2017, "DiracNets", arXiv 1706.00388.

    Example:
        >>> a = np.empty((2, 2, 3), np.float32)
        >>> Dirac()(a)
        >>> a
        array([[[0., 1., 0.],
                [0., 0., 0.]],
        <BLANKLINE>
               [[0., 0., 0.],
                [0., 1., 0.]]], dtype=float32)
    """

    def __init__(self, groups: int = 1) -> None:
        super().__init__()
        self.groups = count("Dirac", "groups", groups)

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> distributions.Pattern:
        if not 3 <= len(shape) <= 5:
            raise ArgumentValueError(
                f"Dirac needs a convolution kernel of 3, 4 or 5 dimensions, got shape {tuple(shape)}."
            )
        out, channels, *kernel = shape
        if out % self.groups:
            raise ArgumentValueError(
                f"Dirac: the first dimension must be a multiple of groups={self.groups}, got shape "
                f"{tuple(shape)}."
            )
        per_group, taps = out // self.groups, math.prod(kernel)
        center = functools.reduce(lambda flat, k: flat * k + k // 2, kernel, 0)

        def passes(index: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
            pair, tap = np.divmod(index, taps)
            row, channel = np.divmod(pair, channels)
            ones: npt.NDArray[np.bool_] = (tap == center) & (row % per_group == channel)
            return ones.astype(np.float32)

        size = math.prod(shape)
        mean = self.groups * min(per_group, channels) / size if size else 0.0
        return distributions.Pattern(passes, mean, math.sqrt(mean * (1 - mean)))


@register()
class Sparse(Initializer):
    """N(0, sigma**2) with ceil(sparsity * rows) zeros at random places in each column.

    The places are drawn from NumPy's generator after the key, as in MindSpore, and belong to the
    parameter from then on; under a key by name they follow from the key. Under the profile
    ``mindspore-1`` the values too come from NumPy's generator, as in 1.x.

    Args:
        sparsity: share of zeros in a column, from 0 to 1.
        sigma: standard deviation of the other values, 0 or more; default 0.01.

    Shape:
        exactly two dimensions.

    Raises:
        ArgumentTypeError: an argument is no real number.
        ArgumentValueError: sparsity outside [0, 1], sigma negative, or either not finite;
            (when applied) another number of dimensions.

    References:
        Martens 2010, "Deep learning via Hessian-free optimization".

    Example:
        >>> import paraminit
        >>> paraminit.set_seed(1)
        >>> a = np.empty((3, 2), np.float32)
        >>> Sparse(0.5, 1.0)(a)
        >>> (a == 0).sum(axis=0)
        array([2, 2])
    """

    def __init__(self, sparsity: float, sigma: float = 0.01) -> None:
        super().__init__()
        finite("Sparse", "sparsity", sparsity)
        if not 0 <= sparsity <= 1:
            raise ArgumentValueError(f"Sparse: sparsity must be from 0 to 1, got {sparsity!r}.")
        nonnegative("Sparse", "sigma", sigma)
        self.sparsity, self.sigma = sparsity, sigma

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> Keyed:
        if len(shape) != 2:
            raise ArgumentValueError(
                f"Sparse needs a tensor of exactly 2 dimensions, got shape {tuple(shape)}."
            )
        rows, columns = shape
        zeros = math.ceil(float(self.sparsity) * rows)
        normal = distributions.Normal(0.0, self.sigma)

        def places(generator: np.random.RandomState) -> list[npt.NDArray[np.intp]]:
            return [generator.permutation(rows)[:zeros] for _ in range(columns)]

        def cut(arr: npt.NDArray[Any], generator: np.random.RandomState) -> None:
            for column, zero_rows in enumerate(places(generator)):
                arr[zero_rows, column] = 0

        def assign(arr: npt.NDArray[Any], key: int) -> None:
            cast_into(drawn(normal, rows, columns, key).reshape(-1), arr.reshape(-1))
            cut(arr, generator_after(key))

        def in_1x(arr: npt.NDArray[Any]) -> None:
            generator = global_generator()
            arr[...] = generator.normal(0, self.sigma, (rows, columns))
            cut(arr, generator)

        std = float(self.sigma) * math.sqrt(1 - zeros / rows) if rows else 0.0
        draw = functools.partial(next_key_and, places)
        return Keyed(assign, (rows, columns), 0.0, std, draw, in_1x, normal.reach)


@register()
class Orthogonal(Initializer):
    """gain times a random matrix with orthonormal rows or columns, whichever are fewer.

    The tensor is taken as a matrix of shape[0] rows. Its Q is the orthogonal factor of a standard normal
    matrix, with signs such that R has a positive diagonal, which makes it uniform over all orthogonal
    matrices. The factorization is LAPACK's, in float64: last bits may differ between machines and thread
    counts, and MindSpore's own, in float32, agrees within 2e-6. Under the profile ``mindspore-1`` the
    normals come from NumPy's generator, as in 1.x.

    Args:
        gain: every singular value, any sign; default 1.

    Shape:
        two or more dimensions (out, in, *kernel).

    Raises:
        ArgumentTypeError: gain is no real number.
        ArgumentValueError: gain is NaN or infinite; (when applied) fewer than 2 dimensions.

    References:
        Saxe, McClelland, Ganguli 2013, arXiv 1312.6120.

    Example:
        >>> import paraminit
        >>> paraminit.set_seed(1)
        >>> a = np.empty((2, 3))
        >>> Orthogonal(2.0)(a)
        >>> bool(np.allclose(a @ a.T, 4 * np.eye(2)))
        True
    """

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        finite("Orthogonal", "gain", gain)
        self.gain = gain

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> Keyed:
        if len(shape) < 2:
            raise ArgumentValueError(
                f"Orthogonal needs a tensor of 2 or more dimensions, got shape {tuple(shape)}."
            )
        rows, columns = shape[0], math.prod(shape[1:])
        gain = float(self.gain)

        def assign(arr: npt.NDArray[Any], key: int) -> None:
            cast_into((gain * orthonormal(rows, columns, key)).reshape(-1), arr.reshape(-1))

        def in_1x(arr: npt.NDArray[Any]) -> None:
            normals = global_generator().normal(0, 1, (rows, columns))
            arr[...] = (gain * orthonormal_factor(normals)).reshape(arr.shape)

        std = abs(gain) / math.sqrt(max(rows, columns, 1))
        return Keyed(assign, tuple(shape), 0.0, std, None, in_1x, abs(gain))


def drawn(law: distributions.Normal, rows: int, columns: int, key: int) -> npt.NDArray[np.float32]:
    """A matrix of the law's values under a key."""
    from paraminit.fill.fill import fill

    values = np.empty((rows, columns), np.float32)
    fill(law, key, None, values.reshape(-1))
    return values


def orthonormal(rows: int, columns: int, key: int) -> npt.NDArray[np.float64]:
    """A uniformly random matrix with orthonormal columns, or rows where those are fewer."""
    return orthonormal_factor(drawn(distributions.Normal(0.0, 1.0), rows, columns, key).astype(np.float64))


def orthonormal_factor(normals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Q of a matrix or, if it is wide, of its transpose, transposed back; R's diagonal is positive."""
    wide = normals.shape[0] < normals.shape[1]
    q, r = np.linalg.qr(normals.T if wide else normals)
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return q.T if wide else q
