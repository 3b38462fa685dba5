"""Contents survive a safetensors file; files that are none, or damaged, are refused with a reason."""

from __future__ import annotations

import io
import json
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import paraminit
from paraminit import Parameter, Tensor
from paraminit.dtype import _TABLE
from paraminit.errors import CheckpointError
from paraminit.files import load_checkpoint, save_checkpoint


def header_of(path):
    raw = path.read_bytes()
    return json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])


def with_header(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


@pytest.mark.parametrize("name", [row.torch for row in _TABLE])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)], ids=str)
def test_every_dtype_survives(name, shape, tmp_path):
    values = torch.arange(6).reshape(2, 3).to(getattr(torch, name))
    values = values[0, 1] if shape == () else values[: shape[0]]
    path = tmp_path / "a.safetensors"
    save_checkpoint({"x": Tensor(values)}, path, crc_check=True, format="safetensors")
    loaded = load_checkpoint(path, crc_check=True, format="safetensors")["x"]
    assert (loaded.dtype, tuple(loaded.shape)) == (values.dtype, shape)
    assert loaded.asnumpy().tobytes() == Tensor(values).asnumpy().tobytes()


def test_order_and_strings_survive(tmp_path):
    """The format sorts by dtype and name; here the order is the one of saving."""
    saved = {"z": Tensor([1.0]), "层.a": Tensor(np.int8([1])), "text": "né 层\n", "b": Tensor([2.0])}
    save_checkpoint(saved, tmp_path / "a", append_dict={"note": "x", "a": 1}, format="safetensors")
    loaded = load_checkpoint(tmp_path / "a.safetensors", format="safetensors")
    assert list(loaded) == ["z", "层.a", "text", "b", "note", "a"]
    assert (loaded["text"], loaded["note"]) == ("né 层\n", "x")


def test_views_of_one_memory_are_stored_apart(tmp_path):
    whole = torch.arange(6.0)
    views = {"whole": whole, "part": whole[2:4], "columns": whole.reshape(2, 3).T}
    save_checkpoint(views, tmp_path / "a", format="safetensors")
    loaded = load_checkpoint(tmp_path / "a.safetensors", format="safetensors")
    for name, view in views.items():
        assert torch.equal(loaded[name].detach(), view)


def test_other_readers_and_writers(tmp_path):
    """Any safetensors reader takes the file, and files without our metadata are read."""
    save_checkpoint({"x": Tensor([1.0, 2.0])}, tmp_path / "a", format="safetensors")
    assert torch.equal(load_file(tmp_path / "a.safetensors")["x"], torch.tensor([1.0, 2.0]))
    save_file({"y": torch.ones(2)}, tmp_path / "b.safetensors")
    loaded = load_checkpoint(tmp_path / "b.safetensors", format="safetensors")
    assert loaded["y"].name == "y"
    assert header_of(tmp_path / "a.safetensors")["__metadata__"]["format"] == "pt"


def test_a_header_of_ten_bytes_is_not_taken_for_protobuf(tmp_path):
    """Its length begins with the byte that MindSpore's own files begin with."""
    text = json.dumps({"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    text = text.ljust(256 + 10)
    (tmp_path / "a.ckpt").write_bytes(with_header(text, np.float32(3).tobytes()))
    assert load_checkpoint(tmp_path / "a.ckpt")["x"].item() == 3


GOOD = {"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
BODY = np.float32([1, 2]).tobytes()


def kept(**entries):
    return {**GOOD, "__metadata__": {"paraminit": json.dumps(entries)}}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\x08\0\0", "begins with", id="shorter than a length"),
        pytest.param(b"hello, this is no checkpoint", "begins with b'hello, th'", id="text"),
        pytest.param(pickle.dumps({"x": 1}), "looks like a pickle", id="pickle"),
        pytest.param(b"PK\x03\x04" + bytes(20), "looks like a pickle, as torch.save", id="torch.save"),
        pytest.param(
            (2**60).to_bytes(8, "little") + b"{}", f"states a header of {2**60} bytes", id="oversized header"
        ),
        pytest.param(
            (1000).to_bytes(8, "little") + b"{}", "truncated: its header alone needs 1008", id="cut header"
        ),
        pytest.param(with_header(b"{nonsense"), "is damaged, or no safetensors file", id="header no JSON"),
        pytest.param(with_header(GOOD, BODY[:-1]), "is damaged, or no safetensors file", id="cut values"),
        pytest.param(with_header(GOOD, BODY + b"x"), "is damaged, or no safetensors file", id="extra bytes"),
        pytest.param(
            with_header({"x": {**GOOD["x"], "dtype": "F99"}}, BODY),
            "unknown variant `F99`",
            id="unknown dtype",
        ),
        pytest.param(
            with_header({"x": {**GOOD["x"], "dtype": "F64"}}, BODY), "is damaged", id="dtype of another size"
        ),
        pytest.param(
            with_header({"x": {"dtype": "F8_E8M0", "shape": [8], "data_offsets": [0, 8]}}, BODY),
            "'x' is torch.float8_e8m0fnu, which has no counterpart here",
            id="foreign dtype",
        ),
        pytest.param(
            with_header({"x": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 8]}}, BODY),
            "is damaged",
            id="huge shape",
        ),
        pytest.param(with_header(kept(order=3), BODY), "entry 'paraminit' does not fit", id="bad order"),
        pytest.param(
            with_header(kept(order=[], tied={"y": "z"}), BODY), "entry 'paraminit' does not fit", id="bad tie"
        ),
        pytest.param(
            with_header(kept(order=[], strings={"x": "clash"}), BODY),
            "entry 'paraminit'",
            id="string on tensor",
        ),
        pytest.param(
            with_header({"__metadata__": {"crc_num": "1"}, **GOOD}, BODY),
            "its checksum does not fit",
            id="checksum",
        ),
    ],
)
def test_a_bad_file_is_refused_and_the_network_unchanged(raw, message, tmp_path):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(raw)
    net = paraminit.nn.Dense(2, 1)
    before = [parameter.asnumpy().copy() for parameter in net.get_parameters()]
    with pytest.raises(CheckpointError, match=r"bad\.safetensors") as caught:
        load_checkpoint(path, net, crc_check=True, format="safetensors")
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert all(np.array_equal(a, p.asnumpy()) for a, p in zip(before, net.get_parameters(), strict=True))


def test_any_cut_and_any_flipped_bit_is_noticed_or_harmless(tmp_path):
    """Every truncation is refused; a flipped bit either is refused or changes nothing but names."""
    path = tmp_path / "a.safetensors"
    save_checkpoint({"x": Parameter([1.0, 2.0])}, path, crc_check=True, format="safetensors")
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(CheckpointError):
            load_checkpoint(path, crc_check=True, format="safetensors")
    for bit in range(8 * (len(whole) - 8), 8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(CheckpointError, match="checksum"):
            load_checkpoint(path, crc_check=True, format="safetensors")


@pytest.mark.parametrize("in_memory", [False, True], ids=["file", "BytesIO"])
def test_a_name_given_twice_is_refused(in_memory, tmp_path):
    """Readers differ about which of the two it is."""
    one = b'"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}'
    raw, path = with_header(b"{" + one + b", " + one + b"}", bytes(4)), tmp_path / "a.safetensors"
    path.write_bytes(raw)
    with pytest.raises(CheckpointError, match="header says 'a' twice"):
        load_checkpoint(io.BytesIO(raw) if in_memory else path, format="safetensors")
