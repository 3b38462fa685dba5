"""Philox4x32-10: the inventors' known answers, and the kernel against the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paraminit.fill import reference
from paraminit.fill.philox import philox

ALL_ONES = 2**64 - 1
# From the known-answer file of Random123, the inventors' own library (philox4x32-10). Its third vector has
# a counter that differs from the key, which the element law never has.
KNOWN = {
    (0, 0): "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    (ALL_ONES, ALL_ONES): "408f276d 41c83b0e a20bc7c6 6d5451fd",
    (0, 1): "07071c12 428264b6 3909104b 6da2bda2",
    (1, 1): "3b539b4f f04a5080 d17763c2 5a36f3a3",
    (0, 0x0123456789ABCDEF): "67c9df60 a930cbf3 94191ebf c2852c94",
    (1, 0x0123456789ABCDEF): "f54561ca 0aefd58c 8e038e6b b630b8fe",
}


def by_kernel(blocks: np.ndarray, key: int) -> np.ndarray:
    words = tuple(np.empty(blocks.size, np.uint64) for _ in range(4))
    philox(blocks, np.uint64(key), words)
    return np.stack(words, axis=-1).astype(np.uint32)  # their lower halves


def check_known_answers(implementation) -> None:
    for (block, key), words in KNOWN.items():
        got = implementation(np.array([block], np.uint64), key)[0]
        assert " ".join(f"{word:08x}" for word in got) == words


@pytest.mark.parametrize("implementation", [by_kernel, reference.philox], ids=["kernel", "reference"])
def test_known_answers(implementation):
    check_known_answers(implementation)


def test_known_answers_catch_a_counter_of_32_bits():
    """A generator that forgets the counter's high half passes every vector with small blocks only."""
    with pytest.raises(AssertionError):
        check_known_answers(lambda blocks, key: reference.philox(blocks & np.uint64(0xFFFFFFFF), key))


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, 2**64 - 1) | st.integers(2**32 - 20, 2**32 + 5),
    key=st.integers(0, 2**64 - 1),
    size=st.integers(1, 40),
)
def test_kernel_is_reference(start, key, size):
    """For any counter, the carry across 2**32 included, any key and any vector remainder."""
    blocks = np.uint64(start) + np.arange(size, dtype=np.uint64)
    np.testing.assert_array_equal(by_kernel(blocks, key), reference.philox(blocks, key))
