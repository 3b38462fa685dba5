"""plan.save: what is in the files, under which names, and what is refused before anything is written."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import paraminit
from paraminit.describe.initializers import (
    Constant,
    Dirac,
    Identity,
    Initializer,
    Normal,
    One,
    Orthogonal,
    TruncatedNormal,
    Uniform,
    Zero,
)
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.dtype import _TABLE, array_over
from paraminit.errors import ArgumentTypeError, ArgumentValueError, PlanError, UnknownNameError
from paraminit.files import chunks, load_checkpoint, stream
from paraminit.files.layout import _DTYPES
from paraminit.files.safetensors_file import read_safetensors
from paraminit.files.shards import parsed_size, split
from paraminit.files.work_file import WorkFile, locked
from paraminit.fill import writers
from paraminit.fill.fill import fill_all

from ..programs import streamed

plan_of, contents, BFLOAT16 = streamed.plan_of, streamed.contents, streamed.BFLOAT16


class Ramp(Initializer):
    def _initialize(self, arr):
        arr[...] = np.arange(arr.size).reshape(arr.shape) % 100


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 1 << 14)


def assert_same(loaded, recipes):
    assert loaded.keys() == recipes.keys()
    for name, recipe in recipes.items():
        values = array_over(loaded[name])
        assert (values.dtype, values.shape) == (recipe.dtype, recipe.shape), name
        same = values.tobytes() == recipe.values().tobytes()  # apart: pytest would take minutes to compare
        assert same, name


LAWS = {
    "normal": (Normal(0.02), (150, 101), np.float32),
    "uniform": (Uniform(0.1), (9001,), BFLOAT16),
    "truncated": (TruncatedNormal(0.02), (3, 3001), np.float16),
    "wide": (Normal(1.0), (50, 101), np.float64),
    "constant": (Constant(3), (2, 5), np.int64),
    "flags": (One(), (5,), np.bool_),
    "pattern": (Identity(), (120, 121), np.float32),
    "dirac": (Dirac(), (4, 4, 3), BFLOAT16),
    "whole": (Orthogonal(), (90, 70), np.float32),
    "custom": (Ramp(), (77, 78), np.float32),
    "scalar": (Constant(0.5), (), np.float32),
    "nothing": (Normal(), (0, 7), np.float32),
    "small": (Normal(1.0), (33,), ml_dtypes.float8_e5m2),
    "complex": (Zero(), (3,), np.complex64),
    "after": (Zero(), (3,), np.int8),
}


def test_the_files_hold_the_recipes_values(tmp_path):
    """Every law and width of dtype, tensors within a chunk and over several; a file or many, the same."""
    plan = plan_of(LAWS)
    plan.save(tmp_path / "one.safetensors")
    assert_same(load_file(tmp_path / "one.safetensors"), plan)
    plan.save(tmp_path / "many", max_shard_size="50KB")
    index = json.loads((tmp_path / "many" / "model.safetensors.index.json").read_text())
    names = sorted(set(index["weight_map"].values()))
    assert names == [f"model-{n:05d}-of-{len(names):05d}.safetensors" for n in range(1, len(names) + 1)]
    assert sorted([*names, "model.safetensors.index.json"]) == [*contents(tmp_path / "many")]
    loaded = {name: load_file(tmp_path / "many" / file)[name] for name, file in index["weight_map"].items()}
    assert list(loaded) == list(plan)
    assert index["metadata"]["total_size"] == plan.nbytes
    assert_same(loaded, plan)


def restarting(tasks):
    """Every chunk begins where its tensors do."""
    fill_all([task._replace(runs=[(0, task.out.size)]) for task in tasks])


def losing_the_last_byte(self, number, content):
    content[-1:] ^= 1
    store(self, number, content)


def out_of_place(self, number, content):
    store(self, number, np.roll(content, 8))


store = WorkFile.store


@pytest.mark.parametrize(
    ("owner", "name", "wrong"),
    [(chunks, "fill_all", restarting)]
    + [(WorkFile, "store", f) for f in (losing_the_last_byte, out_of_place)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_wrong_bytes_are_noticed(owner, name, wrong, tmp_path, monkeypatch):
    """Meta-test, for the one above."""
    monkeypatch.setattr(owner, name, wrong)
    with pytest.raises(AssertionError):
        test_the_files_hold_the_recipes_values(tmp_path)


@pytest.mark.parametrize("name", [row.torch for row in _TABLE])
def test_every_dtype_can_be_written(name, tmp_path):
    plan = plan_of({"x": (One(), (2, 3), paraminit.dtype.numpy_dtype(name)), "y": (Zero(), (), np.int8)})
    plan.save(tmp_path / "a.safetensors")
    values = read_safetensors(tmp_path / "a.safetensors").values
    assert values["x"].dtype == getattr(torch, name)
    assert torch.equal(values["x"], torch.ones(2, 3, dtype=values["x"].dtype))


def test_no_dtype_is_missing():
    assert _DTYPES.keys() == {row.torch for row in _TABLE}


def test_the_network_order_and_ties_come_back(tmp_path):
    plan = plan_of(LAWS, tied={"head.weight": "normal", "copy": "flags"})
    plan.save(tmp_path)
    restored = read_safetensors(tmp_path / "model.safetensors")
    assert (list(restored.values), restored.tied) == (list(plan), {"head.weight": "normal", "copy": "flags"})
    loaded = load_checkpoint(tmp_path / "model.safetensors", format="safetensors")
    assert loaded["head.weight"].asnumpy().tobytes() == plan["normal"].values().tobytes()
    plan.save(tmp_path / "many", max_shard_size="50KB")
    index = json.loads((tmp_path / "many" / "model.safetensors.index.json").read_text())["weight_map"]
    assert index.keys() == set(plan), "each tied parameter is there once, under its first name"
    for first, further in [("normal", "head.weight"), ("flags", "copy")]:
        assert read_safetensors(tmp_path / "many" / index[first]).tied[further] == first


@pytest.mark.parametrize("dtype", [torch.bfloat16, np.dtype(np.float64), "float16"], ids=str)
def test_another_dtype_is_planning_with_it(dtype, tmp_path):
    """Rounded once, and integers, flags and complex numbers as they are."""
    plan = plan_of(LAWS)
    plan.save(tmp_path / "a.safetensors", dtype=dtype)
    wanted = paraminit.dtype.numpy_dtype(dtype)
    floating = {name for name, (_, _, own) in LAWS.items() if "float" in np.dtype(own).name}
    assert len(floating) == len(LAWS) - 4
    other = plan_of({n: (i, s, wanted if n in floating else d) for n, (i, s, d) in LAWS.items()})
    assert_same(load_file(tmp_path / "a.safetensors"), other)
    other.save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_values_do_not_depend_on_threads_or_the_page_cache(tmp_path, monkeypatch):
    plan = plan_of(LAWS)
    plan.save(tmp_path / "a.safetensors")
    monkeypatch.setenv("PARAMINIT_NUM_THREADS", "3")
    monkeypatch.setattr("paraminit.files.work_file._DIRECT", 0)
    plan.save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_nothing_hidden_remains_and_a_former_save_is_replaced(tmp_path):
    plan_of({"x": (One(), (3,), np.float32)}).save(tmp_path)
    plan_of({"x": (Zero(), (3,), np.float32)}).save(tmp_path)
    assert list(contents(tmp_path)) == ["model.safetensors"]
    assert torch.equal(load_file(tmp_path / "model.safetensors")["x"], torch.zeros(3))


def test_a_bar_only_on_request(tmp_path, capsys):
    plan_of({"x": (One(), (3000,), np.float32)}).save(tmp_path)
    assert capsys.readouterr() == ("", "")
    plan_of({"x": (One(), (3000,), np.float32)}).save(tmp_path, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "12.0/12.0 kB" in err


# -- sizes --------------------------------------------------------------------------------------------


def test_sizes():
    expected = {"1": 1, "7B": 7, "2kb": 2000, "2 KiB": 2048, "1.5GB": 1_500_000_000, "1TiB": 2**40}
    assert {text: parsed_size(text) for text in expected} == expected
    assert parsed_size(None) is None


def test_a_parameter_larger_than_a_file_has_its_own():
    assert split({"a": 9, "b": 1, "c": 1, "d": 9, "e": 3}, 3) == [["a"], ["b", "c"], ["d"], ["e"]]
    assert split({"a": 9, "b": 1}, None) == [["a", "b"]]
    assert split({"empty": 0, "a": 9}, 3) == [["empty"], ["a"]]


# -- what is refused ----------------------------------------------------------------------------------

ONE = {"x": (Normal(), (30,), np.float32)}
NO_KEY, CUSTOM_NO_KEY = (
    Plan({"x": Entry((3,), np.dtype("f4"), "*", Recipe(init, (3,), np.dtype("f4")))}, None)
    for init in (Normal(), Ramp())
)
SAME_KEY = Plan(
    {name: Entry((3,), np.dtype("f4"), "*", Recipe(Normal(), (3,), np.dtype("f4"), 1)) for name in "xy"}, 1
)
KEPT = Plan(
    dict(plan_of(ONE).entries) | {f"k{n}": Entry((3,), np.dtype("f4"), "*", None) for n in range(7)}, 1
)


@pytest.mark.parametrize(
    ("plan", "path", "options", "error", "message"),
    [
        pytest.param(Plan({}, 0), "out", {}, ArgumentValueError, "the plan is empty", id="empty"),
        pytest.param(
            KEPT,
            "out",
            {},
            ArgumentValueError,
            "'k0', 'k1', .* and 2 more, which only the module has",
            id="kept",
        ),
        pytest.param(NO_KEY, "out", {}, ArgumentValueError, "'x' has no key for values that", id="no key"),
        pytest.param(
            CUSTOM_NO_KEY, "out", {}, ArgumentValueError, "'x' has no key .* with a seed", id="custom"
        ),
        pytest.param(SAME_KEY, "out", {}, PlanError, "'y' and 'x' would start with the same", id="same key"),
        pytest.param(
            plan_of({"__metadata__": ONE["x"]}),
            "out",
            {},
            ArgumentValueError,
            "named '__metadata__'",
            id="name",
        ),
        pytest.param(
            plan_of(ONE), 3, {}, ArgumentTypeError, "path must be a str or a Path, got 3", id="path"
        ),
        pytest.param(plan_of(ONE), "a.ckpt", {}, ArgumentValueError, "not .ckpt: name a file", id="suffix"),
        pytest.param(plan_of(ONE), "file", {}, ArgumentValueError, "is a file. Name a folder", id="a file"),
        pytest.param(
            plan_of(ONE), "d.safetensors", {}, ArgumentValueError, "is a folder. Name", id="a folder"
        ),
        pytest.param(
            plan_of(ONE),
            "a.safetensors",
            {"max_shard_size": 100},
            ArgumentValueError,
            "would hold 120 bytes, more than max_shard_size=100. Name a folder",
            id="too much for a file",
        ),
        pytest.param(
            plan_of(ONE), "out", {"max_shard_size": "5 apples"}, ArgumentValueError, "'5GB'", id="unit"
        ),
        pytest.param(
            plan_of(ONE), "out", {"max_shard_size": 0}, ArgumentValueError, "1 byte or more", id="0"
        ),
        pytest.param(
            plan_of(ONE), "out", {"max_shard_size": 1.5}, ArgumentTypeError, "int .* got 1.5", id="1.5"
        ),
        pytest.param(
            plan_of(ONE), "out", {"dtype": "bfloat17"}, UnknownNameError, "'bfloat16'", id="unknown dtype"
        ),
        pytest.param(
            plan_of(ONE), "out", {"dtype": torch.int8}, ArgumentTypeError, "floating-point", id="integers"
        ),
        pytest.param(
            plan_of({"big": (Normal(1e6), (3,), np.float32)}),
            "out",
            {"dtype": torch.float16},
            ArgumentValueError,
            "'big' cannot be written as float16: .* beyond the range",
            id="range",
        ),
    ],
)
def test_bad_arguments_write_nothing(plan, path, options, error, message, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "d.safetensors").mkdir()
    with pytest.raises(error, match=message):
        plan.save(path if isinstance(path, int) else tmp_path / path, **options)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["d.safetensors", "file"]


def test_files_of_another_save_are_not_mixed_with_these(tmp_path):
    """transformers would read model.safetensors, and not the index beside it."""
    plan_of(LAWS).save(tmp_path, max_shard_size="50KB")
    before = contents(tmp_path)
    with pytest.raises(ArgumentValueError, match=r"holds model-00001-of-0000\d.safetensors, .* Remove them"):
        plan_of(LAWS).save(tmp_path)
    assert contents(tmp_path) == before


def test_two_saves_at_once_are_refused(tmp_path):
    with locked(tmp_path / ".model.lock"), pytest.raises(ArgumentValueError, match="another save to"):
        plan_of(ONE).save(tmp_path)
    plan_of(ONE).save(tmp_path)


def test_a_full_disk_leaves_the_former_file_alone(tmp_path, monkeypatch):
    plan_of(ONE).save(tmp_path)
    before = contents(tmp_path)
    store, stored = WorkFile.store, []

    def full(self, number, content):
        stored.append(number)
        if len(stored) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        store(self, number, content)

    monkeypatch.setattr(WorkFile, "store", full)
    with pytest.raises(OSError, match=r"No space left on device.*free some space") as caught:
        plan_of(LAWS).save(tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert contents(tmp_path) == before


def test_too_little_space_is_known_before(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 1 << 30)
    plan = plan_of({"x": (Normal(), (1 << 44,), np.float32)})
    with pytest.raises(OSError, match=r"bytes more are needed in .* Nothing was changed") as caught:
        plan.save(tmp_path / "out")
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_an_initializer_that_fails_is_named_and_leaves_nothing(tmp_path):
    class Failing(Initializer):
        def _initialize(self, arr):
            raise RuntimeError("out of ideas")

    plan = plan_of({"a": (Normal(), (3,), np.float32), "b": (Failing(), (3,), np.float32)})
    with pytest.raises(RuntimeError, match="out of ideas") as caught:
        plan.save(tmp_path / "new")
    assert caught.value.__notes__[-1] == "while making 'b'"
    assert list(tmp_path.iterdir()) == []


def test_a_fill_that_fails_is_named(tmp_path, monkeypatch):
    def no_memory(*args):
        raise MemoryError

    monkeypatch.setattr(writers, "cast_into", no_memory)
    plan = plan_of({"a": (Normal(), (3,), np.float32), "b": (Identity(), (3, 3), np.float32)})
    with pytest.raises(MemoryError) as caught:
        plan.save(tmp_path / "new")
    assert caught.value.__notes__ == ["while making 'b'"]


def test_an_empty_path_is_none():
    with pytest.raises(ArgumentValueError, match="path is empty"):
        plan_of(ONE).save("")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write to .*choose a folder that can be written"):
        plan_of(ONE).save(tmp_path / "file" / "out")


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_a_folder_that_cannot_be_written():
    root = os.geteuid() == 0  # whom permissions do not stop
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        try:
            if root:
                os.seteuid(65534)
            with pytest.raises(PermissionError, match="choose a folder that can be written"):
                plan_of(ONE).save(folder)
        finally:
            if root:
                os.seteuid(0)
            Path(folder).chmod(0o755)
        assert contents(folder) == {}
