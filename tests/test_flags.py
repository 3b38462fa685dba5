"""Every setting of a Parameter: its default, what it accepts, and that no copy loses it."""

from __future__ import annotations

import copy
import pickle

import pytest

import paraminit
from paraminit import Parameter
from paraminit.common.initializer import Normal, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.flags import CHECKS, Flags

# MindSpore's settings and their defaults.
FLAGS = {
    "cache_enable": False,
    "cache_shape": [],
    "comm_fusion": 1,
    "init_flag": False,
    "is_in_parallel": False,
    "is_init": False,
    "key": -1,
    "layerwise_parallel": False,
    "parallel_optimizer": True,
    "parallel_optimizer_comm_recompute": False,
    "requires_aggr": True,
    "requires_grad": True,
    "sliced": False,
    "storage_format": "",
    "unique": False,
}
# A value of each that is not its default.
OTHER = {
    "cache_enable": True,
    "cache_shape": [2, 3],
    "comm_fusion": 4,
    "init_flag": True,
    "is_in_parallel": True,
    "is_init": True,
    "key": 7,
    "layerwise_parallel": True,
    "parallel_optimizer": False,
    "parallel_optimizer_comm_recompute": True,
    "requires_aggr": False,
    "requires_grad": False,
    "sliced": True,
    "storage_format": "NC1HWC0",
    "unique": True,
}


def made(lazy=False, init="normal"):
    if not lazy:
        return Parameter(initializer(init, [2, 2]), name="w")
    with paraminit.no_init_parameters():
        return Parameter(initializer(init, [2, 2]), name="w")


def flags_of(parameter):
    return {name: getattr(parameter, name) for name in FLAGS}


def test_the_tables_above_have_every_setting():
    assert OTHER.keys() == FLAGS.keys() == {*Flags.__annotations__, "cache_shape", "requires_grad"}
    assert all(OTHER[name] != FLAGS[name] for name in FLAGS)


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_defaults(lazy):
    assert flags_of(made(lazy)) == FLAGS


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_a_setting_can_be_set_and_is_its_own(name, lazy):
    p, q = made(lazy), made(lazy)
    setattr(p, name, OTHER[name])
    assert getattr(p, name) == OTHER[name]
    assert flags_of(q) == FLAGS
    assert p.has_init is lazy


COPIES = {
    "deepcopy": copy.deepcopy,
    "copy.copy": copy.copy,
    "copy": Parameter.copy,
    "clone": lambda p: p.clone("same"),
    "clone with another initializer": lambda p: p.clone("zeros"),
    "pickle": lambda p: pickle.loads(pickle.dumps(p)),
    "in a tuple": lambda p: paraminit.ParameterTuple([p]).clone("twin")[0],
    "in a Cell": lambda p: copy.deepcopy(paraminit.nn.Cell().add_flags(p=p)).p,
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_no_copy_loses_a_setting(how, lazy):
    p = made(lazy)
    for name, value in OTHER.items():
        setattr(p, name, value)
    p.note = ["mine"]
    twin = COPIES[how](p)
    assert flags_of(twin) == OTHER
    assert twin.note == ["mine"]
    twin.cache_shape.append(9)
    twin.comm_fusion = 8
    assert flags_of(p) == OTHER or how == "copy.copy"  # which shares lists, as everywhere
    if how != "clone with another initializer":
        assert twin.has_init is p.has_init is lazy
        assert (twin.asnumpy() == p.asnumpy()).all()


@pytest.mark.parametrize("how", [h for h in COPIES if "initializer" not in h])
def test_a_copy_of_what_cannot_be_repeated_is_equal(how):
    class Counting(Normal):
        calls = 0

        def _initialize(self, arr):
            Counting.calls += 1
            arr[...] = Counting.calls

    global _Counting  # pickle looks for it
    _Counting = Counting
    Counting.__qualname__ = "_Counting"
    p = made(True, Counting())
    twin = COPIES[how](p)
    assert (twin.asnumpy() == p.asnumpy()).all()
    assert Counting.calls == 1


@pytest.mark.parametrize(
    ("name", "values", "error", "message"),
    [
        (
            [n for n, default in FLAGS.items() if isinstance(default, bool) and n in CHECKS],
            (1, 0, None, "x", [True]),
            ArgumentTypeError,
            "must be a bool, got",
        ),
        (["comm_fusion"], (True, "x", 2.5, None), ArgumentTypeError, "must be an int, got"),
        (["comm_fusion"], (-1,), ArgumentValueError, "must be 0 or more, got -1"),
        (["key"], ("x", None, 2.5), ArgumentTypeError, "must be an int, got"),
        (["cache_shape"], (3, None, "x"), ArgumentTypeError, "must be a list or a tuple, got"),
        (["storage_format"], (3, None), ArgumentTypeError, "must be a str, got"),
    ],
    ids=["bools", "comm_fusion", "negative", "key", "cache_shape", "storage_format"],
)
def test_bad_settings_change_nothing(name, values, error, message):
    p = made()
    for flag in name:
        for value in values:
            with pytest.raises(error, match=f"Parameter: {flag} {message}"):
                setattr(p, flag, value)
    assert flags_of(p) == FLAGS


def test_what_says_where_the_values_come_from():
    p, given = made(lazy=True), Parameter([1.0])
    assert (p.is_default_input_init, given.is_default_input_init) == (True, False)
    assert p.init_mode.has_init
    assert p.init_mode.shape == (2, 2)
    assert p.inited_param is None
    assert p.init_data() is p
    assert p.init_mode is p.inited_param is None
    with pytest.raises(AttributeError):
        p.inited_param = given


def test_param_info_is_the_parameter():
    p, q = made(), Parameter([1.0], name="q", layerwise_parallel=True)
    q.cache_shape = (3,)
    assert (q.param_info.name, q.param_info.layerwise_parallel) == ("q", True)
    p.param_info = q.param_info
    assert (p.name, p.layerwise_parallel, p.cache_shape) == ("w", True, [3])
    p.cache_shape.append(4)
    assert q.cache_shape == [3]
    with pytest.raises(ArgumentTypeError, match="param_info must be another Parameter's, got 3"):
        p.param_info = 3


def test_remote_is_the_cpu():
    assert Parameter([1.0], device="Remote").device.type == "cpu"
