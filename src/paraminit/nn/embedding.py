"""Embedding and EmbeddingLookup: rows of a table."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own spelling)

from paraminit.cell import Cell
from paraminit.convolution import check_tensors, positive_int
from paraminit.declare import Init
from paraminit.describe.initializers import ZeroRow, as_initializer
from paraminit.describe.initializers.arguments import positive
from paraminit.dtype import dtype_name
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.weights import check_bool, layer_parameter
from paraminit.parameter import Parameter

__all__ = ["Embedding", "EmbeddingLookup"]

_SLICE_MODES = (
    "batch_slice",
    "field_slice",
    "table_row_slice",
    "table_column_slice",
)


class Embedding(Cell, torch.nn.Embedding):
    """The rows of ``embedding_table`` that x names. It is a torch.nn.Embedding to whatever looks for one,
    and ``weight`` is another name of the table.

    Args:
        vocab_size: number of rows.
        embedding_size: of a row.
        use_one_hot: MindSpore's other way to the same result; kept, without effect.
        embedding_table: what ``initializer`` takes; default ``Normal(0.01)``. A Tensor is copied.
        dtype: of the table; default float32.
        padding_idx: a row that starts as zeros; it is trained like the others.

    Shape:
        x (*) of integers; embedding_table (vocab_size, embedding_size); result (*, embedding_size).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
        IndexError: (when called) x names a row that does not exist.

    Example:
        >>> import paraminit
        >>> net = Embedding(3, 2, embedding_table="ones", padding_idx=0)
        >>> print(net(paraminit.Tensor([2, 0])))
        [[1. 1.]
         [0. 0.]]
    """

    embedding_table: Parameter

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        use_one_hot: bool = False,
        embedding_table: Init = "normal",
        dtype: object = torch.float32,
        padding_idx: int | None = None,
    ) -> None:
        Cell.__init__(self)
        self.vocab_size = self.num_embeddings = positive_int("Embedding", "vocab_size", vocab_size)
        self.embedding_size = self.embedding_dim = positive_int("Embedding", "embedding_size", embedding_size)
        check_bool("Embedding", "use_one_hot", use_one_hot)
        self.use_one_hot, self.padding_idx = use_one_hot, _row(padding_idx, vocab_size)
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = None, 2.0, False, False
        is_tensor = isinstance(embedding_table, torch.Tensor)
        if padding_idx is not None and not is_tensor:
            # A wrong argument is refused by layer_parameter, which names it.
            embedding_table = _zero_row(embedding_table, padding_idx)
        shape = (vocab_size, embedding_size)
        self.embedding_table = layer_parameter("Embedding", "embedding_table", embedding_table, shape, dtype)
        if padding_idx is not None and is_tensor:
            self.embedding_table[padding_idx] = 0

    @property
    def weight(self) -> torch.nn.Parameter:  # type: ignore[override]
        """The table, under torch's name."""
        return cast(torch.nn.Parameter, self.embedding_table)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__("embedding_table" if name == "weight" else name, value)

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        return _rows("Embedding", x, self.embedding_table)

    @property
    def dtype(self) -> torch.dtype:
        """Of the table."""
        return self.embedding_table.dtype

    def extend_repr(self) -> str:
        return (
            f"vocab_size={self.vocab_size}, embedding_size={self.embedding_size}, "
            f"use_one_hot={self.use_one_hot}, dtype={dtype_name(self.dtype)}, padding_idx={self.padding_idx}"
        )


class EmbeddingLookup(Cell):
    """The rows of ``embedding_table`` that x names, shortened to a norm on request.

    Args:
        vocab_size: number of rows.
        embedding_size: of a row.
        param_init: what ``initializer`` takes; default ``Normal(0.01)``.
        target: ``"CPU"`` or ``"DEVICE"``; kept, without effect.
        slice_mode: ``"batch_slice"``, ``"field_slice"``, ``"table_row_slice"`` or
            ``"table_column_slice"``; kept, without effect.
        manual_shapes: kept, without effect.
        max_norm: longer rows of the result are scaled to this Euclidean norm; None for no limit.
        sparse: must be True if target is ``"CPU"``.
        dtype: of the table; default float32.

    Shape:
        x (*) of integers; embedding_table (vocab_size, embedding_size); result (*, embedding_size).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.
        IndexError: (when called) x names a row that does not exist.

    Example:
        >>> import paraminit
        >>> print(EmbeddingLookup(3, 2, "ones")(paraminit.Tensor([2])))
        [[1. 1.]]
    """

    embedding_table: Parameter

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        param_init: Init = "normal",
        target: str = "CPU",
        slice_mode: str = "batch_slice",
        manual_shapes: tuple[int, ...] | None = None,
        max_norm: float | None = None,
        sparse: bool = True,
        dtype: object = torch.float32,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.vocab_size = positive_int(owner, "vocab_size", vocab_size)
        self.embedding_size = positive_int(owner, "embedding_size", embedding_size)
        check_bool(owner, "sparse", sparse)
        if target not in ("CPU", "DEVICE"):
            raise ArgumentValueError(f"{owner}: target must be 'CPU' or 'DEVICE', got {target!r}.")
        if not sparse and target == "CPU":
            raise ArgumentValueError(f"{owner}: sparse=False needs target='DEVICE', got target='CPU'.")
        if slice_mode not in _SLICE_MODES:
            raise UnknownNameError(f"slice_mode of {owner}", str(slice_mode), _SLICE_MODES)
        self.max_norm = None if max_norm is None else positive(owner, "max_norm", max_norm)
        self.target, self.slice_mode, self.sparse = target, slice_mode, sparse
        self.manual_shapes = manual_shapes
        shape = (vocab_size, embedding_size)
        self.embedding_table = layer_parameter(owner, "param_init", param_init, shape, dtype)

    def construct(self, indices: torch.Tensor) -> torch.Tensor:
        rows = _rows(type(self).__name__, indices, self.embedding_table)
        if self.max_norm is None:
            return rows
        norms: torch.Tensor = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
        return rows * (self.max_norm / norms.clamp(min=self.max_norm))

    def extend_repr(self) -> str:
        return f"vocab_size={self.vocab_size}, embedding_size={self.embedding_size}, max_norm={self.max_norm}"


def _rows(owner: str, x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    check_tensors(owner, x=x)
    if x.is_floating_point() or x.is_complex() or x.dtype is torch.bool:
        raise ArgumentTypeError(f"{owner}: x must hold integers, got {x.dtype}.")
    return F.embedding(x if x.dtype is torch.int32 else x.long(), table)


def _row(row: object, rows: int) -> int | None:
    if row is None:
        return None
    if isinstance(row, bool) or not isinstance(row, int):
        raise ArgumentTypeError(f"Embedding: padding_idx must be an int or None, got {row!r}.")
    if not 0 <= row < rows:
        raise ArgumentValueError(f"Embedding: padding_idx must be from 0 to {rows - 1}, got {row}.")
    return row


def _zero_row(init: Init, row: int) -> Init:
    try:
        return ZeroRow(as_initializer(init), row)
    except (TypeError, ValueError):
        return init
