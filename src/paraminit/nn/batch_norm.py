"""BatchNorm1d, BatchNorm2d, BatchNorm3d: normalization of each channel over the batch."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import Init
from paraminit.describe.initializers.arguments import finite, positive
from paraminit.errors import ArgumentValueError
from paraminit.nn.weights import check_bool, layer_parameters, shown
from paraminit.parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "fraction"]


def fraction(owner: str, argument: str, value: object) -> float:
    """``value`` as a number from 0 to 1."""
    number = finite(owner, argument, value)
    if not 0 <= number <= 1:
        raise ArgumentValueError(f"{owner}: {argument} must be from 0 to 1, got {value!r}.")
    return number


class _BatchNorm(Cell):
    """What the layers of one and two axes have in common; they differ in the inputs they take."""

    _ranks: ClassVar[tuple[int, ...]]

    moving_mean: Parameter
    moving_variance: Parameter
    gamma: Parameter
    beta: Parameter
    gamma_init: Init
    beta_init: Init

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        gamma_init: Init = "ones",
        beta_init: Init = "zeros",
        moving_mean_init: Init = "zeros",
        moving_var_init: Init = "ones",
        use_batch_statistics: bool | None = None,
        data_format: str = "NCHW",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.num_features = positive_int(owner, "num_features", num_features)
        self.eps, self.momentum = positive(owner, "eps", eps), fraction(owner, "momentum", momentum)
        check_bool(owner, "affine", affine)
        if use_batch_statistics is not None:
            check_bool(owner, "use_batch_statistics", use_batch_statistics)
        if data_format != "NCHW":
            raise ArgumentValueError(
                f"{owner}: data_format must be 'NCHW', got {data_format!r}. Transpose the input."
            )
        self.affine, self.use_batch_statistics, self.data_format = affine, use_batch_statistics, data_format
        shape = (num_features,)
        moving_mean, moving_variance, gamma, beta = layer_parameters(
            owner,
            dtype,
            moving_mean_init=(moving_mean_init, shape),
            moving_var_init=(moving_var_init, shape),
            gamma_init=(gamma_init, shape),
            beta_init=(beta_init, shape),
        )
        self.moving_mean, self.moving_variance = (
            p.requires_grad_(False) for p in (moving_mean, moving_variance)
        )
        self.gamma, self.beta = (p.requires_grad_(affine) for p in (gamma, beta))
        vars(self).update(  # past torch's __setattr__, which is slow
            gamma_init=gamma_init,
            beta_init=beta_init,
            moving_mean_init=moving_mean_init,
            moving_var_init=moving_var_init,
        )

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim not in self._ranks or x.shape[1] != self.num_features:
            ranks = " or ".join(map(str, self._ranks))
            raise ArgumentValueError(
                f"{type(self).__name__}: x must have {ranks} dimensions and {self.num_features} channels, "
                f"got shape {tuple(x.shape)}."
            )
        return self._normalized(x)

    def _normalized(self, x: torch.Tensor) -> torch.Tensor:
        own = self.training if self.use_batch_statistics is None else self.use_batch_statistics
        update = 1 - self.momentum if own else 0.0
        return F.batch_norm(
            x, self.moving_mean, self.moving_variance, self.gamma, self.beta, own, update, self.eps
        )

    def extend_repr(self) -> str:
        return (
            f"num_features={self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, gamma_init={shown(self.gamma_init)}, beta_init={shown(self.beta_init)}"
        )


class BatchNorm1d(_BatchNorm):
    """(x - mean) / sqrt(variance + eps) * gamma + beta for each channel.

    In training the mean and variance are the batch's, and the moving ones become
    ``momentum * moving + (1 - momentum) * batch``; otherwise the moving ones are used.

    Args:
        num_features: number of channels.
        eps: above 0; default 1e-5.
        momentum: from 0 to 1; default 0.9.
        affine: whether gamma and beta are trained.
        gamma_init, beta_init, moving_mean_init, moving_var_init: what ``initializer`` takes; ones, zeros,
            zeros and ones.
        use_batch_statistics: always the batch's (True), always the moving (False), or as said above (None).
        data_format: ``"NCHW"``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C) or (N, C, L); moving_mean, moving_variance, gamma, beta (C,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = BatchNorm1d(2, eps=1e-12, moving_mean_init=1.0)
        >>> print(net(paraminit.Tensor([[1.0, 3.0]])))
        [[0. 2.]]
    """

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """:class:`BatchNorm1d` of images.

    Args:
        num_features: number of channels.
        eps: above 0; default 1e-5.
        momentum: from 0 to 1; default 0.9.
        affine: whether gamma and beta are trained.
        gamma_init, beta_init, moving_mean_init, moving_var_init: what ``initializer`` takes; ones, zeros,
            zeros and ones.
        use_batch_statistics: always the batch's (True), always the moving (False), or the batch's in
            training only (None).
        data_format: ``"NCHW"``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C, H, W); moving_mean, moving_variance, gamma, beta (C,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> BatchNorm2d(3)(torch.ones(1, 3, 2, 2)).shape
        torch.Size([1, 3, 2, 2])
    """

    _ranks: ClassVar[tuple[int, ...]] = (4,)


class BatchNorm3d(Cell):
    """:class:`BatchNorm1d` of volumes. As in MindSpore its parameters are those of a child, ``bn2d``.

    Args:
        num_features: number of channels.
        eps: above 0; default 1e-5.
        momentum: from 0 to 1; default 0.9.
        affine: whether gamma and beta are trained.
        gamma_init, beta_init, moving_mean_init, moving_var_init: what ``initializer`` takes; ones, zeros,
            zeros and ones.
        use_batch_statistics: always the batch's (True), always the moving (False), or the batch's in
            training only (None).
        dtype: of the parameters; default float32.

    Shape:
        x (N, C, D, H, W); bn2d.moving_mean, bn2d.moving_variance, bn2d.gamma, bn2d.beta (C,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> [name for name, _ in BatchNorm3d(3).parameters_and_names()][:2]
        ['bn2d.moving_mean', 'bn2d.moving_variance']
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        gamma_init: Init = "ones",
        beta_init: Init = "zeros",
        moving_mean_init: Init = "zeros",
        moving_var_init: Init = "ones",
        use_batch_statistics: bool | None = None,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        self.bn2d = _OfVolumes(
            num_features,
            eps,
            momentum,
            affine,
            gamma_init,
            beta_init,
            moving_mean_init,
            moving_var_init,
            use_batch_statistics,
            dtype=dtype,
        )

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn2d(x)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return repr(self.bn2d)


class _OfVolumes(_BatchNorm):
    _ranks = (5,)


_OfVolumes.__name__ = "BatchNorm3d"  # in messages and repr, it speaks for its parent
