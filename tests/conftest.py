"""What every test starts from: the default profile, and seeds that no other test has touched. And how a
program is run as two processes."""

from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from paraminit import profiles
from paraminit.fill import keys


@pytest.fixture(autouse=True)
def _fresh_streams(monkeypatch):
    monkeypatch.delenv("PARAMINIT_PROFILE", raising=False)
    monkeypatch.setattr(profiles, "_process", None)
    profiles._from_environment.cache_clear()
    monkeypatch.setattr(keys, "_seed", None)
    monkeypatch.setattr(keys, "_fills_since_seed", 0)
    numpy_state, python_state = np.random.get_state(), random.getstate()
    yield
    np.random.set_state(numpy_state)
    random.setstate(python_state)


@pytest.fixture(scope="session")
def two_processes():
    """Runs a program twice at once, its last arguments rank and folder; both have to succeed."""

    def run_both(program, *arguments, folder):
        commands = [[sys.executable, "-W", "error", program, *arguments, str(r), folder] for r in (0, 1)]
        with ThreadPoolExecutor() as pool:
            runs = pool.map(
                lambda c: subprocess.run(c, capture_output=True, text=True, timeout=120), commands
            )
        for ended in runs:
            assert ended.returncode == 0, ended.stderr[-3000:]

    return run_both
