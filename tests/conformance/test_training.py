"""Optimizers and losses against the real MindSpore 2.10, on numbers drawn anew at every run."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

import paraminit

sys.path.insert(0, str(Path(__file__).parent.parent))
from test_training_golden import GOLDEN, check_loss, check_optimizer

pytestmark = pytest.mark.conformance

SIDE = Path(__file__).with_name("record_training.py")
SEED = int(os.environ.get("PARAMINIT_CONFORMANCE_SEED") or secrets.randbits(31))


def recorded(folder: Path, seed: int) -> dict[str, list[dict]]:
    python = os.environ.get("PARAMINIT_MINDSPORE_PYTHON")
    assert python, "PARAMINIT_MINDSPORE_PYTHON must name a Python with mindspore==2.10.0"
    command = [python, str(SIDE), "out.json", str(seed)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads((folder / "out.json").read_text())


def test_new_numbers(tmp_path):
    print(f"\nPARAMINIT_CONFORMANCE_SEED={SEED}")
    answers = recorded(tmp_path, SEED)
    with paraminit.profile("mindspore-2.10"):
        for case in answers["optimizers"]:
            check_optimizer(case)
    for case in answers["losses"]:
        check_loss(case)
    print(f"{len(answers['optimizers'])} optimizers, {len(answers['losses'])} losses")


def test_the_golden_file_is_what_mindspore_answers(tmp_path):
    assert recorded(tmp_path, 0) == GOLDEN
