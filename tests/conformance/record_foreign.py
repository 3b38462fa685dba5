"""Runs inside the environment of the real MindSpore: `record_foreign.py PROGRAMS.txt`.

The file holds programs, each under a line `#### name`, and under `---- prints` what MindSpore prints for it,
which is written anew here. A program runs in a fork, in a folder that is its own.
"""

import os
import re
import runpy
import sys
import tempfile
from pathlib import Path

PROGRAM = re.compile(r"^#### (\w+)\n(.*?)^---- prints\n(.*?)(?=^#### |\Z)", re.MULTILINE | re.DOTALL)


def programs(path: Path) -> dict[str, tuple[str, str]]:
    """Name: (program, what it prints)."""
    return {name: (code, printed) for name, code, printed in PROGRAM.findall(path.read_text())}


def printed_by(code: str) -> str:
    import mindspore  # so that the forks have it  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        program, out = Path(folder, "program.py"), Path(folder, "out")
        program.write_text(code)
        pid = os.fork()
        if pid == 0:
            os.chdir(folder)
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT), 1)
            runpy.run_path(str(program), run_name="__main__")
            sys.stdout.flush()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0, code
        return out.read_text()


if __name__ == "__main__":
    recorded = Path(sys.argv[1])
    parts = [
        f"#### {n}\n{code}---- prints\n{printed_by(code)}" for n, (code, _) in programs(recorded).items()
    ]
    recorded.write_text("".join(parts))
