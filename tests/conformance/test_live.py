"""Against the real MindSpore 2.10, on cases drawn anew at every run.

`make conformance` installs it and sets PARAMINIT_MINDSPORE_PYTHON. The seed of the cases is printed and
can be set with PARAMINIT_CONFORMANCE_SEED to repeat a run. Parameters are compared bit for bit, outputs
and moving statistics within float32 tolerance (comparing.py).
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path

import numpy as np
import pytest

import paraminit

from . import cases_initializers
from .cases_layers import CANNOT_RUN, layers
from .comparing import by_case, differences
from .drawing import Case, Draw
from .our_side import Answers

pytestmark = pytest.mark.conformance

SIDE = Path(__file__).with_name("mindspore_side.py")
SEED = int(os.environ.get("PARAMINIT_CONFORMANCE_SEED") or secrets.randbits(32))


def ask_mindspore(cases: list[Case], folder: Path) -> Answers:
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, (
        "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0; run `make conformance`"
    )
    (folder / "cases.json").write_text(json.dumps(cases))
    run = subprocess.run(
        [python, str(SIDE), "cases.json", "out.npz"], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-3000:]
    with np.load(folder / "out.npz") as answers:
        return dict(answers)


def refused() -> list[Case]:
    """What MindSpore cannot call, the same in every run."""
    return [{**case, "seed": 1, "seeding": "set_seed"} for case, _ in CANNOT_RUN.values()]


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> tuple[list[Case], Answers, list[str]]:
    """The cases, MindSpore's answers, and the layers of CANNOT_RUN that it did run."""
    draw = Draw(SEED)
    cases = [cases_initializers.law(draw) for _ in range(250)] + cases_initializers.ends_of_the_keys()
    cases += cases_initializers.large(draw)
    cases += [cases_initializers.initializer(draw) for _ in range(400)]
    cases += [cases_initializers.orthogonal(draw) for _ in range(40)]
    cases += layers(draw, paraminit, each=6)
    print(f"\nPARAMINIT_CONFORMANCE_SEED={SEED}: {len(cases)} cases")
    theirs = ask_mindspore(cases + refused(), tmp_path_factory.mktemp("mindspore"))
    ran = [name for n, name in enumerate(CANNOT_RUN, len(cases)) if theirs.pop(f"{n}!", None) is None]
    return cases, theirs, ran


def test_nothing_differs(compared):
    cases, theirs, _ = compared
    assert len(cases) >= 1000
    found = [*differences(cases, theirs)]
    elements = sum(array.size for array in theirs.values())
    outputs = sum(">" in name or "~" in name for name in theirs)
    print(f"{len(theirs)} arrays ({outputs} of them outputs and moving statistics), {elements:,} elements, ")
    print(f"{len(found)} differ (seed {SEED})")
    assert not found, f"PARAMINIT_CONFORMANCE_SEED={SEED}\n" + "\n".join(found[:40])


def test_what_is_said_to_be_refused_is(compared):
    *_, ran = compared
    assert not ran, "MindSpore can call these: give them inputs, and take them out of CANNOT_RUN"


def test_one_bit_is_noticed(compared):
    """On the real answers: flip the last bit of one element of the largest array."""
    cases, theirs, _ = compared
    name = max(theirs, key=lambda key: theirs[key].size)
    flipped = theirs[name].copy()
    flipped.view(np.uint32)[-1] ^= 1
    unchanged = iter(by_case(theirs, len(cases)))
    assert len([*differences(cases, {**theirs, name: flipped}, lambda case: next(unchanged))]) == 1
