"""EmbeddingExt: Embedding with torch's arguments. It is also ``mint.nn.Embedding``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import Normal, ZeroRow
from paraminit.describe.initializers.arguments import positive
from paraminit.dtype import dtype_name
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter import Parameter
from paraminit.tensor import Tensor

__all__ = ["EmbeddingExt"]


class EmbeddingExt(Cell, torch.nn.Embedding):
    """The rows of ``weight`` that input names. It is a torch.nn.Embedding to whatever looks for one.

    Args:
        num_embeddings: number of rows.
        embedding_dim: of a row.
        padding_idx: a row that starts as zeros and gets no gradient; from the end if negative.
        max_norm: when called, rows that are named and longer than this are scaled to it, in ``weight``
            itself; None for no limit.
        norm_type: the p of that norm; default 2.0.
        scale_grad_by_freq: whether a row's gradient is divided by how often the input names it.
        sparse: whether ``weight`` gets a sparse gradient.
        _weight: the rows; a Tensor or array, which is copied, also its row ``padding_idx``. Default
            ``Normal(1.0, 0.0)`` with that row zero.
        _freeze: whether ``weight`` is not to be trained.
        dtype: of weight; None for that of ``_weight``, or float32.

    Shape:
        input (*) of integers; weight (num_embeddings, embedding_dim); result (*, embedding_dim).

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.
        IndexError: (when called) input names a row that does not exist.

    Example:
        >>> import paraminit
        >>> net = EmbeddingExt(3, 2, _weight=paraminit.Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        >>> print(net(paraminit.Tensor([2, 0])))
        [[5. 6.]
         [1. 2.]]
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: torch.Tensor | npt.NDArray[np.generic] | None = None,
        _freeze: bool = False,
        dtype: object = None,
    ) -> None:
        Cell.__init__(self)
        owner = "EmbeddingExt"
        self.num_embeddings = positive_int(owner, "num_embeddings", num_embeddings)
        self.embedding_dim = positive_int(owner, "embedding_dim", embedding_dim)
        self.padding_idx = _row(padding_idx, num_embeddings)
        self.max_norm = None if max_norm is None else positive(owner, "max_norm", max_norm)
        self.norm_type = positive(owner, "norm_type", norm_type)
        flags = {"scale_grad_by_freq": scale_grad_by_freq, "sparse": sparse, "_freeze": _freeze}
        for name, flag in flags.items():
            check_bool(owner, name, flag)
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        values = self._default() if _weight is None else _given(_weight)
        if dtype is None:
            dtype = values.dtype if isinstance(values, torch.Tensor) else torch.float32
        shape = (num_embeddings, embedding_dim)
        self.weight = layer_parameter(owner, "_weight", values, shape, dtype).requires_grad_(not _freeze)

    def _default(self) -> Init:
        normal = Normal(1.0, 0.0)
        return normal if self.padding_idx is None else ZeroRow(normal, self.padding_idx)

    def construct(self, input: torch.Tensor) -> torch.Tensor:
        check_tensors("EmbeddingExt", input=input)
        if input.is_floating_point() or input.is_complex() or input.dtype is torch.bool:
            raise ArgumentTypeError(f"EmbeddingExt: input must hold integers, got {input.dtype}.")
        return F.embedding(
            input if input.dtype is torch.int32 else input.long(),
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    @property
    def dtype(self) -> torch.dtype:
        """Of the table."""
        return self.weight.dtype

    def extend_repr(self) -> str:
        return (
            f"num_embeddings={self.num_embeddings}, embedding_dim={self.embedding_dim}, "
            f"padding_idx={self.padding_idx}, max_norm={self.max_norm}, norm_type={self.norm_type}, "
            f"scale_grad_by_freq={self.scale_grad_by_freq}, dtype={dtype_name(self.dtype)}"
        )


def _given(values: object) -> torch.Tensor:
    if isinstance(values, np.ndarray):
        return Tensor(values)
    if not isinstance(values, torch.Tensor):
        raise ArgumentTypeError(
            f"EmbeddingExt: _weight must be a Tensor or an array, got {type(values).__name__}."
        )
    return values


def _row(row: object, rows: int) -> int | None:
    if row is None:
        return None
    if isinstance(row, bool) or not isinstance(row, int):
        raise ArgumentTypeError(f"EmbeddingExt: padding_idx must be an int or None, got {row!r}.")
    if not -rows <= row < rows:
        raise ArgumentValueError(f"EmbeddingExt: padding_idx must be from {-rows} to {rows - 1}, got {row}.")
    return row
