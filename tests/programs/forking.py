"""Run programs one after the other, each in a fork of a process that has imported torch and the kernels.

Reads lines of JSON: {"arguments": [...], "out": ..., "err": ..., "folder": ...}; answers with the status.
The arguments are those of Python itself: a program, or -m and a module.
"""

import json
import os
import runpy
import sys

import numpy as np

import paraminit.numpy  # noqa: F401  (with all operators)
from paraminit import cli, gradients, nn, torch_words  # noqa: F401
from paraminit.fill.distributions import Normal, TruncatedNormal, Uniform
from paraminit.fill.fill import fill


def run(arguments: list[str]) -> None:
    module = arguments[0] == "-m"
    sys.argv = arguments[1:] if module else arguments
    if module:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def child(arguments: list[str], out: str, err: str, folder: str) -> int:
    os.chdir(folder)  # some write files
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    try:
        run(arguments)
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    for law in (Uniform(0, 1), Normal(0, 1), Normal(1, 1), TruncatedNormal(-2, 2, 0, 1)):
        fill(law, 1, None, np.empty(4, np.float32))  # loads the kernel, for all forks
    cli.app()  # and what `paraminit run` needs
    nn.Dense(1, 1, weight_init="zeros", bias_init="zeros")  # and whatever a first layer loads
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                status = child(**json.loads(line))
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(status)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
