"""``import mindspore`` answered by this package, in this process alone.

``mindspore.X`` becomes *the same module object* as its counterpart here, not a copy, so classes are
identical whichever way they were imported. Works through ``sys.modules`` and one finder in front of
``sys.meta_path``; an installed MindSpore is not looked at, and no file is written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from paraminit.absent import instead
from paraminit.errors import InitializationError, MissingModuleError

__all__ = ["install_as_mindspore"]

# Where MindSpore keeps what lives elsewhere here. A longer path is looked up through its parents, so
# `mindspore.nn.layer.conv` is `paraminit.nn.conv`.
_PLACES = {
    "common.dtype": "dtype",
    "common.seed": "fill.keys",
    "common.tensor": "tensor",
    "context": "context",
    "dtype": "dtype",
    "mint.nn.layer": "mint.nn",
    "mint.nn.layer.activation": "mint.nn",
    "mint.nn.layer.basic": "mint.nn",
    "mint.nn.layer.conv": "mint.nn",
    "mint.nn.layer.normalization": "mint.nn",
    "nn.cell": "cell",
    "nn.layer": "nn",
    "nn.layer.activation": "nn",
    "nn.layer.basic": "nn",
    "nn.layer.container": "nn",
    "nn.layer.embedding": "nn",
    "nn.layer.normalization": "nn",
    "numpy": "numpy",
    "ops.composite": "ops",
    "ops.functional": "ops",
    "ops.operations": "ops",
    "train": "files",
    "train.serialization": "files",
}
# Packages whose modules keep their place.
_PACKAGES = ("common", "mint", "nn", "ops")
# Packages of ours out of which MindSpore programs import names that are not here, and MindSpore's for them.
_NAMES_OF = {"": "", "files": "train.", "nn": "nn."}


def _counterpart(name: str) -> str | None:
    """Our module for ``mindspore.X``; None if there is none.

    Example:
        >>> _counterpart("mindspore.common.dtype"), _counterpart("mindspore.dataset")
        ('paraminit.dtype', None)
    """
    path = name.removeprefix("mindspore.")
    if path in _PLACES:
        return f"paraminit.{_PLACES[path]}"
    parent, _, last = path.rpartition(".")
    if not parent:
        return f"paraminit.{path}" if path in _PACKAGES else None
    if last.startswith("_") or (package := _counterpart(f"mindspore.{parent}")) is None:
        return None
    found = f"{package}.{last}"
    try:
        return found if find_spec(found) else None
    except ModuleNotFoundError:  # the parent is a module, not a package
        return None


class _SameModule(Loader):
    """Answers the import of one name with a module that exists under another."""

    def __init__(self, target: str) -> None:
        self._target = target

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # The import system hands out what it finds here afterwards. Returning our module from
        # create_module instead would overwrite its __spec__ and break reload and pickling by name.
        sys.modules[module.__name__] = import_module(self._target)


class _Finder(MetaPathFinder):
    """Finds every ``mindspore.*`` here, and refuses what is not here with the list of what is."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        # `from mindspore.ops import operations` asks by the name of our module: paraminit.ops.operations.
        ours = fullname.removeprefix("paraminit.")
        if ours != fullname and ours in _PLACES and f"paraminit.{_PLACES[ours]}" != fullname:
            return ModuleSpec(fullname, _SameModule(f"paraminit.{_PLACES[ours]}"))
        if ours != fullname and ours.rpartition(".")[0] in _NAMES_OF and instead(ours):
            # `from mindspore import Model` tries a module when there is no such attribute. The import system
            # would say nothing of ours if the error bore the name that it asked for.
            name = f"mindspore.{_NAMES_OF[ours.rpartition('.')[0]]}{ours.rpartition('.')[2]}"
            raise _missing(name)
        if not fullname.startswith("mindspore."):
            return None
        counterpart = _counterpart(fullname)
        if counterpart is None:
            raise _missing(fullname)
        return ModuleSpec(fullname, _SameModule(counterpart))


def _missing(name: str) -> MissingModuleError:
    provided = sorted({*_PACKAGES, *(place for place in _PLACES if "nn.layer" not in place)})
    advice = instead(name) or f"It provides {', '.join(f'mindspore.{place}' for place in provided)}."
    return MissingModuleError(f"paraminit answers for mindspore here and has no {name}. {advice}", name=name)


def install_as_mindspore() -> None:
    """From now on ``import mindspore`` and its submodules mean this package, in this process.

    Doing it twice changes nothing.

    Raises:
        InitializationError: the real MindSpore has been imported already; nothing is changed.

    After it, in the same process::

        import mindspore.nn as nn  # is paraminit.nn
    """
    import paraminit

    present = sys.modules.get("mindspore")
    if present is paraminit:
        return
    if present is not None or any(name.startswith("mindspore.") for name in sys.modules):
        where = getattr(present, "__file__", None) or "an unknown place"
        raise InitializationError(
            f"the real mindspore ({where}) is already imported, and its objects are in use. "
            "Call install_as_mindspore() before the first `import mindspore`, or start the program "
            "with `paraminit run`."
        )
    sys.meta_path.insert(0, _Finder())
    sys.modules["mindspore"] = paraminit
