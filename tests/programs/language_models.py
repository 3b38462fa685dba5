"""Run by torchrun with four processes: transformers' Llama and Mixtral, divided as their users divide them.

Prints one line for each scenario that holds; any that does not fails the process.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

from paraminit import Plan, plan
from paraminit.describe.initializers import HeNormal, Normal, Orthogonal

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what transformers warns of while it is imported
    from transformers.models.llama.modeling_llama import LlamaConfig, LlamaForCausalLM
    from transformers.models.mixtral.modeling_mixtral import MixtralConfig, MixtralForCausalLM

# Hardly anything divides by 2 or 4: processes hold different amounts, some of them nothing.
SIZES = {
    "vocab_size": 61,
    "hidden_size": 35,
    "intermediate_size": 51,
    "num_hidden_layers": 2,
    "num_attention_heads": 5,
    "num_key_value_heads": 1,
    "head_dim": 6,
}
RULES = {
    "*.o_proj.weight": Orthogonal(),  # a law of the complete tensor
    "*_proj*": HeNormal(),  # fans of one projection, of one expert, of the complete parameter
    nn.Embedding: Normal(0.02),
}
TOKENS = torch.arange(2 * 7).reshape(2, 7)


def on_meta(name: str) -> nn.Module:
    with torch.device("meta"):
        if name == "llama":
            net = LlamaForCausalLM(LlamaConfig(**SIZES))
        else:
            net = MixtralForCausalLM(
                MixtralConfig(**SIZES, num_local_experts=5, experts_implementation="eager")
            )
    return net.eval()


@functools.cache
def alone(name: str) -> tuple[Plan, nn.Module]:
    """The plan, and the model as one process has it."""
    net = on_meta(name)
    planned = plan(net, RULES, default="torch", seed=3)
    planned.apply(net, device="cpu")
    return planned, net


def in_tensor_parallel(net: nn.Module, mesh: DeviceMesh) -> nn.Module:
    styles = {}
    for n in range(len(net.model.layers)):
        at = f"model.layers.{n}"
        styles |= {f"{at}.self_attn.{name}_proj": ColwiseParallel() for name in "qkv"}
        styles |= {f"{at}.mlp.{name}_proj": ColwiseParallel() for name in ("gate", "up")}
        styles |= {f"{at}.self_attn.o_proj": RowwiseParallel(), f"{at}.mlp.down_proj": RowwiseParallel()}
    return parallelize_module(net, mesh, styles)


def sharded(net: nn.Module, mesh: DeviceMesh) -> nn.Module:
    for layer in net.model.layers:
        fully_shard(layer, mesh=mesh)
    return fully_shard(net, mesh=mesh)


def whole(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def check(name: str, net: nn.Module, *, runs: bool = True) -> None:
    """Planned and filled after it was divided: the plan, every bit and the results are one process's."""
    planned, single = alone(name)
    made = plan(net, RULES, default="torch", seed=3)
    assert made == planned, made.diff(planned)
    ledger = made.apply(net, device="cpu")
    held = [whole(p) for p in net.parameters()]
    for (parameter, expected), p in zip(single.named_parameters(), held, strict=True):
        assert p.detach().view(torch.int32).equal(expected.detach().view(torch.int32)), parameter
    assert ledger.nbytes < sum(p.nbytes for p in single.parameters())
    if runs:  # sums in another order
        torch.testing.assert_close(whole(net(TOKENS).logits), single(TOKENS).logits, rtol=1e-4, atol=1e-5)


def fsdp(every: DeviceMesh, grid: DeviceMesh) -> None:
    for name in ("llama", "mixtral"):
        for mesh in (every, grid["data"], grid):  # of 4, of 2, and 2 replicas of 2 shards
            check(name, sharded(on_meta(name), mesh))


def fsdp_of_every_module(every: DeviceMesh, grid: DeviceMesh) -> None:
    """fully_shard gives the modules classes of its own; they still mean the same."""
    for name in ("llama", "mixtral"):
        net = on_meta(name)
        for module in reversed(list(net.modules())):
            if list(module.parameters(recurse=False)):
                fully_shard(module, mesh=every)
        check(name, net)


def tensor_parallel(every: DeviceMesh, grid: DeviceMesh) -> None:
    net = in_tensor_parallel(on_meta("llama"), grid["tensor"])
    assert sum(isinstance(p, DTensor) for p in net.parameters()) == 2 * 7
    check("llama", net, runs=False)
    check("llama", in_tensor_parallel(on_meta("llama"), every), runs=False)


def both(every: DeviceMesh, grid: DeviceMesh) -> None:
    net = sharded(in_tensor_parallel(on_meta("llama"), grid["tensor"]), grid["data"])
    assert net.model.layers[0].mlp.up_proj.weight.device_mesh.ndim == 2
    check("llama", net, runs=False)


def transformers_own_initialization_makes_shards_alike(every: DeviceMesh, grid: DeviceMesh) -> None:
    """Why: with the one seed that users set, each process begins its shard with the same numbers."""
    net = sharded(on_meta("llama"), every).to_empty(device="cpu")
    torch.manual_seed(0)
    net.model.layers[0].mlp.apply(net._init_weights)
    first, second, *_ = net.model.layers[0].mlp.up_proj.weight.full_tensor().split(-(-51 // 4))
    assert first.equal(second)
    assert first.std() > 0
    _, single = alone("llama")
    first, second, *_ = single.model.layers[0].mlp.up_proj.weight.split(-(-51 // 4))
    assert not (first == second).any()


if __name__ == "__main__":
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    meshes = (
        init_device_mesh("cpu", (4,)),
        init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor")),
    )
    for scenario in (
        fsdp,
        fsdp_of_every_module,
        tensor_parallel,
        both,
        transformers_own_initialization_makes_shards_alike,
    ):
        scenario(*meshes)
        dist.barrier()
        if dist.get_rank() == 0:
            print(scenario.__name__, flush=True)
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)  # all is checked: now and then torch's threads abort an interpreter that shuts down
