"""The two tutorials' programs, run as their readers run them: `paraminit run examples/documents/X.py`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

TESTS = Path(__file__).parent
PROGRAMS = TESTS.parent / "examples" / "documents"
RELEASE_2 = json.loads((TESTS / "golden" / "documents-2.10.json").read_text())["outputs"]
RELEASE_1 = json.loads((TESTS / "golden" / "documents-1x.json").read_text())

# A float32 sum of n terms in some order is off by at most (n - 1) * 2**-24 * sum(|terms|). For 27 terms of
# mean size 0.8 * 0.01, the kernel of a Normal(0.01) layer on ones, that is 3.3e-7; the libraries' orders
# differ by less. It grows with the terms' size, and with n * sqrt(n) at most for sums that behave like
# random walks.
SUM_OF_27 = 3e-7
SUM_OF_108 = SUM_OF_27 * (108 / 27) ** 1.5


class Case(NamedTuple):
    program: str
    recorded: str  # its name in documents-2.10.json
    tolerance: float


CASES = [
    Case("conv2d_string", "conv2d_string_Normal", SUM_OF_27),
    Case("conv2d_initializer", "conv2d_Normal_0.2", 20 * SUM_OF_27),
    Case("conv2d_tensor", "conv2d_tensor", 0),
    Case("conv3d_tensor", "conv3d_tensor", 0),
    Case("conv3d_string", "conv3d_string_Normal_after_init_data", SUM_OF_108),
    Case("conv3d_initializer", "conv3d_Normal_0.2_after_init_data", 20 * SUM_OF_108),
    Case("conv2d_normal", "conv2d_Normal_0.2", 20 * SUM_OF_27),
    Case("conv2d_lowercase_string", "conv2d_string_Normal", SUM_OF_27),
    # std = sqrt(2 / (27 + 576)) = 0.0576, 5.76 times 0.01
    Case("custom_initializer", "conv2d_custom_XavierNormal", 5.76 * SUM_OF_27),
    # Two layers of Normal(0.01): 72 terms near 0.01 * 0.03, and the first layer's error times sum|w| = 0.6.
    Case("cell_traversal", "cell_traversal", SUM_OF_27),
]


def run(program: str, out: Path, profile: str | None = None) -> tuple[str, dict[str, Any]]:
    """What the program prints, and its variables (see programs/record.py)."""
    option = ["--profile", profile] if profile else []
    environment = {name: value for name, value in os.environ.items() if name != "PARAMINIT_PROFILE"}
    result = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-m", "paraminit", "run", *option),
            *(TESTS / "programs" / "record.py", PROGRAMS / f"{program}.py", out),
        ],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    with np.load(out) as arrays:
        return result.stdout, dict(arrays)


@pytest.mark.parametrize("case", CASES, ids=[case.program for case in CASES])
def test_program_gives_what_mindspore_gives(case, tmp_path):
    """Integers exactly; sums within what their order may change."""
    printed, variables = run(case.program, tmp_path / "out.npz")
    expected, output = RELEASE_2[case.recorded], variables["output"]
    assert output.dtype == np.float32
    assert list(output.shape) == expected["shape"]
    corner = output[(0,) * (output.ndim - 2)][:3, :3]
    np.testing.assert_allclose(corner, expected["corner"], rtol=0, atol=case.tolerance)
    np.testing.assert_allclose(output.reshape(-1)[-1], expected["last"], rtol=0, atol=case.tolerance)
    for name, array in (("sum", output), ("abs_sum", np.abs(output))):
        total = array.sum(dtype=np.float64)
        np.testing.assert_allclose(total, expected[name], rtol=0, atol=case.tolerance * output.size)
    if "names" in expected:
        assert list(variables["names"]) == expected["names"]
    assert_prints(printed, output)


def assert_prints(printed: str, output: np.ndarray[Any, Any]) -> None:
    """What a program prints is the output, as NumPy lays it out."""
    assert printed.endswith(f"{np.array_str(output)}\n")


def test_parameters_print_as_documented(tmp_path):
    printed, _ = run("parameter", tmp_path / "out.npz")
    assert re.split(r"\s*\n\s*", printed.strip()) == RELEASE_2["parameter_repr"]


@pytest.mark.parametrize("program", ["conv2d_string", "conv2d_initializer"])
def test_profile_mindspore_1_gives_the_older_tutorials_digits(program, tmp_path):
    """Its weights bit for bit, and every distinct number it shows of the outputs: 30 in all."""
    sigma = np.float32({"conv2d_string": 0.01, "conv2d_initializer": 0.2}[program])
    _, variables = run(program, tmp_path / "out.npz", "mindspore-1")

    bits = [int(word, 16) for word in RELEASE_1["normals_float32_bits"]]
    normals = np.array(bits, np.uint32).view(np.float32)
    np.testing.assert_array_equal(variables["weight"].reshape(-1)[:8], normals * sigma)

    tolerance = SUM_OF_27 * sigma / np.float32(0.01)
    seen = 0
    for channel, rows in RELEASE_1["outputs"][program].items():
        places = np.ix_([0, 7, 15][: len(rows)], [0, 25, 49])
        found = variables["output"][0, int(channel)][places]
        np.testing.assert_allclose(found, rows, rtol=0, atol=tolerance)
        # The convolution of ones is the same along each edge and everywhere inside.
        inside = variables["output"][0, int(channel), 1:-1, 1:-1]
        np.testing.assert_allclose(inside, rows[1][1], rtol=0, atol=tolerance)
        seen += np.size(rows)
    assert seen == 15


def test_every_program_is_tested():
    """A new file in examples/documents has to appear above."""
    assert {path.stem for path in PROGRAMS.glob("*.py")} == {case.program for case in CASES} | {"parameter"}
