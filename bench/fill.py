"""Fill beside its peers, in one run: `make bench-fill`, or `python bench/fill.py [--largest N]`.

Writes docs/bench-fill.md and docs/bench-fill.png. Peers take turns within every measurement, so that
whatever else the machine does meets all of them; what is reported are medians, and ratios of medians
with the spread of the middle half of the ratios. Not a test: nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path
from statistics import median, quantiles

import numpy as np
import torch
from peers import LAWS, limits, peers

ROOT = Path(__file__).resolve().parents[1]
SIZES = [10**3, 10**4, 10**5, 10**6, 2**24, 2**26, 2**28]
SHOWN = 2**26  # the size of the main table
PATIENCE = 8.0  # seconds: a peer whose one fill takes longer sits out the larger sizes

Seconds = dict[tuple[str, str, int, int, str], list[float]]  # law, dtype, threads, size, peer


def timed(call) -> float:
    start = time.perf_counter()
    own = call()
    return time.perf_counter() - start if own is None else own


def measure(sizes: list[int]) -> Seconds:
    seconds: Seconds = {}
    contestants = peers()
    for law in LAWS:
        for dtype in ("float32", "bfloat16"):
            for threads in (1, 2):
                slow: set[str] = set()
                for size in sizes:
                    calls = {
                        name: call
                        for name, make in contestants.items()
                        if name not in slow and (call := make(law, dtype, size, threads)) is not None
                    }
                    case = (law, dtype, threads, size)
                    for name, times in _rounds(calls).items():
                        seconds[(*case, name)] = times
                        following = sizes[min(sizes.index(size) + 1, len(sizes) - 1)]
                        grown = median(times) * following / size
                        if grown > PATIENCE:
                            slow.add(name)
                    print(
                        *case,
                        *(f"{name} {median(seconds[(*case, name)]):.3g}s" for name in calls),
                        flush=True,
                    )
    return seconds


def _rounds(calls) -> dict[str, list[float]]:
    """Everybody once to warm up, then rounds in which each takes its turn."""
    longest = max(timed(call) for call in calls.values())
    rounds = int(min(max(3, 1.5 / longest), 15))
    repeats = {name: max(1, int(2e-3 / max(timed(call), 1e-7))) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(sum(timed(call) for _ in range(repeats[name])) / repeats[name])
    return times


def ratio(ours: list[float], theirs: list[float]) -> str:
    """How many times our speed theirs is divided by: of the medians, and the middle half of the rounds."""
    each = [b / a for a, b in zip(ours, theirs, strict=True)]
    low, _, high = quantiles(each, n=4)
    return f"{median(theirs) / median(ours):.1f} ({low:.1f}-{high:.1f})"


def main_table(seconds: Seconds, size: int) -> list[str]:
    lines = [
        "| law | dtype | threads | paraminit | torch | NumPy | MindSpore | times torch | times MindSpore |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for law in LAWS:
        for dtype in ("float32", "bfloat16"):
            for threads in (1, 2):
                case = (law, dtype, threads, size)
                ours = seconds[(*case, "paraminit")]
                row = [law, dtype, str(threads), f"{size / median(ours) / 1e6:,.0f}"]
                for name in ("torch", "NumPy", "MindSpore"):
                    theirs = seconds.get((*case, name))
                    row.append(f"{size / median(theirs) / 1e6:,.0f}" if theirs else "")
                for name in ("torch", "MindSpore"):
                    theirs = seconds.get((*case, name))
                    row.append(ratio(ours, theirs) if theirs else "")
                lines.append("| " + " | ".join(row) + " |")
    return lines


def size_table(seconds: Seconds, sizes: list[int]) -> list[str]:
    names = ["paraminit", "torch", "NumPy", "MindSpore"]
    lines = ["| law, float32 | elements | " + " | ".join(names) + " |", "| --- " * (len(names) + 2) + "|"]
    for law in LAWS:
        for size in sizes:
            row = [law, f"{size:,}"]
            for name in names:
                threads = 1 if name == "NumPy" else 2
                times = seconds.get((law, "float32", threads, size, name))
                row.append(f"{median(times) * 1e6:,.0f}" if times else "")
            lines.append("| " + " | ".join(row) + " |")
    return lines


def limit_table(size: int) -> list[str]:
    torch.set_num_threads(2)
    times = _rounds(limits(size))
    return [
        "| limit | M elements/s |",
        "| --- | --- |",
        *(f"| {name} | {size / median(t) / 1e6:,.0f} |" for name, t in times.items()),
    ]


def plot(seconds: Seconds, sizes: list[int], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(LAWS), figsize=(16, 4.2), sharey=True, layout="constrained")
    for axis, law in zip(axes, LAWS, strict=True):
        for name in ("paraminit", "torch", "NumPy", "MindSpore"):
            threads = 1 if name == "NumPy" else 2
            points = [
                (size, median(times))
                for size in sizes
                if (times := seconds.get((law, "float32", threads, size, name)))
            ]
            if points:
                axis.loglog(*zip(*points, strict=True), marker="o", label=name)
        axis.set_title(f"{law}, float32, 2 threads")
        axis.set_xlabel("elements")
        axis.grid(visible=True, which="major", alpha=0.3)
    axes[0].set_ylabel("seconds")
    axes[0].legend()
    figure.savefig(path, dpi=110)


def machine() -> str:
    model = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    flags = next((line for line in _cpuinfo() if line.startswith("flags")), "")
    widest = next((name for name in ("avx512f", "avx2", "sse2") if name in flags), "")
    versions = f"torch {torch.__version__.split('+')[0]}, NumPy {np.__version__}"
    return (
        f"{model} ({widest}), {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="leave out larger sizes")
    sizes = [size for size in SIZES if size <= parser.parse_args().largest]
    shown = min(SHOWN, sizes[-1])
    seconds = measure(sizes)
    plot(seconds, sizes, ROOT / "docs" / "bench-fill.png")
    text = [
        "# Filling, side by side",
        "",
        f"Made by `make bench-fill` in one run on: {machine()}.",
        "",
        f"## {shown:,} elements: millions a second, and how many times faster",
        "",
        "Medians; in brackets the middle half of the rounds. NumPy has one thread, MindSpore its own.",
        "",
        *main_table(seconds, shown),
        "",
        "How far that is from what no random fill can beat:",
        "",
        *limit_table(shown),
        "",
        "## Every size: microseconds, float32, 2 threads",
        "",
        "An empty field: the peer cannot do it, or would have taken more than a few seconds.",
        "",
        "![Time against size](bench-fill.png)",
        "",
        *size_table(seconds, sizes),
        "",
    ]
    (ROOT / "docs" / "bench-fill.md").write_text("\n".join(text))
    print("\n".join(text), file=sys.stdout)


if __name__ == "__main__":
    main()
