"""The exceptions: what they are to programs that know only the built-in ones, and what they say."""

from __future__ import annotations

import pickle

import pytest

from paraminit import errors
from paraminit.errors import (
    ArgumentTypeError,
    ArgumentValueError,
    CheckpointError,
    CheckpointMismatchError,
    InitializationError,
    MissingArgumentError,
    MissingModuleError,
    MissingPackageError,
    ParameterNameError,
    ParaminitError,
    PlanError,
    UnknownNameError,
    UnknownParameterError,
)

BUILT_IN = {
    ArgumentValueError: (ValueError,),
    ArgumentTypeError: (TypeError,),
    PlanError: (ValueError,),
    MissingArgumentError: (ValueError, TypeError),
    UnknownNameError: (ValueError,),
    UnknownParameterError: (ValueError, KeyError),
    ParameterNameError: (ValueError, KeyError),
    InitializationError: (RuntimeError,),
    CheckpointError: (ValueError,),
    CheckpointMismatchError: (RuntimeError,),
    MissingModuleError: (ImportError, ModuleNotFoundError),
    MissingPackageError: (ImportError,),
}


def test_every_exception_is_listed_here():
    """A new exception must say which built-in one it is."""
    public = {getattr(errors, name) for name in errors.__all__}
    defined = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert public == defined == {ParaminitError, *BUILT_IN}


@pytest.mark.parametrize(("kind", "built_in"), BUILT_IN.items(), ids=lambda v: getattr(v, "__name__", ""))
def test_each_is_what_mindspore_raises(kind, built_in):
    """Caught as the built-in exception and as this package's."""
    for base in (ParaminitError, *built_in):
        assert issubclass(kind, base)


OF_A_TEXT = [kind for kind in BUILT_IN if not issubclass(kind, UnknownNameError | PlanError)]


@pytest.mark.parametrize("kind", OF_A_TEXT)
def test_the_text_is_the_message(kind):
    """No quotes around it, although KeyError would add them."""
    assert str(kind("the name 'w' is taken")) == "the name 'w' is taken"


def test_near_names_are_suggested():
    """Up to three, the nearest first; case does not hide a name."""
    known = ["normal", "ones", "uniform", "zeros"]
    assert str(UnknownNameError("initializer", "NROMAL", known)) == (
        "There is no initializer named 'NROMAL'. Did you mean 'normal'?"
    )
    assert str(UnknownNameError("thing", "aab", ["aaa", "aac", "aad", "aae", "zzz"])).count(" or ") == 2


def test_all_names_are_listed_when_none_is_near():
    """In alphabetical order."""
    assert str(UnknownNameError("initializer", "xyz", iter(["ones", "normal"]))) == (
        "There is no initializer named 'xyz'. Known names: normal, ones."
    )


@pytest.mark.parametrize(
    "error",
    [
        UnknownNameError("initializer", "nromal", {"normal": 1, "ones": 2}),
        UnknownParameterError("planned parameter", "wieght", ["weight"]),
        PlanError(["no rule claims 'scale'", "no seed"]),
        *(kind("x") for kind in OF_A_TEXT),
    ],
    ids=lambda error: type(error).__name__,
)
def test_exceptions_cross_processes(error):
    """Pickled and read back, with type and text."""
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is type(error)
    assert str(twin) == str(error)
