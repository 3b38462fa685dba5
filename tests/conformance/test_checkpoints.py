"""Checkpoints exchanged with the real MindSpore 2.10, in both directions (see mindspore_checkpoints.py)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import paraminit
from paraminit import Tensor, nn

pytestmark = pytest.mark.conformance

SIDE = Path(__file__).with_name("mindspore_checkpoints.py")
GOLDEN = Path(__file__).parent.parent / "golden" / "mindspore-2.10.ckpt"


def mindspore(what: str, folder: Path) -> None:
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0"
    run = subprocess.run([python, str(SIDE), what, str(folder)], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]


def network() -> nn.Cell:
    return nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, has_bias=True))


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


def test_a_tensor_cut_in_pieces_is_whole_again(written):
    loaded = paraminit.load_checkpoint(written / "cut.ckpt")["half"].asnumpy()
    assert loaded.shape == (2**28 + 3,)
    assert np.array_equal(loaded[: 2**16], np.arange(2**16))
    assert np.array_equal(loaded.reshape(-1)[2**28 - 2 :], [65534, 65535, 0, 1, 2])


def test_mindspore_reads_what_is_written_here(tmp_path):
    """Network and all dtypes that MindSpore's own reader knows, checksum included."""
    paraminit.set_seed(5)
    net = network()
    values = np.array([[1, 2, 3], [0, 1, 1]])
    names = ("float16", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool_")
    more = {name: Tensor(values, getattr(paraminit, name)) for name in names}
    saved = tmp_path / "ours.safetensors"
    appended = {**more, "epoch": 3, "rate": 0.5, "done": True, "note": "kept here alone"}
    paraminit.save_checkpoint(net, saved, append_dict=appended, crc_check=True, format="safetensors")
    paraminit.save_checkpoint(net, tmp_path / "checked", crc_check=True, format="safetensors")
    mindspore("read", tmp_path)
    with np.load(tmp_path / "read.npz") as file:
        read = dict(file)
    for name, parameter in net.parameters_dict().items():
        for side in ("file", "net"):
            assert read[f"{side}:{name}"].tobytes() == parameter.asnumpy().tobytes()
    for name, tensor in more.items():
        assert read[f"file:{name}"].tobytes() == tensor.asnumpy().tobytes(), name
    assert (read["file:epoch"], read["file:rate"], read["file:done"]) == (3, 0.5, True)
