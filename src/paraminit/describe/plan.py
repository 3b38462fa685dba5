"""Plan: every parameter of a network by name, with the recipe of its values. No device, no memory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from paraminit.describe.plan_diff import PlanDiff, difference
from paraminit.describe.plan_entry import Entry
from paraminit.describe.plan_pickle import put_together, taken_apart
from paraminit.describe.plan_table import as_html, as_text
from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, UnknownParameterError
from paraminit.profiles import current_profile

if TYPE_CHECKING:
    import torch

    from paraminit.place.ledger import Ledger

__all__ = ["Plan"]


class Plan(Mapping[str, Recipe]):
    """Recipes by parameter name, in the network's order.

    As a mapping it holds the parameters that will be filled; ``entries`` also those that are kept, and
    ``tied`` the further names of parameters that have more than one. ``str(plan)`` is a table in which
    repeated blocks are one row; :meth:`table` can show all.

    Args:
        entries: by name, in the network's order.
        seed: from which the keys were made; None if they were drawn in order.
        tied: each further name of a parameter, to its first.
    """

    def __init__(
        self, entries: Mapping[str, Entry], seed: int | None, tied: Mapping[str, str] | None = None
    ) -> None:
        self.entries: Mapping[str, Entry] = MappingProxyType(dict(entries))
        self.seed = seed
        self.tied: Mapping[str, str] = MappingProxyType(dict(tied or {}))
        #: The profile in which it was made, which decides some initializers' laws.
        self.profile = current_profile()

    def __getitem__(self, name: str) -> Recipe:
        entry = self.entries.get(self.tied.get(name, name))
        if entry is None or entry.recipe is None:
            raise UnknownParameterError("planned parameter", name, list(self))
        return entry.recipe

    def __contains__(self, name: object) -> bool:
        entry = self.entries.get(self.tied.get(name, name))  # type: ignore[call-overload]
        return entry is not None and entry.recipe is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name, entry in self.entries.items() if entry.recipe is not None)

    def __len__(self) -> int:
        return sum(entry.recipe is not None for entry in self.entries.values())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return (
            list(self.entries.items()) == list(other.entries.items())
            and self.tied == other.tied
            and self.seed == other.seed
            and self.profile == other.profile
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return put_together, taken_apart(self)

    @property
    def nbytes(self) -> int:
        """Bytes of all parameters, tied ones once."""
        return sum(entry.nbytes for entry in self.entries.values())

    # -- to read ----------------------------------------------------------------------------------

    def table(self, every: bool = False) -> str:
        """The plan as text: what each parameter starts as, and what that costs.

        Args:
            every: a row for each parameter, also for those of repeated blocks.
        """
        return as_text(self.entries, self.tied, self.seed, every)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return f"<Plan of {len(self.entries)} parameters, {self.nbytes} bytes, seed={self.seed}>"

    def _repr_html_(self) -> str:
        return as_html(self.entries, self.tied, self.seed)

    def diff(self, other: Plan) -> PlanDiff:
        """What changes from this plan to another.

        Raises:
            ArgumentTypeError: other is no plan.

        Example:
            >>> from torch import nn
            >>> from paraminit import plan
            >>> layer = nn.Linear(2, 2)
            >>> a = plan(layer, {"bias": "zeros", "*": "ones"})
            >>> print(a.diff(plan(layer, {"bias": 0.5, "*": "ones"})))
            bias: initializer Zero() -> Constant(0.5)
        """
        if not isinstance(other, Plan):
            raise ArgumentTypeError(f"Plan.diff: other must be a Plan, got {type(other).__name__}.")
        return difference(self, other)

    # -- to fill ----------------------------------------------------------------------------------

    def apply(
        self, module: torch.nn.Module, *, device: torch.device | str | None = None, progress: bool = False
    ) -> Ledger:
        """Give a module's parameters the values planned for them, in place: the objects stay, and with
        them optimizers, hooks, ties and ``requires_grad``.

        Everything is checked before the first write, and custom initializers run before it: whatever they
        raise, nothing has changed. (An interrupt midway leaves some parameters with other values.)

        Parameters without memory (on the meta device, or of a Cell that still waits for its values) get it;
        the others are written where they are, on any device, contiguous or not. Of a DTensor (fully_shard,
        tensor parallel) this process computes only what it holds, without communication; but a law of the
        whole tensor, such as Orthogonal or a custom initializer, is computed in full by each process that
        holds a part. Buffers with values are left alone unless the plan has an entry for them; those on the
        meta device are computed again by the network's own methods, such as ``reset_parameters``.

        Args:
            module: a Cell or any torch module with the plan's parameters.
            device: where parameters without memory get it; needed for those on the meta device.
            progress: whether to show a bar on the standard error stream.

        Raises:
            PlanError: plan and module do not fit; names all that does not: parameters missing on either
                side, other shapes or dtypes, ties that one of them does not have, two parameters that
                would start with the same random numbers, memory that cannot be filled, buffers on the
                meta device that no method computes (see ``paraminit.parameters_on_meta``).
            ParameterNameError: a wrapper holds something that is named like something in it.
            ArgumentTypeError: no module.
            ArgumentValueError: no such device.

        Example:
            >>> import torch
            >>> from paraminit import plan
            >>> layer = torch.nn.Linear(3, 2, device="meta")
            >>> ledger = plan(layer, {"weight": "normal", "bias": "zeros"}, seed=1).apply(layer, device="cpu")
            >>> layer.weight.std() > 0, layer.bias.tolist()
            (tensor(True), [0.0, 0.0])
            >>> ledger["weight"].action, ledger["weight"].nbytes
            ('filled', 24)
        """
        from paraminit.place.materialize import apply

        return apply(self, module, device=device, progress=progress)

    # -- to keep ----------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data, for JSON.

        Raises:
            ArgumentTypeError: an initializer that is not registered or takes a function.
        """
        from paraminit.describe.plan_json import written_plan

        return written_plan(self)

    def to_json(self, indent: int | None = None) -> str:
        """The plan as JSON, from which :meth:`from_json` makes an equal one."""
        return json.dumps(self.to_dict(), indent=indent)

    @staticmethod
    def from_dict(data: Any) -> Plan:
        """The plan that :meth:`to_dict` described.

        Raises:
            UnknownNameError: an initializer that is not registered here; names the parameter.
            ArgumentTypeError, ArgumentValueError: no such data.
        """
        from paraminit.describe.plan_json import read_plan

        return read_plan(data)

    @staticmethod
    def from_json(text: str) -> Plan:
        """The plan that :meth:`to_json` wrote; see :meth:`from_dict`.

        Example:
            >>> from torch import nn
            >>> from paraminit import plan
            >>> a = plan(nn.Linear(2, 2), {"*": "normal"}, seed=1)
            >>> Plan.from_json(a.to_json()) == a
            True
        """
        from paraminit.describe.plan_json import read_json

        return read_json(text)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        dtype: object = None,
        max_shard_size: int | str | None = "5GB",
        progress: bool = False,
        resume: bool = False,
    ) -> None:
        """Write the parameters to safetensors files, without the module and without its memory.

        The files are those that filling a module and saving its parameters would give, without its buffers:
        transformers' from_pretrained and safetensors read them. Values go from the recipes to the disk in
        chunks of 32 MiB; only laws of the whole tensor, such as Orthogonal or a custom initializer, need one
        complete tensor at a time. Tied parameters are stored once, under the first name; the metadata lists
        the others.

        Files appear when all are complete. A save that raises leaves nothing. One that was killed or
        interrupted leaves hidden siblings (``.*.partial``), which ``resume=True`` goes on from. Every file
        holds digests of its chunks, see :func:`paraminit.files.verify`.

        Where torch.distributed is initialised all processes call this, with the same plan and one shared
        folder: each writes some of the files. The files do not depend on their number.

        Args:
            path: a folder, which gets ``model.safetensors``, or several files and
                ``model.safetensors.index.json``; or one file, whose name ends in ``.safetensors``.
            dtype: write floating-point parameters in this dtype, as if they had been planned with it: values
                are rounded once. None keeps the plan's.
            max_shard_size: most bytes of values in a file, an int or a str such as "500MB" or "2GiB"; a
                larger parameter has a file of its own. None for no limit.
            progress: whether to show a bar on the standard error stream.
            resume: check what an earlier save of this plan to this path left, by its digests, and write only
                what is missing or damaged. The files are then the same, byte for byte.

        Raises:
            ArgumentValueError: an empty plan; a parameter to keep; random values without a key; more for
                one file than ``max_shard_size``; a folder with the files of another save; to resume another
                plan's save; another save that is running there.
            ArgumentTypeError: an argument of another type, or a dtype that is not floating-point.
            PlanError: two parameters that would start with the same random numbers.
            UnknownNameError: an unknown dtype.
            OSError: no space, or no permission to write.

        Example:
            >>> import tempfile
            >>> import numpy as np
            >>> from paraminit.describe.initializers import Normal
            >>> recipe = Recipe(Normal(1.0), (3,), np.dtype("float32"), key=1)
            >>> plan = Plan({"weight": Entry((3,), recipe.dtype, "*", recipe)}, seed=0)
            >>> from safetensors.numpy import load_file
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     plan.save(folder)
            ...     load_file(folder + "/model.safetensors")
            {'weight': array([ 2.3878284 ,  0.28183395, -0.3086618 ], dtype=float32)}
        """
        from paraminit.files.stream import save

        save(self, path, dtype=dtype, max_shard_size=max_shard_size, progress=progress, resume=resume)
