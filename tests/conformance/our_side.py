"""paraminit's answers to the cases, under the names that mindspore_side.py uses after a case's number."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import torch

import paraminit
from paraminit import nn
from paraminit.common import initializer as initializers
from paraminit.fill.distributions import Normal, TruncatedNormal, Uniform
from paraminit.fill.fill import fill

from .drawing import Case
from .inputs import answers
from .networks import networks

LAWS = {"uniform": Uniform, "normal": Normal, "truncated": TruncatedNormal}
NAMES = {**vars(initializers), "nn": nn, "mint": getattr(paraminit, "mint", None), "dtype": paraminit.dtype}
NAMES |= {"OrderedDict": OrderedDict, "Tensor": paraminit.Tensor, **networks(paraminit)}

Answers = dict[str, np.ndarray[Any, Any]]


def ours(case: Case) -> Answers:
    if "law" in case:
        out = np.empty(case["size"], np.float32)
        fill(LAWS[case["law"]](*case["arguments"]), case["key"], None, out)
        return {"": out}
    with paraminit.profile(case.get("profile", "default")):
        {"set_seed": paraminit.set_seed, "numpy": np.random.seed}[case["seeding"]](case["seed"])
        if "init" in case:
            init = eval(case["init"], dict(NAMES))
            dtype = getattr(paraminit, case["dtype"])
            return {"": plain(initializers.initializer(init, case["shape"], dtype))}
        return answers(case, built(case), torch.from_numpy, plain)


def built(case: Case) -> nn.Cell:
    """The cell; a lazy one has its parameters created one by one, the last first."""
    if case["lazy"]:
        with paraminit.no_init_parameters():
            cell: nn.Cell = eval(case["cell"], dict(NAMES))
        for _, param in reversed([*cell.parameters_and_names()]):
            if param.has_init:
                param.init_data()
    else:
        cell = eval(case["cell"], dict(NAMES))
    for part, init in case.get("rules", ()):
        for name, param in cell.parameters_and_names():
            if part in name and (part == "bias" or param.ndim > 1):
                new = initializers.initializer(eval(init, dict(NAMES)), param.shape, param.dtype)
                param.set_data(new)
    return cell


def plain(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    array = tensor.asnumpy() if isinstance(tensor, paraminit.Tensor) else tensor.detach().numpy()
    array = array.copy()  # it shares the memory that training writes to
    return array if array.dtype.kind in "biufc" else array.view(np.uint16)
