"""Machine code is kept where it can be, and never outlives its source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import paraminit

PROGRAM = """
import numpy as np
from paraminit.fill.batches import driver
from paraminit.fill.distributions import Uniform
from paraminit.fill.fill import fill
from paraminit.fill.transforms import UniformArguments

out = np.empty(4, np.float32)
fill(Uniform(0, 1), 1, None, out)
print(out[0], sum(driver(UniformArguments(0, 1)).stats.cache_hits.values()))
"""


@pytest.fixture
def installation(tmp_path) -> Path:
    """A copy of the package without machine code."""
    source = Path(paraminit.__file__).parent
    target = tmp_path / "site" / "paraminit"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def run(installation: Path, cache: Path) -> tuple[str, int]:
    """The first value of a fill, and how often machine code was loaded instead of compiled."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(installation.parent),
        "XDG_CACHE_HOME": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    value, loaded = done.stdout.split()
    return value, int(loaded)


def machine_code(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.nbc"))


def test_kept_in_the_installation(installation, tmp_path):
    assert run(installation, tmp_path / "cache") == ("0.027452234", 0)
    assert machine_code(installation)
    assert run(installation, tmp_path / "cache") == ("0.027452234", 1)


def test_a_changed_kernel_is_compiled_again(installation, tmp_path):
    """Also when the file that changed is not the one whose function is kept."""
    run(installation, tmp_path / "cache")
    transforms = installation / "fill" / "transforms.py"
    text = transforms.read_text()
    assert text.count("law.width * 2.0**-32") == 1
    transforms.write_text(text.replace("law.width * 2.0**-32", "law.width * 2.0**-33"))
    assert run(installation, tmp_path / "cache") == ("0.013726117", 0)


def test_a_read_only_installation_keeps_it_with_the_user(installation, tmp_path):
    """A file where the folder would go stops everybody, root included, from writing there."""
    (installation / "fill" / "__pycache__").write_text("")
    cache = tmp_path / "cache"
    assert run(installation, cache) == ("0.027452234", 0)
    assert machine_code(cache)
    assert run(installation, cache) == ("0.027452234", 1)


def test_without_any_writable_folder_it_still_works(installation, tmp_path):
    (installation / "fill" / "__pycache__").write_text("")
    (tmp_path / "cache").write_text("")
    assert run(installation, tmp_path / "cache") == ("0.027452234", 0)
