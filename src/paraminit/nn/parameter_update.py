"""ParameterUpdate: a Parameter's values from a Cell's input."""

from __future__ import annotations

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError
from paraminit.parameter import Parameter

__all__ = ["ParameterUpdate"]


class ParameterUpdate(Cell):
    """Called with x, writes x into a Parameter, and returns x.

    Args:
        param: the Parameter; x has to have its shape.

    Raises:
        ArgumentTypeError: ``param`` is no Parameter; (when called) its dtype would be narrowed.
        ArgumentValueError: (when called) x has another shape.

    Example:
        >>> weight = Parameter([1.0, 2.0], name="w")
        >>> ParameterUpdate(weight)(torch.tensor([3.0, 4.0]))
        tensor([3., 4.])
        >>> print(weight.asnumpy())
        [3. 4.]
    """

    def __init__(self, param: Parameter) -> None:
        super().__init__()
        if not isinstance(param, Parameter):
            raise ArgumentTypeError(
                f"ParameterUpdate: param must be a Parameter, got {type(param).__name__}."
            )
        self._param = param

    def construct(self, x: torch.Tensor) -> torch.Tensor:
        self._param.set_data(x)
        return x
