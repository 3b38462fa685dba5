"""One of two processes that train a SyncBatchNorm: `synchronized.py RANK FOLDER`. Writes FOLDER/RANK.npz."""

import copy
import pickle
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from paraminit import nn

#: As many as the batch holds for each process: unequal, so that a mean of means would show.
CUT = 5


def trained(net, x, weights):
    """Result, gradient of x, and all of the net's numbers after two steps forward and one back."""
    x.requires_grad_()
    net.set_train()
    net(x)
    result = net(x)
    (result * weights).sum().backward()
    parameters = {name: p.detach().numpy() for name, p in net.parameters_and_names()}
    gradients = {f"{name}.grad": p.grad.numpy() for name, p in net.parameters_and_names() if p.requires_grad}
    return {"result": result.detach().numpy(), "x.grad": x.grad.numpy(), **parameters, **gradients}


def batch(shape):
    numbers = np.random.default_rng(0)
    return (torch.tensor(numbers.normal(3, 2, shape), dtype=torch.float32) for _ in range(2))


def main(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    mine = slice(0, CUT) if rank == 0 else slice(CUT, None)
    answers = {}
    cases = {"all": None, "empty": [], "named": [[1, 0]], "apart": [[0], [1]], "partly": [[1]]}
    for name, groups in cases.items():
        for shape in ((8, 3), (8, 3, 2, 4)):
            net = nn.SyncBatchNorm(3, gamma_init=0.5, process_groups=groups)
            for copied in (net, copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
                x, weights = (t[mine] for t in batch(shape))
                got = trained(copied, x, weights)
            answers |= {f"{name} {len(shape)} {key}": value for key, value in got.items()}
    for wrong in ([[0, 2]], [[0, 0]]):
        try:
            nn.SyncBatchNorm(3, process_groups=wrong)
        except ValueError as error:
            answers[f"error {wrong}"] = np.array(str(error))
    np.savez(Path(folder) / f"{rank}.npz", **answers)
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
