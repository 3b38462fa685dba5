"""What is switched on a Cell: training, gradients, flags, precision, groups of communication."""

from __future__ import annotations

from typing import Any, Self

import torch

from paraminit.dtype import torch_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError
from paraminit.flags import CHECKS
from paraminit.graphs import JitConfig
from paraminit.parameter import Parameter

__all__ = ["Settings"]

_PRECISIONS = {"fp16": torch.float16, "fp32": torch.float32, "bf16": torch.bfloat16}
_RECOMPUTING = ("mp_comm_recompute", "parallel_optimizer_comm_recompute", "recompute_slice_activation")


class Settings(torch.nn.Module):
    """The part of a Cell that holds its settings."""

    requires_grad = False
    _computes_in: torch.dtype | None = None
    _recomputes = False

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

    def to_float(self, dst_type: object) -> Self:
        """Let the operators here and below compute in another dtype; return self.

        Their floating-point inputs are converted, parameters included; parameters themselves keep dtype and
        values, and so do the moving statistics of a normalization. A Cell below may be told otherwise
        afterwards; one that comes later follows the Cells around it.

        Args:
            dst_type: float16, bfloat16 or float32.

        Raises:
            ArgumentTypeError: no dtype.
            ArgumentValueError: another dtype.

        Example:
            >>> from paraminit import nn
            >>> net = nn.Dense(3, 2).to_float(torch.float16)
            >>> net(torch.ones(1, 3)).dtype, net.weight.dtype
            (torch.float16, torch.float32)
        """
        dtype = torch_dtype(dst_type, argument=f"{self.cls_name}.to_float: dst_type")
        if dtype not in _PRECISIONS.values():
            raise ArgumentValueError(
                f"{self.cls_name}.to_float: dst_type must be float16, bfloat16 or float32, got {dst_type}."
            )
        for module in self.modules():
            if isinstance(module, Settings):
                module._computes_in = dtype
        return self.add_flags_recursive(**{name: one == dtype for name, one in _PRECISIONS.items()})

    def recompute(self, **kwargs: bool) -> None:
        """In training, keep this Cell's inputs only, and compute again what its gradients need.

        Args:
            kwargs: MindSpore's mp_comm_recompute, parallel_optimizer_comm_recompute and
                recompute_slice_activation, which have no effect.

        Raises:
            UnknownNameError: any other.
        """
        for name in kwargs:
            if name not in _RECOMPUTING:
                raise UnknownNameError(f"argument of {self.cls_name}.recompute", name, _RECOMPUTING)
        self._recomputes = True

    def set_jit_config(self, jit_config: JitConfig) -> None:
        """Accepted for MindSpore's sake; has no effect.

        Raises:
            ArgumentTypeError: no JitConfig.
        """
        if not isinstance(jit_config, JitConfig):
            raise ArgumentTypeError(
                f"{self.cls_name}.set_jit_config takes a JitConfig, got {type(jit_config).__name__}."
            )

    def set_inputs(self, *inputs: Any, **kwargs: Any) -> None:
        """Accepted for MindSpore's sake, which builds a graph for them; has no effect."""

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
