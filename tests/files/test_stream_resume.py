"""A save that was killed goes on to the same bytes; what is damaged is found, and nothing else redone."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from paraminit.describe.initializers import Initializer, Normal, Uniform, Zero
from paraminit.errors import ArgumentValueError, CheckpointError
from paraminit.files import stream, verify, work_file
from paraminit.files.chunk_digests import chunk_digest
from paraminit.files.fingerprint import fingerprint
from paraminit.files.work_file import WorkFile

from ..programs import streamed

plan_of, contents = streamed.plan_of, streamed.contents

CHUNK = 1 << 13
TENSORS = {
    "a": (Normal(), (5000,), np.float32),
    "b": (Uniform(0.1), (2000,), np.float32),
    "c": (Normal(), (90, 100), np.float32),
    "d": (Zero(), (100,), np.float32),
}
LIMIT = 37_000
CHUNKS = 4 + 5  # of the two files, a and b, c and d: 28,000 and 36,400 bytes


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", CHUNK)


@pytest.fixture
def stored(monkeypatch):
    """(file, chunk) of everything that is written."""
    store, seen = WorkFile.store, []

    def noting(self, number, content):
        seen.append((self.target.name, number))
        store(self, number, content)

    monkeypatch.setattr(WorkFile, "store", noting)
    return seen


def save(folder, tensors=TENSORS, **options):
    plan_of(tensors).save(folder, **{"max_shard_size": LIMIT, **options})


def interrupted(folder, after, monkeypatch):
    """A save stopped as by Ctrl-C after so many chunks, which leaves what a kill would."""
    with monkeypatch.context() as patch:
        store, count = WorkFile.store, []

        def stopping(self, number, content):
            if len(count) >= after:
                raise KeyboardInterrupt
            count.append(number)
            store(self, number, content)

        patch.setattr(WorkFile, "store", stopping)
        with pytest.raises(KeyboardInterrupt):
            save(folder)


# -- killed -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def after_kills(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-W", "error", streamed.__file__, "killed", folder]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-3000:]
    return folder, *json.loads(run.stdout)


def test_killed_at_five_moments_it_goes_on_to_the_same_bytes(after_kills, tmp_path, monkeypatch):
    folder, statuses, seen, finished, *_ = after_kills
    assert statuses == [signal.SIGKILL] * 5
    assert seen == [[]] * 5, "no file is visible before all are complete"
    assert finished == 0
    monkeypatch.setattr(stream, "CHUNK", 1 << 16)
    streamed.network().save(tmp_path, max_shard_size=streamed.LIMIT)
    assert contents(folder / "killed") == contents(tmp_path)


def test_a_limit_on_the_size_of_files_is_a_full_disk(after_kills):
    folder, *_, limited, _ = after_kills
    assert limited == 0
    number, text = json.loads((folder / "error.json").read_text())
    assert number == errno.EFBIG
    assert "free some space" in text
    assert not (folder / "large").exists()


def test_memory_is_a_few_chunks(after_kills):
    """256 MiB of values in chunks of 4 MiB: three of these, and each thread's scratch."""
    folder, *_, memory = after_kills
    assert memory == 0
    grown, rich_loaded = json.loads((folder / "grown.json").read_text())
    assert grown < 64 << 20
    assert not rich_loaded


# -- resumed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 3, 4, 7, CHUNKS - 1])
def test_only_what_is_missing_is_written(after, tmp_path, monkeypatch, stored):
    save(tmp_path / "whole")
    assert len(stored) == CHUNKS
    interrupted(tmp_path / "parts", after, monkeypatch)
    assert [name for name in contents(tmp_path / "parts") if not name.startswith(".")] == []
    stored.clear()
    save(tmp_path / "parts", resume=True)
    assert len(stored) == CHUNKS - after
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"wrong_chunks": lambda *_: ()}, id="trusts what is there"),
        pytest.param({"wrong_chunks": lambda *_: range(4)}, id="begins again"),
        pytest.param({"chunk_digest": lambda content: b"0" * 16}, id="digests of another kind"),
    ],
)
def test_a_wrong_resume_is_noticed(wrong, tmp_path, monkeypatch, stored):
    """Meta-test, for the one above."""
    for name, function in wrong.items():
        monkeypatch.setattr(work_file, name, function)
    with pytest.raises(AssertionError):
        test_only_what_is_missing_is_written(3, tmp_path, monkeypatch, stored)


def test_files_that_are_visible_too_early_are_noticed(tmp_path, monkeypatch, stored):
    """Meta-test: no sibling, but the file in its place from the start."""
    for module in (work_file, stream):
        monkeypatch.setattr(module, "sibling_of", lambda target: target)
    with pytest.raises(AssertionError):
        test_only_what_is_missing_is_written(3, tmp_path, monkeypatch, stored)


def test_resuming_nothing_and_resuming_what_is_complete(tmp_path, stored):
    save(tmp_path, resume=True)
    before = contents(tmp_path)
    assert len(stored) == CHUNKS
    save(tmp_path, resume=True)
    assert len(stored) == CHUNKS
    assert contents(tmp_path) == before


def flip(path, position):
    raw = bytearray(path.read_bytes())
    raw[position] ^= 1
    path.write_bytes(raw)


SECOND = "model-00002-of-00002.safetensors"
HEADER = 4096


@pytest.mark.parametrize(
    ("damage", "redone"),
    [
        pytest.param(lambda path: flip(path, HEADER + CHUNK + 5), [1], id="a bit of a chunk"),
        pytest.param(lambda path: flip(path, -1), [4], id="the last bit"),
        pytest.param(lambda path: flip(path, HEADER), [0], id="the first byte"),
        pytest.param(lambda path: flip(path, 8 + 38 + 16 + 16 * 2), [2], id="a digest"),
        pytest.param(lambda path: flip(path, 8 + 38), range(5), id="the header's digest"),
        pytest.param(lambda path: flip(path, 2000), range(5), id="the header"),
        pytest.param(lambda path: flip(path, 3), range(5), id="the header's length"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-3000]), [4], id="cut"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[: HEADER + 9]), range(5), id="cut short"
        ),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:900]), range(5), id="cut in the header"
        ),
        pytest.param(lambda path: path.write_bytes(b""), range(5), id="empty"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes() + b"x"), [], id="too long"),
        pytest.param(lambda path: path.unlink(), range(5), id="gone"),
    ],
)
@pytest.mark.parametrize("finished", [True, False], ids=["finished", "unfinished"])
def test_what_is_damaged_is_found_and_written_again(damage, redone, finished, tmp_path, monkeypatch, stored):
    save(tmp_path)
    before = contents(tmp_path)
    if not finished:  # as if it had been killed before the first rename
        for name in before:
            (tmp_path / name).rename(tmp_path / f".{name}.partial")
        (tmp_path / ".model.safetensors.index.json.partial").unlink()
    damage(tmp_path / (SECOND if finished else f".{SECOND}.partial"))
    stored.clear()
    if finished:
        with pytest.raises(CheckpointError, match=SECOND):
            verify(tmp_path)
    save(tmp_path, resume=True)
    assert stored == [(SECOND, number) for number in redone]
    assert contents(tmp_path) == before
    verify(tmp_path)


def test_a_kill_between_the_renames(tmp_path, stored):
    save(tmp_path)
    before = contents(tmp_path)
    (tmp_path / SECOND).rename(tmp_path / f".{SECOND}.partial")
    (tmp_path / "model.safetensors.index.json").unlink()
    stored.clear()
    save(tmp_path, resume=True)
    assert stored == []
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"tensors": TENSORS | {"a": (Normal(0.1), (5000,), np.float32)}}, id="law"),
        pytest.param({"tensors": TENSORS | {"a": (Normal(), (50, 100), np.float32)}}, id="shape"),
        pytest.param({"dtype": "bfloat16"}, id="dtype"),
        pytest.param({"max_shard_size": 25_000}, id="size of files"),
    ],
)
@pytest.mark.parametrize("finished", [True, False], ids=["finished", "unfinished"])
def test_another_plan_is_not_resumed(other, finished, tmp_path, monkeypatch):
    if finished:
        save(tmp_path)
    else:
        interrupted(tmp_path, 3, monkeypatch)
    before = contents(tmp_path)
    with pytest.raises(ArgumentValueError, match=r"another (plan|save)"):
        save(tmp_path, **{**other, "resume": True})
    assert contents(tmp_path) == before
    if not finished:
        save(tmp_path, **other)  # from the beginning, and nothing hidden remains
        save(tmp_path / "fresh", **other)
        assert contents(tmp_path / "fresh").items() <= contents_of_files(tmp_path).items()
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def contents_of_files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class Unrepeatable(Initializer):
    def _initialize(self, arr):
        arr[...] = np.random.default_rng().integers(1 << 30)


def test_no_tensor_is_half_of_one_draw_and_half_of_another(tmp_path, monkeypatch):
    """A custom initializer with its own generator makes other values when it runs again."""
    tensors = {name: (Unrepeatable(), (3000,), np.float32) for name in "xyz"}
    tensors |= {"before": (Zero(), (10_000,), np.float32)}
    path = tmp_path / "a.safetensors"
    plan_of(tensors).save(path)
    flip(path, -1)
    plan_of(tensors).save(path, resume=True)
    from safetensors.numpy import load_file

    loaded = load_file(path)
    assert all(len(np.unique(loaded[name])) == 1 for name in "xyz")


# -- digests ------------------------------------------------------------------------------------------


def defined_digest(raw):
    """The definition, in Python's integers."""

    def mix(x):
        y = (x ^ x >> 32) * 0xBF58476D1CE4E5B9 % 2**64
        return y ^ y >> 29

    padded = raw.ljust(-(-len(raw) // 8) * 8, b"\0")
    words = (int.from_bytes(padded[i : i + 8], "little") for i in range(0, len(padded), 8))
    total = mix(len(raw)) + sum(mix(w ^ i * 0x9E3779B97F4A7C15 % 2**64) for i, w in enumerate(words))
    return b"%016x" % (total % 2**64)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 64, 1001])
def test_the_digest_is_the_definition(length):
    raw = np.random.default_rng(length).integers(0, 256, length, np.uint8)
    assert chunk_digest(raw) == defined_digest(raw.tobytes())


def test_the_digest_notices_every_small_change():
    raw = np.random.default_rng(0).integers(0, 256, 200, np.uint8)
    seen = {chunk_digest(raw)}
    for position in range(200):
        for bit in range(8):
            raw[position] ^= 1 << bit
            seen.add(chunk_digest(raw))
            raw[position] ^= 1 << bit
    seen |= {chunk_digest(np.roll(raw, 8)), chunk_digest(raw[:-1]), chunk_digest(np.append(raw, np.uint8(0)))}
    assert len(seen) == 1 + 1600 + 3


class Scaled(Unrepeatable):
    def __init__(self, table):
        super().__init__()
        self.table = table


def test_fingerprints():
    """The same in every process, and another for whatever changes a value."""

    def of(seed=1, **tensors):
        return fingerprint(plan_of(tensors, seed), {})

    base = of(x=(Normal(), (3,), np.float32))
    assert base == of(x=(Normal(), (3,), np.float32)) == "4d84839699439952d72f4e9ceb0c75ff"
    table = np.zeros(5000)
    zeros = of(x=(Scaled(table.copy()), (3,), np.float32))
    table[2500] = 1  # where a repr does not show it
    others = {
        zeros,
        of(x=(Scaled(table), (3,), np.float32)),
        base,
        of(seed=2, x=(Normal(), (3,), np.float32)),
        of(x=(Normal(0.5), (3,), np.float32)),
        of(x=(Normal(), (1, 3), np.float32)),
        of(x=(Normal(), (3,), np.float64)),
        of(y=(Normal(), (3,), np.float32)),
        of(x=(Unrepeatable(), (3,), np.float32)),
        fingerprint(plan_of({"x": (Normal(), (3,), np.float32)}), {"y": "x"}),
    }
    assert len(others) == 10


@pytest.mark.parametrize("name", ["elsewhere.safetensors", "absent.safetensors"])
def test_verify_needs_digests(name, tmp_path):
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(3000)}, tmp_path / "elsewhere.safetensors")
    with pytest.raises(CheckpointError, match=r"is missing|does not begin as a file written by plan\.save"):
        verify(tmp_path / name)
