"""save_checkpoint: MindSpore's arguments, safetensors in the file, or MindSpore's encrypted format."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.files.arguments import check_flag, choice_of, path_of, suffix_of
from paraminit.files.background import in_background, wait_for
from paraminit.files.contents import Contents, contents_of
from paraminit.files.divided import gathered, is_divided, own, share_of, writes
from paraminit.files.encryption import encryption_asked
from paraminit.files.processes import Processes, processes
from paraminit.files.protobuf_writing import write_protobuf_ckpt
from paraminit.files.safetensors_file import check_storable, plain_values, write_safetensors

__all__ = ["save_checkpoint"]

_log = logging.getLogger(__name__)
_said: set[Path] = set()  # the .ckpt files whose format has been told


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
    *,
    remove_redundancy: bool = False,
    global_step_num: int | None = None,
) -> None:
    """Save parameters under their names, as safetensors whatever the suffix.

    The file appears whole or not at all. Values that are still pending are created first. Parameters that
    a network reaches on several paths are stored once, with all their names; dtypes, names, their order
    and appended strings survive. A ``.ckpt`` file written here is safetensors too, which is logged once
    a file; MindSpore reads it when it is saved with ``format="safetensors"``.

    With a key the file is MindSpore's own ``.ckpt`` format, encrypted as MindSpore does it, and MindSpore
    reads it. Nothing plain reaches the disk. AES-GCM notices changes; the other modes may not.

    Of a network that is divided among processes (DTensor: FSDP2, tensor parallelism), or with
    ``remove_redundancy``, all processes call this together, and it succeeds or fails in all of them. With
    ``integrated_save`` parameters are gathered one by one, and each file that is named is written once, by
    the first process that names it. Otherwise each process writes a file of its own, from which a network
    that is divided in the same way is loaded, and no other.

    Args:
        save_obj: a network; a list of Parameters or of dictionaries with "name" and "data"; a dictionary
            from name to Parameter, Tensor, NumPy array or str.
        ckpt_file_name: path of the file; ".ckpt" or ".safetensors", as ``format`` says, is added if it
            is missing.
        integrated_save: of parameters that several processes hold together, whether the file gets all of
            each, or only what this process holds.
        async_save: True, "thread" or "process": copy the values, then write in a thread.
        append_dict: more values by name: int, float, bool (they become scalars), str, Parameter, Tensor.
        enc_key: to encrypt the file: 16, 24 or 32 bytes, 16 for SM4. Needs the package ``cryptography``
            (``pip install 'paraminit[crypto]'``) and format="ckpt".
        enc_mode: "AES-GCM", "AES-CBC" or "SM4-CBC".
        choice_func: called with each name of ``save_obj``; what it says no to is left out.
        crc_check: store a checksum that load_checkpoint can compare. Not together with ``enc_key``.
        format: "ckpt" or "safetensors": which suffix the file has.
        remove_redundancy: whether to divide what several processes hold alike among their files.
        global_step_num: accepted, without effect, as in MindSpore on this platform.

    Raises:
        ArgumentTypeError: an argument of another type; values that do not exist or no file can hold.
        ArgumentValueError: an unknown format, async_save or enc_mode; a key of another length, or where
            there can be none; two processes name one file for different parts.
        MissingPackageError: a key, and ``cryptography`` is not installed.
        ParameterNameError: two different values have the same name; nothing is written.
        InitializationError: it failed in another process; or the processes save different parameters.
        OSError: the file cannot be written; a former one is unchanged.

    Example:
        >>> import tempfile
        >>> from paraminit import load_checkpoint, nn
        >>> net = nn.Dense(2, 3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(net, folder + "/net", append_dict={"epoch": 7}, format="safetensors")
        ...     loaded = load_checkpoint(folder + "/net.safetensors", format="safetensors")
        >>> loaded["weight"], int(loaded["epoch"])
        (Parameter (name=weight, shape=(3, 2), dtype=Float32, requires_grad=True), 7)
    """
    who = "save_checkpoint"
    given = path_of(who, ckpt_file_name)
    suffix = suffix_of(who, format)
    check_flag(who, "integrated_save", integrated_save)
    check_flag(who, "crc_check", crc_check)
    check_flag(who, "remove_redundancy", remove_redundancy)
    choice = choice_of(who, choice_func)
    _check_async(async_save)
    how = encryption_asked(who, "enc", enc_key, enc_mode, format)
    if how is not None and crc_check:
        raise ArgumentValueError(
            f"{who}: enc_key and crc_check exclude one another. AES-GCM notices damage without a checksum."
        )
    contents = contents_of(save_obj, append_dict, choice)
    alone = not (remove_redundancy or is_divided(contents))
    group = Processes(0, 1, who) if alone else processes(who)
    path = group.together(lambda: _ready(given, suffix, contents))
    keep = writes(group, path, contents, alike=integrated_save and not remove_redundancy)
    contents = gathered(contents, keep=keep) if integrated_save else own(contents)
    if remove_redundancy:
        contents = share_of(contents, group)
        contents.thinned = True
    contents = plain_values(contents, copy=bool(async_save))

    def write() -> None:
        if how is None:
            _tell_format(path)
            write_safetensors(path, contents, checksum=crc_check)
        else:
            write_protobuf_ckpt(path, contents, how)

    if not async_save:
        wait_for(path)
        group.together(write if keep else lambda: None)
    elif keep:
        in_background(path, write)


def _check_async(given: object) -> None:
    if not isinstance(given, bool | str):
        raise ArgumentTypeError(f"save_checkpoint: async_save must be a bool or a str, got {given!r}.")
    if given not in (True, False, "thread", "process"):
        raise ArgumentValueError(
            f"save_checkpoint: async_save must be a bool, 'thread' or 'process', got {given!r}."
        )


def _ready(path: Path, suffix: str, contents: Contents) -> Path:
    """Where the file is to be: there can be one, and it can hold the contents."""
    if not path.name or path.is_dir():
        raise IsADirectoryError(f"save_checkpoint: {str(path)!r} is a folder. Give a file's name.")
    if path.suffix != suffix:
        path = path.with_name(path.name + suffix)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save_checkpoint: there is no folder {path.parent}. Create it first.")
    for name, value in contents.tensors.items():
        check_storable(name, value)
    return path


def _tell_format(path: Path) -> None:
    """Say once that a .ckpt file is not MindSpore's."""
    if path.suffix == ".ckpt" and path.absolute() not in _said:
        _said.add(path.absolute())
        _log.warning(
            "%s is written as safetensors, whatever its name; load_checkpoint here reads it. "
            'For MindSpore and other readers save with format="safetensors".',
            path,
        )
