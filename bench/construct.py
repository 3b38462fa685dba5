"""What constructing many small layers costs beside torch, in one run: `make bench-construct`.

Writes docs/bench-construct.md. The four take turns in every round; reported are medians, and ratios of
each round's pair with the middle half of them. Not a test: nothing here passes or fails.
"""

from __future__ import annotations

import gc
import time
from pathlib import Path
from statistics import median, quantiles

import torch

import paraminit
from paraminit import nn

ROOT = Path(__file__).resolve().parents[1]
LAYERS, ROUNDS = 1000, 15
WIDTHS = (8, 64, 128, 256)


def ours(width: int) -> torch.nn.Module:
    return nn.SequentialCell([nn.Dense(width, width) for _ in range(LAYERS)])


def ours_lazily(width: int) -> torch.nn.Module:
    with paraminit.no_init_parameters():
        return ours(width)


def torchs(width: int) -> torch.nn.Module:
    return torch.nn.Sequential(*[torch.nn.Linear(width, width) for _ in range(LAYERS)])


def torchs_on_meta(width: int) -> torch.nn.Module:
    with torch.device("meta"):
        return torchs(width)


PAIRS = {"eager": (ours, torchs), "lazy": (ours_lazily, torchs_on_meta)}


def seconds(build, width: int) -> float:
    gc.collect()
    start = time.perf_counter()
    network = build(width)
    elapsed = time.perf_counter() - start
    del network
    return elapsed


def main() -> None:
    rows = []
    for width in WIDTHS:
        for kind, (mine, theirs) in PAIRS.items():
            seconds(mine, width), seconds(theirs, width)  # warm
            rounds = [(seconds(mine, width), seconds(theirs, width)) for _ in range(ROUNDS)]
            ratios = [a / b for a, b in rounds]
            low, _, high = quantiles(ratios, n=4)
            a, b = (median(times) * 1e6 / LAYERS for times in zip(*rounds, strict=True))
            rows.append(
                f"| {width} | {kind} | {a:.0f} | {b:.0f} | {median(ratios):.2f} ({low:.2f}-{high:.2f}) |"
            )
            print(rows[-1], flush=True)
    page = ROOT / "docs" / "bench-construct.md"
    page.write_text(
        "# Constructing, side by side\n\n"
        f"Made by `make bench-construct` in one run, torch {torch.__version__}, 2 cores: "
        f"a SequentialCell of {LAYERS:,} `nn.Dense(width, width)` beside a torch Sequential of Linear, both "
        "filled (eager), and inside `no_init_parameters()` beside torch on the meta device (lazy).\n\n"
        "Microseconds a layer, medians; below 1 in the last column is faster than torch.\n\n"
        "| width | | paraminit | torch | ratio (middle half) |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


if __name__ == "__main__":
    main()
