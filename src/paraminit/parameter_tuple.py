"""ParameterTuple: Parameters that belong together, such as an optimizer's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

from paraminit.errors import ArgumentTypeError, ParameterNameError
from paraminit.parameter import Parameter

__all__ = ["ParameterTuple"]

_PREFIX = re.compile(r"\w+[0-9a-zA-Z_.]*", re.ASCII)


class ParameterTuple(tuple[Parameter, ...]):
    """A tuple of Parameters with distinct names.

    As an attribute of a Cell it stays this tuple, and each Parameter in it is registered under its own
    name, unless the Cell has it already.

    Args:
        iterable: Parameters. The same one may occur twice.

    Raises:
        ArgumentTypeError: not iterable, or not of Parameters alone.
        ParameterNameError: two different Parameters of one name.

    Example:
        >>> pair = ParameterTuple([Parameter([1.0], name="w"), Parameter([2.0], name="b")])
        >>> [p.name for p in pair.clone("moment", init="zeros")]
        ['moment.w', 'moment.b']
    """

    def __new__(cls, iterable: Iterable[Parameter]) -> Self:
        try:
            items = tuple(iterable)
        except TypeError:
            raise ArgumentTypeError(
                f"ParameterTuple takes an iterable of Parameters, got {iterable!r}."
            ) from None
        named: dict[str, Parameter] = {}
        for item in items:
            if not isinstance(item, Parameter):
                raise ArgumentTypeError(
                    f"ParameterTuple holds Parameters, got {item!r} of type {type(item).__name__}."
                )
            if named.setdefault(item.name, item) is not item:
                raise ParameterNameError(
                    f"ParameterTuple: a Parameter cannot come in, its name {item.name!r} already exists. "
                    "Give it another."
                )
        return super().__new__(cls, items)

    def clone(self, prefix: str, init: Any = "same") -> ParameterTuple:
        """New Parameters of the same settings, each named ``prefix`` + "." + its name here.

        Args:
            prefix: letters, digits, ``_`` and ``.``, not beginning with ``.``.
            init: as of :meth:`Parameter.clone`.

        Raises:
            ArgumentTypeError: the prefix is no str, ``init`` is None.
            ParameterNameError: the prefix holds anything else; nothing is drawn.
            UnknownNameError, ArgumentValueError: as ``initializer``.
        """
        if not isinstance(prefix, str):
            raise ArgumentTypeError(f"ParameterTuple.clone: prefix must be a str, got {prefix!r}.")
        if not _PREFIX.fullmatch(prefix):
            raise ParameterNameError(
                "ParameterTuple.clone: prefix may hold ASCII letters, digits, '_' and '.', and must not be "
                f"empty or begin with '.', got {prefix!r}."
            )
        if init is None:
            raise ArgumentTypeError("ParameterTuple.clone: init must not be None. Leave it out for 'same'.")
        twins = []
        for parameter in self:
            twin = parameter.clone(init)
            twin.name = f"{prefix}.{parameter.name}"
            twins.append(twin)
        return ParameterTuple(twins)
