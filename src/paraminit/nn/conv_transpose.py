"""Conv1dTranspose, Conv2dTranspose, Conv3dTranspose."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import Convolution
from paraminit.declare import Init
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool, default_bias, default_weight, layer_parameter, shown
from paraminit.parameter import Parameter

__all__ = ["Conv1dTranspose", "Conv2dTranspose", "Conv3dTranspose"]

_FUNCTIONS = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


class _ConvTranspose(Cell):
    """What the three have in common; they differ in the number of axes and the order of arguments."""

    _axes: ClassVar[int]
    _zeros_at_end: ClassVar[bool] = False  # whether output_padding adds zeros, not results

    weight: Parameter
    bias: Parameter | None

    def _build(
        self,
        in_channels: int,
        out_channels: int,
        sizes: tuple[object, object, object, object],
        pad_mode: str,
        output_padding: object,
        group: int,
        has_bias: bool,
        weight_init: Init,
        bias_init: Init,
        dtype: object,
    ) -> None:
        """Check everything, then make the parameters. ``sizes``: kernel, stride, padding, dilation."""
        owner = type(self).__name__
        check_bool(owner, "has_bias", has_bias)
        kernel_size, stride, padding, dilation = sizes
        channels: dict[str, object] = {"in_channels": in_channels, "out_channels": out_channels}
        checked = Convolution.checked(
            owner, self._axes, kernel_size, stride, pad_mode, padding, dilation, group, channels
        )
        self._convolution, self._extra = checked, self._checked_extra(output_padding, checked)
        self.in_channels, self.out_channels, self.group = in_channels, out_channels, group
        self.kernel_size, self.stride, self.dilation = checked.kernel_size, checked.stride, checked.dilation
        self.pad_mode, self.padding, self.has_bias = checked.pad_mode, padding, has_bias
        self.output_padding = output_padding
        kernel = self.kernel_size
        weight_init = default_weight() if weight_init is None else weight_init
        if has_bias and bias_init is None:  # MindSpore's fan_in: that of the weight's shape
            bias_init = default_bias(out_channels // group * math.prod(kernel))
        self.weight = self._weight_from(weight_init, (in_channels, out_channels // group, *kernel), dtype)
        if has_bias:
            self.bias = layer_parameter(owner, "bias_init", bias_init, (out_channels,), dtype)
        else:
            self.register_parameter("bias", None)
        self._shown = f"weight_init={shown(weight_init)}, bias_init={shown(bias_init)}"

    def _checked_extra(self, value: object, checked: Convolution) -> tuple[int, ...]:
        entries: tuple[int, ...]
        entries = value if isinstance(value, tuple) else (value,) * self._axes  # type: ignore[assignment]
        if any(isinstance(entry, bool) or not isinstance(entry, int) for entry in entries):
            raise ArgumentTypeError(
                f"{checked.owner}: output_padding must be an int or a tuple of {self._axes} ints, "
                f"got {value!r}."
            )
        if len(entries) != self._axes or min(entries) < 0:
            raise ArgumentValueError(
                f"{checked.owner}: output_padding must be 0 or more, or {self._axes} such numbers, "
                f"got {value!r}."
            )
        if any(entries) and checked.pad_mode != "pad":
            raise ArgumentValueError(
                f"{checked.owner}: output_padding={value!r} needs pad_mode='pad', "
                f"got pad_mode={checked.pad_mode!r}."
            )
        return entries

    def _weight_from(self, init: Init, shape: tuple[int, ...], dtype: object) -> Parameter:
        return layer_parameter(type(self).__name__, "weight_init", init, shape, dtype)

    def _kernel(self) -> torch.Tensor:
        return self.weight

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        owner = self._convolution.owner
        if x.ndim != self._axes + 2 or x.shape[1] != self.in_channels:
            raise ArgumentValueError(
                f"{owner}: x must have {self._axes + 2} dimensions and {self.in_channels} channels, "
                f"got shape {tuple(x.shape)}."
            )
        if x.dtype != self.weight.dtype:
            raise ArgumentTypeError(
                f"{owner}: x and weight must have one dtype, got {x.dtype} and {self.weight.dtype}."
            )
        transpose = _FUNCTIONS[self._axes]
        whole = transpose(x, self._kernel(), None, self.stride, groups=self.group, dilation=self.dilation)
        y = F.pad(whole, self._edges(x.shape[2:]))
        y = y if self.bias is None else y + self.bias.reshape(-1, *(1,) * self._axes)
        if not self._zeros_at_end:
            return y
        return F.pad(y, [amount for extra in reversed(self._extra) for amount in (0, extra)])

    def _edges(self, sizes: torch.Size) -> list[int]:
        """What to add to (or cut from, if negative) the whole result, last axis first."""
        edges: list[int] = []
        axes = zip(sizes, self.kernel_size, self.stride, self.dilation, strict=True)
        for axis, (size, kernel, stride, dilation) in enumerate(axes):
            excess = dilation * (kernel - 1) + 1 - stride  # by how much the whole exceeds size * stride
            if self.pad_mode == "same":
                cut = max(excess, 0) // 2
                edge = (-cut, cut - excess)
            elif self.pad_mode == "valid":
                edge = (0, max(-excess, 0))
            else:
                before, after = self._convolution.padding[2 * axis : 2 * axis + 2]
                edge = (-before, (0 if self._zeros_at_end else self._extra[axis]) - after)
            if size * stride + excess + sum(edge) < 1:
                raise ArgumentValueError(
                    f"{self._convolution.owner}: the padding leaves nothing of axis {axis + 2}. Use less."
                )
            edges = [*edge, *edges]
        return edges

    def extend_repr(self) -> str:
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, pad_mode={self.pad_mode}, "
            f"padding={self.padding}, output_padding={self.output_padding}, dilation={self.dilation}, "
            f"group={self.group}, has_bias={self.has_bias}, {self._shown}"
        )


class Conv1dTranspose(_ConvTranspose):
    """The transpose of :class:`Conv1d`: what maps its output's gradient to its input's.

    Args:
        in_channels, out_channels: above 0.
        kernel_size, stride, dilation: ints above 0; stride and dilation 1 by default.
        pad_mode: ``"same"`` (default): L * stride elements; ``"valid"``: nothing cut; ``"pad"``:
            ``padding`` elements cut on either side.
        padding: 0 unless pad_mode is ``"pad"``.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init: what ``initializer`` takes; a Tensor has shape (in, out / group, kernel). Default
            ``HeUniform(sqrt(5))`` for the weight's shape.
        bias_init: the same for the bias. Default ``Uniform(1 / sqrt(out / group * kernel))``.
        dtype: of the parameters; default float32.

    Shape:
        x (N, C_in, L); weight (in, out / group, 1, kernel), bias (out,); result (N, C_out, L_out).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> import paraminit
        >>> net = Conv1dTranspose(1, 1, 2, stride=2, weight_init="ones")
        >>> print(net(paraminit.Tensor([[[1.0, 2.0]]])))
        [[[1. 1. 2. 2.]]]
    """

    _axes = 1

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        pad_mode: str = "same",
        padding: int = 0,
        dilation: int = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        for name, value in zip(
            ("kernel_size", "stride", "padding", "dilation"),
            sizes := (kernel_size, stride, padding, dilation),
            strict=True,
        ):
            if not isinstance(value, int):
                raise ArgumentTypeError(f"Conv1dTranspose: {name} must be an int, got {value!r}.")
        self._build(
            in_channels, out_channels, sizes, pad_mode, 0, group, has_bias, weight_init, bias_init, dtype
        )

    def _weight_from(self, init: Init, shape: tuple[int, ...], dtype: object) -> Parameter:
        with_height = (*shape[:2], 1, *shape[2:])
        if isinstance(init, torch.Tensor) and not isinstance(init, torch.nn.Parameter):
            if tuple(init.shape) != shape:
                raise ArgumentValueError(
                    f"Conv1dTranspose.weight_init: the Tensor must have shape {shape}, "
                    f"got {tuple(init.shape)}."
                )
            init = init.reshape(with_height)
        weight = layer_parameter("Conv1dTranspose", "weight_init", init, with_height, dtype)
        weight.flat_shape = shape
        return weight

    def _kernel(self) -> torch.Tensor:
        return self.weight.squeeze(2)


_ARGUMENTS = """
    Args:
        in_channels, out_channels: above 0.
        kernel_size, stride, dilation: an int above 0 or one for each axis; stride and dilation 1.
        pad_mode: ``"same"`` (default): input * stride elements; ``"valid"``: nothing cut; ``"pad"``:
            what ``padding`` says is cut.
        padding: int or (before, after) of each axis; 0 unless pad_mode is ``"pad"``.
        output_padding: elements added at the end of each axis; 0 unless pad_mode is ``"pad"``. As in
            MindSpore these are zeros in Conv2dTranspose, and results of the transpose in Conv3dTranspose.
        group: divides both channel numbers; default 1.
        has_bias: default False.
        weight_init, bias_init: what ``initializer`` takes. Default ``HeUniform(sqrt(5))`` for the weight's
            shape and ``Uniform(1 / sqrt(out / group * kernel))``.
        dtype: of the parameters; default float32.

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
"""


class Conv2dTranspose(_ConvTranspose):
    __doc__ = f"""The transpose of :class:`Conv2d`.
{_ARGUMENTS}
    Shape:
        x (N, C_in, H, W); weight (in, out / group, height, width), bias (out,); result
        (N, C_out, H_out, W_out).

    Example:
        >>> Conv2dTranspose(3, 8, 4, stride=2)(torch.ones(1, 3, 5, 5)).shape
        torch.Size([1, 8, 10, 10])
    """
    _axes = 2
    _zeros_at_end = True  # MindSpore's operator of two axes cannot compute these elements

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, ...] = 0,
        output_padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        sizes, out = (kernel_size, stride, padding, dilation), output_padding
        self._build(
            in_channels, out_channels, sizes, pad_mode, out, group, has_bias, weight_init, bias_init, dtype
        )


class Conv3dTranspose(_ConvTranspose):
    __doc__ = f"""The transpose of :class:`Conv3d`; data_format must be ``"NCDHW"``.
{_ARGUMENTS}
    Shape:
        x (N, C_in, D, H, W); weight (in, out / group, depth, height, width), bias (out,); result
        (N, C_out, D_out, H_out, W_out).

    Example:
        >>> Conv3dTranspose(3, 8, 4, stride=2)(torch.ones(1, 3, 5, 5, 5)).shape
        torch.Size([1, 8, 10, 10, 10])
    """
    _axes = 3

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        group: int = 1,
        output_padding: int | tuple[int, ...] = 0,
        has_bias: bool = False,
        weight_init: Init = None,
        bias_init: Init = None,
        data_format: str = "NCDHW",
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        if data_format != "NCDHW":
            raise ArgumentValueError(
                f"Conv3dTranspose: data_format must be 'NCDHW', got {data_format!r}. Transpose the input."
            )
        sizes, out = (kernel_size, stride, padding, dilation), output_padding
        self._build(
            in_channels, out_channels, sizes, pad_mode, out, group, has_bias, weight_init, bias_init, dtype
        )
