"""Plan.apply beside torch, in one run: `python bench/apply.py [--rounds N] [--layers N]`.

The contestants take turns within every round, in an order drawn anew, so that whatever else the machine does
meets all of them, as does what one leaves behind for the next (gigabytes of memory that the system takes
back); reported are medians, and the median of the rounds' ratios with the lowest and the highest. Not a test:
nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

import paraminit

RULES = {"*.bias": "zeros", "*norm*.weight": "ones", "*": paraminit.common.initializer.Normal(0.02)}
GPT2_RULES = {"*.bias": "zeros", "*ln_*.weight": "ones", "*": RULES["*"]}


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)


class GPT(nn.Module):
    """The parameters of a GPT with untied head; 28 layers of width 1024 make 457 million."""

    def __init__(self, layers: int, width: int = 1024, vocabulary: int = 50257) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(1024, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)


class Small(nn.Module):
    """Ten thousand tensors of 64 elements: what each costs besides its values."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.ParameterList(torch.empty(64) for _ in range(10_000))


def normals(net: nn.Module) -> None:
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(0, 0.02)


def from_meta(build: Callable[[], nn.Module]) -> None:
    with torch.device("meta"):
        net = build()
    paraminit.initialize(net, RULES, seed=1, device="cpu")


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    result = call()
    taken = time.perf_counter() - start
    del result
    return taken


def compare(title: str, rounds: int, contestants: dict[str, Callable[[], object]]) -> None:
    """Against the first contestant; its name is printed first."""
    for call in contestants.values():  # warm up: kernels are compiled once
        call()
    times: dict[str, list[float]] = {name: [] for name in contestants}
    order = random.Random(0)
    for _ in range(rounds):
        for name in order.sample([*contestants], len(contestants)):
            times[name].append(seconds(contestants[name]))
    first, *others = contestants
    print(f"\n{title}, {rounds} rounds\n  {first}: {median(times[first]):.3g} s")
    for name in others:
        ratios = [theirs / ours for ours, theirs in zip(times[first], times[name], strict=True)]
        print(
            f"  {name}: {median(times[name]):.3g} s, {median(ratios):.2f} times as long "
            f"({min(ratios):.2f} to {max(ratios):.2f})"
        )


def gpt(rounds: int, layers: int) -> None:
    def build() -> nn.Module:
        return GPT(layers)

    net = build()
    what = f"A GPT of {millions(net)}, {torch.get_num_threads()} threads"
    plan = paraminit.plan(net, RULES, seed=1)
    compare(
        f"{what}, Normal(0.02)",
        rounds,
        {
            "Plan.apply in place": lambda: plan.apply(net),
            "normal_ over its parameters": lambda: normals(net),
            "built on meta, planned, applied": lambda: from_meta(build),
            "torch's own construction": build,
        },
    )
    alike = paraminit.plan(net, default="torch", seed=1)
    compare(
        f"{what}, torch's laws on both sides",
        rounds,
        {"Plan.apply in place": lambda: alike.apply(net), "torch's own construction": build},
    )


def gpt2(rounds: int, layers: int) -> None:
    config = GPT2Config(n_embd=1024, n_layer=layers + 4, n_head=16)
    net = GPT2LMHeadModel(config)
    plan = paraminit.plan(net, GPT2_RULES, seed=1)
    compare(
        f"transformers' GPT-2 of {millions(net)}",
        rounds,
        {
            "Plan.apply in place": lambda: plan.apply(net),
            "normal_ over its parameters": lambda: normals(net),
            "its own construction": lambda: GPT2LMHeadModel(config),
        },
    )


def small_tensors(rounds: int) -> None:
    net = Small()
    rules = {"*": paraminit.common.initializer.Normal(0.02)}
    plan = paraminit.plan(net, rules, seed=1)
    compare(
        "10,000 tensors of 64 elements",
        rounds,
        {
            "Plan.apply in place": lambda: plan.apply(net),
            "paraminit.plan": lambda: paraminit.plan(net, rules, seed=1),
            "normal_ over its parameters": lambda: normals(net),
            "nn.init.normal_ over its parameters": lambda: [
                nn.init.normal_(p, 0, 0.02) for p in net.parameters()
            ],
        },
    )


def millions(net: nn.Module) -> str:
    return f"{sum(parameter.numel() for parameter in net.parameters()) / 1e6:.0f} M parameters"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--layers", type=int, default=28)
    options = parser.parse_args()
    gpt(options.rounds, options.layers)
    gpt2(options.rounds, options.layers)
    small_tensors(options.rounds)


if __name__ == "__main__":
    main()
