"""MultiFieldEmbeddingLookup: weighted rows of a table, combined field by field."""

from __future__ import annotations

import torch

from paraminit.convolution import check_tensors, positive_int
from paraminit.declare import Init
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.nn.embedding import EmbeddingLookup

__all__ = ["MultiFieldEmbeddingLookup"]

_OPERATORS = ("SUM", "MAX", "MEAN")


class MultiFieldEmbeddingLookup(EmbeddingLookup):
    """The rows that ``input_indices`` names, times ``input_values``, and those of one field combined.

    ``"SUM"`` adds them up; ``"MEAN"`` divides that by the sum of the absolute weights; ``"MAX"`` takes the
    largest in each column, of those whose weight is not 0. A field without a weight gives zeros.

    Args:
        vocab_size: number of rows.
        embedding_size: of a row.
        field_size: number of fields.
        param_init: what ``initializer`` takes; default ``Normal(0.01)``.
        target, slice_mode, feature_num_list, sparse: kept, without effect (as EmbeddingLookup's).
        max_norm: longer rows are scaled to this Euclidean norm before anything else; None for no limit.
        operator: ``"SUM"`` (default), ``"MAX"`` or ``"MEAN"``.
        dtype: of the table; default float32.

    Shape:
        input_indices (N, L) of integers from 0 to vocab_size - 1; input_values (N, L) of floats; field_ids
        (N, L) of integers from 0 to field_size - 1; embedding_table (vocab_size, embedding_size); result
        (N, field_size, embedding_size).

    Raises:
        ArgumentTypeError, ArgumentValueError, UnknownNameError: an argument of the wrong kind.

    Example:
        >>> net = MultiFieldEmbeddingLookup(4, 1, 2, "ones")
        >>> weights, fields = torch.tensor([[1.0, 2.0, 5.0]]), torch.tensor([[0, 0, 1]])
        >>> net(torch.tensor([[3, 1, 1]]), weights, fields).detach()
        tensor([[[3.],
                 [5.]]])
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        field_size: int,
        param_init: Init = "normal",
        target: str = "CPU",
        slice_mode: str = "batch_slice",
        feature_num_list: tuple[int, ...] | None = None,
        max_norm: float | None = None,
        sparse: bool = True,
        operator: str = "SUM",
        dtype: object = torch.float32,
    ) -> None:
        owner = "MultiFieldEmbeddingLookup"
        positive_int(owner, "field_size", field_size)
        if operator not in _OPERATORS:
            raise UnknownNameError(f"operator of {owner}", str(operator), _OPERATORS)
        super().__init__(
            vocab_size,
            embedding_size,
            param_init,
            target,
            slice_mode,
            feature_num_list,
            max_norm,
            sparse,
            dtype,
        )
        self.field_size, self.operator = field_size, operator

    def construct(  # type: ignore[override]
        self, input_indices: torch.Tensor, input_values: torch.Tensor, field_ids: torch.Tensor
    ) -> torch.Tensor:
        self._check(input_indices, input_values, field_ids)
        rows = super().construct(input_indices)
        weights = input_values.to(rows.dtype).unsqueeze(2)
        fields = field_ids.long().unsqueeze(2)
        rows, places = rows * weights, fields.expand_as(rows)
        result = rows.new_zeros(len(rows), self.field_size, rows.shape[2])
        if self.operator == "MAX":
            rows = rows.masked_fill(weights == 0, -torch.inf)
            largest = result.scatter_reduce(1, places, rows, "amax", include_self=False)
            return largest.masked_fill(largest == -torch.inf, 0)
        total = result.scatter_add(1, places, rows)
        if self.operator == "SUM":
            return total
        weight = result[:, :, :1].scatter_add(1, fields, weights.abs())
        return total / weight.masked_fill(weight == 0, 1)

    def _check(
        self, input_indices: torch.Tensor, input_values: torch.Tensor, field_ids: torch.Tensor
    ) -> None:
        who = "MultiFieldEmbeddingLookup"
        check_tensors(who, input_indices=input_indices, input_values=input_values, field_ids=field_ids)
        shapes = [tuple(t.shape) for t in (input_indices, input_values, field_ids)]
        if len(set(shapes)) > 1 or len(shapes[0]) != 2:
            raise ArgumentValueError(
                f"{who}: input_indices, input_values and field_ids must have one shape (N, L), got {shapes}."
            )
        if not input_values.is_floating_point():
            raise ArgumentTypeError(f"{who}: input_values must be floating point, got {input_values.dtype}.")
        if field_ids.dtype.is_floating_point or field_ids.dtype in (torch.bool, torch.complex64):
            raise ArgumentTypeError(f"{who}: field_ids must hold integers, got {field_ids.dtype}.")
        if field_ids.numel() and not 0 <= int(field_ids.min()) <= int(field_ids.max()) < self.field_size:
            raise ArgumentValueError(
                f"{who}: field_ids must be from 0 to {self.field_size - 1}, got "
                f"{int(field_ids.min())} to {int(field_ids.max())}."
            )

    def extend_repr(self) -> str:
        return f"{super().extend_repr()}, field_size={self.field_size}, operator={self.operator}"
