"""A network with its loss and its optimizer, as Cells."""

from __future__ import annotations

from typing import Any

import torch

from paraminit.cell import Cell
from paraminit.describe.initializers.arguments import finite
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.gradients import value_and_grad
from paraminit.nn.optim import Optimizer

__all__ = ["TrainOneStepCell", "WithLossCell"]


class WithLossCell(Cell):
    """loss_fn(backbone(data), label). The parameters keep the names they have in the backbone.

    Args:
        backbone: a Cell.
        loss_fn: a Cell or function.

    Raises:
        ArgumentTypeError: one of them is not.

    Example:
        >>> from paraminit import nn
        >>> WithLossCell(nn.ReLU(), nn.MSELoss())(torch.tensor([-1.0, 3.0]), torch.tensor([0.0, 1.0]))
        tensor(2.)
    """

    def __init__(self, backbone: torch.nn.Module, loss_fn: Any) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(backbone, torch.nn.Module):
            raise ArgumentTypeError(f"WithLossCell: backbone must be a Cell, got {type(backbone).__name__}.")
        if not callable(loss_fn):
            raise ArgumentTypeError(
                f"WithLossCell: loss_fn must be a Cell or a function, got {type(loss_fn).__name__}."
            )
        self._backbone, self._loss_fn = backbone, loss_fn

    @property
    def backbone_network(self) -> torch.nn.Module:
        """The backbone."""
        return self._backbone

    def construct(self, data: Any, label: Any) -> Any:
        return self._loss_fn(self._backbone(data), label)


class TrainOneStepCell(Cell):
    """One step of training: the loss, its gradients, the optimizer's change; returns the loss.

    The parameters keep the names they have in the network. Call ``set_train()`` first if the network
    behaves differently in training.

    Args:
        network: a Cell that returns the loss, such as a :class:`WithLossCell`.
        optimizer: of ``nn``; its parameters are trained.
        sens: what the loss is multiplied by before its gradients are taken; not 0. Default 1.
        return_grad: return the loss and a dict of the gradients by parameter name.

    Raises:
        ArgumentTypeError, ArgumentValueError: an argument of the wrong kind.

    Example:
        >>> from paraminit import nn
        >>> net = nn.Dense(1, 1, weight_init="zeros", bias_init="zeros")
        >>> step = TrainOneStepCell(nn.WithLossCell(net, nn.MSELoss()), nn.SGD(net.trainable_params(), 0.25))
        >>> x, y = torch.ones(1, 1), torch.ones(1, 1)
        >>> [round(step(x, y).item(), 4) for _ in range(2)]
        [1.0, 0.0]
    """

    def __init__(
        self,
        network: torch.nn.Module,
        optimizer: Optimizer,
        sens: float | None = None,
        return_grad: bool = False,
    ) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(network, torch.nn.Module):
            raise ArgumentTypeError(
                f"TrainOneStepCell: network must be a Cell, got {type(network).__name__}."
            )
        if not isinstance(optimizer, Optimizer):
            raise ArgumentTypeError(
                "TrainOneStepCell: optimizer must be one of paraminit.nn, such as nn.Momentum(...), got "
                f"{type(optimizer).__name__}."
            )
        self.sens = 1.0 if sens is None else finite("TrainOneStepCell", "sens", sens)
        if not self.sens:
            raise ArgumentValueError("TrainOneStepCell: sens must not be 0.")
        self.network, self.optimizer, self.return_grad = network, optimizer, return_grad

    @property
    def weights(self) -> tuple[torch.nn.Parameter, ...]:
        """What is trained."""
        return self.optimizer.parameters

    def construct(self, *inputs: Any) -> Any:
        def scaled(*inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
            loss = self.network(*inputs)
            return loss * self.sens, loss

        (_, loss), named = value_and_grad(scaled, None, self.weights, has_aux=True, return_ids=True)(*inputs)
        self.optimizer([gradient for _, gradient in named])
        return (loss, dict(named)) if self.return_grad else loss
