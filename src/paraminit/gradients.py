"""``grad`` and ``value_and_grad``: MindSpore's way to ask for derivatives, from torch.autograd."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import torch

from paraminit.boundary import holds_tensor, map_tensors, tensors_in, to_tensor
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.pending import create

__all__ = ["grad", "value_and_grad"]

# Whether a derivative is being taken around this call: then what it returns must be differentiable.
_inside: ContextVar[bool] = ContextVar("paraminit_inside_grad", default=False)


def value_and_grad(
    fn: Callable[..., Any],
    grad_position: int | tuple[int, ...] | None = 0,
    weights: Any = None,
    has_aux: bool = False,
    return_ids: bool = False,
    sens_param: bool = False,
) -> Callable[..., tuple[Any, Any]]:
    """A function that returns ``fn(*args)`` and the gradient of its outputs' sum.

    The results are Tensors if Tensors went in or came out of ``fn``, and torch tensors otherwise. They are
    constants: a graph leads back from them only inside another ``grad`` or ``value_and_grad``.

    Args:
        fn: a Cell or function that returns tensors, nested in tuples, lists or dicts.
        grad_position: of the arguments to differentiate with respect to; None for none of them.
        weights: Parameters to differentiate with respect to: one, a list, a tuple or a ParameterTuple.
            One that is frozen (``requires_grad=False``) gets zeros, and so does one that ``fn`` never uses.
        has_aux: only the first output is differentiated; the others are returned beside it.
        return_ids: each gradient comes as (position, gradient) or (parameter's name, gradient).
        sens_param: the last argument is not for ``fn``: it holds the gradients of the outputs, instead of
            ones.

    Returns:
        Of the function: ``(outputs, gradients)``. The gradients are those of the arguments, those of the
        weights, or ``(arguments', weights')`` if both are asked for. The arguments' are a tuple if
        grad_position names more than one, the weights' unless ``weights`` is a single Parameter.

    Raises:
        ArgumentTypeError: fn cannot be called; a position is no int; weights that are no Parameters; an
            argument to differentiate with respect to is no floating-point tensor; fn returns no tensor.
        ArgumentValueError: neither positions nor weights; a position that is negative, twice there or
            beyond the arguments; has_aux without a second output; sens_param with another shape.

    Example:
        >>> from paraminit import Tensor
        >>> def area(width, height):
        ...     return width * height
        >>> value, (by_width, by_height) = value_and_grad(area, (0, 1))(Tensor(3.0), Tensor(4.0))
        >>> print(value, by_width, by_height)
        12.0 4.0 3.0
    """
    return _Differentiated("value_and_grad", fn, grad_position, weights, has_aux, return_ids, sens_param)


def grad(
    fn: Callable[..., Any],
    grad_position: int | tuple[int, ...] | None = 0,
    weights: Any = None,
    has_aux: bool = False,
    return_ids: bool = False,
    sens_param: bool = False,
) -> Callable[..., Any]:
    """As :func:`value_and_grad`, without the value.

    Args:
        fn, grad_position, weights, has_aux, return_ids, sens_param: as there.

    Returns:
        Of the function: the gradients; with ``has_aux``, ``(gradients, other outputs)``.

    Raises:
        ArgumentTypeError, ArgumentValueError: as there.

    Example:
        >>> cube = lambda x: x * x * x
        >>> print(grad(cube)(torch.tensor(2.0)), grad(grad(cube))(torch.tensor(2.0)))
        tensor(12.) tensor(12.)
    """
    both = _Differentiated("grad", fn, grad_position, weights, has_aux, return_ids, sens_param)

    def gradients(*args: Any, **kwargs: Any) -> Any:
        outputs, found = both(*args, **kwargs)
        return (found, outputs[1:]) if has_aux else found

    return gradients


class _Differentiated:
    """A function with the gradients that are wanted of it."""

    def __init__(
        self,
        owner: str,
        fn: Callable[..., Any],
        grad_position: object,
        weights: Any,
        has_aux: bool,
        return_ids: bool,
        sens_param: bool,
    ) -> None:
        if not callable(fn):
            raise ArgumentTypeError(f"{owner}: fn must be a Cell or a function, got {type(fn).__name__}.")
        flags = {"has_aux": has_aux, "return_ids": return_ids, "sens_param": sens_param}
        for name, flag in flags.items():
            if not isinstance(flag, bool):
                raise ArgumentTypeError(f"{owner}: {name} must be a bool, got {flag!r}.")
        if grad_position is None and weights is None:
            raise ArgumentValueError(f"{owner}: give grad_position or weights; both are None.")
        self.owner, self.fn = owner, fn
        self.positions = None if grad_position is None else _positions(owner, grad_position)
        self.one_weight = isinstance(weights, torch.nn.Parameter)
        self.weights = None if weights is None else _weights(owner, weights)
        self.has_aux, self.return_ids, self.sens_param = has_aux, return_ids, sens_param

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        if self.sens_param and not args:
            raise ArgumentValueError(f"{self.owner}: with sens_param=True the last argument must be there.")
        *args, sens = args if self.sens_param else (*args, None)  # type: ignore[assignment]
        given = [*args, *kwargs.values()]  # a position may also be that of an argument given by its name
        weights = self.weights or ()
        for weight in weights:
            create(weight)
        inside = _inside.get()
        leaves = []
        for position in self.positions or ():
            given[position] = self._leaf(given, position)
            leaves.append(given[position])
        token = _inside.set(True)
        try:
            with torch.enable_grad():
                named = dict(zip(kwargs, given[len(args) :], strict=True))
                outputs = self.fn(*given[: len(args)], **named)
                found = self._gradients(outputs, sens, [*leaves, *weights], keep_graph=inside)
        finally:
            _inside.reset(token)
        outputs = outputs if inside else map_tensors(torch.Tensor.detach, outputs)
        if holds_tensor([*given, outputs]):
            found, outputs = map_tensors(to_tensor, found), map_tensors(to_tensor, outputs)
        return outputs, self._arranged(found[: len(leaves)], found[len(leaves) :])

    def _leaf(self, given: list[Any], position: int) -> torch.Tensor:
        """The argument, as something to differentiate with respect to and nothing else."""
        if position >= len(given):
            raise ArgumentValueError(
                f"{self.owner}: grad_position {position} of a call with {len(given)} arguments. "
                "For the gradients of weights alone give grad_position=None."
            )
        value = given[position]
        if not isinstance(value, torch.Tensor) or not (value.is_floating_point() or value.is_complex()):
            what = value.dtype if isinstance(value, torch.Tensor) else type(value).__name__
            raise ArgumentTypeError(
                f"{self.owner}: argument {position} must be a floating-point tensor to have a gradient, "
                f"got {what}."
            )
        create(value)
        if isinstance(value, torch.nn.Parameter) and not value.requires_grad:
            return value
        connected = value.requires_grad and _inside.get()
        return value.view_as(value) if connected else value.detach().requires_grad_()

    def _gradients(
        self, outputs: Any, sens: Any, wanted: list[torch.Tensor], keep_graph: bool
    ) -> list[torch.Tensor]:
        if self.has_aux and not (isinstance(outputs, tuple | list) and len(outputs) > 1):
            raise ArgumentValueError(
                f"{self.owner}: has_aux=True needs a function that returns (what to differentiate, "
                "others...)."
            )
        values = tensors_in(outputs[0] if self.has_aux else outputs)
        if not values:
            raise ArgumentTypeError(
                f"{self.owner}: fn must return a tensor, got {type(outputs).__name__}. Is a return missing?"
            )
        starts = [torch.ones_like(value) for value in values] if sens is None else self._starts(sens, values)
        paths = [(v, s) for v, s in zip(values, starts, strict=True) if v.requires_grad]
        # A tensor asked for twice would be refused; torch accepts only those that can have a gradient.
        reached = list({id(t): t for t in wanted if t.requires_grad}.values())
        found: dict[int, torch.Tensor] = {}
        if paths and reached:
            ends, begins = zip(*paths, strict=True)
            gradients = torch.autograd.grad(
                ends, reached, begins, create_graph=keep_graph, allow_unused=True, materialize_grads=True
            )
            found = {id(t): g for t, g in zip(reached, gradients, strict=True)}
        return [found[id(t)] if id(t) in found else torch.zeros_like(t).detach() for t in wanted]

    def _starts(self, sens: Any, values: list[torch.Tensor]) -> list[torch.Tensor]:
        starts = tensors_in(sens)
        shapes = [tuple(value.shape) for value in values]
        if [tuple(start.shape) for start in starts] != shapes:
            raise ArgumentValueError(
                f"{self.owner}: with sens_param=True the last argument holds one tensor for each output, of "
                f"shapes {shapes}; got {[tuple(start.shape) for start in starts]}."
            )
        return [start.to(value.dtype) for start, value in zip(starts, values, strict=True)]

    def _arranged(self, inputs: list[Any], parameters: list[Any]) -> Any:
        """Gradients in MindSpore's nesting."""
        if self.return_ids:
            inputs = list(zip(self.positions or (), inputs, strict=True))
            names = [getattr(weight, "name", None) for weight in self.weights or ()]
            parameters = list(zip(names, parameters, strict=True))
        of_inputs = inputs[0] if len(inputs) == 1 else tuple(inputs)
        of_weights = parameters[0] if self.one_weight else tuple(parameters)
        if self.positions is None:
            return of_weights
        return of_inputs if self.weights is None else (of_inputs, of_weights)


def _positions(owner: str, grad_position: object) -> tuple[int, ...]:
    positions = grad_position if isinstance(grad_position, tuple) else (grad_position,)
    if any(isinstance(position, bool) or not isinstance(position, int) for position in positions):
        raise ArgumentTypeError(
            f"{owner}: grad_position must be an int, a tuple of ints or None, got {grad_position!r}."
        )
    if not positions or min(positions) < 0 or len(set(positions)) < len(positions):
        raise ArgumentValueError(
            f"{owner}: grad_position must hold positions of 0 or more, each once, got {grad_position!r}."
        )
    return positions


def _weights(owner: str, weights: object) -> tuple[torch.nn.Parameter, ...]:
    given = (weights,) if isinstance(weights, torch.nn.Parameter) else weights
    if not isinstance(given, list | tuple):
        raise ArgumentTypeError(
            f"{owner}: weights must be a Parameter, or a list or tuple of them, such as "
            f"net.trainable_params(); got {type(weights).__name__}."
        )
    for index, weight in enumerate(given):
        if not isinstance(weight, torch.nn.Parameter):
            raise ArgumentTypeError(
                f"{owner}: weights[{index}] must be a Parameter, got {type(weight).__name__}."
            )
    return tuple(given)
