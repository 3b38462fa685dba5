"""Several processes, started as a user starts them: each fills what it holds, and all agree with one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent.parent / "programs"
ANYWHERE = [
    "fsdp_on_meta",
    "uneven_and_replicated",
    "checkpoint",
    "nothing_whole_in_memory",
    "a_wrong_placement_is_caught",
]


def torchrun(processes: int, program: str | Path, *arguments: object) -> list[str]:
    """The words that the program printed."""
    launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    result = subprocess.run(
        [sys.executable, *launch, PROGRAMS / program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


@pytest.mark.parametrize(
    ("processes", "further"),
    [
        (
            2,
            [
                "fsdp_after_to_empty_or_real",
                "fsdp_tied",
                "tensor_parallel",
                "cells",
                "torch_makes_all_shards_alike",
            ],
        ),
        (4, ["both", "hsdp"]),
    ],
    ids=["two", "four"],
)
def test_any_placement_gives_one_processs_values(processes, further, tmp_path):
    assert torchrun(processes, "placements.py", tmp_path / "checkpoint") == [
        *ANYWHERE,
        *further,
        *(["refusals"] if processes == 2 else []),
    ]


def test_models_of_transformers():
    assert torchrun(4, "language_models.py") == [
        "fsdp",
        "fsdp_of_every_module",
        "tensor_parallel",
        "both",
        "transformers_own_initialization_makes_shards_alike",
    ]


def test_layerwise_parallel_parameters_stay_their_processs_own():
    assert torchrun(2, "replicas.py") == [
        "own_gradients_stay_own",
        "the_pitfall_is_real",
        "other_values_are_noticed",
        "torch_modules_and_pending_cells",
    ]


def test_checkpoints_of_what_they_hold_together(tmp_path):
    """The page's script among them, in the same processes: starting more of them takes longest."""
    code, shown = script_of_the_page("checkpoints")
    (tmp_path / "divided.py").write_text(code)
    assert torchrun(2, "checkpoints.py", tmp_path) == [
        "gathered_into_one_file",
        "a_whole_file_into_shares",
        "each_its_own",
        "a_share_in_each",
        "a_share_of_what_is_replicated",
        "they_fail_together",
        *shown.split(),
        "the_pages_script",
    ]


def test_the_pages_script_prints_what_the_page_shows(tmp_path):
    code, shown = script_of_the_page("placing")
    (tmp_path / "sharded.py").write_text(code)
    assert torchrun(2, tmp_path / "sharded.py") == shown.split()


def script_of_the_page(name: str) -> tuple[str, str]:
    """``py`` blocks are run by torchrun; test_readme.py runs the others and compares the languages."""
    page = (PROGRAMS.parent.parent / "docs" / "en" / f"{name}.md").read_text()
    ((code, shown),) = re.findall(
        r"^```py\n(.*?)^```$.*?^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL
    )
    return code, shown
