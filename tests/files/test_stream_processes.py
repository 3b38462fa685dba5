"""plan.save under torch.distributed: two processes write the files that one would, and fail together."""

from __future__ import annotations

import json

import pytest

from paraminit.files import stream

from ..programs import streamed


@pytest.fixture(scope="module")
def folder(tmp_path_factory, two_processes):
    folder = tmp_path_factory.mktemp("processes")
    two_processes(streamed.__file__, "process", folder=folder)
    return folder


def test_the_files_are_those_of_one_process(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 1 << 16)
    streamed.network().save(tmp_path / "shared", max_shard_size=streamed.LIMIT)
    streamed.network().save(tmp_path / "one.safetensors", max_shard_size=None)
    assert streamed.contents(folder / "shared") == streamed.contents(tmp_path / "shared")
    assert (folder / "one.safetensors").read_bytes() == (tmp_path / "one.safetensors").read_bytes()


def test_they_fail_together_and_leave_nothing(folder):
    first, second = (json.loads((folder / f"errors{rank}.json").read_text()) for rank in (0, 1))
    assert first[0].startswith("InitializationError: plan.save failed in process 1: OSError: [Errno 28]")
    assert second[0].startswith("OSError: [Errno 28] plan.save cannot write to")
    assert first[1] == second[1]
    assert first[1].startswith("ArgumentValueError: plan.save: the processes have different plans")
    assert not (folder / "broken").exists()
