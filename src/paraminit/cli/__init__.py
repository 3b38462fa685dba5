"""The command line: the only layer that prints or exits.

One file per command. A module of this package defines ``command``, whose docstring is the help and whose
parameters are the arguments; the file's name is the command's name. Commands import torch, NumPy and
Numba inside the function, so that ``--help`` stays instant.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Annotated

import typer

__all__ = ["app", "main"]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"paraminit {version('paraminit')}")
        raise typer.Exit


def _callback(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Parameter initialization for PyTorch, the way MindSpore describes it."""


def app() -> typer.Typer:
    """The application with every command of this package.

    Example:
        >>> [command.name for command in app().registered_commands]
        ['run']
    """
    # Plain help and plain tracebacks: rich would cost a third of the start-up time, and the traceback of
    # somebody's program is to look as Python prints it.
    application = typer.Typer(
        name="paraminit",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_callback)
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        command = import_module(f"{__name__}.{module}")
        settings = getattr(command, "CONTEXT_SETTINGS", None)
        application.command(module, context_settings=settings)(command.command)
    return application


def main() -> None:
    """Run the command that ``sys.argv`` names, then exit."""
    app()(prog_name="paraminit")
