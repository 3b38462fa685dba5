"""Planning a network of 70 billion parameters, and slices of it: `python bench/plan.py [--rounds N]`.

The network is on the meta device; building it there, which whoever plans it has to do as well, is timed in
the same rounds. Not a test: nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

import paraminit

RULES = {"*norm.weight": "ones", "*": paraminit.common.initializer.Normal(0.02)}
LLAMA_70B = LlamaConfig(
    hidden_size=8192,
    intermediate_size=28672,
    num_hidden_layers=80,
    num_attention_heads=64,
    num_key_value_heads=8,
    vocab_size=128256,
)


def on_meta() -> nn.Module:
    with torch.device("meta"):
        return LlamaForCausalLM(LLAMA_70B)


def milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - start)


def shown(times: list[float]) -> str:
    return f"{median(times):.3g} ms ({min(times):.3g} to {max(times):.3g})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    rounds = range(parser.parse_args().rounds)
    net = on_meta()
    plan = paraminit.plan(net, RULES, seed=1)
    tracemalloc.start()
    kept = paraminit.plan(net, RULES, seed=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    recipe = plan["model.layers.40.mlp.down_proj.weight"]
    recipe[:10]  # the kernels are loaded
    building, planning, slicing = [], [], []
    for _ in rounds:
        building.append(milliseconds(on_meta))
        planning.append(milliseconds(lambda: paraminit.plan(net, RULES, seed=1)))
        slicing.append(milliseconds(lambda: recipe[1000:1010]))
    print(f"Llama, {kept.nbytes / 4e9:.1f} billion parameters, {len(kept)} tensors, {len(rounds)} rounds")
    print(f"  built on the meta device: {shown(building)}")
    print(f"  planned: {shown(planning)}, {peak / 1e6:.1f} MB at most")
    print(f"  rows 1000 to 1010 of a matrix of {recipe.shape}: {shown(slicing)}")


if __name__ == "__main__":
    main()
