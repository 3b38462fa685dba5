"""fill: every value depends on (law, key, flat index) alone, in any slice, on any number of threads."""

from __future__ import annotations

import threading
import time
import tracemalloc

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill import reference
from paraminit.fill import threads as threads_module
from paraminit.fill.batches import BLOCKS
from paraminit.fill.distributions import Cleared, Constant, Normal, Pattern, TruncatedNormal, Uniform
from paraminit.fill.fill import LARGEST_CHUNK, SMALLEST_CHUNK, Task, fill, fill_all
from paraminit.fill.threads import thread_count
from paraminit.fill.undivided import Whole

LAWS = [
    Uniform(-0.1, 0.3),
    Uniform(0, 0),
    Uniform(1, -1),
    Normal(0, 0.02),
    Normal(0, 0),
    Normal(-1.5, 3.0),
    Normal(0, 1e-30),
    Normal(0, 1e-42),
    Normal(0, 3e38),
    TruncatedNormal(-2, 2, 0, 1),
    TruncatedNormal(-0.04, 0.04, 0, 0.02),
    TruncatedNormal(-0.3, 0.9, 0.1, 0.7),
    TruncatedNormal(1, 3, 0, 1),
    TruncatedNormal(-9, -8, 0, 1),
    TruncatedNormal(8, 9, 0, 1),
    TruncatedNormal(-16, -15, 0, 1),
    TruncatedNormal(-2, 2, 10, 0.01),
    TruncatedNormal(-2, 2, 0, 1e-6),
]
KEYS = [1, 0x0123456789ABCDEF, 2**63 - 1, 0]
DTYPES = [
    np.dtype(np.float16),
    np.dtype(np.float64),
    np.dtype(ml_dtypes.bfloat16),
    np.dtype(ml_dtypes.float8_e4m3fn),
    np.dtype(ml_dtypes.float8_e5m2),
    np.dtype(np.complex64),
    np.dtype(np.complex128),
]


def filled(law, key, runs, size, dtype=np.float32, **options) -> np.ndarray:
    out = np.empty(size, dtype)
    fill(law, key, runs, out, **options)
    return out


def same_bits(a: np.ndarray, b: np.ndarray) -> None:
    assert a.dtype == b.dtype
    assert a.tobytes() == b.tobytes()


# -- against the definition ---------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_equals_the_definition(law):
    """Lengths around a block, and a batch of blocks with a remainder."""
    size = 4 * BLOCKS + 7 if isinstance(law, Uniform) else 150
    for key in KEYS:
        whole = filled(law, key, None, size)
        same_bits(whole, reference.elements(law, key, np.arange(size)))
        for short in (1, 2, 3, 4, 5):
            same_bits(filled(law, key, None, short), whole[:short])


@pytest.mark.parametrize("law", [LAWS[0], LAWS[3], LAWS[9]], ids=str)
def test_far_indices(law):
    """The counter carries across 2**32 blocks."""
    start = 4 * 2**32 - 10
    same_bits(filled(law, 9, [(start, 24)], 24), reference.elements(law, 9, start + np.arange(24)))


# -- slices and threads -------------------------------------------------------------------------------

WHOLE = 20_000


@pytest.fixture(scope="module", params=[LAWS[0], LAWS[3], LAWS[5], LAWS[9]], ids=str)
def law_and_whole(request):
    return request.param, filled(request.param, 77, None, WHOLE)


RUNS = st.lists(
    st.tuples(st.integers(0, WHOLE - 1), st.sampled_from([0, 1, 2, 3, 4, 5, 7, 64, 1000, 5000])),
    min_size=1,
    max_size=30,
).map(lambda runs: [(start, min(length, WHOLE - start)) for start, length in runs])


@settings(max_examples=60, deadline=None)
@given(runs=RUNS)
def test_any_runs_are_those_parts_of_the_whole(law_and_whole, runs):
    law, whole = law_and_whole
    expected = np.concatenate([whole[start : start + length] for start, length in runs])
    same_bits(filled(law, 77, runs, expected.size), expected)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 50])
def test_column_shard(law_and_whole, width):
    """Very short runs: a column of a 200 x 100 matrix."""
    law, whole = law_and_whole
    runs = [(row * 100 + 17, width) for row in range(200)]
    same_bits(filled(law, 77, runs, 200 * width), whole.reshape(200, 100)[:, 17 : 17 + width].reshape(-1))


def check_slices(implementation) -> None:
    """Contract: a slice equals that part of the whole."""
    whole, part = np.empty(100, np.float32), np.empty(10, np.float32)
    implementation(Normal(0, 1), 5, [(0, 100)], whole)
    implementation(Normal(0, 1), 5, [(33, 10)], part)
    same_bits(part, whole[33:43])


def test_slices_contract():
    check_slices(fill)


def test_slices_contract_catches_a_stream_that_restarts():
    def restarts(law, key, runs, out):
        fill(law, key, [(0, out.size)], out)

    with pytest.raises(AssertionError):
        check_slices(restarts)


@pytest.mark.parametrize("law", [LAWS[0], LAWS[3], LAWS[9]], ids=str)
def test_any_number_of_threads(law):
    """More chunks than threads, the last one short, with a chunk boundary inside a block."""
    size = 5 * SMALLEST_CHUNK + 13
    one = filled(law, 3, [(1, size)], size, threads=1)
    for threads in (2, 3, 7):
        same_bits(filled(law, 3, [(1, size)], size, threads=threads), one)


def test_many_threads_may_fill_at_once():
    expected = filled(Normal(0, 1), 4, None, 9 * SMALLEST_CHUNK, threads=1)
    results: list[np.ndarray] = []
    callers = [
        threading.Thread(
            target=lambda: results.append(filled(Normal(0, 1), 4, None, 9 * SMALLEST_CHUNK, threads=2))
        )
        for _ in range(5)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(results) == 5
    for result in results:
        same_bits(result, expected)


def test_a_fill_does_not_wait_for_the_threads_of_others():
    """It does alone what busy threads have not begun."""
    free, busy = threading.Event(), threading.Barrier(5)

    def slow(index):
        busy.wait(10)
        free.wait(10)
        return index

    outs = [np.zeros(2 * SMALLEST_CHUNK, np.float32) for _ in range(2)]
    others = [
        threading.Thread(target=fill, args=(Pattern(slow, 0, 0), 0, None, out), kwargs={"threads": 2})
        for out in outs
    ]
    for other in others:
        other.start()
    busy.wait(10)  # two callers and both threads of the pool are in slow()
    mine = threading.Thread(target=filled, args=(LAWS[0], 1, None, 2 * SMALLEST_CHUNK), kwargs={"threads": 2})
    mine.start()
    mine.join(5)
    waited = mine.is_alive()
    free.set()
    for thread in (*others, mine):
        thread.join()
    assert not waited
    assert all(out[-1] == out.size - 1 for out in outs)


def test_fills_of_all_sizes_share_their_threads():
    def alive():
        return sum(thread.name.startswith("paraminit-fill") for thread in threading.enumerate())

    before = alive()
    for chunks in range(1, 14):
        filled(Constant(1.0), 0, None, chunks * SMALLEST_CHUNK, threads=13)
    assert alive() - before <= 13


# -- several at once ------------------------------------------------------------------------------


def tasks_of(sizes, laws, dtypes) -> list[Task]:
    """Whole tensors and, every third, the end of one twice as long before its beginning."""
    runs = [[(n, n - n // 2), (0, n // 2)] if i % 3 == 2 else None for i, n in enumerate(sizes)]
    return [
        Task(law, key, run, np.zeros(size, dtype))
        for key, (size, law, dtype, run) in enumerate(zip(sizes, laws, dtypes, runs, strict=True))
    ]


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from([1, 2, 3, 7]))
def test_many_at_once_equal_each_alone(data, threads):
    sizes = data.draw(
        st.lists(st.sampled_from([0, 1, 7, 1000, SMALLEST_CHUNK, SMALLEST_CHUNK + 3, 300_001]), max_size=6)
    )
    among = [*LAWS[3:5], LAWS[9], Constant(2.0), Cleared(Normal(0, 1), 3, 70_000, 300_001)]
    laws = [data.draw(st.sampled_from(among)) for _ in sizes]
    dtypes = [data.draw(st.sampled_from([np.dtype(np.float32), *DTYPES[:3]])) for _ in sizes]
    tasks = tasks_of(sizes, laws, dtypes)
    seconds = fill_all(tasks, threads=threads)
    assert len(seconds) == len(tasks)
    for task, spent in zip(tasks, seconds, strict=True):
        same_bits(task.out, filled(task.law, task.key, task.runs, task.out.size, task.out.dtype, threads=1))
        assert (spent > 0) == (task.out.size > 0)


@pytest.mark.parametrize(
    "wrong",
    [
        Task(Whole(lambda array: None, (5,)), 1, None, np.zeros(5, np.float32)),
        Task(Normal(0, 1), -1, None, np.zeros(5, np.float32)),
        Task(Normal(0, 1), 1, [(0, 4)], np.zeros(5, np.float32)),
        Task(Normal(0, 1), 1, None, np.zeros(5, np.int32)),
    ],
    ids=["law", "key", "runs", "dtype"],
)
def test_one_that_is_wrong_keeps_all_from_being_written(wrong):
    right = tasks_of([10, 100_000], [Normal(0, 1)] * 2, [np.float32] * 2)
    with pytest.raises((ArgumentTypeError, ArgumentValueError)):
        fill_all([*right, wrong], threads=2)
    assert not any(task.out.any() for task in right)


def test_after_an_error_nobody_writes_any_more():
    """The caller may free or reuse the memory as soon as it has the error."""
    begun = threading.Event()

    def failing(index):
        begun.set()
        raise MemoryError

    out = np.zeros(64 * LARGEST_CHUNK, np.float32)
    tasks = [
        Task(Pattern(failing, 0, 0), 0, None, np.zeros(SMALLEST_CHUNK + 1, np.float32)),
        Task(Normal(0, 1), 1, None, out),
    ]
    with pytest.raises(MemoryError):
        fill_all(tasks, threads=2)
    assert begun.is_set()
    written = np.count_nonzero(out)
    time.sleep(0.05)
    assert np.count_nonzero(out) == written < out.size


def test_thread_count(monkeypatch):
    import torch

    monkeypatch.delenv("PARAMINIT_NUM_THREADS", raising=False)
    assert thread_count() == torch.get_num_threads()
    monkeypatch.setenv("PARAMINIT_NUM_THREADS", "5")
    assert thread_count() == 5
    for wrong in ("0", "many", "-1"):
        monkeypatch.setenv("PARAMINIT_NUM_THREADS", wrong)
        with pytest.raises(ArgumentValueError, match="must be an int of 1 or more"):
            thread_count()
    monkeypatch.delenv("PARAMINIT_NUM_THREADS")
    monkeypatch.setitem(threads_module.sys.modules, "torch", None)
    assert thread_count() == len(threads_module.os.sched_getaffinity(0))


@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16, np.float16], ids=["f32", "bf16", "f16"])
@pytest.mark.parametrize(
    "law",
    [Normal(0, 1), Pattern(lambda index: np.sqrt(index, dtype=np.float32), 0, 0)],
    ids=["normal", "pattern"],
)
def test_scratch_memory_is_bounded(law, dtype):
    """Under 8 MiB a thread, however large the tensor."""
    out = np.empty(16 * LARGEST_CHUNK, dtype)
    fill(law, 1, None, out[:10], threads=2)  # compiles
    tracemalloc.start()
    try:
        fill(law, 1, None, out, threads=2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * 8 * 2**20


# -- dtypes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("law", [Uniform(-0.1, 0.3), Normal(0, 0.02), TruncatedNormal(-2, 2, 0, 1)], ids=str)
def test_dtype_is_one_cast_from_float32(law, dtype):
    with np.errstate(over="ignore"):
        expected = filled(law, 8, None, 5000).astype(dtype)
    same_bits(filled(law, 8, None, 5000, dtype), expected)


def test_bfloat16_rounding_of_every_float32_exponent():
    """Halves and neighbours of halves, subnormals, infinities: as ml_dtypes rounds them."""
    from paraminit.fill.cast import cast_into

    words = np.random.default_rng(2).integers(0, 2**32, 200_000, dtype=np.uint64).astype(np.uint32)
    words[::3] = (words[::3] & np.uint32(0xFFFF0000)) | np.uint32(0x8000)
    values = words.view(np.float32)
    values = values[~np.isnan(values)]
    out = np.empty(values.size, ml_dtypes.bfloat16)
    cast_into(values, out)
    with np.errstate(over="ignore"):
        same_bits(out, values.astype(ml_dtypes.bfloat16))


@pytest.mark.parametrize(
    "dtype", [*DTYPES, np.dtype(np.int8), np.dtype(np.bool_), np.dtype(np.uint64)], ids=str
)
def test_constants(dtype):
    np.testing.assert_array_equal(filled(Constant(1), 0, None, 9, dtype), np.ones(9, dtype))


def test_constant_keeps_every_bit_of_a_large_integer():
    assert filled(Constant(2**63 + 1), 0, None, 1, np.uint64)[0] == 2**63 + 1


def test_pattern_in_runs_and_chunks():
    law = Pattern(lambda index: (index % 7).astype(np.float32), 3.0, 2.0)
    np.testing.assert_array_equal(filled(law, 0, [(5, 3), (0, 2)], 5), [5, 6, 0, 0, 1])
    size = SMALLEST_CHUNK + 10
    np.testing.assert_array_equal(filled(law, 0, None, size, threads=2), np.arange(size) % 7)


# -- bad input ----------------------------------------------------------------------------------------

ROOM = np.zeros(4, np.float32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fill(Normal(0, 1), 1, [(0, 3)], ROOM),
            ArgumentValueError,
            "hold 3 elements, out has room for 4",
        ),
        (
            lambda: fill(Normal(0, 1), 1, [(-1, 4)], ROOM),
            ArgumentValueError,
            "starts and lengths of 0 or more",
        ),
        (lambda: fill(Normal(0, 1), -1, None, ROOM), ArgumentValueError, "key must be from 0 to"),
        (lambda: fill(Normal(0, 1), 2**64, None, ROOM), ArgumentValueError, "key must be from 0 to"),
        (lambda: fill(Normal(0, 1), 1, None, ROOM.reshape(2, 2)), ArgumentValueError, "one dimension"),
        (lambda: fill(Normal(0, 1), 1, None, ROOM[::2]), ArgumentValueError, "contiguous"),
        (lambda: fill(Normal(0, 1), 1, None, ROOM, threads=0), ArgumentValueError, "number of threads"),
        (lambda: fill(Normal(0, 1), 1, None, np.zeros(4, np.int32)), ArgumentTypeError, "stored as int32"),
        (lambda: fill(Whole(print, (4,)), 1, None, ROOM), ArgumentTypeError, "no parts"),
    ],
    ids=["too few", "negative", "key", "large key", "2-D", "strided", "threads", "integers", "whole"],
)
def test_bad_input_changes_nothing(call, error, message):
    with pytest.raises(error, match=message):
        call()
    assert not ROOM.any()


def test_empty():
    assert filled(Normal(0, 1), 1, [], 0).size == 0
    assert filled(Normal(0, 1), 1, [(5, 0), (9, 0)], 0).size == 0
