"""MindSpore's own .ckpt: a file that MindSpore 2.10 wrote, and damaged ones."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

import paraminit
from paraminit.errors import CheckpointError
from paraminit.files import load_checkpoint
from paraminit.files.protobuf_schema import entry_class

GOLDEN = Path(__file__).parent.parent / "golden" / "mindspore-2.10.ckpt"
DTYPES = (
    *("float16", "float32", "float64", "bfloat16", "complex64", "complex128", "bool_"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)


def entry(name, dtype, dimensions, values):
    message = entry_class()(name=name)
    message.tensor.dtype = dtype
    message.tensor.dimensions.extend(dimensions)
    message.tensor.values = values
    return framed(message.SerializeToString())


def framed(raw):
    size, length = len(raw), b""
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return b"\x0a" + length + bytes([size]) + raw


def test_what_mindspore_wrote():
    loaded = load_checkpoint(GOLDEN, crc_check=True)
    assert list(loaded) == [*DTYPES, "层.scalar", "epoch", "rate", "done", "note"]
    for name in DTYPES:
        assert loaded[name].dtype == getattr(paraminit, name)
        assert loaded[name].asnumpy().astype(np.complex128).tolist() == (
            [[1, 1, 1], [0, 1, 1]] if name == "bool_" else [[1, 2, 3], [0, 1, 1]]
        )
    assert all(value.name == name for name, value in loaded.items() if name != "note")
    assert (loaded["层.scalar"].item(), tuple(loaded["层.scalar"].shape)) == (2.5, ())
    assert (loaded["epoch"].item(), loaded["rate"].item(), loaded["done"].item()) == (3, 0.5, True)
    assert loaded["note"] == "né 层"


def test_pieces_of_one_tensor_are_joined(tmp_path):
    """MindSpore cuts above 512 MiB; each piece states the whole shape."""
    values = np.arange(6, dtype=np.float32)
    pieces = [entry("w", "Float32", [2, 3], part.tobytes()) for part in (values[:4], values[4:])]
    (tmp_path / "a.ckpt").write_bytes(b"".join(pieces) + entry("s", "Int64", [0], np.int64(7).tobytes()))
    loaded = load_checkpoint(tmp_path / "a.ckpt")
    assert np.array_equal(loaded["w"].asnumpy(), values.reshape(2, 3))
    assert (loaded["s"].item(), tuple(loaded["s"].shape)) == (7, ())


ONE = entry("w", "Float32", [2], np.float32([1, 2]).tobytes())


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(ONE + b"nonsense", "begins no entry", id="something after it"),
        pytest.param(ONE[:-3], "is truncated: its entries need at least", id="cut"),
        pytest.param(b"\x0a", "is truncated", id="no length"),
        pytest.param(b"\x0a" + b"\xff" * 20, "is damaged, encrypted", id="endless length"),
        pytest.param(b"\x0a" + b"\xff" * 8 + b"\x7f", "is truncated", id="oversized length"),
        pytest.param(framed(b"\xff\xff\xff"), "is damaged, encrypted", id="no message"),
        pytest.param(
            entry("wide", "Float32", [1], bytes(4)).replace(b"wide", b"w\xffde"),
            "is damaged, encrypted",
            id="name",
        ),
        pytest.param(
            entry("w", "Float32", [1], bytes(4)).replace(b"Float", b"Fl\xffat"),
            "is damaged, encrypted",
            id="dtype's name",
        ),
        pytest.param(framed(b""), "'' is no tensor", id="no name"),
        pytest.param(
            entry("w", "Float33", [2], bytes(8)),
            "'w' has the dtype 'Float33', which has no",
            id="unknown dtype",
        ),
        pytest.param(
            entry("w", "Float64", [2], bytes(8)), "needs 16 bytes, the file holds 8", id="wrong dtype"
        ),
        pytest.param(entry("w", "Float32", [-1, -2], bytes(8)), "'w' of shape (-1, -2)", id="negative shape"),
        pytest.param(entry("w", "Float32", [2**62, 4], bytes(8)), "the file holds 8", id="huge shape"),
        pytest.param(entry("w", "str", [0], b"\xff\xff\xff\xff"), "the string 'w' is damaged", id="string"),
        pytest.param(
            ONE + entry("w", "Float32", [3], bytes(12)), "two different values are named 'w'", id="duplicate"
        ),
        pytest.param(ONE + b"crc_num" + bytes(10), "its checksum does not fit", id="checksum"),
    ],
)
def test_a_bad_file_is_refused_and_the_network_unchanged(raw, message, tmp_path):
    path = tmp_path / "bad.ckpt"
    path.write_bytes(raw)
    net = paraminit.nn.Dense(2, 1)
    before = net.weight.asnumpy().copy()
    with pytest.raises(CheckpointError, match=r"bad\.ckpt") as caught:
        load_checkpoint(path, net, crc_check=True)
    assert message in str(caught.value)
    assert np.array_equal(net.weight.asnumpy(), before)


def test_a_flipped_bit_is_noticed_by_the_checksum(tmp_path):
    (tmp_path / "good.ckpt").write_bytes(ONE + b"crc_num" + zlib.crc32(ONE).to_bytes(10, "big"))
    assert load_checkpoint(tmp_path / "good.ckpt", crc_check=True)["w"].asnumpy().tolist() == [1, 2]
    raw = bytearray(GOLDEN.read_bytes())
    raw[30] ^= 1
    (tmp_path / "a.ckpt").write_bytes(raw)
    with pytest.raises(CheckpointError, match="checksum"):
        load_checkpoint(tmp_path / "a.ckpt", crc_check=True)


def test_every_cut_of_mindspores_file_is_refused_or_ends_between_entries(tmp_path):
    raw, path = GOLDEN.read_bytes(), tmp_path / "a.ckpt"
    whole, shorter = len(load_checkpoint(GOLDEN)), 0
    for size in range(len(raw)):
        path.write_bytes(raw[:size])
        try:
            assert len(load_checkpoint(path)) <= whole
            shorter += 1
        except CheckpointError:
            pass
    assert shorter == whole  # between entries nothing in the format tells
