"""load_checkpoint: MindSpore's arguments; safetensors, and MindSpore's own files, plain or encrypted."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import torch

from paraminit.errors import ArgumentTypeError, ArgumentValueError, CheckpointError
from paraminit.files.arguments import check_flag, choice_of, path_of, suffix_of
from paraminit.files.background import wait_for
from paraminit.files.contents import Contents
from paraminit.files.encryption import Encryption, encryption_asked, mode_of_file
from paraminit.files.held import mark
from paraminit.files.into_net import check_net, load_param_into_net
from paraminit.files.protobuf_ckpt import is_protobuf_ckpt, read_protobuf_ckpt
from paraminit.files.safetensors_file import read_safetensors
from paraminit.parameter import Parameter
from paraminit.tensor import Tensor

__all__ = ["load_checkpoint", "load_checkpoint_async", "parameters_of", "read_checkpoint"]


def load_checkpoint(
    ckpt_file_name: str | os.PathLike[str] | io.BytesIO,
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
        ckpt_file_name: path of the file, with the suffix that ``format`` says; or, with
            format="safetensors", its bytes as io.BytesIO.
        net: a network to load into as well, as :func:`load_param_into_net` does.
        strict_load: for that, its argument.
        filter_prefix: leave out what begins with it, or with one of these.
        dec_key: of an encrypted file; its ``enc_key``.
        dec_mode: of an encrypted file; its ``enc_mode``.
        specify_prefix: take only what begins with it, or with one of these.
        choice_func: called with each name; what it says no to is left out.
        crc_check: compare the checksum, if the file has one.
        remove_redundancy: the file was saved so; for ``net``, load_param_into_net's argument. A file that
            says so itself needs no telling.
        format: "ckpt" or "safetensors": which suffix the file has.

    Returns:
        Parameters by name, in the order in which they were saved; strings for appended strings. Tied
        names share one Parameter.

    Raises:
        ArgumentTypeError: an argument of another type.
        ArgumentValueError: an unknown format or dec_mode; a suffix that is not the format's; an empty
            prefix; a key of another length.
        MissingPackageError: a key, and ``cryptography`` is not installed.
        CheckpointError: no such file; a damaged, truncated or foreign one; an encrypted one, and dec_key or
            dec_mode is not its; nothing left after filtering.
        CheckpointMismatchError: it does not fit ``net``, which is unchanged.
    """
    who = "load_checkpoint"
    suffix = suffix_of(who, format)
    for argument, value in (
        ("strict_load", strict_load),
        ("crc_check", crc_check),
        ("remove_redundancy", remove_redundancy),
    ):
        check_flag(who, argument, value)
    choice = choice_of(who, choice_func, filter_prefix, specify_prefix)
    how = encryption_asked(who, "dec", dec_key, dec_mode, format)
    if net is not None:
        check_net(who, net)
    contents = _read(ckpt_file_name, suffix, crc_check, how).chosen(choice)
    remove_redundancy = remove_redundancy or contents.thinned
    loaded = parameters_of(contents)
    if not loaded and not remove_redundancy:  # another process may have all that there is
        raise CheckpointError(
            f"{who}: nothing is left of {ckpt_file_name}. It is empty, or filter_prefix, specify_prefix and "
            "choice_func leave everything out."
        )
    if net is not None:
        load_param_into_net(net, loaded, strict_load, remove_redundancy)
    return loaded


def load_checkpoint_async(
    ckpt_file_name: str | os.PathLike[str],
    net: torch.nn.Module | None = None,
    strict_load: bool = False,
    filter_prefix: str | Sequence[str] | None = None,
    dec_key: bytes | None = None,
    dec_mode: str = "AES-GCM",
    specify_prefix: str | Sequence[str] | None = None,
    choice_func: Callable[[str], object] | None = None,
) -> Future[dict[str, Parameter | str]]:
    """Begin :func:`load_checkpoint` in a thread and return at once.

    Args:
        ckpt_file_name: path of the file; its suffix, ".ckpt" or ".safetensors", says the format.
        net: as for load_checkpoint; do not use it before the result is there.
        strict_load: as for load_checkpoint, like all that follow.
        filter_prefix: likewise.
        dec_key: likewise.
        dec_mode: likewise.
        specify_prefix: likewise.
        choice_func: likewise; it is called in the thread.

    Returns:
        A future; its ``result()`` waits, and returns what load_checkpoint returns or raises what it raises.

    Raises:
        ArgumentTypeError: the file name is no name.

    Example:
        >>> import tempfile
        >>> from paraminit import nn, save_checkpoint
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(nn.Dense(2, 3), folder + "/net.safetensors", format="safetensors")
        ...     future = load_checkpoint_async(folder + "/net.safetensors")
        ...     list(future.result())
        ['weight', 'bias']
    """
    path = path_of("load_checkpoint_async", ckpt_file_name)
    executor = ThreadPoolExecutor(1, f"load {path.name}")
    try:
        return executor.submit(
            load_checkpoint,
            path,
            net,
            strict_load,
            filter_prefix,
            dec_key,
            dec_mode,
            specify_prefix,
            choice_func,
            format="safetensors" if path.suffix == ".safetensors" else "ckpt",
        )
    finally:
        executor.shutdown(wait=False)


def _read(source: object, suffix: str, checksum: bool, how: Encryption | None) -> Contents:
    who = "load_checkpoint"
    if isinstance(source, io.BytesIO):
        if suffix != ".safetensors":
            raise ArgumentTypeError(f"{who}: a BytesIO must hold safetensors. Give format='safetensors'.")
        return read_safetensors(source, checksum=checksum)
    path = path_of(who, source)
    if path.suffix != suffix:
        raise ArgumentValueError(
            f"{who}: format={suffix[1:]!r} needs a file name that ends in {suffix!r}, got {str(path)!r}."
        )
    wait_for(path)
    if not path.is_file():
        raise CheckpointError(f"{who}: there is no file {path}.")
    return read_checkpoint(path, checksum=checksum, how=how)


def read_checkpoint(path: Path, *, checksum: bool = False, how: Encryption | None = None) -> Contents:
    """The contents of a file of any kind that is known here, which its first bytes tell.

    Args:
        path: of the file.
        checksum: compare the checksum, if the file has one.
        how: it is encrypted, and with what.

    Raises:
        CheckpointError: damaged, truncated, foreign or encrypted otherwise.
    """
    if how is not None or mode_of_file(path) is not None or is_protobuf_ckpt(path):
        return read_protobuf_ckpt(path, checksum=checksum, how=how)
    return read_safetensors(path, checksum=checksum)


def parameters_of(contents: Contents) -> dict[str, Parameter | str]:
    """Contents as Parameters by name; they are taken out of ``contents``."""
    loaded: dict[str, Parameter | str] = {}
    for name in [*contents.values]:
        value = contents.values.pop(name)  # Parameter copies: let go of each tensor at once
        if isinstance(value, str):
            loaded[name] = value
            continue
        loaded[name] = parameter = Parameter(value.as_subclass(Tensor), name)
        if name in contents.parts:
            mark(parameter, contents.parts[name])
    for name, first in contents.tied.items():
        loaded[name] = loaded[first]
    return loaded
