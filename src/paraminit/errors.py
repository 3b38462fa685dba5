"""The exceptions of this package.

Each is also the built-in exception that MindSpore raises in the same place, so programs that catch
``ValueError`` or ``TypeError`` keep working::

    ParaminitError
    ├── ArgumentValueError   (ValueError)    right type, unusable value
    ├── ArgumentTypeError    (TypeError)     wrong type
    ├── MissingArgumentError (both)          a name stands for something that cannot do without arguments
    ├── UnknownNameError     (ValueError)    no initializer, dtype or profile of that name
    │   └── UnknownParameterError (ValueError, KeyError) no parameter of that name in a plan or a ledger
    ├── PlanError            (ValueError)    a network and the rules for it do not fit; lists all problems
    ├── ParameterNameError   (ValueError, KeyError)  a parameter's or child's name is taken or unusable
    ├── InitializationError  (RuntimeError)  values could not be produced; nothing was changed
    ├── CheckpointError      (ValueError)    a file that cannot be read as a checkpoint
    ├── CheckpointMismatchError (RuntimeError) a checkpoint does not fit the network; nothing was changed
    ├── MissingModuleError   (ImportError)   MindSpore has a module that this package does not
    └── MissingPackageError  (ImportError)   something needs a package that is not installed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = [
    "ArgumentTypeError",
    "ArgumentValueError",
    "CheckpointError",
    "CheckpointMismatchError",
    "InitializationError",
    "MissingArgumentError",
    "MissingModuleError",
    "MissingPackageError",
    "ParameterNameError",
    "ParaminitError",
    "PlanError",
    "UnknownNameError",
    "UnknownParameterError",
]


_LISTED = 40  # so many names or problems a message lists


class ParaminitError(Exception):
    """Base class of everything this package raises on purpose."""


class ArgumentValueError(ParaminitError, ValueError):
    """An argument has the right type and a value that cannot be used."""


class ArgumentTypeError(ParaminitError, TypeError):
    """An argument has the wrong type."""


class MissingArgumentError(ArgumentValueError, ArgumentTypeError):
    """A name stands for something that cannot do without arguments.

    MindSpore raises either built-in exception: TypeError for ``"sparse"``, ValueError for ``"constant"``.
    """


class ParameterNameError(ParaminitError, ValueError, KeyError):
    """A name that a parameter or child of a Cell cannot have: taken, empty, too long or with a dot."""

    __str__ = Exception.__str__  # KeyError's would print the message in quotes


class InitializationError(ParaminitError, RuntimeError):
    """Values could not be produced. What was to be filled is unchanged."""


class CheckpointError(ParaminitError, ValueError):
    """A file cannot be read as a checkpoint: damaged, truncated, of another kind, or with nothing left."""


class CheckpointMismatchError(ParaminitError, RuntimeError):
    """What a checkpoint holds does not fit the network. The network is unchanged."""


class MissingModuleError(ParaminitError, ModuleNotFoundError):
    """MindSpore has a module or name like this, and this package has nothing in its place."""


class MissingPackageError(ParaminitError, ImportError):
    """Something needs a package that is not installed; the message says which and how to install it."""


class UnknownNameError(ParaminitError, ValueError):
    """A name that nothing is registered under; the message suggests the nearest ones.

    Args:
        kind: what the name should have named, for example ``"initializer"``.
        name: what came.
        known: every accepted name.

    Example:
        >>> print(UnknownNameError("initializer", "nromal", ["normal", "ones"]))
        There is no initializer named 'nromal'. Did you mean 'normal'?
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)
        hint = (
            f"Did you mean {' or '.join(repr(n) for n in near)}?"
            if near
            else f"Known names: {', '.join(names[:_LISTED])}{', ...' if len(names) > _LISTED else ''}."
        )
        super().__init__(f"There is no {kind} named {name!r}. {hint}")
        self.kind, self.name, self.known = kind, name, names

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, list[str]]]:
        return type(self), (self.kind, self.name, self.known)


class UnknownParameterError(UnknownNameError, KeyError):
    """No parameter of that name is in a plan, or in the ledger of what was filled."""

    __str__ = Exception.__str__  # KeyError's would print the message in quotes


class Problem(str):
    """A sentence about what is wrong, that ends with what to do.

    Args:
        what: is wrong.
        remedy: the rest of the sentence, which may be the same for many.

    Example:
        >>> Problem("'bias' has no values", "; give it a rule").about("layer ")
        "layer 'bias' has no values; give it a rule"
    """

    what: str
    remedy: str

    def __new__(cls, what: str, remedy: str = "") -> Problem:
        sentence = super().__new__(cls, what + remedy)
        sentence.what, sentence.remedy = what, remedy
        return sentence

    def about(self, subject: str) -> Problem:
        """The same with words before it."""
        return Problem(subject + self.what, self.remedy)

    @classmethod
    def said_by(cls, error: Exception) -> Problem:
        """What an exception says."""
        said = error.args[0] if error.args else ""
        return said if isinstance(said, cls) else cls(str(error))


class PlanError(ParaminitError, ValueError):
    """A network cannot be planned as asked. Nothing was changed.

    Args:
        problems: all that was found, a sentence each. What to do about several of them is said with the
            first, where they are listed.

    Example:
        >>> told = [Problem(f"no rule claims {name!r}", ". Give a rule '*'") for name in ("scale", "shift")]
        >>> print(PlanError(told))
        2 problems:
          no rule claims 'scale'. Give a rule '*'
          no rule claims 'shift'
    """

    def __init__(self, problems: Sequence[str]) -> None:
        listed, told = [], set()
        for problem in problems[:_LISTED]:
            known = isinstance(problem, Problem) and problem.remedy in told
            listed.append(f"  {problem.what if known else problem}")  # type: ignore[attr-defined]
            told.add(getattr(problem, "remedy", ""))
        if len(problems) > _LISTED:
            listed.append(f"  and {len(problems) - _LISTED} more, in this error's .problems")
        count = f"{len(problems)} problem{'s' * (len(problems) != 1)}:"
        super().__init__("\n".join([count, *listed]))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[PlanError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)
