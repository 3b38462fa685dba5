"""The command line: what it loads, how a program sees it, what it says to bad input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paraminit import cli

PARAMINIT = [sys.executable, "-m", "paraminit"]
HEAVY = {"torch", "numpy", "numba", "rich", "matplotlib"}


def paraminit(
    *args: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PARAMINIT_PROFILE"}
    return subprocess.run(
        [*PARAMINIT, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment | variables,
        timeout=120,
    )


def program(folder: Path, text: str, name: str = "program.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def modules_loaded(*command: str) -> set[str]:
    timed = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in timed.stderr.splitlines() if "|" in line}


# -- start-up -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [("-m", "paraminit", "--help"), ("-m", "paraminit", "run", "--help"), ("-c", "import paraminit")],
    ids=["help", "run_help", "import"],
)
def test_help_and_import_load_no_array_library(command):
    """Asking for help, or importing the package, costs neither torch nor NumPy nor Numba."""
    assert not modules_loaded(*command) & HEAVY


def test_the_guard_against_heavy_modules_can_fail():
    """The check above sees a module that is really loaded."""
    assert modules_loaded("-c", "import numpy") & HEAVY == {"numpy"}


def test_every_command_has_help():
    """A command's docstring is its help: each file in cli/ defines `command` with one."""
    for command in cli.app().registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__, command.name
        assert command.name in paraminit("--help").stdout


def test_version():
    result = paraminit("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("paraminit ")


# -- a program under `run` ----------------------------------------------------------------------------


def test_a_program_sees_what_python_would_show_it(tmp_path):
    """Arguments (options too), __name__, __file__, its own folder first in sys.path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    program(folder, "VALUE = 41\n", "neighbour.py")
    program(
        folder,
        "import sys, neighbour\n"
        "print(__name__, __file__, sys.argv, neighbour.VALUE + 1)\n"
        "print(sys.path[0], __package__, __spec__, __doc__, sorted(globals()))\n"
        "import atexit\n"
        "atexit.register(lambda: print(sys.modules['__main__'].neighbour.VALUE))\n",
    )
    result = paraminit(
        "run", "programs/program.py", "a", "--help", "--profile", "x", "--", "-m", cwd=tmp_path
    )
    plain = subprocess.run(
        [sys.executable, "programs/program.py", "a", "--help", "--profile", "x", "--", "-m"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert result.stdout == plain.stdout
    assert "'a', '--help', '--profile', 'x', '--', '-m'] 42" in result.stdout
    assert result.stdout.endswith("41\n")
    assert result.returncode == 0


def test_run_m_runs_a_module(tmp_path):
    """As `python -m`: the module is found from the working folder, and sys.argv[0] is its file."""
    path = program(tmp_path, "import sys\nprint(__name__, sys.argv)\n", "tool.py")
    result = paraminit("run", "-m", "tool", "--x", cwd=tmp_path)
    assert result.stdout == f"__main__ {[str(path), '--x']}\n"


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        ("raise SystemExit(7)", 7, ""),
        ("raise SystemExit('stopped')", 1, "stopped\n"),
        ("raise SystemExit", 0, ""),
        ("import os; os._exit(9)", 9, ""),
        ("raise KeyboardInterrupt", 130, None),
    ],
    ids=["code", "message", "bare", "os_exit", "ctrl_c"],
)
def test_exit_code_is_the_programs(tmp_path, ending, code, said):
    result = paraminit("run", program(tmp_path, ending))
    assert result.returncode == code
    if said is not None:
        assert result.stderr == said


def test_a_traceback_shows_the_program_alone(tmp_path):
    """An uncaught error reads as under `python`, without this package's frames; exit code 1."""
    path = program(tmp_path, "def f():\n    1 / 0\n\nf()\n")
    result = paraminit("run", path)
    plain = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert result.returncode == plain.returncode == 1
    assert result.stderr == plain.stderr
    assert "ZeroDivisionError" in result.stderr


def test_a_syntax_error_reads_as_under_python(tmp_path):
    path = program(tmp_path, "x = = 1\n")
    plain = subprocess.run([sys.executable, path], capture_output=True, text=True)
    result = paraminit("run", path)
    assert result.stderr == plain.stderr
    assert result.returncode == 1


def test_a_programs_excepthook_is_called(tmp_path):
    text = "import sys\nsys.excepthook = lambda *error: print('caught', error[0].__name__)\n1 / 0\n"
    assert paraminit("run", program(tmp_path, text)).stdout == "caught ZeroDivisionError\n"


# -- profiles -----------------------------------------------------------------------------------------

SHOW_PROFILE = "from paraminit.profiles import current_profile\nprint(current_profile())\n"


def test_profile_option_sets_the_profile(tmp_path):
    assert (
        paraminit("run", "--profile", "mindspore-1", program(tmp_path, SHOW_PROFILE)).stdout
        == "mindspore-1\n"
    )


def test_profile_option_wins_over_the_environment_and_reaches_children(tmp_path):
    text = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {SHOW_PROFILE!r}], check=True)\n"
    result = paraminit(
        "run", "--profile", "mindspore-1", program(tmp_path, text), PARAMINIT_PROFILE="mindspore-2.10"
    )
    assert result.stdout == "mindspore-1\n"


def test_profile_comes_from_the_environment_without_an_option(tmp_path):
    result = paraminit("run", program(tmp_path, SHOW_PROFILE), PARAMINIT_PROFILE="mindspore-2.10")
    assert result.stdout == "mindspore-2.10\n"


# -- bad input: said clearly, exit code 2, the program not run ----------------------------------------


def test_missing_script(tmp_path):
    result = paraminit("run", "absent.py", "--x", cwd=tmp_path)
    assert result.returncode == 2
    assert "the script 'absent.py' does not exist. Give the path of a Python file" in result.stderr
    assert "Traceback" not in result.stderr


def test_folder_without_main(tmp_path):
    result = paraminit("run", tmp_path)
    assert result.returncode == 2
    assert "is a folder without a __main__.py" in result.stderr


def test_folder_with_main_runs(tmp_path):
    program(tmp_path, "print('ran')", "__main__.py")
    assert paraminit("run", tmp_path).stdout == "ran\n"


def test_unknown_profile_suggests_the_nearest(tmp_path):
    result = paraminit("run", "--profile", "mindspore1", program(tmp_path, "print('ran')"))
    assert (result.returncode, result.stdout) == (2, "")
    assert "There is no profile named 'mindspore1'. Did you mean 'mindspore-1'" in result.stderr


def test_unknown_profile_in_the_environment_is_named_as_such(tmp_path):
    result = paraminit("run", program(tmp_path, "print('ran')"), PARAMINIT_PROFILE="latest")
    assert (result.returncode, result.stdout) == (2, "")
    assert "Invalid value for PARAMINIT_PROFILE: There is no profile named 'latest'." in result.stderr


def test_unknown_option_before_the_script_is_refused(tmp_path):
    result = paraminit("run", "--profle", "default", program(tmp_path, "print('ran')"))
    assert (result.returncode, result.stdout) == (2, "")
    assert "No such option: --profle" in result.stderr


def test_no_script():
    result = paraminit("run")
    assert result.returncode == 2
    assert "Missing argument 'script'" in result.stderr


def test_unknown_command_is_refused():
    result = paraminit("rum")
    assert result.returncode == 2
    assert "No such command 'rum'. Did you mean 'run'?" in result.stderr
