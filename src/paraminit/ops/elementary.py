"""Add, BiasAdd, MatMul, ReLU: the operators that programs put around a weight of their own."""

from __future__ import annotations

import torch

from paraminit.convolution import check_tensors
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.tensor import Tensor

__all__ = ["Add", "BiasAdd", "MatMul", "ReLU"]

_FORMATS = ("NCDHW", "NCHW", "NHWC")


class Add:
    """The sum of two tensors, or of a tensor and a number: ``Add()(x, y)``.

    Shape:
        Any two that broadcast; the result's dtype is the one both promote to.

    Raises:
        ArgumentTypeError: an input is neither tensor nor number, or both hold bools.
        ArgumentValueError: shapes that do not broadcast.

    Example:
        >>> print(Add()(torch.tensor([1, 2]), torch.tensor([[0.5], [1.5]])))
        tensor([[1.5000, 2.5000],
                [2.5000, 3.5000]])
    """

    def __call__(self, x: torch.Tensor | float, y: torch.Tensor | float) -> torch.Tensor:
        for name, value in {"x": x, "y": y}.items():
            if not isinstance(value, torch.Tensor | int | float):
                raise ArgumentTypeError(
                    f"Add: {name} must be a Tensor or a number, got {type(value).__name__}."
                )
        first = x if isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor) else Tensor(x)
        if isinstance(first, torch.Tensor) and isinstance(y, torch.Tensor):
            if first.dtype == y.dtype == torch.bool:
                raise ArgumentTypeError("Add: x and y both hold bools, which have no sum.")
            try:
                torch.broadcast_shapes(first.shape, y.shape)  # type: ignore[no-untyped-call]
            except RuntimeError:
                raise ArgumentValueError(
                    f"Add: x and y must broadcast, got shapes {tuple(first.shape)} and {tuple(y.shape)}."
                ) from None
        return first + y  # type: ignore[return-value]

    def __repr__(self) -> str:
        return "Prim[Add]"


class BiasAdd:
    """A tensor plus one number for each of its channels: ``BiasAdd()(x, bias)``.

    Args:
        data_format: ``"NCHW"`` (default) or ``"NCDHW"``: axis 1 is that of the channels; ``"NHWC"``: the
            last one.

    Shape:
        x of 2 to 5 dimensions, all 5 for ``"NCDHW"``; bias (C,), of x's dtype.

    Raises:
        ArgumentTypeError: data_format is no str; in the call, no tensors or two dtypes.
        UnknownNameError: another data_format.
        ArgumentValueError: (in the call) shapes that do not fit.

    Example:
        >>> print(BiasAdd()(torch.zeros(1, 2, 1), torch.tensor([3.0, 4.0])))
        tensor([[[3.],
                 [4.]]])
    """

    def __init__(self, data_format: str = "NCHW") -> None:
        if not isinstance(data_format, str):
            raise ArgumentTypeError(f"BiasAdd: data_format must be a str, got {data_format!r}.")
        if data_format not in _FORMATS:
            raise UnknownNameError("data_format of BiasAdd", data_format, _FORMATS)
        self.data_format = data_format

    def __call__(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        check_tensors("BiasAdd", x=x, bias=bias)
        _check_dtypes("BiasAdd", x=x, bias=bias)
        fewest = 5 if self.data_format == "NCDHW" else 2
        if not fewest <= x.ndim <= 5:
            raise ArgumentValueError(
                f"BiasAdd: x must have {fewest} to 5 dimensions for data_format={self.data_format!r}, "
                f"got shape {tuple(x.shape)}."
            )
        channels = -1 if self.data_format == "NHWC" else 1
        if bias.shape != (x.shape[channels],):
            raise ArgumentValueError(
                f"BiasAdd: bias must have shape ({x.shape[channels]},), one for each channel of x "
                f"{tuple(x.shape)}; got {tuple(bias.shape)}."
            )
        shape = [1] * x.ndim
        shape[channels] = -1
        return x + bias.reshape(shape)

    def __repr__(self) -> str:
        return f"Prim[BiasAdd]<data_format={self.data_format}>"


class MatMul:
    """The product of two matrices: ``MatMul()(x, y)``.

    Args:
        transpose_a, transpose_b: whether to transpose the first or the second before.

    Shape:
        x (n, k), y (k, m), or transposed, of one dtype; result (n, m).

    Raises:
        ArgumentTypeError: a flag that is no bool; in the call, no tensors or two dtypes.
        ArgumentValueError: (in the call) no matrices, or shapes that do not fit.

    Example:
        >>> print(MatMul(transpose_b=True)(torch.ones(1, 3), torch.ones(2, 3)))
        tensor([[3., 3.]])
    """

    def __init__(self, transpose_a: bool = False, transpose_b: bool = False) -> None:
        for name, flag in {"transpose_a": transpose_a, "transpose_b": transpose_b}.items():
            if not isinstance(flag, bool):
                raise ArgumentTypeError(f"MatMul: {name} must be a bool, got {flag!r}.")
        self.transpose_a, self.transpose_b = transpose_a, transpose_b

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        check_tensors("MatMul", x=x, y=y)
        _check_dtypes("MatMul", x=x, y=y)
        if not x.ndim == y.ndim == 2:
            raise ArgumentValueError(
                f"MatMul: x and y must have 2 dimensions, got shapes {tuple(x.shape)} and {tuple(y.shape)}."
            )
        a, b = x.T if self.transpose_a else x, y.T if self.transpose_b else y
        if a.shape[1] != b.shape[0]:
            raise ArgumentValueError(
                f"{self}: x has {a.shape[1]} columns and y {b.shape[0]} rows, which must agree; got shapes "
                f"{tuple(x.shape)} and {tuple(y.shape)}."
            )
        return a @ b

    def __repr__(self) -> str:
        return f"Prim[MatMul]<transpose_a={self.transpose_a}, transpose_b={self.transpose_b}>"


class ReLU:
    """max(x, 0): ``ReLU()(x)``, integers too.

    Raises:
        ArgumentTypeError: x is no tensor, or holds bools or complex numbers.

    Example:
        >>> print(ReLU()(torch.tensor([-1.0, 2.0])))
        tensor([0., 2.])
    """

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        check_tensors("ReLU", x=x)
        if x.is_complex() or x.dtype == torch.bool:
            raise ArgumentTypeError(f"ReLU: x must hold real numbers, got {x.dtype}.")
        return x.relu()

    def __repr__(self) -> str:
        return "Prim[ReLU]"


def _check_dtypes(owner: str, **inputs: torch.Tensor) -> None:
    """Make sure that the inputs, given by their names, have one dtype."""
    dtypes = {name: tensor.dtype for name, tensor in inputs.items()}
    if len({*dtypes.values()}) > 1:
        raise ArgumentTypeError(
            f"{owner}: {' and '.join(dtypes)} must have one dtype, got "
            f"{' and '.join(map(str, dtypes.values()))}. Convert with .astype(...)."
        )
