"""What every test starts from: the default profile, and seeds that no other test has touched."""

from __future__ import annotations

import random

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
