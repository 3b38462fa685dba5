"""ckpt_to_safetensors, safetensors_to_ckpt, load_segmented_checkpoints: whole files and folders of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from paraminit import Parameter, Tensor, nn
from paraminit.errors import ParameterNameError, ParaminitError
from paraminit.files import (
    ckpt_to_safetensors,
    load_checkpoint,
    load_param_into_net,
    load_segmented_checkpoints,
    safetensors_to_ckpt,
    save_checkpoint,
)
from paraminit.files.contents import Contents
from paraminit.files.held import Held
from paraminit.files.loading import read_checkpoint
from paraminit.files.protobuf_ckpt import is_protobuf_ckpt
from paraminit.files.safetensors_file import write_safetensors

GOLDEN = Path(__file__).parent.parent / "golden"
MINDSPORES = GOLDEN / "mindspore-2.10.ckpt"


def same(one: dict[str, object], other: dict[str, object]) -> bool:
    return list(one) == list(other) and all(
        value == other[name]
        if isinstance(value, str)
        else (value.dtype, value.shape, value.tolist())
        == (other[name].dtype, other[name].shape, other[name].tolist())
        for name, value in one.items()
    )


def test_there_and_back(tmp_path):
    """MindSpore's file, with every dtype and a string; the way back gives its very bytes."""
    ckpt_to_safetensors(MINDSPORES, tmp_path)
    middle = tmp_path / "mindspore-2.10.safetensors"
    found = load_checkpoint(middle, format="safetensors")
    assert same(found, load_checkpoint(MINDSPORES))
    with safe_open(middle, framework="pt") as file:
        assert sorted([*file.keys(), "note"]) == sorted(found)
    safetensors_to_ckpt(middle)
    checksum = len(b"crc_num") + 10
    assert (tmp_path / "mindspore-2.10.ckpt").read_bytes() == MINDSPORES.read_bytes()[:-checksum]


def test_ties_empty_tensors_and_our_own_ckpt(tmp_path):
    table = Parameter(np.ones((3, 2), np.float32))
    values = {"table": table, "empty": Tensor(np.zeros((0, 2), np.int8)), "head": table}
    save_checkpoint(values, tmp_path / "a.ckpt")
    ckpt_to_safetensors(tmp_path / "a.ckpt")
    (tmp_path / "a.ckpt").unlink()
    safetensors_to_ckpt(tmp_path / "a.safetensors")
    assert is_protobuf_ckpt(tmp_path / "a.ckpt")
    for file, format in (("a.ckpt", "ckpt"), ("a.safetensors", "safetensors")):
        found = load_checkpoint(tmp_path / file, format=format)
        assert same(found, values)
        assert found["head"] is found["table"]


def test_a_part_stays_a_part(tmp_path):
    """What one of several processes saved still says which part it is, in either format."""
    part = Held((4, 3), (((0, 0), (1, 3)), ((2, 0), (1, 3))))
    contents = Contents({"w": torch.ones(2, 3), "b": torch.ones(1)}, {}, {"w": part})
    write_safetensors(tmp_path / "a.safetensors", contents)
    safetensors_to_ckpt(tmp_path / "a.safetensors", name_map={"w": "v"})
    ckpt_to_safetensors(tmp_path / "a.ckpt", tmp_path / "back")
    for path in (tmp_path / "a.ckpt", tmp_path / "back" / "a.safetensors"):
        assert read_checkpoint(path).parts == {"v": part}
    loaded = load_checkpoint(tmp_path / "a.ckpt")
    net = nn.Cell()
    net.v = Parameter(np.zeros((4, 3), np.float32))
    with pytest.raises(RuntimeError, match="holds another part of 'v' than this process"):
        load_param_into_net(net, loaded)
    net.v = Parameter(np.zeros((2, 3), np.float32))
    with pytest.raises(RuntimeError, match=r"'v' has shape \(2, 3\), the checkpoint's \(4, 3\)"):
        load_param_into_net(net, loaded)


@pytest.mark.parametrize("at_a_time", [1, 3])
def test_a_folder_with_its_folders(at_a_time, tmp_path):
    for name in ("a", "rank_0/net-1", "rank_1/net-1", "rank_1/other"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        save_checkpoint({"x": Parameter(float(len(name)))}, tmp_path / "in" / name)
    (tmp_path / "in" / "note.txt").write_text("x")
    ckpt_to_safetensors(tmp_path / "in", tmp_path / "out", {"x": "y"}, "^net|a", processes_num=at_a_time)
    found = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*"))
    assert found == ["a.safetensors", "rank_0/net-1.safetensors", "rank_1/net-1.safetensors"]
    loaded = load_checkpoint(tmp_path / "out" / found[1], format="safetensors")
    assert {name: p.item() for name, p in loaded.items()} == {"y": 12.0}
    ckpt_to_safetensors(tmp_path / "in")
    assert (tmp_path / "in" / "rank_1" / "other.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"file_path": "no.ckpt"}, ValueError, "there is no file or folder no.ckpt"),
        ({"file_path": "a.safetensors"}, ValueError, "file_path must end in '.ckpt', got 'a.safetensors'"),
        ({"file_path": 3}, TypeError, "file_path must be a str, got 3"),
        ({"save_path": 3}, TypeError, "save_path must be a str, got 3"),
        ({"save_path": "a.ckpt"}, ValueError, "save_path must be a folder, got the file 'a.ckpt'"),
        (
            {"file_path": ".", "file_name_regex": "zz"},
            ValueError,
            "ends in '.ckpt' and fits file_name_regex=",
        ),
        ({"file_name_regex": "("}, ValueError, "file_name_regex='(' is no pattern"),
        ({"file_name_regex": 3}, TypeError, "file_name_regex must be a str, got 3"),
        ({"name_map": ["x"]}, TypeError, "name_map must be a dictionary from str to str, got ['x']"),
        ({"name_map": {"x": 3}}, TypeError, "name_map must be a dictionary from str to str"),
        (
            {"name_map": {"x": "y"}},
            ParameterNameError,
            "a.ckpt: with name_map, two different values are named",
        ),
        ({"name_map": {"x": " "}}, ParameterNameError, "names must not be blank"),
        ({"processes_num": 0}, ValueError, "processes_num must be at least 1, got 0"),
        ({"processes_num": 1.5}, TypeError, "processes_num must be an int, got 1.5"),
        ({"file_path": GOLDEN / "mindspore-2.10-AES-GCM.ckpt", "save_path": "."}, ValueError, "is encrypted"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_a_refused_conversion_writes_nothing(arguments, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = {"x": Parameter(1.0), "y": Parameter(2.0)}
    save_checkpoint(values, "a.ckpt")
    Path("a.safetensors").write_bytes(b"former")
    with pytest.raises(error) as caught:
        ckpt_to_safetensors(**{"file_path": "a.ckpt", **arguments})
    assert message in str(caught.value)
    assert isinstance(caught.value, ParaminitError)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ckpt", "a.safetensors"]
    assert Path("a.safetensors").read_bytes() == b"former"


def test_segments_become_one(tmp_path):
    """In the order of the files' names; what several files hold has to be equal."""
    net = nn.SequentialCell(nn.Dense(2, 3), nn.Dense(3, 1))
    save_checkpoint(
        net, tmp_path / "b", choice_func=lambda n: n[0] == "0", append_dict={"epoch": 3, "s": "x"}
    )
    key = {"enc_key": bytes(16), "enc_mode": "SM4-CBC"}
    save_checkpoint(
        net, tmp_path / "a", choice_func=lambda n: n[0] == "1", append_dict={"epoch": 3, "s": "x"}
    )
    twin = nn.SequentialCell(nn.Dense(2, 3), nn.Dense(3, 1))
    loaded = load_segmented_checkpoints(tmp_path, twin, strict_load=True)
    assert list(loaded) == ["1.weight", "1.bias", "epoch", "s", "0.weight", "0.bias"]
    assert torch.equal(twin[0].weight, net[0].weight)
    assert list(load_segmented_checkpoints(tmp_path, filter_prefix=["0", "1"])) == ["epoch", "s"]
    assert list(load_segmented_checkpoints(tmp_path, choice_func=lambda name: name == "0.bias")) == ["0.bias"]
    save_checkpoint({"epoch": Parameter(4)}, tmp_path / "c")
    before = twin[0].weight.tolist()
    with pytest.raises(ValueError, match=r"c\.ckpt and a file before it hold different values of 'epoch'"):
        load_segmented_checkpoints(tmp_path, twin)
    assert twin[0].weight.tolist() == before
    save_checkpoint(net, tmp_path / "a", **key)
    with pytest.raises(ValueError, match="is encrypted with SM4-CBC"):
        load_segmented_checkpoints(tmp_path)
    for name in ("b", "c"):
        (tmp_path / f"{name}.ckpt").unlink()
    assert "0.weight" in load_segmented_checkpoints(tmp_path, dec_key=bytes(16), dec_mode="SM4-CBC")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"ckpt_file_dir": "no"}, ValueError, "there is no folder no, or no .ckpt file in it"),
        ({"ckpt_file_dir": 3}, TypeError, "load_segmented_checkpoints: ckpt_file_dir must be a str, got 3"),
        ({"net": 3}, TypeError, "net must be a Cell, got 3"),
        ({"strict_load": 1}, TypeError, "strict_load must be a bool, got 1"),
        ({"specify_prefix": "zz"}, ValueError, "nothing is left of . after filtering"),
        ({"dec_key": b""}, ValueError, "dec_key must have 16, 24 or 32 bytes"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_refused_segments(arguments, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint({"x": Parameter(1.0)}, "a.ckpt")
    with pytest.raises(error) as caught:
        load_segmented_checkpoints(**{"ckpt_file_dir": ".", **arguments})
    assert message in str(caught.value)
