"""Encrypted checkpoints: MindSpore's files, ours, and everything that is not to be opened."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from paraminit import Tensor, nn
from paraminit.errors import CheckpointError, MissingPackageError, ParaminitError
from paraminit.files import encryption, load_checkpoint, protobuf_writing, save_checkpoint

GOLDEN = Path(__file__).parent.parent / "golden"
KEYS = {"AES-GCM": bytes(range(32)), "AES-CBC": bytes(range(24)), "SM4-CBC": bytes(range(16))}
MODES = pytest.mark.parametrize("mode", KEYS)
OTHER = {"AES-GCM": "SM4-CBC", "AES-CBC": "AES-GCM", "SM4-CBC": "AES-CBC"}


def saved(folder: Path, mode: str, values: object = None) -> Path:
    values = {"w": Tensor(np.arange(24, dtype=np.float32))} if values is None else values
    save_checkpoint(values, folder / "a", enc_key=KEYS[mode], enc_mode=mode)
    return folder / "a.ckpt"


def opened(path: Path, mode: str) -> dict[str, object]:
    return load_checkpoint(path, dec_key=KEYS[mode], dec_mode=mode)


@MODES
def test_what_mindspore_encrypted(mode):
    """Files that MindSpore 2.10 wrote; the plain one holds the same."""
    found, plain = (
        opened(GOLDEN / f"mindspore-2.10-{mode}.ckpt", mode),
        load_checkpoint(GOLDEN / "mindspore-2.10.ckpt"),
    )
    assert list(found) == list(plain)
    for name, value in plain.items():
        assert found[name] == value if name == "note" else torch.equal(found[name], value), name


@MODES
@pytest.mark.parametrize("size", [16, 24, 32])
def test_every_length_of_key(mode, size, tmp_path):
    key = bytes(range(size))
    if mode == "SM4-CBC" and size > 16:
        with pytest.raises(ValueError, match=f"enc_key must have 16 bytes for SM4-CBC, got {size}"):
            save_checkpoint(nn.Dense(2, 3), tmp_path / "a", enc_key=key, enc_mode=mode)
        return
    net = nn.Dense(2, 3)
    save_checkpoint(net, tmp_path / "a", enc_key=key, enc_mode=mode)
    loaded = load_checkpoint(tmp_path / "a.ckpt", dec_key=key, dec_mode=mode)
    assert {name: p.tolist() for name, p in loaded.items()} == {
        name: p.tolist() for name, p in net.parameters_dict().items()
    }


@MODES
def test_all_that_a_checkpoint_holds_survives(mode, tmp_path):
    """Dtypes that MindSpore's reader does not know, empty tensors, strings, the order, and ties."""
    table = Tensor(np.arange(6, dtype=np.float32))
    values = {
        "8": torch.ones(3, dtype=torch.float8_e4m3fn),
        "complex": Tensor(np.array([1 + 2j])),
        "note": "né 层",
        "empty": Tensor(np.zeros((0, 3), np.float32)),
        "none": Tensor(np.zeros(0, np.int8)),
        "table": table,
        "scalar": Tensor(True),
        "head": table,
    }
    found = opened(saved(tmp_path, mode, values), mode)
    assert list(found) == list(values)
    assert found["head"] is found["table"]
    assert found["note"] == values.pop("note")
    for name, value in values.items():
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        assert found[name].tolist() == value.tolist()


@MODES
@pytest.mark.parametrize("length", [0, 15, 16, 17, 63, 64, 65, 200])
def test_blocks_of_any_fill(mode, length, tmp_path, monkeypatch):
    """Parts of a tensor, blocks and the cipher's own 16 bytes end where they like."""
    monkeypatch.setattr(encryption, "_BLOCK", 64)
    monkeypatch.setattr(protobuf_writing, "_CUT", 50)
    values = np.arange(length, dtype=np.uint8)
    path = saved(tmp_path, mode, {"before": Tensor(1.0), "w": Tensor(values), "after": Tensor(2.0)})
    found = opened(path, mode)
    assert np.array_equal(found["w"].asnumpy(), values)
    assert (found["before"].item(), found["after"].item()) == (1, 2)


@MODES
def test_nothing_plain_and_nothing_twice(mode, tmp_path):
    values = {"name_to_hide": Tensor(np.full(100, 7, np.uint8))}
    first = saved(tmp_path, mode, values).read_bytes()
    second = saved(tmp_path, mode, values).read_bytes()
    assert b"name_to_hide" not in first
    assert bytes([7] * 16) not in first
    assert first != second
    assert len(first) == len(second)


@pytest.mark.parametrize("async_save", [False, True])
def test_no_plain_file_at_any_time(async_save, tmp_path, monkeypatch):
    """What the disk sees of a save that fails half-way is encrypted, and then gone."""
    seen = []

    def failing(pieces, how):
        for piece in encryption.encrypted(pieces, how):
            yield piece
            seen.extend(p.name for p in tmp_path.iterdir())
            raise OSError("disk full")

    monkeypatch.setattr(protobuf_writing, "encrypted", failing)
    (tmp_path / "a.ckpt").write_bytes(b"former")
    save = lambda: save_checkpoint(  # noqa: E731
        {"w": Tensor([1.0])}, tmp_path / "a", enc_key=KEYS["AES-GCM"], async_save=async_save
    )
    if async_save:
        save()
        with pytest.raises(CheckpointError):
            load_checkpoint(tmp_path / "a.ckpt")
    else:
        with pytest.raises(OSError, match="disk full"):
            save()
    assert sorted(seen)[0].endswith(".partial")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.ckpt", b"former")]


# -- what is not to be opened ---------------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("golden", [False, True], ids=["ours", "mindspores"])
def test_the_wrong_key_or_mode(mode, golden, tmp_path):
    path = GOLDEN / f"mindspore-2.10-{mode}.ckpt" if golden else saved(tmp_path, mode)
    net = nn.Dense(2, 3)
    before = net.weight.tolist()
    for seed in range(40):  # one wrong key in 256 leaves the padding of a CBC mode as it should be
        wrong = np.random.RandomState(seed).bytes(len(KEYS[mode]))
        with pytest.raises(CheckpointError, match="another key than dec_key"):
            load_checkpoint(path, net, dec_key=wrong, dec_mode=mode)
    with pytest.raises(CheckpointError, match=f"is encrypted with {mode}, and dec_mode says '{OTHER[mode]}'"):
        load_checkpoint(path, net, dec_key=bytes(16), dec_mode=OTHER[mode])
    with pytest.raises(CheckpointError, match=f"is encrypted with {mode}. Give dec_key and dec_mode="):
        load_checkpoint(path, net)
    assert net.weight.tolist() == before


@MODES
def test_a_key_for_a_plain_file(mode, tmp_path):
    save_checkpoint(nn.Dense(2, 3), tmp_path / "a")
    for path in (tmp_path / "a.ckpt", GOLDEN / "mindspore-2.10.ckpt"):
        with pytest.raises(CheckpointError, match="is not encrypted, or damaged"):
            opened(path, mode)


@MODES
def test_every_cut_is_refused(mode, tmp_path, monkeypatch):
    """Of several blocks, of which the last is shorter; also between blocks."""
    monkeypatch.setattr(encryption, "_BLOCK", 64)
    path = saved(tmp_path, mode)
    raw = path.read_bytes()
    assert len(raw) > 3 * 64
    for size in range(len(raw)):
        path.write_bytes(raw[:size])
        with pytest.raises(CheckpointError):
            opened(path, mode)
    path.write_bytes(raw + b"more")
    with pytest.raises(CheckpointError):
        opened(path, mode)


def test_every_flipped_byte_is_noticed_by_aes_gcm(tmp_path, monkeypatch):
    """But for the last four bytes of each iv, which the mode does not use."""
    monkeypatch.setattr(encryption, "_BLOCK", 64)
    path = saved(tmp_path, "AES-GCM")
    raw = path.read_bytes()
    unused = {start + at for start in range(0, len(raw), 48 + 64) for at in range(40, 44)}
    for at in set(range(len(raw))) - unused:
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(CheckpointError):
            opened(path, "AES-GCM")


def test_blocks_in_another_order_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(encryption, "_BLOCK", 64)
    path = saved(tmp_path, "AES-GCM")
    raw = path.read_bytes()
    path.write_bytes(raw[112:224] + raw[:112] + raw[224:])
    with pytest.raises(CheckpointError):
        opened(path, "AES-GCM")


@pytest.mark.parametrize("prefix", ["enc", "dec"])
@pytest.mark.parametrize(
    ("key", "mode", "format", "error", "message"),
    [
        ("0123456789abcdef", "AES-GCM", "ckpt", TypeError, "_key must be bytes, got a str"),
        (bytearray(16), "AES-GCM", "ckpt", TypeError, "_key must be bytes, got a bytearray"),
        (b"", "AES-GCM", "ckpt", ValueError, "_key must have 16, 24 or 32 bytes for AES-GCM, got 0"),
        (bytes(15), "AES-CBC", "ckpt", ValueError, "_key must have 16, 24 or 32 bytes for AES-CBC, got 15"),
        (bytes(24), "SM4-CBC", "ckpt", ValueError, "_key must have 16 bytes for SM4-CBC, got 24"),
        (bytes(16), "aes-gcm", "ckpt", ValueError, "_mode must be 'AES-GCM', 'AES-CBC' or 'SM4-CBC', got"),
        (bytes(16), None, "ckpt", TypeError, "_mode must be a str, got None"),
        (None, 3, "ckpt", TypeError, "_mode must be a str, got 3"),
        (bytes(16), "AES-GCM", "safetensors", ValueError, "_key goes with format='ckpt' alone"),
    ],
    ids=["str", "bytearray", "none", "15", "SM4", "mode", "no mode", "mode alone", "safetensors"],
)
def test_bad_keys_and_modes(prefix, key, mode, format, error, message, tmp_path):
    """The same refusals on both sides; no message shows a key, and no file appears."""
    path = tmp_path / f"a.{format}"
    given = {f"{prefix}_key": key, f"{prefix}_mode": mode, "format": format}
    call = load_checkpoint if prefix == "dec" else functools.partial(save_checkpoint, nn.Dense(2, 3))
    with pytest.raises(error) as caught:
        call(path, **given)
    assert prefix + message in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)
    assert isinstance(caught.value, ParaminitError)
    assert not path.exists()


def test_a_key_and_a_checksum(tmp_path):
    """MindSpore writes such a file and cannot read it."""
    with pytest.raises(ValueError, match="enc_key and crc_check exclude one another"):
        save_checkpoint(nn.Dense(2, 3), tmp_path / "a", enc_key=bytes(16), crc_check=True)
    assert not list(tmp_path.iterdir())


def test_without_the_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'paraminit\[crypto\]'") as caught:
        save_checkpoint(nn.Dense(2, 3), tmp_path / "a", enc_key=bytes(16))
    assert isinstance(caught.value, ImportError)
    save_checkpoint(nn.Dense(2, 3), tmp_path / "a")
    with pytest.raises(MissingPackageError):
        load_checkpoint(tmp_path / "a.ckpt", dec_key=bytes(16))
