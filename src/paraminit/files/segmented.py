"""load_segmented_checkpoints: a checkpoint that was saved in several files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import torch

from paraminit.errors import CheckpointError
from paraminit.files.arguments import check_flag, choice_of, path_of
from paraminit.files.background import wait_for
from paraminit.files.encryption import encryption_asked
from paraminit.files.into_net import check_net, load_param_into_net
from paraminit.files.loading import parameters_of, read_checkpoint
from paraminit.parameter import Parameter

__all__ = ["load_segmented_checkpoints"]


def load_segmented_checkpoints(
    ckpt_file_dir: str | os.PathLike[str],
    net: torch.nn.Module | None = None,
    strict_load: bool = False,
    filter_prefix: str | Sequence[str] | None = None,
    dec_key: bytes | None = None,
    dec_mode: str = "AES-GCM",
    specify_prefix: str | Sequence[str] | None = None,
    choice_func: Callable[[str], object] | None = None,
) -> dict[str, Parameter | str]:
    """Read every ``.ckpt`` file of a folder into one dictionary.

    Args:
        ckpt_file_dir: the folder; its files are read in the order of their names.
        net: a network to load into as well, once all is read.
        strict_load: as for :func:`paraminit.load_checkpoint`, like all that follow.
        filter_prefix: likewise.
        dec_key: likewise.
        dec_mode: likewise.
        specify_prefix: likewise.
        choice_func: likewise.

    Returns:
        Parameters and strings by name. What several files hold must be equal.

    Raises:
        ArgumentTypeError: an argument of another type.
        CheckpointError: no such folder, or no such file in it; a file as for load_checkpoint; two files with
            different values of one name; nothing left after filtering.
        CheckpointMismatchError: it does not fit ``net``, which is unchanged.

    Example:
        >>> import tempfile
        >>> from paraminit import Parameter, save_checkpoint
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint({"a": Parameter(1.0)}, folder + "/1.ckpt")
        ...     save_checkpoint({"b": Parameter(2.0)}, folder + "/2.ckpt")
        ...     list(load_segmented_checkpoints(folder))
        ['a', 'b']
    """
    who = "load_segmented_checkpoints"
    folder = path_of(who, ckpt_file_dir, "ckpt_file_dir")
    choice = choice_of(who, choice_func, filter_prefix, specify_prefix)
    how = encryption_asked(who, "dec", dec_key, dec_mode, "ckpt")
    check_flag(who, "strict_load", strict_load)
    if net is not None:
        check_net(who, net)
    files = sorted(folder.glob("*.ckpt"))
    if not files:
        raise CheckpointError(f"{who}: there is no folder {folder}, or no .ckpt file in it.")
    loaded: dict[str, Parameter | str] = {}
    for path in files:
        wait_for(path)
        for name, value in parameters_of(read_checkpoint(path, how=how).chosen(choice)).items():
            if name in loaded and not _equal(loaded[name], value):
                raise CheckpointError(
                    f"{who}: {path} and a file before it hold different values of {name!r}."
                )
            loaded.setdefault(name, value)
    if not loaded:
        raise CheckpointError(f"{who}: nothing is left of {folder} after filtering.")
    if net is not None:
        load_param_into_net(net, loaded, strict_load)
    return loaded


def _equal(one: Parameter | str, other: Parameter | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and one == other
    return one.dtype == other.dtype and torch.equal(one, other)
