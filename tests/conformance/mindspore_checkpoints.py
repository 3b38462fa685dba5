"""Runs inside the environment of the real MindSpore: `mindspore_checkpoints.py write|read FOLDER`.

write: kinds.ckpt (every dtype, a scalar, appended values; tests/golden/mindspore-2.10.ckpt
       is this file), kinds.safetensors, net.ckpt, net.safetensors, chosen.ckpt, and cut.ckpt, whose tensor is
       so large that it is cut in two; trained.ckpt with what the network answers in trained.npy;
       choices.json: for each of CHOICES the names that load_checkpoint lets through;
       for each of KEYS sealed-MODE.ckpt, encrypted (tests/golden/mindspore-2.10-MODE.ckpt are such
       files), with what kinds.ckpt holds; large-MODE.ckpt, of two encrypted blocks.
read:  checked.safetensors with its checksum (with 16-bit floats MindSpore fails to compute one);
       ours.ckpt, converted from ours.safetensors, has the same in it;
       ours.safetensors, into read.npz, and into a network of the same kind; trained.safetensors, and what
       the network answers with it in read.npz.
"""

import json
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import Tensor, nn
from networks import networks

DTYPES = (
    *("float16", "float32", "float64", "bfloat16", "complex64", "complex128", "bool_"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
# A safetensors file of MindSpore's holds no complex128, and MindSpore does not read a complex64 back.
PLAIN = [name for name in DTYPES if not name.startswith("complex")]
KEYS = {"AES-GCM": bytes(range(32)), "AES-CBC": bytes(range(24)), "SM4-CBC": bytes(range(16))}
# Together with a prefix, MindSpore forgets choice_func; with format="safetensors" it forgets the prefixes.
CHOICES = (
    {"filter_prefix": "0"},
    {"filter_prefix": ["0", "2.w"]},
    {"specify_prefix": "2"},
    {"specify_prefix": ["2", "0.b"]},
    {"choice": "bias"},
)


def arguments(choice):
    """A choice as JSON has it, as load_checkpoint takes it."""
    choice = dict(choice)
    part = choice.pop("choice", None)
    return {**choice, "choice_func": lambda name: part in name} if part else choice


def write(folder: Path) -> None:
    values = np.array([[1, 2, 3], [0, 1, 1]])
    kinds = [{"name": name, "data": Tensor(values, getattr(ms, name))} for name in DTYPES]
    kinds += [{"name": "层.scalar", "data": Tensor(2.5, ms.float32)}]
    appended = {"epoch": 3, "rate": 0.5, "done": True, "note": "né 层"}
    ms.save_checkpoint(kinds, str(folder / "kinds.ckpt"), append_dict=appended, crc_check=True)
    large = [{"name": "large", "data": Tensor(np.arange(2**26 + 99, dtype=np.uint32).astype(np.uint8))}]
    for mode, key in KEYS.items():
        sealed = {"enc_key": key, "enc_mode": mode}
        ms.save_checkpoint(kinds, str(folder / f"sealed-{mode}.ckpt"), append_dict=appended, **sealed)
        ms.save_checkpoint(large, str(folder / f"large-{mode}.ckpt"), **sealed)
    ms.set_seed(1)
    net = nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, has_bias=True))
    ms.save_checkpoint(net, str(folder / "net.ckpt"))
    ms.save_checkpoint(net, str(folder / "net.safetensors"), format="safetensors", crc_check=True)
    ms.save_checkpoint(
        net, str(folder / "chosen.ckpt"), choice_func=lambda name: "weight" in name, append_dict=appended
    )
    names = [
        [choice, list(ms.load_checkpoint(str(folder / "net.ckpt"), **arguments(choice)))]
        for choice in CHOICES
    ]
    (folder / "choices.json").write_text(json.dumps(names))
    plain = [{"name": name, "data": Tensor(values, getattr(ms, name))} for name in PLAIN]
    plain += [
        {"name": "层.scalar", "data": Tensor(2.5, ms.float32)},
        {"name": "empty", "data": Tensor(np.zeros((0, 3), np.float32))},
        {"name": "large", "data": Tensor(np.arange(3_000_001, dtype=np.float32))},
    ]
    ms.save_checkpoint(plain, str(folder / "kinds.safetensors"), format="safetensors")
    trained = networks(ms)["ResNet"]([3, 4])
    for _ in range(2):
        trained.set_train(True)(images())
    ms.save_checkpoint(trained, str(folder / "trained.ckpt"))
    np.save(folder / "trained.npy", trained.set_train(False)(images()).asnumpy())
    half = Tensor(np.arange(2**28 + 3, dtype=np.uint32).astype(np.uint16))
    ms.save_checkpoint([{"name": "half", "data": half}], str(folder / "cut.ckpt"))


def images():
    return Tensor(np.random.RandomState(7).randn(4, 3, 8, 8).astype(np.float32))


def read(folder: Path) -> None:
    ms.load_checkpoint(str(folder / "checked.safetensors"), format="safetensors", crc_check=True)
    loaded = ms.load_checkpoint(str(folder / "ours.safetensors"), format="safetensors")
    for name, value in ms.load_checkpoint(str(folder / "ours.ckpt")).items():
        if isinstance(value, str):
            assert name == "note"
            assert value == "kept here alone"
        else:
            assert value.dtype == loaded[name].dtype
            assert value.asnumpy().tobytes() == loaded[name].asnumpy().tobytes(), name
    net = nn.SequentialCell(nn.Dense(4, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, has_bias=True))
    missing, _ = ms.load_param_into_net(net, loaded)
    assert not missing, missing
    arrays = {f"net:{name}": parameter.asnumpy() for name, parameter in net.parameters_and_names()}
    trained = networks(ms)["ResNet"]([3, 4])
    missing, _ = ms.load_param_into_net(
        trained, ms.load_checkpoint(str(folder / "trained.safetensors"), format="safetensors")
    )
    assert not missing, missing
    arrays["trained"] = trained.set_train(False)(images()).asnumpy()
    for name, parameter in loaded.items():
        array = parameter.asnumpy()
        arrays[f"file:{name}"] = array if array.dtype.kind in "biufc" else array.view(np.uint16)
    for mode, key in KEYS.items():
        opened = ms.load_checkpoint(str(folder / f"sealed-{mode}.ckpt"), dec_key=key, dec_mode=mode)
        for name, value in opened.items():
            array = np.array(value) if isinstance(value, str) else value.asnumpy()
            arrays[f"{mode}:{name}"] = array if array.dtype.kind in "biufcU" else array.view(np.uint16)
    np.savez(folder / "read.npz", **arrays)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
