"""Attention and transformers beside the real MindSpore 2.10: parameters bit for bit, cells by name, and
outputs with random masks; on cases drawn anew at every run (see test_live.py)."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import paraminit
from paraminit import nn

pytestmark = pytest.mark.conformance

SIDE = Path(__file__).with_name("attention_side.py")
SEED = int(os.environ.get("PARAMINIT_CONFORMANCE_SEED") or secrets.randbits(32))
TOLERANCE = 2e-5  # float32 through at most seven layers whose results are normalized to about 1


class Draw:
    """Random cells with inputs and masks that fit."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def one_of(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def array(self, *shape: int) -> np.ndarray:
        return self.random.standard_normal(shape).astype(np.float32)

    def mask(self, kind: str, *shape: int) -> np.ndarray:
        if kind == "float":
            return self.array(*shape)
        mask = self.random.random(shape) < 0.4
        mask[..., 0] = False  # where a query sees no key, MindSpore's answer is no softmax
        return mask

    def sizes(self) -> tuple[int, int, int, int, int, bool, bool]:
        heads = self.one_of(1, 2, 3)
        width, batch = heads * self.one_of(2, 4, 5), self.one_of(1, 2, 3)
        target, source = (int(n) for n in self.random.integers(1, 7, 2))
        return heads, width, batch, target, source, self.one_of(True, False), self.one_of(True, True, False)

    def shape(self, length: int, batch: int, width: int, first: bool, batched: bool) -> tuple[int, ...]:
        if not batched:
            return (length, width)
        return (batch, length, width) if first else (length, batch, width)

    def masks(
        self, names: tuple[str, str], heads: int, batch: int, target: int, source: int, batched: bool
    ) -> dict[str, np.ndarray]:
        """The attention mask and the padding mask, under their names in the call, or only one of them."""
        batch = batch if batched else 1
        # Of one kind: beside a floating-point mask, MindSpore takes True as the number 1, and the other way
        # round any number but 0 as True.
        kind = self.one_of("float", "bool")
        deep = (batch * heads, target, source)
        both = {
            names[0]: self.mask(kind, *self.one_of(deep, deep[1:])),
            names[1]: self.mask(kind, *((batch,) if batched else ()), source),
        }
        return {name: mask for name, mask in both.items() if self.random.random() < 0.6}

    def attention(self) -> tuple[str, list[np.ndarray], dict[str, Any]]:
        heads, width, batch, target, source, first, batched = self.sizes()
        kdim, vdim = self.one_of(None, None, width, 3), self.one_of(None, width, 7)
        cell = (
            f"nn.MultiheadAttention({width}, {heads}, 0.2, has_bias={self.one_of(True, True, False)}, "
            f"add_bias_kv={self.one_of(True, False)}, add_zero_attn={self.one_of(True, False)}, "
            f"kdim={kdim}, vdim={vdim}, batch_first={first})"
        )
        features = ((target, width), (source, kdim or width), (source, vdim or width))
        inputs = [self.array(*self.shape(n, batch, size, first, batched)) for n, size in features]
        names = ("attn_mask", "key_padding_mask")
        given: dict[str, Any] = self.masks(names, heads, batch, target, source, batched)
        return cell, inputs, given

    def transformer(self) -> tuple[str, list[np.ndarray], dict[str, Any]]:
        heads, width, batch, target, source, first, batched = self.sizes()
        settings = f"{width}, {heads}, {self.one_of(1, 5, 16)}"
        options = (
            f"activation={self.one_of('relu', 'gelu')!r}, layer_norm_eps={self.one_of(1e-5, 1e-3)}, "
            f"batch_first={first}, norm_first={self.one_of(True, False)}"
        )
        encoder = f"nn.TransformerEncoderLayer({settings}, {options})"
        decoder = f"nn.TransformerDecoderLayer({settings}, {options})"
        counts = [int(n) for n in self.random.integers(0, 4, 2)]
        norm = self.one_of("None", f"nn.LayerNorm(({width},))")
        kind = self.one_of("encoder", "decoder", "both")
        cell = {
            "encoder": self.one_of(encoder, f"nn.TransformerEncoder({encoder}, {counts[0]}, {norm})"),
            "decoder": self.one_of(decoder, f"nn.TransformerDecoder({decoder}, {counts[0]}, {norm})"),
            "both": f"nn.Transformer({width}, {heads}, {counts[0]}, {counts[1]}, {settings.split()[-1]}, "
            f"0.1, {options})",
        }[kind]
        src = self.array(*self.shape(source, batch, width, first, batched))
        tgt = self.array(*self.shape(target, batch, width, first, batched))
        lengths = {"src": (source, source), "tgt": (target, target), "memory": (target, source)}
        wanted = {"encoder": ["src"], "decoder": ["tgt", "memory"], "both": ["src", "tgt", "memory"]}[kind]
        masks: dict[str, Any] = {}
        for name in wanted:
            names = (f"{name}_mask", f"{name}_key_padding_mask")
            masks |= self.masks(names, heads, batch, *lengths[name], batched)
        inputs = {"encoder": [src], "decoder": [tgt, src], "both": [src, tgt]}[kind]
        return cell, inputs, masks


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> tuple[list[Any], dict[str, np.ndarray]]:
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0"
    draw = Draw(SEED)
    cases = [draw.attention() for _ in range(40)] + [draw.transformer() for _ in range(60)]
    folder = tmp_path_factory.mktemp("attention")
    described = [{"cell": cell, "seed": seed} for seed, (cell, _, _) in enumerate(cases)]
    arrays = {}
    for number, (_, inputs, masks) in enumerate(cases):
        arrays |= {f"{number} {place}": array for place, array in enumerate(inputs)}
        arrays |= {f"{number} {name}": array for name, array in masks.items()}
    (folder / "cases.json").write_text(json.dumps(described))
    np.savez(folder / "inputs.npz", **arrays)
    run = subprocess.run(
        [python, str(SIDE), "cases.json", "inputs.npz", "out.npz"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(folder / "out.npz") as answers:
        return cases, dict(answers)


def build(cell: str, seed: int, lazy: bool = False) -> nn.Cell:
    paraminit.set_seed(seed)
    with paraminit.profile("mindspore-2.10"):
        if not lazy:
            return eval(cell, {"nn": nn})
        with paraminit.no_init_parameters():
            return eval(cell, {"nn": nn})


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_no_bit_and_no_name_differs(compared, lazy):
    cases, theirs = compared
    elements = 0
    for seed, (cell, _, _) in enumerate(cases):
        net = build(cell, seed, lazy)
        found = [
            f"{path} {type(part).__name__}"
            for path, part in net.cells_and_names()
            if not (isinstance(part, nn.CellList) and len(part) == 0)  # MindSpore leaves these out
        ]
        assert found == theirs[f"{seed}/"].tolist(), cell
        parameters = dict(net.parameters_and_names())
        expected = [key.partition(":")[2] for key in theirs if key.startswith(f"{seed}:")]
        assert list(parameters) == expected, cell
        assert all(p.has_init is lazy and p.name == name for name, p in parameters.items())
        for name in reversed(parameters):
            mine, other = parameters[name].asnumpy(), theirs[f"{seed}:{name}"]
            assert mine.shape == other.shape
            assert mine.tobytes() == other.tobytes(), (cell, seed, name)
            elements += mine.size
    print(f"\n{len(cases)} cells, {elements:,} elements, none differs (seed {SEED})")


def test_outputs_agree(compared):
    cases, theirs = compared
    worst, masked = 0.0, 0
    for seed, (cell, inputs, masks) in enumerate(cases):
        net = build(cell, seed)
        given = {name: torch.from_numpy(mask) for name, mask in masks.items()}
        outputs = net(*map(torch.from_numpy, inputs), **given)
        for place, output in enumerate(outputs if isinstance(outputs, tuple) else (outputs,)):
            mine, other = output.detach().numpy(), theirs[f"{seed}>{place}"]
            assert mine.shape == other.shape, cell
            worst = max(worst, float(np.abs(mine - other).max()))
            np.testing.assert_allclose(mine, other, rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{cell} {seed}")
        masked += bool(masks)
    print(f"\n{len(cases)} calls, {masked} with masks, largest difference {worst:.1e} (seed {SEED})")
