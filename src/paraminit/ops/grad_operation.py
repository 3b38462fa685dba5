"""GradOperation: the older way to ask for derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from paraminit.cell import Cell
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.gradients import grad

__all__ = ["GradOperation"]


class GradOperation:
    """``GradOperation(...)(fn)`` is a function of the same arguments that returns gradients of ``fn``.

    Args:
        get_all: of all arguments that are tensors, in a tuple; otherwise of the first alone.
        get_by_list: of ``weights``, in a tuple, instead; with get_all ``(arguments', weights')``.
        sens_param: the last argument is not for ``fn``: it holds the gradients of the outputs.

    Its call takes the Cell or function, and the weights: Parameters as :func:`grad` takes them; default the
    Cell's trainable ones.

    Raises:
        ArgumentTypeError: an argument that is no bool.
        ArgumentValueError: (when called) get_by_list, and neither weights nor a Cell.

    Example:
        >>> from paraminit import Tensor
        >>> by_both = GradOperation(get_all=True)(lambda width, height: width * height)
        >>> print(*by_both(Tensor(3.0), Tensor(4.0)))
        4.0 3.0
    """

    def __init__(self, get_all: bool = False, get_by_list: bool = False, sens_param: bool = False) -> None:
        for name, flag in {"get_all": get_all, "get_by_list": get_by_list, "sens_param": sens_param}.items():
            if not isinstance(flag, bool):
                raise ArgumentTypeError(f"GradOperation: {name} must be a bool, got {flag!r}.")
        self.get_all, self.get_by_list, self.sens_param = get_all, get_by_list, sens_param

    def __call__(self, fn: Callable[..., Any], weights: Any = None) -> Callable[..., Any]:
        if not self.get_by_list:
            weights = None
        elif weights is None:
            if not isinstance(fn, Cell):
                raise ArgumentValueError(
                    "GradOperation: get_by_list=True needs weights, or a Cell that has some."
                )
            weights = fn.trainable_params()

        def gradients(*args: Any, **kwargs: Any) -> Any:
            inputs = (*(args[:-1] if self.sens_param else args), *kwargs.values())
            positions: Any = None if self.get_by_list else 0
            if self.get_all:
                positions = tuple(at for at, value in enumerate(inputs) if isinstance(value, torch.Tensor))
            found = grad(fn, positions, weights, sens_param=self.sens_param)(*args, **kwargs)
            if not self.get_all or len(positions) > 1:
                return found
            return (found,) if weights is None else ((found[0],), found[1])

        return gradients
