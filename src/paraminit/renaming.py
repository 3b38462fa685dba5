"""Renaming parameters after the fact: to their paths, with a prefix, or where names collide."""

from __future__ import annotations

import re

import torch

from paraminit.errors import ArgumentTypeError, ParameterNameError
from paraminit.parameter import Parameter

__all__ = ["Renaming"]

_PREFIX = re.compile(r"\w*[0-9a-zA-Z_.\-]*", re.ASCII)


class Renaming(torch.nn.Module):
    """The part of a Cell that renames what it contains."""

    _prefix = ""

    @property
    def param_prefix(self) -> str:
        """The path that :meth:`update_cell_prefix` has stored; "" until then."""
        return self._prefix

    def update_cell_prefix(self) -> None:
        """Store in every Cell below its path from here.

        Example:
            >>> from paraminit import nn
            >>> net = nn.SequentialCell(nn.SequentialCell(nn.ReLU()))
            >>> net.update_cell_prefix()
            >>> net[0][0].param_prefix
            '0.0'
        """
        for path, module in self.named_modules():
            if isinstance(module, Renaming):
                module._prefix = path

    def update_parameters_name(self, prefix: str = "", recurse: bool = True) -> None:
        """Rename every parameter to ``prefix`` + its path from here.

        Raises:
            ArgumentTypeError: the prefix is no str.
            ParameterNameError: it holds anything but ASCII letters, digits, ``_``, ``-`` and ``.``.
        """
        if not isinstance(prefix, str):
            raise ArgumentTypeError(f"update_parameters_name: prefix must be a str, got {prefix!r}.")
        if not _PREFIX.fullmatch(prefix):
            raise ParameterNameError(
                f"update_parameters_name: prefix may hold letters, digits, '_', '-' and '.', got {prefix!r}."
            )
        for path, parameter in self.named_parameters(recurse=recurse):
            if isinstance(parameter, Parameter):
                parameter.name = prefix + path

    def check_names_and_refresh_name(self) -> None:
        """Rename every parameter to its path from here, if two of them have the same name."""
        names = [p.name for _, p in self.named_parameters() if isinstance(p, Parameter)]
        if len(set(names)) < len(names):
            self.update_parameters_name()
