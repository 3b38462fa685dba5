"""save_checkpoint and load_checkpoint: MindSpore's arguments, safetensors in the file."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from paraminit.errors import ArgumentTypeError, ArgumentValueError, CheckpointError
from paraminit.files.background import in_background, wait_for
from paraminit.files.contents import Contents, contents_of
from paraminit.files.into_net import check_net, load_param_into_net
from paraminit.files.protobuf_ckpt import is_protobuf_ckpt, read_protobuf_ckpt
from paraminit.files.safetensors_file import plain_values, read_safetensors, write_safetensors
from paraminit.parameter import Parameter
from paraminit.tensor import Tensor

__all__ = ["load_checkpoint", "save_checkpoint"]

_log = logging.getLogger(__name__)
_said: set[Path] = set()  # the .ckpt files whose format has been told
_FORMATS = ("ckpt", "safetensors")


def save_checkpoint(
    save_obj: torch.nn.Module | list[Any] | dict[str, Any],
    ckpt_file_name: str | os.PathLike[str],
    integrated_save: bool = True,
    async_save: bool | str = False,
    append_dict: dict[str, Any] | None = None,
    enc_key: bytes | None = None,
    enc_mode: str = "AES-GCM",
    choice_func: Callable[[str], object] | None = None,
    crc_check: bool = False,
    format: str = "ckpt",
) -> None:
    """Save parameters under their names, as safetensors whatever the suffix.

    The file appears whole or not at all. Values that are still pending are created first. Parameters that
    a network reaches on several paths are stored once, with all their names; dtypes, names, their order
    and appended strings survive. A ``.ckpt`` file written here is safetensors too, which is logged once
    a file; MindSpore reads it when it is saved with ``format="safetensors"``.

    Args:
        save_obj: a network; a list of Parameters or of dictionaries with "name" and "data"; a dictionary
            from name to Parameter, Tensor or str.
        ckpt_file_name: path of the file; ".ckpt" or ".safetensors", as ``format`` says, is added if it
            is missing.
        integrated_save: accepted; there is one process here, which holds all of each parameter.
        async_save: True, "thread" or "process": copy the values, then write in a thread.
        append_dict: more values by name: int, float, bool (they become scalars), str, Parameter, Tensor.
        enc_key: None; encryption is not offered.
        enc_mode: accepted, without effect.
        choice_func: called with each name; what it says no to is left out.
        crc_check: store a checksum that load_checkpoint can compare.
        format: "ckpt" or "safetensors": which suffix the file has.

    Raises:
        ArgumentTypeError: an argument of another type; values that do not exist or no file can hold.
        ArgumentValueError: an unknown format or async_save; an enc_key.
        ParameterNameError: two different values have the same name; nothing is written.
        OSError: the file cannot be written; a former one is unchanged.

    Example:
        >>> import tempfile
        >>> from paraminit import nn
        >>> net = nn.Dense(2, 3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(net, folder + "/net", append_dict={"epoch": 7}, format="safetensors")
        ...     loaded = load_checkpoint(folder + "/net.safetensors", format="safetensors")
        >>> loaded["weight"], int(loaded["epoch"])
        (Parameter (name=weight, shape=(3, 2), dtype=Float32, requires_grad=True), 7)
    """
    who = "save_checkpoint"
    path = _path(who, ckpt_file_name)
    suffix = _suffix(who, format)
    _check_type(who, "integrated_save", integrated_save, bool)
    _check_type(who, "crc_check", crc_check, bool)
    _check_choice(who, choice_func)
    _check_key(who, "enc_key", enc_key, enc_mode)
    if not isinstance(async_save, bool | str):
        raise ArgumentTypeError(f"{who}: async_save must be a bool or a str, got {async_save!r}.")
    if async_save not in (True, False, "thread", "process"):
        raise ArgumentValueError(
            f"{who}: async_save must be a bool, 'thread' or 'process', got {async_save!r}."
        )
    if not path.name or path.is_dir():
        raise ArgumentValueError(f"{who}: {os.fspath(ckpt_file_name)!r} is a folder. Give a file's name.")
    if path.suffix != suffix:
        path = path.with_name(path.name + suffix)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{who}: there is no folder {path.parent}. Create it first.")
    contents = plain_values(contents_of(save_obj, append_dict).chosen(choice_func), copy=bool(async_save))
    if suffix == ".ckpt" and path.absolute() not in _said:
        _said.add(path.absolute())
        _log.warning(
            "%s is written as safetensors, whatever its name; load_checkpoint here reads it. "
            'For MindSpore and other readers save with format="safetensors".',
            path,
        )
    if async_save:
        in_background(path, lambda: write_safetensors(path, contents, checksum=crc_check))
    else:
        wait_for(path)
        write_safetensors(path, contents, checksum=crc_check)


def load_checkpoint(
    ckpt_file_name: str | os.PathLike[str],
    net: torch.nn.Module | None = None,
    strict_load: bool = False,
    filter_prefix: str | Sequence[str] | None = None,
    dec_key: bytes | None = None,
    dec_mode: str = "AES-GCM",
    specify_prefix: str | Sequence[str] | None = None,
    choice_func: Callable[[str], object] | None = None,
    crc_check: bool = False,
    remove_redundancy: bool = False,
    format: str = "ckpt",
) -> dict[str, Parameter | str]:
    """Read what :func:`save_checkpoint` wrote, a ``.ckpt`` of MindSpore, or any safetensors file.

    What kind of file it is is told from its contents. No pickle is ever loaded.

    Args:
        ckpt_file_name: path of the file, with the suffix that ``format`` says.
        net: a network to load into as well, as :func:`load_param_into_net` does.
        strict_load: for that, its argument.
        filter_prefix: leave out what begins with it, or with one of these.
        dec_key: None; encrypted files are not read.
        dec_mode: accepted, without effect.
        specify_prefix: take only what begins with it, or with one of these.
        choice_func: called with each name; what it says no to is left out.
        crc_check: compare the checksum, if the file has one.
        remove_redundancy: accepted; there is one process here.
        format: "ckpt" or "safetensors": which suffix the file has.

    Returns:
        Parameters by name, in the order in which they were saved; strings for appended strings. Tied
        names share one Parameter.

    Raises:
        ArgumentTypeError: an argument of another type.
        ArgumentValueError: an unknown format; a suffix that is not the format's; an empty prefix.
        CheckpointError: no such file; a damaged, truncated or foreign one; nothing left after filtering.
        CheckpointMismatchError: it does not fit ``net``, which is unchanged.
    """
    who = "load_checkpoint"
    path = _path(who, ckpt_file_name)
    suffix = _suffix(who, format)
    for argument, value in (
        ("strict_load", strict_load),
        ("crc_check", crc_check),
        ("remove_redundancy", remove_redundancy),
    ):
        _check_type(who, argument, value, bool)
    _check_choice(who, choice_func)
    _check_key(who, "dec_key", dec_key, dec_mode)
    left_out = _prefixes(who, "filter_prefix", filter_prefix)
    wanted = _prefixes(who, "specify_prefix", specify_prefix)
    if net is not None:
        check_net(who, net)
    if path.suffix != suffix:
        raise ArgumentValueError(
            f"{who}: format={format!r} needs a file name that ends in {suffix!r}, got {str(path)!r}."
        )
    wait_for(path)
    if not path.is_file():
        raise CheckpointError(f"{who}: there is no file {path}.")

    def choice(name: str) -> bool:
        return (
            not (left_out and name.startswith(left_out))
            and (wanted is None or name.startswith(wanted))
            and (choice_func is None or bool(choice_func(name)))
        )

    read = read_protobuf_ckpt if is_protobuf_ckpt(path) else read_safetensors
    loaded = _parameters(read(path, checksum=crc_check).chosen(choice))
    if not loaded:
        raise CheckpointError(
            f"{who}: nothing is left of {path}. It is empty, or filter_prefix, specify_prefix and "
            "choice_func leave everything out."
        )
    if net is not None:
        load_param_into_net(net, loaded, strict_load, remove_redundancy)
    return loaded


def _parameters(contents: Contents) -> dict[str, Parameter | str]:
    loaded: dict[str, Parameter | str] = {}
    for name in [*contents.values]:
        value = contents.values.pop(name)  # Parameter copies: let go of each tensor at once
        loaded[name] = value if isinstance(value, str) else Parameter(value.as_subclass(Tensor), name)
    for name, first in contents.tied.items():
        loaded[name] = loaded[first]
    return loaded


# -- checks of arguments ------------------------------------------------------------------------------


def _path(who: str, name: object) -> Path:
    if not isinstance(name, str | os.PathLike):
        raise ArgumentTypeError(
            f"{who}: ckpt_file_name must be a str, got {name!r} of type {type(name).__name__}."
        )
    return Path(name)


def _suffix(who: str, format: object) -> str:
    if format not in _FORMATS:
        raise ArgumentValueError(f"{who}: format must be 'ckpt' or 'safetensors', got {format!r}.")
    return f".{format}"


def _check_type(who: str, argument: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise ArgumentTypeError(f"{who}: {argument} must be a {kind.__name__}, got {value!r}.")


def _check_choice(who: str, choice_func: object) -> None:
    if choice_func is not None and not callable(choice_func):
        raise ArgumentTypeError(f"{who}: choice_func must be a function of a name, got {choice_func!r}.")


def _check_key(who: str, argument: str, key: object, mode: object) -> None:
    _check_type(who, argument.replace("key", "mode"), mode, str)
    if key is not None:
        raise ArgumentValueError(
            f"{who}: {argument} must be None: encrypted checkpoints are neither written nor read here. "
            "Encrypt the file with a program made for that."
        )


def _prefixes(who: str, argument: str, given: object) -> tuple[str, ...] | None:
    if given is None:
        return None
    prefixes = (given,) if isinstance(given, str) else given
    if not isinstance(prefixes, list | tuple) or not all(isinstance(prefix, str) for prefix in prefixes):
        raise ArgumentTypeError(f"{who}: {argument} must be a str or a list of str, got {given!r}.")
    if not prefixes or "" in prefixes:
        raise ArgumentValueError(f"{who}: {argument} must not be empty or hold '', got {given!r}.")
    return tuple(prefixes)
