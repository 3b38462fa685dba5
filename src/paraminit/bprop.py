"""Cells that say themselves what their gradient is, in a method ``bprop``."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import torch

from paraminit.boundary import map_tensors, tensors_in, to_plain
from paraminit.errors import ArgumentValueError

__all__ = ["by_bprop"]

_PLACE = torch.empty(0)  # stands where a tensor was: the graph of a call must not keep its own outputs


class _WithBprop(Protocol):
    def construct(self, *inputs: Any, **named: Any) -> Any: ...

    def bprop(self, *inputs_output_and_gradient: Any) -> Any: ...

    def get_parameters(self) -> Iterator[torch.nn.Parameter]: ...


def by_bprop(cell: _WithBprop, *args: Any, **kwargs: Any) -> Any:
    """What ``cell.construct`` computes, with the gradients that ``cell.bprop`` gives.

    ``bprop`` is called with all inputs (defaults too, but none that is keyword-only), the output, and the
    gradient of the output in the output's structure. It returns one gradient for each input, in a tuple, or
    bare for a single one; None is zero, and so is whatever stands for an input that is no tensor. The
    gradients of the Cell's parameters are zero, unless it returns a tuple as above and beside it a
    dictionary, Parameter to gradient. Of inputs and output, counted from 0, it is given None in place of
    those that a list ``cell.used_bprop_inputs`` leaves out; they take no memory until then.

    Raises:
        ArgumentValueError: (in the backward pass) fewer gradients than inputs.
    """
    bound = inspect.signature(cell.construct).bind(*args, **kwargs)
    bound.apply_defaults()
    call = _Call(cell, bound.args, bound.kwargs)
    tensors = tensors_in((bound.args, bound.kwargs))
    outputs = _ByBprop.apply(call, *tensors, *call.parameters)  # type: ignore[no-untyped-call]
    return _filled(call.output, outputs)


class _Call:
    """One call of a Cell, with places in place of tensors."""

    output: Any
    seen: Any  # what bprop is given before the gradient

    def __init__(self, cell: _WithBprop, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.cell, self.parameters = cell, list(cell.get_parameters())
        self.inputs, self.named = map_tensors(_place, inputs), map_tensors(_place, named)

    def compute(self, tensors: Iterable[torch.Tensor]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """The outputs, and what bprop needs."""
        inputs, named = _filled((self.inputs, self.named), tensors)
        output = self.cell.construct(*inputs, **named)
        used = getattr(self.cell, "used_bprop_inputs", None)
        seen = [value if used is None or at in used else None for at, value in enumerate((*inputs, output))]
        self.output, self.seen = map_tensors(_place, output), map_tensors(_place, seen)
        return tensors_in(output), tensors_in(seen)

    def gradients(
        self, needed: Iterable[torch.Tensor], ends: Iterable[torch.Tensor]
    ) -> list[torch.Tensor | None]:
        """Those of the inputs, of the tensors given by name alone, and of the parameters."""
        found = self.cell.bprop(*_filled(self.seen, needed), _filled(self.output, map(to_plain, ends)))
        of_parameters: dict[Any, torch.Tensor] = {}
        if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], dict):
            found, of_parameters = found
        each = found if isinstance(found, tuple | list) else (found,)
        if len(each) < len(self.inputs):
            raise ArgumentValueError(
                f"{type(self.cell).__name__}.bprop must return one gradient for each of its "
                f"{len(self.inputs)} inputs, in a tuple; got {len(each)}."
            )
        by_name = [None] * len(tensors_in(self.named))
        return [*_at(self.inputs, each), *by_name, *(of_parameters.get(p) for p in self.parameters)]


class _ByBprop(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: _Call, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        outputs, needed = call.compute(tensors)
        ctx.call = call
        ctx.save_for_backward(*needed)
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *ends: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        gradients = ctx.call.gradients(ctx.saved_tensors, ends)
        return None, *map_tensors(to_plain, gradients)


def _place(tensor: torch.Tensor) -> torch.Tensor:
    return _PLACE


def _filled(places: Any, tensors: Iterable[torch.Tensor]) -> Any:
    """A value of places, with these tensors in them."""
    rest = iter(tensors)
    return map_tensors(lambda _: next(rest), places)


def _at(places: Any, gradients: Any) -> Iterator[torch.Tensor | None]:
    """The gradients that stand where the places are."""
    if isinstance(places, torch.Tensor):
        yield gradients
    elif isinstance(places, list | tuple | dict):
        keys = places if isinstance(places, dict) else range(len(places))
        for key in keys:
            yield from _at(places[key], None if gradients is None else gradients[key])
