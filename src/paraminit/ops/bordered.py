"""From a table of computations to operators: Tensors outside a Cell, plain torch tensors inside."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from paraminit.boundary import holds_plain, map_tensors, to_plain, to_tensor
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError
from paraminit.running import inside_a_cell

__all__ = ["Primitive", "function", "primitive"]

Compute = Callable[..., Any]


def function(name: str, compute: Compute, home: str = "ops") -> Compute:
    """The operator ``ops.name``, or that of another ``home``, with the parameters of ``compute``, which sees
    plain torch tensors alone.

    Pending tensors are created first. torch's own tensors give torch's own; Tensors, Parameters and numbers
    give Tensors, unless a Cell is running. An error of torch's becomes one of ours that names the operator.
    """
    signature = inspect.signature(compute)

    def operator(*args: Any, **kwargs: Any) -> Any:
        return _called(name, compute, args, kwargs)

    operator.__name__ = operator.__qualname__ = name
    operator.__module__ = f"paraminit.{home}"
    operator.__doc__ = f"MindSpore's ``{home}.{name}{signature}``, computed by torch."
    operator.__signature__ = signature  # type: ignore[attr-defined]
    return operator


class Primitive:
    """An operator with settings: ``Name(settings)(inputs)``."""

    _curried: ClassVar[Compute]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            settings = inspect.signature(self._curried).bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentTypeError(f"{type(self).__name__}: {error}.") from None
        settings.apply_defaults()
        self._settings = settings.arguments

    def __getattr__(self, name: str) -> Any:
        settings = vars(self).get("_settings", {})
        if name not in settings:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return settings[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _called(type(self).__name__, type(self)._curried(**self._settings), args, kwargs)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in self._settings.items())
        return f"Prim[{type(self).__name__}]" + (f"<{settings}>" if settings else "")


def primitive(name: str, curried: Compute) -> type[Primitive]:
    """The class ``ops.name``: ``curried`` takes its settings and returns what takes the inputs."""
    signature = inspect.signature(curried)
    members = {
        "_curried": staticmethod(curried),
        "__module__": "paraminit.ops",
        "__doc__": f"MindSpore's ``ops.{name}{signature}``, computed by torch.",
        "__signature__": signature,
    }
    return type(name, (Primitive,), members)


def _called(name: str, compute: Compute, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    values = (*args, *kwargs.values())
    plain, named = map_tensors(to_plain, args), map_tensors(to_plain, kwargs)
    try:
        result = compute(*plain, **named)
    except ParaminitError:
        raise
    except (AttributeError, TypeError) as error:  # what has no .reshape, say, is no tensor
        raise ArgumentTypeError(f"{name}: {_first_line(error)}") from error
    except (RuntimeError, ValueError, IndexError) as error:
        raise ArgumentValueError(f"{name}: {_first_line(error)}") from error
    return result if inside_a_cell() or holds_plain(values) else map_tensors(to_tensor, result)


def _first_line(error: Exception) -> str:
    return str(error).replace("<lambda>", "the operator").strip().partition("\n")[0]
