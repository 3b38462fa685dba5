"""What is switched on a Cell: training, gradients, flags, groups of communication."""

from __future__ import annotations

from typing import Any, Self

import torch

from paraminit.flags import CHECKS
from paraminit.parameter import Parameter

__all__ = ["Settings"]


class Settings(torch.nn.Module):
    """The part of a Cell that holds its settings."""

    requires_grad = False

    @property
    def cls_name(self) -> str:
        """The name of its class."""
        return type(self).__name__

    def set_train(self, mode: bool = True) -> Self:
        """Switch training mode on or off, here and below; return self."""
        return self.train(mode)

    def set_grad(self, requires_grad: bool = True) -> Self:
        """Note in the attribute ``requires_grad`` whether gradients are wanted; return self."""
        self.requires_grad = requires_grad
        return self

    def add_flags(self, **flags: Any) -> Self:
        """Set attributes, and remember them as flags; return self.

        Example:
            >>> from paraminit import nn
            >>> nn.Cell().add_flags(depth=3).get_flags()
            {'depth': 3}
        """
        for name, value in flags.items():
            setattr(self, name, value)
        self.get_flags().update(flags)
        return self

    def add_flags_recursive(self, **flags: Any) -> Self:
        """The same here and in every Cell below."""
        for module in self.modules():
            if isinstance(module, Settings):
                module.add_flags(**flags)
        return self

    def get_flags(self) -> dict[str, Any]:
        """The flags of this Cell, by name."""
        own: dict[str, Any] = vars(self).setdefault("_flags", {})
        return own

    def set_comm_fusion(self, fusion_type: int, recurse: bool = True) -> Self:
        """Set ``comm_fusion`` of the trainable parameters; return self.

        Raises:
            ArgumentTypeError: no int.
            ArgumentValueError: negative.
        """
        CHECKS["comm_fusion"]("comm_fusion", fusion_type)
        for _, parameter in self.named_parameters(recurse=recurse):
            if isinstance(parameter, Parameter) and parameter.trains:
                parameter.comm_fusion = fusion_type
        return self
