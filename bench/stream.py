"""plan.save beside `dd` writing as many bytes, in one run: `python bench/stream.py [--gigabytes 16]`.

An 8-billion-parameter bfloat16 checkpoint by default. Each round lets dd (with fsync) and plan.save write
the same number of bytes to the same disk, and prints both; then the save is killed while it writes, each
time after a random number of bytes, and resumed, and its files are compared with the undisturbed ones.
Everything written is removed. Not a test.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HIDDEN = 4096
LAYER = {  # one layer of an 8-billion-parameter Llama: 218,112,000 parameters
    "self_attn.q_proj.weight": (HIDDEN, HIDDEN),
    "self_attn.k_proj.weight": (HIDDEN // 4, HIDDEN),
    "self_attn.v_proj.weight": (HIDDEN // 4, HIDDEN),
    "self_attn.o_proj.weight": (HIDDEN, HIDDEN),
    "mlp.gate_proj.weight": (14336, HIDDEN),
    "mlp.up_proj.weight": (14336, HIDDEN),
    "mlp.down_proj.weight": (HIDDEN, 14336),
    "input_layernorm.weight": (HIDDEN,),
    "post_attention_layernorm.weight": (HIDDEN,),
}
VOCABULARY = 128256


def planned(gigabytes: float):
    """A Llama of as many layers as fit: 16 GB are the 32 of the 8-billion-parameter one."""
    import ml_dtypes
    import numpy as np

    from paraminit.describe.initializers import Normal, One
    from paraminit.describe.plan import Plan
    from paraminit.describe.plan_entry import Entry
    from paraminit.describe.recipe import Recipe
    from paraminit.fill.keys import key_by_name

    rows = VOCABULARY if gigabytes > 4 else 8192
    shapes = {"model.embed_tokens.weight": (rows, HIDDEN)}
    for layer in range(max(1, round((gigabytes * 1e9 - 4 * rows * HIDDEN) / 436.2e6))):
        shapes |= {f"model.layers.{layer}.{name}": shape for name, shape in LAYER.items()}
    shapes |= {"model.norm.weight": (HIDDEN,), "lm_head.weight": (rows, HIDDEN)}
    entries = {}
    for name, shape in shapes.items():
        init = One() if len(shape) == 1 else Normal(0.02)
        recipe = Recipe(init, shape, np.dtype(ml_dtypes.bfloat16), key=key_by_name(1, name))
        entries[name] = Entry(shape, recipe.dtype, "*", recipe)
    return Plan(entries, 1)


def child(folder: Path, gigabytes: float) -> None:
    """Save in a process of its own, and say how long it took and how much memory it needed."""
    import numpy as np

    from paraminit.files import stream  # what is imported, and compiled, is not counted
    from paraminit.files.chunk_digests import chunk_digest
    from paraminit.fill.fill import fill

    plan = planned(gigabytes)
    small = np.empty(1 << 12, plan["lm_head.weight"].dtype)
    fill(plan["lm_head.weight"].law, 1, None, small)
    chunk_digest(small.view(np.uint8))
    print("begins", flush=True)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    stream.save(plan, folder, resume=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(seconds, (after.ru_maxrss - before.ru_maxrss) / 1024, processor, flush=True)


def start(folder: Path, gigabytes: float) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--child", str(folder), "--gigabytes", str(gigabytes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def save(folder: Path, gigabytes: float) -> list[float]:
    process = start(folder, gigabytes)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit("the save failed")
    return [float(word) for word in out.split()[1:]]


def dd(path: Path, size: int) -> float:
    """Seconds for dd to write so many bytes and flush them, as dd itself says."""
    command = [
        "dd",
        "if=/dev/zero",
        f"of={path}",
        "bs=32M",
        f"count={size}",
        "iflag=count_bytes",
        "conv=fsync",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    path.unlink()
    return float(re.search(r"copied, ([\d.e+-]+) s", said)[1])


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def digests(folder: Path) -> dict[str, str]:
    from hashlib import file_digest

    found = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found[path.name] = file_digest(file, "blake2b").hexdigest()
    return found


def on_the_disk(folder: Path) -> int:
    """Bytes written so far; a file has its whole length from the start."""
    return sum(path.stat().st_blocks * 512 for path in folder.iterdir()) if folder.exists() else 0


def killed_and_resumed(folder: Path, gigabytes: float, kills: int) -> None:
    expected, size = digests(folder), size_of(folder)
    shutil.rmtree(folder)
    written = 0
    for number in range(kills):
        # Counted in bytes, not seconds: a resumed save first checks what is there, and writes after that.
        last = written + random.uniform(0, 2 * (size - written) / (kills - number + 1))
        process = start(folder, gigabytes)
        process.stdout.readline()  # it has imported everything and begins
        while process.poll() is None and on_the_disk(folder) <= last:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.02))  # a chunk takes about so long: to meet every stage of it
        process.send_signal(signal.SIGKILL)
        process.wait()
        before, written = written, on_the_disk(folder)
        visible = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
        print(
            f"kill {number + 1}: after {(written - before) / 1e9:.3f} GB more, {written / 1e9:.3f} GB on the "
            f"disk, {len(visible)} files visible",
            flush=True,
        )
    again = save(folder, gigabytes)[0]
    print(f"resumed in {again:.1f} s; byte-identical: {digests(folder) == expected}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=16.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to measure; default: here")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.gigabytes)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder or Path.cwd(), prefix="stream-") as place:
        folder, ratios = Path(place, "saved"), []
        for number in range(arguments.rounds):
            shutil.rmtree(folder, ignore_errors=True)
            seconds, memory, processor = save(folder, arguments.gigabytes)
            size = size_of(folder)
            theirs = dd(Path(place, "dd"), size)
            ratios.append(seconds / theirs)
            print(
                f"round {number + 1}: {size / 1e9:.2f} GB, plan.save {seconds:.1f} s "
                f"({size / 1e9 / seconds:.2f} GB/s, {processor:.1f} s of processor time, {memory:.0f} MiB "
                f"above the imports), dd {theirs:.1f} s; ratio {ratios[-1]:.2f}",
                flush=True,
            )
        print(f"median ratio {median(ratios):.2f}")
        if arguments.kills:
            killed_and_resumed(folder, arguments.gigabytes, arguments.kills)


if __name__ == "__main__":
    main()
