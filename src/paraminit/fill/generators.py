"""The global generators as a key sets them, for custom initializers, which draw where they like."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from paraminit.fill.keys import generator_after

__all__ = ["seeded_by"]

_lock = threading.RLock()  # there is one of each generator, whichever threads fill


@contextmanager
def seeded_by(key: int | None) -> Iterator[None]:
    """Set NumPy's global generator, Python's and, if torch is loaded, torch's for the CPU by a key, for a
    block; afterwards they are as before. Nothing happens without a key.

    Example:
        >>> before = np.random.get_state()[1].copy()
        >>> with seeded_by(7):
        ...     a = np.random.random()
        >>> with seeded_by(7):
        ...     b = np.random.random()
        >>> a == b, bool((np.random.get_state()[1] == before).all())
        (True, True)
    """
    if key is None:
        yield
        return
    torch = sys.modules.get("torch")
    numpy: Any = np.random
    with _lock:
        bits, numbers, python = numpy.get_bit_generator(), numpy.get_state(legacy=False), random.getstate()
        on_cpu = torch.get_rng_state() if torch else None
        numpy.set_bit_generator(np.random.MT19937())  # somebody may have installed another kind
        numpy.set_state(generator_after(key).get_state(legacy=False))
        random.seed(key)
        if torch:
            torch.default_generator.manual_seed(key)
        try:
            yield
        finally:
            numpy.set_bit_generator(bits)
            numpy.set_state(numbers)
            random.setstate(python)
            if torch:
                torch.set_rng_state(on_cpu)
