"""What `make demo` shows: the tutorials' programs, networks described and then filled, and a picture."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

import paraminit
from paraminit import nn
from paraminit.common.initializer import (
    HeNormal,
    HeUniform,
    Initializer,
    Normal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
)

HERE = Path(__file__).parent
BUILD = HERE.parent / "build"


def run_the_documents(console: Console) -> None:
    """Each program in a process of its own, as a reader of the tutorials would run it."""
    for program in sorted((HERE / "documents").glob("*.py")):
        run_a_program(console, program)
    run_a_program(console, HERE / "documents" / "conv2d_string.py", "--profile", "mindspore-1")


def run_a_program(console: Console, program: Path, *options: str) -> None:
    """Its first line says what it shows; the rest is what it prints."""
    command = " ".join(["paraminit run", *options, str(program.relative_to(HERE.parent))])
    console.rule(f"[bold]{command}")
    console.print(program.read_text().split('"""')[1].split("\n")[0], style="dim", highlight=False)
    command_line = [sys.executable, "-m", "paraminit", "run", *options, str(program)]
    printed = subprocess.run(command_line, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    if len(printed) > 12:
        printed = [*printed[:8], f"... {len(printed) - 11} lines ...", *printed[-3:]]
    print("\n".join(printed), flush=True)


def network() -> nn.SequentialCell:
    """A small network for images of digits; each layer says how its parameters are made."""
    return nn.SequentialCell(
        nn.Conv2d(1, 32, 3, weight_init=HeNormal(nonlinearity="relu"), has_bias=True, bias_init="zeros"),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, weight_init=HeNormal(nonlinearity="relu")),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dense(64 * 14 * 14, 256, weight_init=XavierUniform()),
        nn.ReLU(),
        nn.Dense(256, 10, weight_init=TruncatedNormal(0.02, 0.0, -0.04, 0.04), bias_init="zeros"),
    )


def show_a_network(console: Console) -> None:
    """What is promised before any value exists, beside what is there afterwards."""
    console.rule("[bold]A network: described, then filled")
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        net = network()
    recipes = net.recipes()
    promised = {name: recipe.std for name, recipe in recipes.items()}

    start = time.perf_counter()
    network()
    loading = time.perf_counter() - start
    start = time.perf_counter()
    net.init_parameters_data()
    seconds = time.perf_counter() - start

    table = Table("parameter", "shape", "dtype", "initializer", "std promised", "measured")
    table.columns[3].overflow = "fold"
    for name, parameter in net.parameters_and_names():
        values, std = parameter.asnumpy(), promised[name]
        table.add_row(
            name,
            str(tuple(parameter.shape)),
            str(values.dtype),
            repr(recipes[name].initializer),
            "" if std is None else f"{std:.5f}",
            f"{values.std():.5f}",
        )
    console.print(table)
    count = sum(parameter.numel() for parameter in net.get_parameters())
    console.print(
        f"{count:,} parameters filled in {seconds * 1000:.0f} ms. (The first such network took "
        f"{loading:.1f} s: kernels are compiled once and kept on disk.)"
    )


def show_a_plan(console: Console) -> None:
    """A torch network of GPT-2's size without memory, every parameter by rule; then with memory."""
    console.rule("[bold]A torch network: planned on the meta device, then filled")
    with torch.device("meta"):
        block = torch.nn.TransformerEncoderLayer(768, 12, 3072, batch_first=True, norm_first=True)
        model = torch.nn.ModuleDict(
            {
                "tokens": torch.nn.Embedding(50257, 768),
                "positions": torch.nn.Embedding(1024, 768),
                "blocks": torch.nn.TransformerEncoder(block, 12, torch.nn.LayerNorm(768), False),
            }
        )
    residual = Normal(0.02 / math.sqrt(2 * 12))  # two sums into the residual stream for each block
    rules = {
        "*bias": "zeros",
        torch.nn.LayerNorm: "ones",
        "*.out_proj.weight": residual,
        "*.linear2.weight": residual,
        "*": Normal(0.02),
    }
    start = time.perf_counter()
    plan = paraminit.plan(model, rules, seed=1)
    planned = time.perf_counter() - start
    print(plan)
    start = time.perf_counter()
    plan.apply(model, device="cpu")
    filled = time.perf_counter() - start
    console.print(f"Planned in {planned * 1000:.0f} ms, filled in {filled * 1000:.0f} ms.")


def draw_a_picture(path: Path) -> None:
    """What each initializer draws for one weight, and the standard deviation it promises."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shape = (256, 512)
    initializers: list[Initializer] = [
        Normal(0.05),
        TruncatedNormal(0.05, 0.0, -0.1, 0.1),
        Uniform(0.1),
        XavierNormal(),
        XavierUniform(),
        HeNormal(),
        HeUniform(),
        VarianceScaling(),
        VarianceScaling(mode="fan_avg", distribution="uniform"),
    ]
    figure, grid = plt.subplots(3, 3, figsize=(12, 8), sharex=True, layout="constrained")
    for axes, initializer in zip(grid.flat, initializers, strict=True):
        paraminit.set_seed(1)
        values = np.empty(shape, np.float32)
        initializer(values)
        std = initializer.distribution(shape).std
        axes.hist(values.reshape(-1), bins=200, range=(-0.25, 0.25), color="#4477aa")
        for x in (-std, std):
            axes.axvline(x, color="#cc3311", linewidth=1)
        axes.set_title(textwrap.fill(repr(initializer), 50), fontsize=8)
        axes.text(
            0.02,
            0.93,
            f"std {values.std():.5f}\nsays {std:.5f}",
            fontsize=8,
            va="top",
            transform=axes.transAxes,
        )
        axes.set_yticks([])
    figure.suptitle("131,072 values each, weight of shape (256, 512); red: plus and minus the promised std")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main() -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    run_the_documents(console)
    show_a_network(console)
    show_a_plan(console)
    picture = BUILD / "initializers.png"
    draw_a_picture(picture)
    console.print(f"Picture: {picture.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
