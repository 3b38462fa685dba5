"""Promises about the repository's own files."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".yml", ""}

# What belongs to the machine somebody worked on and means nothing to a reader. Written in pieces, so that
# this file passes its own test.
MACHINE = re.compile(
    "|".join(
        ["/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/\w", "/t" + "mp/", "local" + "host:", "/opt/" + "pypi"]
    )
)


def ours() -> list[Path]:
    """Every file of the project: those git tracks, and those it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:  # an unpacked archive has no git
        return [p for top in ("src", "tests", "docs", "examples", "bench") for p in (ROOT / top).rglob("*.*")]
    return [ROOT / name for name in listed.stdout.splitlines()]


def text_files() -> list[Path]:
    return [p for p in ours() if p.is_file() and p.suffix in TEXT and p.name != "LICENSE"]


def test_no_file_names_somebodys_machine():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in text_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_search_for_machine_paths_can_fail():
    assert MACHINE.search("see /wo" + "rk/somewhere")
    assert not MACHINE.search("homework/ and tmp/ and work/")


def test_source_files_stay_short():
    """About 250 lines, one idea each; the cap is a little higher, so that nobody counts."""
    long = {p.name: n for p in (ROOT / "src").rglob("*.py") if (n := len(p.read_text().splitlines())) > 300}
    assert not long


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "manager"])
def test_no_room_without_a_name(name):
    """The one exception is MindSpore's import path for no_init_parameters."""
    rooms = [p for p in (ROOT / "src").rglob(f"{name}.py") if p.parent.name != "nn"]
    assert not rooms


def test_license_is_apache_2_in_full():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "APPENDIX: How to apply the Apache License" in text


def test_constraints_pin_every_dependency_exactly():
    """What was tested is what `make` installs; torch by its exact version is the build without CUDA."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), lines
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for extra in project["optional-dependencies"].values() for name in extra]
    needed = {re.split(r"[<>=!~\[;]", name)[0].lower() for name in project["dependencies"] + extras}
    assert needed <= pinned
    assert "torch==2.13.0" in lines


def test_ci_runs_what_the_readme_says():
    """One way to test: .ci/run calls the Makefile's targets, and the README names them."""
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
    assert script.read_text().rstrip().endswith("make check test conformance")
    for readme in ("README.md", "README.zh.md"):
        assert "make test" in (ROOT / readme).read_text()
    targets = (ROOT / "Makefile").read_text()
    for target in ("help", "demo", "test", "check", "conformance", "bench"):
        assert re.search(rf"^{target}:", targets, re.MULTILINE)
