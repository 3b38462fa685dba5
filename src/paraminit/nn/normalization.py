"""LayerNorm, GroupNorm, LayerNormExt (also ``mint.nn.LayerNorm``): normalization within each sample."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import positive_int
from paraminit.declare import Init
from paraminit.describe.initializers.arguments import nonnegative, positive
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool, layer_parameter, layer_parameters, shown
from paraminit.parameter import Parameter

__all__ = ["GroupNorm", "LayerNorm", "LayerNormExt"]


class LayerNorm(Cell):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta over the last axes of each sample.

    Args:
        normalized_shape: of gamma and beta; tuple or list.
        begin_norm_axis: mean and variance are taken over this axis and all after it; default -1.
        begin_params_axis: gamma and beta apply to this axis and all after it; default -1.
        gamma_init, beta_init: what ``initializer`` takes; ones and zeros.
        epsilon: above 0; default 1e-7.
        dtype: of the parameters; default float32.

    Shape:
        x (*, *normalized_shape); gamma, beta normalized_shape; result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> print(LayerNorm((2,))(paraminit.Tensor([[1.0, 3.0]])).asnumpy().round(3))
        [[-1.  1.]]
    """

    gamma: Parameter
    beta: Parameter

    def __init__(
        self,
        normalized_shape: tuple[int, ...] | list[int],
        begin_norm_axis: int = -1,
        begin_params_axis: int = -1,
        gamma_init: Init = "ones",
        beta_init: Init = "zeros",
        epsilon: float = 1e-7,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        if not isinstance(normalized_shape, tuple | list):
            raise ArgumentTypeError(
                f"LayerNorm: normalized_shape must be a tuple or list of ints, got {normalized_shape!r}."
            )
        if not normalized_shape:
            raise ArgumentValueError("LayerNorm: normalized_shape must not be empty.")
        for name, axis in (("begin_norm_axis", begin_norm_axis), ("begin_params_axis", begin_params_axis)):
            if isinstance(axis, bool) or not isinstance(axis, int):
                raise ArgumentTypeError(f"LayerNorm: {name} must be an int, got {axis!r}.")
        shape = tuple(positive_int("LayerNorm", "normalized_shape", size) for size in normalized_shape)
        self.normalized_shape, self.epsilon = shape, positive("LayerNorm", "epsilon", epsilon)
        self.begin_norm_axis, self.begin_params_axis = begin_norm_axis, begin_params_axis
        self.gamma, self.beta = layer_parameters(
            "LayerNorm", dtype, gamma_init=(gamma_init, shape), beta_init=(beta_init, shape)
        )
        self._shown = f"gamma_init={shown(gamma_init)}, beta_init={shown(beta_init)}"

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        for name, axis in (
            ("begin_norm_axis", self.begin_norm_axis),
            ("begin_params_axis", self.begin_params_axis),
        ):
            if not -x.ndim <= axis < x.ndim:
                raise ArgumentValueError(f"LayerNorm: x of shape {tuple(x.shape)} has no {name}={axis}.")
        if x.shape[self.begin_params_axis :] != self.normalized_shape:
            raise ArgumentValueError(
                f"LayerNorm: the axes of x from begin_params_axis={self.begin_params_axis} must be "
                f"{self.normalized_shape}, got shape {tuple(x.shape)}."
            )
        over = x.shape[self.begin_norm_axis :]
        if over == self.normalized_shape:
            return F.layer_norm(x, over, self.gamma, self.beta, self.epsilon)
        return F.layer_norm(x, over, eps=self.epsilon) * self.gamma + self.beta

    def extend_repr(self) -> str:
        return (
            f"normalized_shape={self.normalized_shape}, begin_norm_axis={self.begin_norm_axis}, "
            f"begin_params_axis={self.begin_params_axis}, epsilon={self.epsilon}, {self._shown}"
        )


class GroupNorm(Cell):
    """(x - mean) / sqrt(variance + eps) * gamma + beta over each group of channels of each sample.

    Args:
        num_groups: divides num_channels.
        num_channels: above 0.
        eps: above 0; default 1e-5.
        affine: whether gamma and beta are trained.
        gamma_init, beta_init: what ``initializer`` takes; ones and zeros.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C, *); gamma, beta (C,); result as x.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> GroupNorm(2, 6)
        GroupNorm(num_groups=2, num_channels=6, eps=1e-05, affine=True, gamma_init=ones, beta_init=zeros)
    """

    gamma: Parameter
    beta: Parameter

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        gamma_init: Init = "ones",
        beta_init: Init = "zeros",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        self.num_groups = positive_int("GroupNorm", "num_groups", num_groups)
        self.num_channels = positive_int("GroupNorm", "num_channels", num_channels)
        if num_channels % num_groups:
            raise ArgumentValueError(
                f"GroupNorm: num_groups must divide num_channels, got {num_groups} and {num_channels}."
            )
        check_bool("GroupNorm", "affine", affine)
        self.eps, self.affine = positive("GroupNorm", "eps", eps), affine
        shape = (num_channels,)
        both = layer_parameters(
            "GroupNorm", dtype, gamma_init=(gamma_init, shape), beta_init=(beta_init, shape)
        )
        self.gamma, self.beta = (p.requires_grad_(affine) for p in both)
        self._shown = f"gamma_init={shown(gamma_init)}, beta_init={shown(beta_init)}"

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ArgumentValueError(
                f"GroupNorm: x must have {self.num_channels} channels on axis 1, got shape {tuple(x.shape)}."
            )
        return F.group_norm(x, self.num_groups, self.gamma, self.beta, self.eps)

    def extend_repr(self) -> str:
        return (
            f"num_groups={self.num_groups}, num_channels={self.num_channels}, eps={self.eps}, "
            f"affine={self.affine}, {self._shown}"
        )


class LayerNormExt(Cell):
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last axes of each sample.

    Args:
        normalized_shape: of those axes; an int for one axis, a tuple or a list.
        eps: 0 or more; default 1e-5.
        elementwise_affine: whether there are weight and bias; default True.
        bias: whether there is a bias beside the weight; default True.
        dtype: of the parameters; None for float32.

    Shape:
        input (*, *normalized_shape); weight, bias normalized_shape; result as input.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> print(LayerNormExt(2)(paraminit.Tensor([[1.0, 3.0]])).asnumpy().round(3))
        [[-1.  1.]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...] | list[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: object = None,
    ) -> None:
        super().__init__()
        owner = "LayerNormExt"
        sizes = normalized_shape if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
        if not sizes:
            raise ArgumentValueError(f"{owner}: normalized_shape must not be empty.")
        shape = tuple(positive_int(owner, "normalized_shape", size) for size in sizes)
        self.normalized_shape, self.eps = shape, nonnegative(owner, "eps", eps)
        check_bool(owner, "elementwise_affine", elementwise_affine)
        check_bool(owner, "bias", bias)
        self.elementwise_affine = elementwise_affine
        dtype = torch.float32 if dtype is None else dtype
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)
        if elementwise_affine:
            self.weight = layer_parameter(owner, "weight", "ones", shape, dtype)
        if elementwise_affine and bias:
            self.bias = layer_parameter(owner, "bias", "zeros", shape, dtype)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        if input.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise ArgumentValueError(
                f"LayerNormExt: the last axes of input must be {self.normalized_shape}, "
                f"got shape {tuple(input.shape)}."
            )
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extend_repr(self) -> str:
        return (
            f"normalized_shape={self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}"
        )
