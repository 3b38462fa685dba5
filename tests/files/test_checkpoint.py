"""save_checkpoint and load_checkpoint: forms, names, durability and every refusal."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.common.initializer import Normal, initializer
from paraminit.errors import ParameterNameError, ParaminitError
from paraminit.files import (
    background,
    load_checkpoint,
    load_checkpoint_async,
    safetensors_file,
    save_checkpoint,
)


def readable(value: object) -> str:
    """The same id in every process: no addresses of objects."""
    return "-".join(value) if isinstance(value, dict) else getattr(value, "__name__", str(value))


def network() -> nn.Cell:
    return nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Dense(3, 2))


class Tied(nn.Cell):
    def __init__(self):
        super().__init__()
        self.table = Parameter(np.ones((3, 2), np.float32))
        self.head = nn.Dense(2, 3, has_bias=False)
        self.head.weight = self.table


@pytest.mark.parametrize("suffix", ["ckpt", "safetensors"])
@pytest.mark.parametrize(
    "form",
    [
        lambda net: net,
        lambda net: list(net.get_parameters()),
        lambda net: [{"name": name, "data": p} for name, p in net.parameters_and_names()],
        lambda net: [{"name": name, "data": Tensor(p)} for name, p in net.parameters_and_names()],
        lambda net: dict(net.parameters_and_names()),
    ],
    ids=["cell", "list of Parameters", "list of dictionaries", "of Tensors", "dictionary"],
)
def test_every_form_keeps_names_order_and_bits(form, suffix, tmp_path):
    net = network()
    save_checkpoint(form(net), str(tmp_path / "a"), format=suffix)
    loaded = load_checkpoint(str(tmp_path / f"a.{suffix}"), format=suffix)
    expected = net.parameters_dict()
    assert list(loaded) == list(expected)
    for name, parameter in loaded.items():
        assert isinstance(parameter, Parameter)
        assert parameter.name == name
        assert parameter.asnumpy().tobytes() == expected[name].asnumpy().tobytes()
    assert [p.name for p in tmp_path.iterdir()] == [f"a.{suffix}"]


def sorted_by_name(contents):
    return type(contents)(dict(sorted(contents.values.items())), contents.tied)


def a_bit_off(contents):
    flipped = {n: v.view(torch.int32).bitwise_xor(1).view(v.dtype) for n, v in contents.values.items()}
    return type(contents)(flipped, contents.tied)


def the_first_lost(contents):
    return type(contents)(dict(list(contents.values.items())[1:]), contents.tied)


@pytest.mark.parametrize("wrong", [sorted_by_name, a_bit_off, the_first_lost])
def test_a_wrong_reader_is_noticed(wrong, tmp_path, monkeypatch):
    """Meta-test, for the one above."""
    restored = safetensors_file._restored
    monkeypatch.setattr(safetensors_file, "_restored", lambda *kept: wrong(restored(*kept)))
    with pytest.raises(AssertionError):
        test_every_form_keeps_names_order_and_bits(lambda net: net, "ckpt", tmp_path)


@pytest.mark.parametrize(
    ("name", "format", "file"),
    [
        ("a", "ckpt", "a.ckpt"),
        ("a.ckpt", "ckpt", "a.ckpt"),
        ("a.b", "ckpt", "a.b.ckpt"),
        ("a.safetensors", "ckpt", "a.safetensors.ckpt"),
        ("a.ckpt", "safetensors", "a.ckpt.safetensors"),
        ("层", "safetensors", "层.safetensors"),
    ],
)
def test_the_suffix_is_added_as_mindspore_adds_it(name, format, file, tmp_path):
    save_checkpoint({"x": Tensor([1.0])}, tmp_path / name, format=format)
    assert [p.name for p in tmp_path.iterdir()] == [file]


def test_a_ckpt_file_says_that_it_is_safetensors_once(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            save_checkpoint(network(), tmp_path / "a.ckpt")
        save_checkpoint(network(), tmp_path / "a.safetensors", format="safetensors")
    assert len(caplog.messages) == 1
    assert "a.ckpt is written as safetensors" in caplog.text


def test_lazy_values_are_created_and_equal_the_eager_ones(tmp_path):
    paraminit.set_seed(3)
    eager = network()
    paraminit.set_seed(3)
    with paraminit.no_init_parameters():
        lazy = network()
    save_checkpoint(lazy, tmp_path / "a")
    loaded = load_checkpoint(tmp_path / "a.ckpt")
    for name, parameter in eager.parameters_and_names():
        assert np.array_equal(loaded[name].asnumpy(), parameter.asnumpy())


def test_tied_weights_are_stored_once_and_stay_one(tmp_path):
    """Under both names, and again after another round through a dictionary."""
    save_checkpoint(Tied(), tmp_path / "a")
    once = load_checkpoint(tmp_path / "a.ckpt")
    save_checkpoint(once, tmp_path / "b")
    for loaded in (once, load_checkpoint(tmp_path / "b.ckpt")):
        assert list(loaded) == ["table", "head.weight"]
        assert loaded["table"] is loaded["head.weight"]
    assert (tmp_path / "b.ckpt").stat().st_size < 8 + 400 + 24
    net = Tied()
    assert paraminit.load_param_into_net(net, once, strict_load=True) == ([], [])
    assert net.head.weight is net.table
    untied = nn.SequentialCell(nn.Dense(2, 3, has_bias=False))
    assert paraminit.load_param_into_net(untied, {"0.weight": once["head.weight"]}) == ([], [])


def test_buffers_of_torch_modules_are_saved(tmp_path):
    """Running statistics are part of a network's state; what torch calls non-persistent is not."""
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
    net.register_buffer("scratch", torch.ones(1), persistent=False)
    net[0].running_mean.fill_(5)
    save_checkpoint(net, tmp_path / "a")
    loaded = load_checkpoint(tmp_path / "a.ckpt")
    assert list(loaded) == [
        *("0.weight", "0.bias", "0.running_mean", "0.running_var", "0.num_batches_tracked"),
    ]
    twin = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
    assert paraminit.load_param_into_net(twin, loaded, strict_load=True) == ([], [])
    assert twin[0].running_mean.tolist() == [5, 5, 5]


def test_appended_values(tmp_path):
    more = {"epoch": 3, "rate": 0.1, "done": True, "note": "x", "step": Parameter(2.0), "t": Tensor([1])}
    save_checkpoint(network(), tmp_path / "a", append_dict=more)
    loaded = load_checkpoint(tmp_path / "a.ckpt", filter_prefix=["0.", "2."])
    assert list(loaded) == list(more)
    assert [str(loaded[n].dtype) for n in ("epoch", "rate", "done")] == [
        *("torch.int64", "torch.float32", "torch.bool"),
    ]
    assert (loaded["epoch"].item(), loaded["done"].item(), loaded["note"]) == (3, True, "x")
    assert loaded["rate"].item() == np.float32(0.1)
    assert loaded["step"].name == "step"


def test_choosing_names(tmp_path):
    save_checkpoint(network(), tmp_path / "a", choice_func=lambda name: name != "0.bias")
    path = tmp_path / "a.ckpt"
    assert list(load_checkpoint(path)) == ["0.weight", "2.weight", "2.bias"]
    assert list(load_checkpoint(path, filter_prefix="0")) == ["2.weight", "2.bias"]
    assert list(load_checkpoint(path, specify_prefix=("2.b", "0"))) == ["0.weight", "2.bias"]
    assert list(load_checkpoint(path, choice_func=lambda name: "bias" in name)) == ["2.bias"]
    net = network()
    assert list(load_checkpoint(path, net, specify_prefix="2", filter_prefix="2.b")) == ["2.weight"]


def test_a_choice_of_names_keeps_what_is_appended(tmp_path):
    """As in MindSpore; a network's names are what the choice is about."""
    save_checkpoint(network(), tmp_path / "a", choice_func=lambda name: "bias" in name, append_dict={"n": 1})
    assert list(load_checkpoint(tmp_path / "a.ckpt")) == ["0.bias", "2.bias", "n"]


def test_arrays_of_numpy(tmp_path):
    save_checkpoint({"x": np.arange(3.0), "y": np.ones((2, 2), ">i2").T}, tmp_path / "a")
    loaded = load_checkpoint(tmp_path / "a.ckpt")
    assert (loaded["x"].dtype, loaded["x"].tolist()) == (torch.float64, [0, 1, 2])
    assert (loaded["y"].dtype, loaded["y"].tolist()) == (torch.int16, [[1, 1], [1, 1]])


@pytest.mark.parametrize("crc_check", [False, True])
def test_a_file_in_memory(crc_check, tmp_path):
    """Names, ties and strings as from the file."""
    more = {"note": "x", "z": Tensor(np.zeros(0, np.float32))}
    save_checkpoint(Tied(), tmp_path / "a", append_dict=more, crc_check=crc_check, format="safetensors")
    raw = (tmp_path / "a.safetensors").read_bytes()
    loaded = load_checkpoint(io.BytesIO(raw), crc_check=crc_check, format="safetensors")
    assert list(loaded) == ["table", "note", "z", "head.weight"]
    assert loaded["table"] is loaded["head.weight"]
    for damaged in (raw[:-1], raw[:8], b"", raw[:20] + b"\0" + raw[21:]):
        with pytest.raises(ValueError, match="the BytesIO"):
            load_checkpoint(io.BytesIO(damaged), format="safetensors")


@pytest.mark.parametrize("format", ["ckpt", "safetensors"])
def test_loading_in_the_background(format, tmp_path):
    """The suffix says the format; errors come with the result."""
    net = network()
    save_checkpoint(net, tmp_path / "a", format=format)
    twin = network()
    future = load_checkpoint_async(tmp_path / f"a.{format}", twin, True, choice_func=lambda name: True)
    assert list(future.result()) == list(net.parameters_dict())
    assert torch.equal(twin[0].weight, net[0].weight)
    missing = load_checkpoint_async(tmp_path / f"b.{format}")
    with pytest.raises(ValueError, match="there is no file"):
        missing.result()
    with pytest.raises(ValueError, match="needs a file name that ends in"):
        load_checkpoint_async("a.npz").result()
    with pytest.raises(TypeError, match="load_checkpoint_async: ckpt_file_name must be a str, got 3"):
        load_checkpoint_async(3)


# -- refusals -----------------------------------------------------------------------------------------


def clash() -> nn.Cell:
    net = nn.SequentialCell(nn.Dense(2, 2), nn.Dense(2, 2))
    next(net.get_parameters()).name = "1.weight"
    return net


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"save_obj": 3}, TypeError, "save_obj must be a Cell, a list of Parameters"),
        ({"save_obj": None}, TypeError, "got None of type NoneType"),
        ({"save_obj": [Tensor(1.0)]}, TypeError, "each item of the list must be a Parameter or a dictionary"),
        ({"save_obj": [{"name": "a"}]}, TypeError, "each item of the list must be"),
        ({"save_obj": [{"name": 1, "data": Tensor(1.0)}]}, TypeError, "a name must be a str, got 1"),
        ({"save_obj": [{"name": "a", "data": 1.5}]}, TypeError, "'a' must be a Parameter or Tensor"),
        ({"save_obj": {"a": 1}}, TypeError, "'a' must be a Parameter or Tensor (or a str), got 1"),
        ({"save_obj": {1: Tensor(1.0)}}, TypeError, "a name must be a str, got 1"),
        ({"save_obj": {" ": Tensor(1.0)}}, ValueError, "must not be blank"),
        ({"save_obj": torch.nn.Linear(1, 1, device="meta")}, TypeError, "'weight' is on torch's meta device"),
        (
            {"save_obj": {"a": torch.ones(1, dtype=torch.float8_e5m2fnuz)}},
            TypeError,
            "'a' is torch.float8_e5m2fnuz, which a checkpoint cannot hold",
        ),
        (
            {"save_obj": [Parameter(1.0, name="w"), Parameter(2.0, name="w")]},
            ParameterNameError,
            "two different values are named 'w'",
        ),
        ({"save_obj": clash()}, ParameterNameError, "in SequentialCell (the second at '1.weight')"),
        ({"append_dict": {"weight": 1}}, ParameterNameError, "'weight' (the second in append_dict)"),
        ({"append_dict": [1]}, TypeError, "append_dict must be a dictionary, got [1]"),
        ({"append_dict": {1: 1}}, TypeError, "append_dict: a name must be a str, got 1"),
        ({"append_dict": {"k": None}}, TypeError, "'k' must be an int, float, bool, str or Parameter"),
        ({"append_dict": {"k": 2**70}}, TypeError, "'k' exceeds Int64"),
        ({"ckpt_file_name": None}, TypeError, "ckpt_file_name must be a str, got None"),
        ({"ckpt_file_name": ""}, IsADirectoryError, "is a folder. Give a file's name"),
        ({"ckpt_file_name": "no/such/a.ckpt"}, FileNotFoundError, "there is no folder no"),
        ({"format": "npz"}, ValueError, "format must be 'ckpt' or 'safetensors', got 'npz'"),
        ({"integrated_save": 1}, TypeError, "integrated_save must be a bool, got 1"),
        ({"crc_check": 1}, TypeError, "crc_check must be a bool, got 1"),
        (
            {"async_save": "later"},
            ValueError,
            "async_save must be a bool, 'thread' or 'process', got 'later'",
        ),
        ({"async_save": 1}, TypeError, "async_save must be a bool or a str, got 1"),
        ({"choice_func": 3}, TypeError, "choice_func must be a function of a name, got 3"),
    ],
    ids=readable,
)
def test_a_refused_save_leaves_the_former_file(arguments, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.ckpt").write_bytes(b"former")
    with pytest.raises(error) as caught:
        save_checkpoint(**{"save_obj": nn.Dense(2, 1), "ckpt_file_name": "a.ckpt", **arguments})
    assert message in str(caught.value)
    assert isinstance(caught.value, ParaminitError | OSError)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.ckpt", b"former")]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"ckpt_file_name": 3}, TypeError, "ckpt_file_name must be a str, got 3"),
        ({"ckpt_file_name": "no.ckpt"}, ValueError, "there is no file no.ckpt"),
        (
            {"ckpt_file_name": "a"},
            ValueError,
            "format='ckpt' needs a file name that ends in '.ckpt', got 'a'",
        ),
        ({"ckpt_file_name": "a.safetensors"}, ValueError, "format='ckpt' needs a file name"),
        ({"format": "safetensors"}, ValueError, "format='safetensors' needs a file name"),
        ({"format": "x"}, ValueError, "format must be 'ckpt' or 'safetensors', got 'x'"),
        ({"net": 3}, TypeError, "net must be a Cell, got 3"),
        ({"strict_load": 1}, TypeError, "strict_load must be a bool, got 1"),
        ({"crc_check": 1}, TypeError, "crc_check must be a bool, got 1"),
        ({"filter_prefix": 3}, TypeError, "filter_prefix must be a str or a list of str, got 3"),
        ({"filter_prefix": [3]}, TypeError, "filter_prefix must be a str or a list of str, got [3]"),
        ({"filter_prefix": ""}, ValueError, "filter_prefix must not be empty or hold '', got ''"),
        ({"specify_prefix": []}, ValueError, "specify_prefix must not be empty or hold '', got []"),
        ({"specify_prefix": "zz"}, ValueError, "nothing is left of a.ckpt"),
        ({"choice_func": lambda name: False}, ValueError, "nothing is left of a.ckpt"),
        ({"choice_func": 3}, TypeError, "choice_func must be a function of a name, got 3"),
        ({"ckpt_file_name": io.BytesIO(b"x")}, TypeError, "a BytesIO must hold safetensors. Give format="),
        (
            {"ckpt_file_name": io.BytesIO(b"x"), "format": "safetensors"},
            ValueError,
            "the BytesIO is neither a safetensors file nor",
        ),
    ],
    ids=readable,
)
def test_bad_arguments_of_load(arguments, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(nn.Dense(2, 1), "a.ckpt")
    with pytest.raises(error) as caught:
        load_checkpoint(**{"ckpt_file_name": "a.ckpt", **arguments})
    assert message in str(caught.value)
    assert isinstance(caught.value, ParaminitError)


# -- durability ---------------------------------------------------------------------------------------


def test_a_failed_write_leaves_the_former_file_and_nothing_else(tmp_path, monkeypatch):
    def fails(tensors, path, metadata):
        Path(path).write_bytes(b"half")
        raise OSError("disk full")

    save_checkpoint({"x": Tensor([1.0])}, tmp_path / "a")
    before = (tmp_path / "a.ckpt").read_bytes()
    monkeypatch.setattr(safetensors_file, "save_file", fails)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint({"x": Tensor([2.0])}, tmp_path / "a")
    assert [p.name for p in tmp_path.iterdir()] == ["a.ckpt"]
    assert (tmp_path / "a.ckpt").read_bytes() == before


def test_writing_in_place_is_noticed(tmp_path, monkeypatch):
    """Meta-test, for the one above."""
    monkeypatch.setattr(safetensors_file, "replacing", nullcontext)
    with pytest.raises(AssertionError):
        test_a_failed_write_leaves_the_former_file_and_nothing_else(tmp_path, monkeypatch)


def test_a_killed_run_leaves_a_whole_file(tmp_path):
    """Killed again and again while it saves, what stands at the path is always complete."""
    program = """
        import sys, numpy as np
        from paraminit import Tensor, load_checkpoint, save_checkpoint
        for n in range(10_000):
            save_checkpoint({"x": Tensor(np.full(200_000, n, np.float32))}, "a.ckpt", crc_check=True)
            print(n, flush=True)
    """
    for wait in (1, 2, 5):
        run = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(wait):
            run.stdout.readline()
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
        values = load_checkpoint(tmp_path / "a.ckpt", crc_check=True)["x"].asnumpy()
        assert values.shape == (200_000,)
        assert np.unique(values).size == 1


@pytest.mark.parametrize("how", [True, "thread", "process"])
def test_saving_in_the_background_saves_what_was_there(how, tmp_path):
    """Later changes do not reach the file, and loading waits for it."""
    parameter = Parameter(np.zeros(300_000, np.float32), name="x")
    for value in range(3):
        parameter.set_data(Tensor(np.full(300_000, value, np.float32)))
        save_checkpoint([parameter], tmp_path / "a", async_save=how)
        parameter[0] = 77.0
    assert load_checkpoint(tmp_path / "a.ckpt")["x"].asnumpy().tolist() == [2.0] * 300_000


def test_the_status_of_saves_in_the_background(tmp_path):
    go_on = threading.Event()
    background.in_background(tmp_path / "a.ckpt", go_on.wait)
    assert background.async_ckpt_thread_status()
    go_on.set()
    background.wait_for(tmp_path / "a.ckpt")
    assert not background.async_ckpt_thread_status()


def test_a_failure_in_the_background_is_logged(tmp_path, caplog):
    def fails():
        raise OSError("disk full")

    background.in_background(tmp_path / "a.ckpt", fails)
    background.wait_for(tmp_path / "a.ckpt")
    assert "in the background failed" in caplog.text
    assert "disk full" in caplog.text


def test_a_program_written_for_mindspore(tmp_path):
    """Both import paths, under `paraminit run`."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import mindspore as ms
        from mindspore import load_checkpoint, load_param_into_net, nn, save_checkpoint
        from mindspore.train.serialization import save_checkpoint as again
        from mindspore.train import load_checkpoint as same
        assert again is save_checkpoint is ms.save_checkpoint and same is load_checkpoint
        save_checkpoint(nn.Dense(2, 3), "a.ckpt", append_dict={"epoch": 1})
        print(load_param_into_net(nn.Dense(2, 3), load_checkpoint("a.ckpt")))
        """)
    )
    run = subprocess.run(
        [sys.executable, "-m", "paraminit", "run", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.stdout == "([], ['epoch'])\n", run.stderr
    assert "a.ckpt is written as safetensors" in run.stderr


def test_a_pending_tensor_in_a_dictionary(tmp_path):
    paraminit.set_seed(1)
    pending = initializer(Normal(), [3])
    save_checkpoint({"x": pending}, tmp_path / "a")
    assert np.array_equal(load_checkpoint(tmp_path / "a.ckpt")["x"].asnumpy(), pending.asnumpy())
