"""InstanceNorm1d, InstanceNorm2d, InstanceNorm3d: normalization of each channel of each sample."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import Init
from paraminit.describe.initializers.arguments import positive
from paraminit.errors import ArgumentValueError
from paraminit.nn.batch_norm import fraction
from paraminit.nn.weights import check_bool, layer_parameters, shown
from paraminit.parameter import Parameter

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(Cell):
    """(x - mean) / sqrt(variance + eps) * gamma + beta for each channel of each sample.

    The mean and variance are always the sample's own. In training the moving ones follow:
    ``(1 - momentum) * moving + momentum * mean over the batch``. MindSpore's own layer does not run on a CPU.
    """

    _axes: ClassVar[int]

    moving_mean: Parameter
    moving_variance: Parameter
    gamma: Parameter
    beta: Parameter

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        gamma_init: Init = "ones",
        beta_init: Init = "zeros",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.num_features = positive_int(owner, "num_features", num_features)
        self.eps, self.momentum = positive(owner, "eps", eps), fraction(owner, "momentum", momentum)
        check_bool(owner, "affine", affine)
        self.affine, shape = affine, (num_features,)
        moving_mean, moving_variance, gamma, beta = layer_parameters(
            owner,
            dtype,
            moving_mean=("zeros", shape),
            moving_variance=("ones", shape),
            gamma_init=(gamma_init, shape),
            beta_init=(beta_init, shape),
        )
        self.moving_mean, self.moving_variance = (
            p.requires_grad_(False) for p in (moving_mean, moving_variance)
        )
        self.gamma, self.beta = (p.requires_grad_(affine) for p in (gamma, beta))
        self._shown = f"gamma_init={shown(gamma_init)}, beta_init={shown(beta_init)}"

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim != self._axes + 2 or x.shape[1] != self.num_features:
            raise ArgumentValueError(
                f"{type(self).__name__}: x must have {self._axes + 2} dimensions and {self.num_features} "
                f"channels, got shape {tuple(x.shape)}."
            )
        mean = self.moving_mean if self.training else None
        variance = self.moving_variance if self.training else None
        return F.instance_norm(x, mean, variance, self.gamma, self.beta, True, self.momentum, self.eps)

    def extend_repr(self) -> str:
        return (
            f"num_features={self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, {self._shown}"
        )


_TEXT = """{summary}

    The mean and variance are always the sample's own; in training the moving ones follow them by
    ``momentum``. (MindSpore's layer has no CPU kernel.)

    Args:
        num_features: number of channels.
        eps: above 0; default 1e-5.
        momentum: weight of the new statistics, from 0 to 1; default 0.1.
        affine: whether gamma and beta are trained.
        gamma_init, beta_init: what ``initializer`` takes; ones and zeros.
        dtype: of the parameters; default float32.

    Shape:
        x {shape}; moving_mean, moving_variance, gamma, beta (C,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
"""


class InstanceNorm1d(_InstanceNorm):
    __doc__ = _TEXT.format(summary="Normalize each channel of each sequence.", shape="(N, C, L)") + (
        """
    Example:
        >>> InstanceNorm1d(2)(torch.tensor([[[1.0, 3.0], [2.0, 2.0]]])).detach().round(decimals=3)
        tensor([[[-1.,  1.],
                 [ 0.,  0.]]])
    """
    )
    _axes = 1


class InstanceNorm2d(_InstanceNorm):
    __doc__ = _TEXT.format(summary="Normalize each channel of each image.", shape="(N, C, H, W)") + (
        """
    Example:
        >>> InstanceNorm2d(3)(torch.ones(2, 3, 4, 4)).shape
        torch.Size([2, 3, 4, 4])
    """
    )
    _axes = 2


class InstanceNorm3d(_InstanceNorm):
    __doc__ = _TEXT.format(summary="Normalize each channel of each volume.", shape="(N, C, D, H, W)") + (
        """
    Example:
        >>> InstanceNorm3d(3)(torch.ones(2, 3, 4, 4, 4)).shape
        torch.Size([2, 3, 4, 4, 4])
    """
    )
    _axes = 3
