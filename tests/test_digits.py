"""The training example learns, keeps its frozen weight, and depends on how its weights begin."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent.parent / "examples" / "digits.py"
BOTH = f"""
import runpy, paraminit
paraminit.install_as_mindspore()
main = runpy.run_path({str(PROGRAM)!r})["main"]
main(1)
main(1, "zeros")
"""


@pytest.fixture(scope="module")
def printed() -> str:
    # One thread: small layers gain nothing from more, and beside other tests they would wait for each other.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def accuracies(printed: str) -> list[float]:
    return [float(number) for number in re.findall(r"not seen: ([\d.]+)", printed)]


def test_it_learns(printed):
    assert accuracies(printed)[0] > 0.97


def test_from_zeros_it_does_not(printed):
    """With zero weights no gradient reaches any weight; the biases alone know no image."""
    assert accuracies(printed)[1] < 0.15


def test_the_frozen_weight_stays(printed):
    assert printed.count("the frozen weight has kept every bit") == 2
