"""The ledger: what was done to each tensor of a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from paraminit.describe.plan_entry import Entry
from paraminit.describe.plan_table import start
from paraminit.errors import UnknownParameterError
from paraminit.place.digest import digest
from paraminit.place.targets import Found

__all__ = ["Ledger", "Record"]


class Record(NamedTuple):
    """What was done to one parameter.

    Attributes:
        entry: what the plan said.
        nbytes: written by this process; less than the whole for a shard.
        seconds: that it took.
    """

    entry: Entry
    nbytes: int
    seconds: float

    @property
    def action(self) -> Literal["filled", "kept"]:
        return "kept" if self.entry.recipe is None else "filled"


class Ledger(Mapping[str, Record]):
    """What ``Plan.apply`` did, by parameter name, in the network's order; ``print`` shows it as a table.

    It refers to the network's tensors, of which it takes digests when asked.

    Attributes:
        tied: each further name of a parameter, to the name it is listed under.
        buffers: each buffer that had no values and was computed again, to the method that did.
    """

    def __init__(self, done: Found, records: list[Record]) -> None:
        self._targets = {target.name: target for target in done.targets}
        self._records = dict(zip(self._targets, records, strict=True))
        self.tied: Mapping[str, str] = MappingProxyType(
            {
                place.name: target.name
                for target in done.targets
                for place in target.places
                if place.name != target.name
            }
        )
        self.buffers: Mapping[str, str] = MappingProxyType({b.missing.name: b.by for b in done.buffers})

    def _known(self, name: str) -> str:
        first = self.tied.get(name, name)
        if first not in self._records:
            raise UnknownParameterError("parameter in the ledger", name, self._records)
        return first

    def __getitem__(self, name: str) -> Record:
        return self._records[self._known(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def nbytes(self) -> int:
        """Bytes that this process wrote."""
        return sum(record.nbytes for record in self.values())

    @property
    def seconds(self) -> float:
        """Time spent on all tensors."""
        return sum(record.seconds for record in self.values())

    def digest(self, name: str) -> str:
        """BLAKE2b (128 bits, hexadecimal) of the bytes of a complete parameter in row-major order.

        It does not depend on how the parameter is divided, laid out in memory, or on which device it is.
        Of a whole tensor it is taken of what memory holds now. A process that holds a shard compares that
        with the plan and computes the rest, without communication.

        Raises:
            UnknownParameterError: no such parameter.
            InitializationError: a shard that was kept, or has changed since it was filled.
        """
        return digest(self._targets[self._known(name)])

    def digests(self) -> dict[str, str]:
        """:meth:`digest` of every parameter, tied ones once."""
        return {name: self.digest(name) for name in self}

    def __str__(self) -> str:
        rows = [("name", "shape", "dtype", "rule", "initializer")]
        for name, record in self.items():
            rows.append((name, *start(record.entry)))
            rows += [(also, "", "", "", f"tied to {name}") for also, of in self.tied.items() if of == name]
        rows += [(name, "", "", "", f"buffer, by {method}()") for name, method in self.buffers.items()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return "\n".join([*lines, "", self._summary()])

    def _summary(self) -> str:
        filled = sum(record.action == "filled" for record in self.values())
        computed = f", {len(self.buffers)} buffers computed" if self.buffers else ""
        return (
            f"{filled} filled, {len(self) - filled} kept, {len(self.tied)} tied{computed}: "
            f"{self.nbytes:,} bytes in {self.seconds:.3g} s"
        )

    def __repr__(self) -> str:
        return f"<Ledger: {self._summary()}>"
