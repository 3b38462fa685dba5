"""``paraminit run``: a MindSpore program, on this package."""

from __future__ import annotations

import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Annotated

import typer

# Options after the script belong to the script, `--help` included.
CONTEXT_SETTINGS = {"allow_interspersed_args": False}


def command(
    script: Annotated[str, typer.Argument(help="A Python program, or with -m the name of a module.")],
    args: Annotated[list[str] | None, typer.Argument(help="Passed on to the program as they are.")] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="Which MindSpore to follow: default, mindspore-2.10 or mindspore-1."),
    ] = None,
    as_module: Annotated[bool, typer.Option("-m", help="SCRIPT names a module, as in `python -m`.")] = False,
) -> None:
    """Run a Python program in which `import mindspore` means this package.

    The program sees what `python SCRIPT ARGS...` would show it: its arguments in sys.argv, its folder
    first in sys.path, its exit code returned. An installed MindSpore is neither used nor changed.

    Settings of paraminit come before SCRIPT; everything after it belongs to the program.
    """
    if not as_module:
        _check_script(script)
    _choose_profile(profile)

    from paraminit.compat import install_as_mindspore
    from paraminit.torch_words import print_as_mindspore

    install_as_mindspore()
    print_as_mindspore()
    sys.argv = [script, *(args or [])]
    if not sys.flags.safe_path:
        sys.path[0] = str(Path.cwd() if as_module else Path(script).resolve().parent)
    try:
        if as_module:
            runpy.run_module(script, run_name="__main__", alter_sys=True)
        elif Path(script).is_dir():
            runpy.run_path(script, run_name="__main__")
        else:
            _run_file(Path(script))
    except SystemExit:
        raise
    except BaseException as error:
        # Through the hook, which the program may have replaced; without the frames that started it. (The
        # built-in hook reads the traceback from the error, not from its argument.)
        trace = _frames_of_program(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        # 130 is what a shell reports for a program stopped by Ctrl-C.
        sys.exit(130 if isinstance(error, KeyboardInterrupt) else 1)


def _check_script(script: str) -> None:
    path = Path(script)
    if not path.exists():
        raise typer.BadParameter(
            f"the script {script!r} does not exist. Give the path of a Python file; "
            "to run an installed module, write `paraminit run -m MODULE`.",
            param_hint="SCRIPT",
        )
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise typer.BadParameter(
            f"{script!r} is a folder without a __main__.py. Give the path of a Python file.",
            param_hint="SCRIPT",
        )


def _run_file(path: Path) -> None:
    """What ``python path`` does. runpy would alter sys.argv[0] and take ``__main__`` away at the end, when
    exit handlers and pickling may still need it.
    """
    absolute = str(path.absolute())
    main = ModuleType("__main__")
    loader = SourceFileLoader("__main__", absolute)
    vars(main).update(__file__=absolute, __cached__=None, __loader__=loader, __annotations__={})
    sys.modules["__main__"] = main
    code = compile(path.read_bytes(), absolute, "exec", dont_inherit=True)
    exec(code, main.__dict__)


def _choose_profile(name: str | None) -> None:
    from paraminit.errors import UnknownNameError
    from paraminit.profiles import current_profile, profile

    try:
        if name is not None:
            profile(name)
            # Processes that the program starts follow the same profile.
            os.environ["PARAMINIT_PROFILE"] = name
        current_profile()  # PARAMINIT_PROFILE too may name a profile that does not exist
    except UnknownNameError as error:
        hint = "--profile" if name is not None else "PARAMINIT_PROFILE"
        raise typer.BadParameter(str(error), param_hint=hint) from None


def _frames_of_program(trace: TracebackType | None) -> TracebackType | None:
    ours = {__file__, runpy.__file__, "<frozen runpy>"}
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    return trace
