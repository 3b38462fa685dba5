"""Saves of a plan that something happens to: `streamed.py killed FOLDER`, `... process RANK FOLDER`."""

import json
import os
import random
import resource
import signal
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

from paraminit.describe.initializers import Normal, Orthogonal, Uniform, Zero
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.files import stream
from paraminit.files.work_file import WorkFile
from paraminit.fill.keys import key_by_name

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
LIMIT = "3MB"


def plan_of(described, seed=1, tied=None):
    """A plan from {name: (initializer, shape, dtype)}."""
    entries = {}
    for name, (init, shape, dtype) in described.items():
        recipe = Recipe(init, shape, np.dtype(dtype), key=key_by_name(seed, name))
        entries[name] = Entry(shape, recipe.dtype, "*", recipe)
    return Plan(entries, seed, tied)


def network(rows=400_000, seed=1):
    """About 64 bytes a row; some tensors larger than a file may be, many smaller than a chunk."""
    described = {"embedding": (Normal(0.02), (rows, 16), BFLOAT16)}
    for n in range(4):
        described[f"h.{n}.weight"] = (Uniform(0.1), (rows // 4, 8), BFLOAT16)
        described[f"h.{n}.bias"] = (Zero(), (1 + n,), np.float32)
        described[f"h.{n}.mixing"] = (Orthogonal(), (64, 64), np.float32)
    described["head"] = (Normal(1.0), (rows, 4), np.float32)
    return plan_of(described, seed)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def in_child(action):
    """Run in a forked process; the status that waitpid gives. It leaves without cleaning up."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def kill_after(count):
    """The process is killed when so many bytes are written, in the middle of a chunk or between two."""
    put, written = WorkFile._put, 0

    def counting_put(file, content, position):
        nonlocal written
        content = memoryview(content)
        if written + len(content) > count:
            put(file, content[: count - written], position)
            os.kill(os.getpid(), signal.SIGKILL)
        put(file, content, position)
        written += len(content)

    WorkFile._put = staticmethod(counting_put)


def killed(folder):
    """Kill a save at random bytes and resume it until it is through; answers on standard output."""
    # What goes past the page cache is not counted by the above, so that is off.
    stream.CHUNK, sys.modules["paraminit.files.work_file"]._DIRECT = 1 << 16, 0
    plan, target = network(), Path(folder, "killed")
    total = sum(layout.size for layout in stream._target(plan, target, None, LIMIT).layouts)
    moments = random.Random(5).sample(range(total // 6), 5)
    seen, statuses = [], []

    def save(moment):
        kill_after(moment)
        plan.save(target, max_shard_size=LIMIT, resume=True)

    for moment in moments:
        statuses.append(in_child(lambda moment=moment: save(moment)))
        seen.append(sorted(path.name for path in target.glob("[!.]*")))
    finished = in_child(lambda: plan.save(target, max_shard_size=LIMIT, resume=True))

    def too_large():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            plan.save(Path(folder, "large"), max_shard_size=None)
        except OSError as error:
            Path(folder, "error.json").write_text(json.dumps([error.errno, str(error)]))

    def bounded():
        stream.CHUNK = 1 << 22
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        plan_of({"w": (Normal(), (1 << 27,), BFLOAT16)}).save(Path(folder, "memory.safetensors"))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        Path(folder, "grown.json").write_text(json.dumps([grown * 1024, "rich" in sys.modules]))
        Path(folder, "memory.safetensors").unlink()

    limited = in_child(too_large)
    memory = in_child(bounded)
    print(json.dumps([statuses, seen, finished, limited, memory]))


def process(rank, folder):
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    stream.CHUNK = 1 << 16
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    network().save(Path(folder, "shared"), max_shard_size=LIMIT)
    network().save(Path(folder, "one.safetensors"), max_shard_size=None)
    errors = []

    def fail(number, content):
        raise OSError(28, "No space left on device")

    broken = network(1000)
    if rank == 1:
        WorkFile.store = lambda self, number, content: fail(number, content)
    for plan in (broken, network(1000, seed=rank)):
        try:
            plan.save(Path(folder, "broken"), max_shard_size="4KB")
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
    Path(folder, f"errors{rank}.json").write_text(json.dumps(errors))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    if sys.argv[1] == "killed":
        killed(sys.argv[2])
    else:
        process(int(sys.argv[2]), sys.argv[3])
