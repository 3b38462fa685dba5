"""Checks of the arguments that saving and loading have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from paraminit.errors import ArgumentTypeError, ArgumentValueError

__all__ = ["Choice", "check_flag", "choice_of", "path_of", "suffix_of"]

Choice = Callable[[str], bool]


def path_of(who: str, name: object, argument: str = "ckpt_file_name") -> Path:
    """The path of a file that was named.

    Raises:
        ArgumentTypeError: it is no name.
    """
    if not isinstance(name, str | os.PathLike):
        raise ArgumentTypeError(
            f"{who}: {argument} must be a str, got {name!r} of type {type(name).__name__}."
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


def choice_of(who: str, choice_func: object, left_out: object = None, wanted: object = None) -> Choice:
    """Which names are chosen: by a function, and by the prefixes that they may not or must have.

    Raises:
        ArgumentTypeError: the function is none, the prefixes are no strings.
        ArgumentValueError: there is no prefix, or an empty one.
    """
    if choice_func is not None and not callable(choice_func):
        raise ArgumentTypeError(f"{who}: choice_func must be a function of a name, got {choice_func!r}.")
    without = _prefixes(who, "filter_prefix", left_out)
    having = _prefixes(who, "specify_prefix", wanted)

    def chosen(name: str) -> bool:
        return (
            not (without and name.startswith(without))
            and (having is None or name.startswith(having))
            and (choice_func is None or bool(choice_func(name)))
        )

    return chosen


def _prefixes(who: str, argument: str, given: object) -> tuple[str, ...] | None:
    if given is None:
        return None
    prefixes = (given,) if isinstance(given, str) else given
    if not isinstance(prefixes, list | tuple) or not all(isinstance(prefix, str) for prefix in prefixes):
        raise ArgumentTypeError(f"{who}: {argument} must be a str or a list of str, got {given!r}.")
    if not prefixes or "" in prefixes:
        raise ArgumentValueError(f"{who}: {argument} must not be empty or hold '', got {given!r}.")
    return tuple(prefixes)
