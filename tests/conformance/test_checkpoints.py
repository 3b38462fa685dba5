"""Checkpoints exchanged with the real MindSpore 2.10, in both directions (see mindspore_checkpoints.py)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Tensor, nn

from .comparing import OF_THE_LARGEST
from .networks import networks

pytestmark = pytest.mark.conformance

KEYS = {"AES-GCM": bytes(range(32)), "AES-CBC": bytes(range(24)), "SM4-CBC": bytes(range(16))}
SIDE = Path(__file__).with_name("mindspore_checkpoints.py")
GOLDEN = Path(__file__).parent.parent / "golden" / "mindspore-2.10.ckpt"


def mindspore(what: str, folder: Path) -> None:
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0"
    run = subprocess.run([python, str(SIDE), what, str(folder)], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]


def network() -> nn.Cell:
    return nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, has_bias=True))


def images() -> torch.Tensor:
    return torch.from_numpy(np.random.RandomState(7).randn(4, 3, 8, 8).astype(np.float32))


def assert_same_outputs(mine: torch.Tensor, theirs: np.ndarray) -> None:
    bound = OF_THE_LARGEST * float(np.abs(theirs).max())
    np.testing.assert_allclose(mine.detach().numpy(), theirs, rtol=0, atol=bound)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    mindspore("write", folder)
    return folder


def test_the_golden_file_is_what_mindspore_writes(written):
    assert (written / "kinds.ckpt").read_bytes() == GOLDEN.read_bytes()


@pytest.mark.parametrize("format", ["ckpt", "safetensors"])
def test_a_network_saved_by_mindspore_loads_here(written, format):
    """Names and bits are those of the same network built here under the same seed."""
    paraminit.set_seed(1)
    expected = network().parameters_dict()
    file = written / f"net.{format}"
    loaded = paraminit.load_checkpoint(file, format=format, crc_check=True)
    assert loaded.keys() == expected.keys()
    for name, parameter in loaded.items():
        assert parameter.name == name
        assert parameter.asnumpy().tobytes() == expected[name].asnumpy().tobytes()
    assert paraminit.load_param_into_net(network(), loaded, strict_load=True) == ([], [])


def test_every_dtype_of_a_safetensors_file_of_mindspore(written):
    """16-bit floats, integers, bool, a scalar, an empty tensor and a large one."""
    loaded = paraminit.load_checkpoint(written / "kinds.safetensors", format="safetensors")
    values = np.array([[1, 2, 3], [0, 1, 1]])
    scalar, empty, large = (loaded.pop(name).asnumpy() for name in ("层.scalar", "empty", "large"))
    assert len(loaded) == 13
    for name, parameter in loaded.items():
        expected = Tensor(values, getattr(paraminit, name)).asnumpy()
        found = parameter.asnumpy()
        assert (found.dtype, found.tobytes()) == (expected.dtype, expected.tobytes()), name
    assert (scalar.shape, scalar.item(), scalar.dtype) == ((), 2.5, np.float32)
    assert (empty.shape, empty.dtype) == ((0, 3), np.float32)
    np.testing.assert_array_equal(large, np.arange(3_000_001, dtype=np.float32))


def test_prefixes_and_choices_let_the_same_names_through(written):
    for choice, names in json.loads((written / "choices.json").read_text()):
        part = choice.pop("choice", "")
        loaded = paraminit.load_checkpoint(
            written / "net.ckpt", **choice, choice_func=lambda name, part=part: part in name
        )
        assert list(loaded) == names
    chosen = ["0.weight", "2.weight", "epoch", "rate", "done", "note"]
    assert list(paraminit.load_checkpoint(written / "chosen.ckpt")) == chosen


def test_a_network_trained_by_mindspore_answers_the_same_here(written):
    """Moving statistics included."""
    net = networks(paraminit)["ResNet"]([3, 4])
    loaded = paraminit.load_checkpoint(written / "trained.ckpt")
    assert paraminit.load_param_into_net(net, loaded, strict_load=True) == ([], [])
    assert_same_outputs(net.set_train(False)(images()), np.load(written / "trained.npy"))


def test_a_tensor_cut_in_pieces_is_whole_again(written):
    loaded = paraminit.load_checkpoint(written / "cut.ckpt")["half"].asnumpy()
    assert loaded.shape == (2**28 + 3,)
    assert np.array_equal(loaded[: 2**16], np.arange(2**16))
    assert np.array_equal(loaded.reshape(-1)[2**28 - 2 :], [65534, 65535, 0, 1, 2])


@pytest.mark.parametrize("mode", KEYS)
def test_what_mindspore_encrypted_is_read_here(written, mode):
    """Every dtype, strings and scalars; and a tensor of more than one encrypted block."""
    key = {"dec_key": KEYS[mode], "dec_mode": mode}
    plain = paraminit.load_checkpoint(GOLDEN)
    opened = paraminit.load_checkpoint(written / f"sealed-{mode}.ckpt", **key)
    assert list(opened) == list(plain)
    for name, value in plain.items():
        assert opened[name] == value if name == "note" else torch.equal(opened[name], value), name
    large = paraminit.load_checkpoint(written / f"large-{mode}.ckpt", **key)["large"].asnumpy()
    assert np.array_equal(large, np.arange(2**26 + 99, dtype=np.uint32).astype(np.uint8))


def test_mindspore_reads_what_is_written_here(tmp_path):
    """Networks, one of them trained, and all dtypes that MindSpore's own reader knows, checksum included;
    and encrypted files, of more than one block."""
    paraminit.set_seed(5)
    net = network()
    values = np.array([[1, 2, 3], [0, 1, 1]])
    names = ("float16", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool_")
    more = {name: Tensor(values, getattr(paraminit, name)) for name in names}
    more["scalar"] = Tensor(2.5, paraminit.float32)
    more["empty"] = Tensor(np.zeros((0, 3), np.float32))
    more["large"] = Tensor(np.arange(3_000_001, dtype=np.float32))
    saved = tmp_path / "ours.safetensors"
    appended = {**more, "epoch": 3, "rate": 0.5, "done": True, "note": "kept here alone"}
    paraminit.save_checkpoint(net, saved, append_dict=appended, crc_check=True, format="safetensors")
    paraminit.safetensors_to_ckpt(saved)
    paraminit.save_checkpoint(net, tmp_path / "checked", crc_check=True, format="safetensors")
    trained = networks(paraminit)["ResNet"]([3, 4])
    for _ in range(2):
        trained.set_train(True)(images())
    paraminit.save_checkpoint(trained, tmp_path / "trained", format="safetensors")
    sealed = {**appended, "large": Tensor(np.arange(17_000_001, dtype=np.float32)), "tied": more["int8"]}
    for mode, key in KEYS.items():
        paraminit.save_checkpoint(
            net, tmp_path / f"sealed-{mode}", append_dict=sealed, enc_key=key, enc_mode=mode
        )
    mindspore("read", tmp_path)
    with np.load(tmp_path / "read.npz") as file:
        read = dict(file)
    for name, parameter in net.parameters_dict().items():
        for side in ("file", "net"):
            assert read[f"{side}:{name}"].tobytes() == parameter.asnumpy().tobytes()
    for name, tensor in more.items():
        assert read[f"file:{name}"].shape == tensor.shape
        assert read[f"file:{name}"].tobytes() == tensor.asnumpy().tobytes(), name
    for mode in KEYS:
        for name, tensor in {**net.parameters_dict(), **more, **sealed}.items():
            value = read[f"{mode}:{name}"]
            if isinstance(tensor, torch.Tensor):
                assert (value.shape, value.tobytes()) == (tensor.shape, tensor.asnumpy().tobytes()), name
            else:
                assert value == tensor, name
    assert (read["file:epoch"], read["file:rate"], read["file:done"]) == (3, 0.5, True)
    assert_same_outputs(trained.set_train(False)(images()), read["trained"])
