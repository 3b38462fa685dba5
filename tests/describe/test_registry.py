"""Initializers by name: which names there are, what else stands for one, and what does not."""

from __future__ import annotations

import fractions

import numpy as np
import pytest

from paraminit.describe.initializers import (
    ICNR,
    Constant,
    HeUniform,
    Initializer,
    Normal,
    One,
    Precise,
    Sparse,
    Uniform,
    Zero,
    ZeroRow,
    as_initializer,
    custom,
    register,
    registered,
    registry,
)
from paraminit.errors import ArgumentTypeError, ArgumentValueError, MissingArgumentError, UnknownNameError

NAMES = {
    "zero": "Zero",
    "zeros": "Zero",
    "one": "One",
    "ones": "One",
    "constant": "Constant",
    "identity": "Identity",
    "eye": "Identity",
    "dirac": "Dirac",
    "sparse": "Sparse",
    "orthogonal": "Orthogonal",
    "uniform": "Uniform",
    "normal": "Normal",
    "numpyuniform": "NumpyUniform",
    "numpy_uniform": "NumpyUniform",
    "truncatednormal": "TruncatedNormal",
    "truncated_normal": "TruncatedNormal",
    "xavieruniform": "XavierUniform",
    "xavier_uniform": "XavierUniform",
    "xaviernormal": "XavierNormal",
    "xavier_normal": "XavierNormal",
    "heuniform": "HeUniform",
    "he_uniform": "HeUniform",
    "henormal": "HeNormal",
    "he_normal": "HeNormal",
    "variancescaling": "VarianceScaling",
    "variance_scaling": "VarianceScaling",
    "truncnormal": "TruncNormal",
    "trunc_normal": "TruncNormal",
    "glorot_uniform": "XavierUniform",
    "glorotuniform": "XavierUniform",
    "glorot_normal": "GlorotNormal",
    "glorotnormal": "GlorotNormal",
    "kaiming_uniform": "HeUniform",
    "kaiminguniform": "HeUniform",
    "kaimingnormal": "HeNormal",
    "kaiming_normal": "HeNormal",
    "lecununiform": "LecunUniform",
    "lecun_uniform": "LecunUniform",
    "lecunnormal": "LecunNormal",
    "lecun_normal": "LecunNormal",
    "deltaorthogonal": "DeltaOrthogonal",
    "delta_orthogonal": "DeltaOrthogonal",
    "icnr": "ICNR",
    "precise": "Precise",
    "zero_row": "ZeroRow",
    "zerorow": "ZeroRow",
}


@pytest.fixture
def own_names(monkeypatch):
    """A registry that a test may add to."""
    names = dict(registry._BY_NAME)
    monkeypatch.setattr(registry, "_BY_NAME", names)
    monkeypatch.setattr(custom, "_BY_NAME", names)
    return names


def test_the_names():
    """Every name that programs rely on, and its class."""
    assert {name: cls.__name__ for name, cls in registered().items()} == NAMES


@pytest.mark.parametrize("name", ["Normal", "NORMAL", "normal", "nOrMaL"])
def test_case_does_not_matter(name):
    """Names are looked up in any case."""
    assert as_initializer(name) == Normal()


def test_a_name_means_the_default_arguments():
    """A string is the class called without arguments."""
    for name, cls in registered().items():
        if cls not in (Constant, Sparse, ICNR, Precise, ZeroRow):
            assert as_initializer(name) == cls()


@pytest.mark.parametrize(
    ("name", "argument"),
    [("Constant", "value"), ("Sparse", "sparsity"), ("ICNR", "initializer"), ("Precise", "initializer")],
)
def test_a_name_that_needs_a_value(name, argument):
    """The error says how to write it."""
    with pytest.raises(MissingArgumentError) as error:
        as_initializer(name)
    assert str(error.value) == (
        f"the initializer {name!r} needs a value for {argument}. Write {name}({argument}=...)."
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nromal", "Did you mean 'normal' or "),
        ("kaiming", "Did you mean 'kaimingnormal' or 'kaiminguniform' or 'kaiming_normal'?"),
        ("XavierUnifrom", "Did you mean 'xavieruniform' or 'xavier_uniform'"),
        (
            "qqq",
            "Known names: constant, delta_orthogonal, deltaorthogonal, dirac, eye, glorot_normal,",
        ),
        ("", "Known names: constant,"),
    ],
)
def test_a_wrong_name(name, hint):
    """The error suggests the nearest names, else lists all."""
    with pytest.raises(UnknownNameError) as error:
        as_initializer(name)
    assert str(error.value).startswith(f"There is no initializer named {name!r}. {hint}")


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (0.5, 0.5),
        (3, 3),
        (True, True),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
    ],
    ids=repr,
)
def test_a_number_means_constant(number, value):
    """Python's and NumPy's real numbers stand for Constant."""
    init = as_initializer(number)
    assert init == Constant(value)
    assert type(init.value) is type(value)


def test_an_initializer_stands_for_itself():
    """Instances are used, not copied."""
    init = HeUniform(0.3)
    assert as_initializer(init) is init


@pytest.mark.parametrize(
    ("init", "message"),
    [
        (Normal, "init must be an Initializer, got the class Normal. Write Normal()."),
        (
            None,
            "init must be a string, an Initializer, a Tensor or a number, got None of type NoneType.",
        ),
        ([1.0], "init must be a string, an Initializer, a Tensor or a number, got [1.0] of type list."),
        (1j, "init must be a string, an Initializer, a Tensor or a number, got 1j of type complex."),
        (int, "got <class 'int'> of type type."),
        (fractions.Fraction(1, 2), "Constant: value must be real, got Fraction(1, 2)."),
    ],
    ids=repr,
)
def test_what_stands_for_no_initializer(init, message):
    """The error shows what came and what is accepted."""
    with pytest.raises(ArgumentTypeError) as error:
        as_initializer(init)
    assert str(error.value).endswith(message)


def test_register(own_names):
    """A class becomes known by its own name and its aliases, in any case, and is returned unchanged."""

    class Ramp(Initializer):
        pass

    assert register("Slope", "wedge")(Ramp) is Ramp
    assert [as_initializer(name).__class__ for name in ("ramp", "SLOPE", "wedge")] == [Ramp] * 3
    assert register("slope")(Ramp) is Ramp  # again, for the same class


def test_a_taken_name_is_refused_and_nothing_is_registered(own_names):
    """A second claimant raises, and none of its other names becomes known."""
    before = dict(own_names)

    class Ramp(Initializer):
        pass

    for aliases in (("slope", "Zeros"), ("zeros", "slope")):
        with pytest.raises(ArgumentValueError) as error:
            register(*aliases)(Ramp)
        assert str(error.value) == (
            f"the initializer name 'zeros' already belongs to Zero; choose another name for {__name__}.Ramp."
        )
    assert own_names == before


def test_a_class_of_a_taken_name_is_refused(own_names):
    """The class's own name counts as well."""
    with pytest.raises(ArgumentValueError, match="the initializer name 'normal' already belongs to Normal"):
        register()(type("Normal", (Initializer,), {}))
    assert own_names["normal"] is Normal


def test_a_class_may_be_defined_again(own_names):
    """A notebook runs a cell a second time: the newer class takes the older one's place."""

    def cell():
        class Ramp(Initializer):
            pass

        return register("slope")(Ramp)

    first, second = cell(), cell()
    assert first is not second
    assert own_names["slope"] is own_names["ramp"] is second


def test_register_without_parentheses():
    """``@register`` in place of ``@register()`` is told, not turned into nonsense."""
    with pytest.raises(
        ArgumentTypeError, match=r"an alias must be a str, got <class .*Write `@register\(\)`"
    ):
        register(Zero)


def test_registered_is_a_copy():
    """Changing what it returns changes no registry."""
    registered().clear()
    assert registered()["one"] is One


def test_mindspores_decorator_leaves_known_names_alone(own_names):
    """``_register`` adds the names that are free, as MindSpore's does."""

    class Slope(Initializer):
        pass

    assert custom._register("normal", "incline")(Slope) is Slope
    assert own_names["normal"] is Normal
    assert own_names["slope"] is own_names["incline"] is Slope


def test_the_aliases_are_the_registry():
    """``_INITIALIZER_ALIAS`` shows what is registered."""
    assert custom._INITIALIZER_ALIAS is registry._BY_NAME
    assert custom._INITIALIZER_ALIAS["uniform"] is Uniform
