"""Checks of the arguments that saving and loading have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["check_choice", "check_flag", "path_of", "prefixes_of", "suffix_of"]

Choice = Callable[[str], object]


def path_of(who: str, name: object) -> Path:
    """The path of a file that was named.

    Raises:
        ArgumentTypeError: it is no name.
    """
    if not isinstance(name, str | os.PathLike):
        raise ArgumentTypeError(
            f"{who}: ckpt_file_name must be a str, got {name!r} of type {type(name).__name__}."
        )
    return Path(name)


def suffix_of(who: str, format: object) -> str:
    """How the names of files of a format end.

    Raises:
        ArgumentValueError: there is no such format.
    """
    if format not in ("ckpt", "safetensors"):
        raise ArgumentValueError(f"{who}: format must be 'ckpt' or 'safetensors', got {format!r}.")
    return f".{format}"


def check_flag(who: str, argument: str, value: object) -> None:
    """Make sure that an argument is True or False."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{who}: {argument} must be a bool, got {value!r}.")


def check_choice(who: str, choice_func: object) -> None:
    """Make sure that it can be called, if it is there."""
    if choice_func is not None and not callable(choice_func):
        raise ArgumentTypeError(f"{who}: choice_func must be a function of a name, got {choice_func!r}.")


def prefixes_of(who: str, argument: str, given: object) -> tuple[str, ...] | None:
    """The prefixes of an argument that is one, several or None.

    Raises:
        ArgumentTypeError: they are no strings.
        ArgumentValueError: there is none, or an empty one.
    """
    if given is None:
        return None
    prefixes = (given,) if isinstance(given, str) else given
    if not isinstance(prefixes, list | tuple) or not all(isinstance(prefix, str) for prefix in prefixes):
        raise ArgumentTypeError(f"{who}: {argument} must be a str or a list of str, got {given!r}.")
    if not prefixes or "" in prefixes:
        raise ArgumentValueError(f"{who}: {argument} must not be empty or hold '', got {given!r}.")
    return tuple(prefixes)
