"""Hooks of a Cell: functions that are called around it, and around what its gradient passes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from paraminit.boundary import map_tensors, to_plain, to_tensor
from paraminit.errors import ArgumentTypeError
from paraminit.running import tensors_outside

__all__ = ["Hooks"]

Hook = Callable[..., Any]


class Hooks(torch.nn.Module):
    """The part of a Cell that takes hooks.

    A forward hook sees what the program around the outermost Cell sees: Tensors if that works with Tensors,
    torch tensors if it works with those. A backward hook sees Tensors.

    Each method returns a handle, whose ``remove()`` takes the hook away.

    Example:
        >>> from paraminit import Tensor, nn
        >>> net, seen = nn.SequentialCell(nn.ReLU(), nn.Tanh()), []
        >>> handle = net[0].register_forward_hook(lambda cell, inputs, output: seen.append(output.asnumpy()))
        >>> _ = net(Tensor([-1.0, 2.0]))
        >>> print(seen[0])
        [0. 2.]
        >>> handle.remove()
    """

    def register_forward_pre_hook(
        self, hook_fn: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook_fn(cell, inputs)`` before ``construct``.

        Args:
            hook_fn: returns the inputs to take instead, or None. One input may come without its tuple.
            prepend: before the hooks that are there.
            with_kwargs: call ``hook_fn(cell, args, kwargs)``, which returns both or None.

        Raises:
            ArgumentTypeError: hook_fn cannot be called.
        """
        hook = _forward("register_forward_pre_hook", hook_fn)
        return super().register_forward_pre_hook(hook, prepend=prepend, with_kwargs=with_kwargs)

    def register_forward_hook(
        self, hook_fn: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook_fn(cell, inputs, output)`` after ``construct``.

        Args:
            hook_fn: returns the output to give instead, or None.
            prepend: before the hooks that are there.
            with_kwargs: call ``hook_fn(cell, args, kwargs, output)``.
            always_call: also if ``construct`` raises an error.

        Raises:
            ArgumentTypeError: hook_fn cannot be called.
        """
        hook = _forward("register_forward_hook", hook_fn)
        return super().register_forward_hook(
            hook, prepend=prepend, with_kwargs=with_kwargs, always_call=always_call
        )

    def register_backward_hook(self, hook_fn: Hook) -> RemovableHandle:
        """Call ``hook_fn(cell, grad_inputs, grad_outputs)`` when the gradients of the inputs are there.

        Args:
            hook_fn: returns the gradients of the inputs to go on with, as many as came, or None. One
                gradient may come without its tuple. An input that needs none has None.

        Raises:
            ArgumentTypeError: hook_fn cannot be called, or (in the backward pass) returns another number of
                gradients, or no tensors.
        """
        hook: Hook = _Backward(_checked("register_backward_hook", hook_fn))
        return self.register_full_backward_hook(hook)

    def register_backward_pre_hook(self, hook_fn: Hook) -> RemovableHandle:
        """Call ``hook_fn(cell, grad_outputs)`` before the gradients of the inputs are computed.

        Args:
            hook_fn: returns the gradients of the outputs to begin with, or None, as
                :meth:`register_backward_hook` does with those of the inputs.

        Raises:
            ArgumentTypeError: as there.
        """
        hook: Hook = _Backward(_checked("register_backward_pre_hook", hook_fn))
        return self.register_full_backward_pre_hook(hook)


def _checked(method: str, hook: object) -> Hook:
    if not callable(hook):
        raise ArgumentTypeError(f"{method}: hook_fn must be a function, got {hook!r}.")
    return hook


def _forward(method: str, hook: object) -> Hook:
    hook = _checked(method, hook)
    # Pruning and the like find their hooks again by class; they look at no input.
    torchs = any(cls.__module__.startswith("torch.nn.utils.") for cls in type(hook).__mro__)
    return hook if torchs else _Forward(hook)


@dataclass(frozen=True)
class _Forward:
    """A hook as torch is to call it, with plain tensors. A class, for a Cell with hooks can be pickled."""

    hook: Hook

    def __call__(self, cell: torch.nn.Module, *values: Any) -> Any:
        if not tensors_outside():
            return self.hook(cell, *values)
        return map_tensors(to_plain, self.hook(cell, *map_tensors(to_tensor, values)))


@dataclass(frozen=True)
class _Backward:
    """The same of a backward hook; the gradients that it may replace come first."""

    hook: Hook

    def __call__(self, cell: torch.nn.Module, *gradients: tuple[torch.Tensor | None, ...]) -> Any:
        given = self.hook(cell, *map_tensors(to_tensor, gradients))
        if given is None:
            return None
        changed = (given,) if isinstance(given, torch.Tensor) else given
        tensors = isinstance(changed, tuple) and all(
            item is None or isinstance(item, torch.Tensor) for item in changed
        )
        if not tensors or len(changed) != len(gradients[0]):
            raise ArgumentTypeError(
                f"{type(cell).__name__}: a backward hook must return None or {len(gradients[0])} gradients, "
                f"as many as it may change, in a tuple; got {given!r}."
            )
        return map_tensors(to_plain, changed)
