"""Programs as people write them for MindSpore run unchanged, and print what MindSpore 2.10 prints.

The programs and MindSpore's output are in golden/foreign-2.10.txt, written by conformance/record_foreign.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from .conformance.record_foreign import programs
from .test_readme import agree

TESTS = Path(__file__).parent
FOREIGN = programs(TESTS / "golden" / "foreign-2.10.txt")


@pytest.fixture(scope="module")
def forking() -> Iterator[subprocess.Popen[str]]:
    """The process from which every program is forked."""
    command = [sys.executable, TESTS / "programs" / "forking.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


def printed_by(code: str, folder: Path, forking: subprocess.Popen[str]) -> str:
    program, out, err = (folder / name for name in ("program.py", "out", "err"))
    program.write_text(code)
    arguments = ["-m", "paraminit", "run", str(program)]
    order = {"arguments": arguments, "out": str(out), "err": str(err), "folder": str(folder)}
    print(json.dumps(order), file=forking.stdin, flush=True)
    assert forking.stdout.readline() == "0\n", err.read_text()
    return out.read_text()


def same(recorded: str, printed: str) -> bool:
    """The same text; or the same lines, with a number here and there summed in another order."""
    lines = recorded.splitlines(), printed.splitlines()
    return recorded == printed or (
        len(lines[0]) == len(lines[1]) and all(map(agree, *lines))  # agree allows for the last digits
    )


@pytest.mark.parametrize("name", FOREIGN)
def test_prints_what_mindspore_prints(name, tmp_path, forking):
    code, recorded = FOREIGN[name]
    printed = printed_by(code, tmp_path, forking)
    assert same(recorded, printed), f"MindSpore:\n{recorded}\nhere:\n{printed}"


def test_what_reads_torchs_words_still_gets_them(tmp_path, forking):
    """A program prints MindSpore's words; torch and its files know their own."""
    code = """
        import io
        import mindspore
        import torch
        t = torch.zeros(2, 3, dtype=torch.int32)
        print(t.dtype, t.shape, [t.dtype, t.shape], f"{torch.quint8} {torch.Size([])}")
        print(t)
        file = io.BytesIO()
        torch.save((t.dtype, t.shape), file)
        file.seek(0)
        print(torch.load(file) == (torch.int32, torch.Size([2, 3])))
        print(torch.compile(lambda x: x.to(torch.int64), backend="eager")(t).dtype is torch.int64)
    """
    assert printed_by(dedent(code), tmp_path, forking) == (
        "Int32 (2, 3) [mindspore.int32, (2, 3)] torch.quint8 ()\n"
        "tensor([[0, 0, 0],\n        [0, 0, 0]], dtype=torch.int32)\nTrue\nTrue\n"
    )


def test_the_comparison_can_fail():
    """Meta-test: torch's words, another digit and another layout are noticed."""
    assert same("(2, 3) Float32\n[0.1234567]\n", "(2, 3) Float32\n[0.1234568]\n")
    assert not same("(2, 3)\n", "torch.Size([2, 3])\n")
    assert not same("[0.1234567]\n", "[0.1234667]\n")
    assert not same("[1. 2.]\n", "[1.\n 2.]\n")
