"""What a checkpoint holds: tensors by name, names that share one, and strings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from paraminit.describe.paths import Located, modules_in
from paraminit.errors import ArgumentTypeError, ParameterNameError
from paraminit.files.arguments import Choice
from paraminit.files.held import Held, part_of
from paraminit.parameter import Parameter
from paraminit.place.materialize import drop_gathered
from paraminit.tensor import Tensor

__all__ = ["Contents", "contents_of", "network_contents"]


@dataclass
class Contents:
    """Tensors, strings and the names of tied tensors, in the order in which they came.

    Args:
        values: a tensor or a string for each name.
        tied: further names of tensors in ``values``: from the further name to the one in ``values``.
        parts: for tensors that are a part of a parameter: which.
        thinned: whether other processes' files hold more of the same network (``remove_redundancy``).
    """

    values: dict[str, torch.Tensor | str] = field(default_factory=dict)
    tied: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Held] = field(default_factory=dict)
    thinned: bool = False
    _first_name: dict[int, str] = field(default_factory=dict, init=False, repr=False)  # by id of the tensor

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """The values that are tensors."""
        return {name: value for name, value in self.values.items() if isinstance(value, torch.Tensor)}

    @property
    def strings(self) -> dict[str, str]:
        """The values that are strings."""
        return {name: value for name, value in self.values.items() if isinstance(value, str)}

    def add(self, name: str, value: torch.Tensor | str, where: str = "") -> None:
        """Put in a value under a name; one tensor that comes twice is tied.

        Raises:
            ParameterNameError: the name belongs to something else, or is no name.
        """
        if not name.strip():
            raise ParameterNameError(f"a checkpoint's names must not be blank, got {name!r}.")
        first = self._first_name.get(id(value)) if isinstance(value, torch.Tensor) else None
        if first is not None and first in (name, self.tied.get(name)):
            return
        if name in self.values or name in self.tied:
            raise ParameterNameError(
                f"two different values are named {name!r}{where}; a checkpoint could keep only one. "
                "Rename one of them, or call update_parameters_name() on the network to name all by path."
            )
        if first is None:
            self.values[name] = value
            self._first_name[id(value)] = name
        else:
            self.tied[name] = first

    def chosen(self, choice: Choice) -> Contents:
        """Only what has a name that ``choice`` says yes to."""
        picked = Contents()
        for name, value in self.values.items():
            if choice(name):
                picked.add(name, value)
        for name, first in self.tied.items():
            if choice(name):
                picked.add(name, self.values[first])
        picked.parts = {name: part for name, part in self.parts.items() if name in picked.values}
        picked.thinned = self.thinned
        return picked


def network_contents(net: torch.nn.Module) -> Contents:
    """The parameters of a network under their names, tied ones under all their paths, then the buffers
    that belong to its state. What FSDP gathered for a forward pass is dropped.

    A Parameter's name counts, also where it is not its path; others go by their paths, without wrappers.

    Raises:
        ParameterNameError: two parameters have the same name.

    Example:
        >>> from paraminit import nn
        >>> list(network_contents(nn.SequentialCell(nn.Dense(2, 3), nn.ReLU())).values)
        ['0.weight', '0.bias']
    """
    drop_gathered(net)
    found = Contents()
    seen: set[int] = set()
    modules = modules_in(net)
    for located in modules:
        for attribute, parameter in located.module._parameters.items():
            if parameter is None:
                continue
            path = located.name_of(attribute)
            named = parameter.name if isinstance(parameter, Parameter) and id(parameter) not in seen else path
            seen.add(id(parameter))
            found.add(named, parameter, f" in {type(net).__name__} (the second at {path!r})")
    first: dict[torch.nn.Module, Located] = {}
    for located in modules:
        first.setdefault(located.module, located)
    for module, located in first.items():
        for key, buffer in module._buffers.items():
            if buffer is not None and key not in module._non_persistent_buffers_set:
                found.add(located.name_of(key), buffer)
    return found


def contents_of(save_obj: object, append: object, choice: Choice) -> Contents:
    """What ``save_checkpoint`` is to save, checked; values that are pending stay so.

    Args:
        save_obj: the argument of that name.
        append: ``append_dict``.
        choice: of names of ``save_obj``; what is appended is always kept.

    Raises:
        ArgumentTypeError: ``save_obj`` or ``append`` is not of a documented form.
        ParameterNameError: two different values have the same name.
    """
    if isinstance(save_obj, torch.nn.Module):
        found = network_contents(save_obj)
    elif isinstance(save_obj, list):
        found = Contents()
        for item in save_obj:
            found.add(*_listed(item))
    elif isinstance(save_obj, dict):
        found = Contents()
        for name, value in save_obj.items():
            found.add(*_checked("save_obj", name, value))
    else:
        raise ArgumentTypeError(
            "save_checkpoint: save_obj must be a Cell, a list of Parameters or of {'name', 'data'} "
            f"dictionaries, or a dictionary, got {save_obj!r} of type {type(save_obj).__name__}."
        )
    found = found.chosen(choice)
    if append is not None:
        if not isinstance(append, dict):
            raise ArgumentTypeError(
                f"save_checkpoint: append_dict must be a dictionary, got {append!r} "
                f"of type {type(append).__name__}."
            )
        for name, value in append.items():
            found.add(*_checked("append_dict", name, _scalar(name, value)), " (the second in append_dict)")
    found.parts = {
        name: part for name, value in found.tensors.items() if (part := part_of(value)) is not None
    }
    return found


def _listed(item: object) -> tuple[str, torch.Tensor | str]:
    if isinstance(item, Parameter):
        return item.name, item
    if isinstance(item, dict) and {"name", "data"} <= item.keys():
        return _checked("save_obj", item["name"], item["data"])
    raise ArgumentTypeError(
        "save_checkpoint: each item of the list must be a Parameter or a dictionary with 'name' and 'data', "
        f"got {item!r} of type {type(item).__name__}."
    )


def _checked(argument: str, name: object, value: object) -> tuple[str, torch.Tensor | str]:
    if not isinstance(name, str):
        raise ArgumentTypeError(f"save_checkpoint: {argument}: a name must be a str, got {name!r}.")
    if isinstance(value, np.ndarray):
        value = Tensor(value)
    if not isinstance(value, torch.Tensor | str):
        raise ArgumentTypeError(
            f"save_checkpoint: {argument}: {name!r} must be a Parameter or Tensor (or a str), got {value!r} "
            f"of type {type(value).__name__}."
        )
    return name, value


def _scalar(name: object, value: object) -> object:
    """Numbers as the scalar tensors that MindSpore makes of them."""
    if isinstance(value, bool):
        return torch.tensor(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ArgumentTypeError(f"save_checkpoint: append_dict: {name!r} exceeds Int64: {value}.")
        return torch.tensor(value, dtype=torch.int64)
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float32)
    if isinstance(value, str | torch.Tensor):
        return value
    raise ArgumentTypeError(
        f"save_checkpoint: append_dict: {name!r} must be an int, float, bool, str or Parameter, got "
        f"{value!r} of type {type(value).__name__}."
    )
