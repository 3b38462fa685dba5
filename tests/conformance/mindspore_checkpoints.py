"""Runs inside the environment of the real MindSpore: `mindspore_checkpoints.py write|read FOLDER`.

write: kinds.ckpt (every dtype, a scalar, appended values; tests/golden/mindspore-2.10.ckpt
       is this file), net.ckpt, net.safetensors, and cut.ckpt, whose tensor is so large that it is cut in two.
read:  checked.safetensors with its checksum (with 16-bit floats MindSpore fails to compute one);
       ours.safetensors, into read.npz, and into a network of the same kind.
"""

import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import Tensor, nn

DTYPES = (
    *("float16", "float32", "float64", "bfloat16", "complex64", "complex128", "bool_"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)


def write(folder: Path) -> None:
    values = np.array([[1, 2, 3], [0, 1, 1]])
    kinds = [{"name": name, "data": Tensor(values, getattr(ms, name))} for name in DTYPES]
    kinds += [{"name": "层.scalar", "data": Tensor(2.5, ms.float32)}]
    appended = {"epoch": 3, "rate": 0.5, "done": True, "note": "né 层"}
    ms.save_checkpoint(kinds, str(folder / "kinds.ckpt"), append_dict=appended, crc_check=True)
    ms.set_seed(1)
    net = nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, has_bias=True))
    ms.save_checkpoint(net, str(folder / "net.ckpt"))
    ms.save_checkpoint(net, str(folder / "net.safetensors"), format="safetensors", crc_check=True)
    half = Tensor(np.arange(2**28 + 3, dtype=np.uint32).astype(np.uint16))
    ms.save_checkpoint([{"name": "half", "data": half}], str(folder / "cut.ckpt"))


def read(folder: Path) -> None:
    ms.load_checkpoint(str(folder / "checked.safetensors"), format="safetensors", crc_check=True)
    loaded = ms.load_checkpoint(str(folder / "ours.safetensors"), format="safetensors")
    net = nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, has_bias=True))
    missing, _ = ms.load_param_into_net(net, loaded)
    assert not missing, missing
    arrays = {f"net:{name}": parameter.asnumpy() for name, parameter in net.parameters_and_names()}
    for name, parameter in loaded.items():
        array = parameter.asnumpy()
        arrays[f"file:{name}"] = array if array.dtype.kind in "biufc" else array.view(np.uint16)
    np.savez(folder / "read.npz", **arrays)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
