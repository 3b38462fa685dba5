"""Which MindSpore to be faithful to: one switch, three settings.

``default``        MindSpore 2.x streams, signatures and values, its defects corrected.
``mindspore-2.10`` the same with the two defects that sit in values kept as well.
``mindspore-1``    the random stream and the layer defaults of MindSpore 1.0 to 1.8.

The setting comes from ``PARAMINIT_PROFILE``, read when it is first needed, until :func:`profile` changes it.
"""

from __future__ import annotations

import functools
import os
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Literal, get_args

from paraminit.errors import UnknownNameError

__all__ = ["Profile", "current_profile", "profile"]

Profile = Literal["default", "mindspore-2.10", "mindspore-1"]

_NAMES: tuple[Profile, ...] = get_args(Profile)


def _checked(name: str) -> Profile:
    if name not in _NAMES:
        raise UnknownNameError("profile", str(name), _NAMES)
    return name


_process: Profile | None = None  # set by profile("..."), seen by all threads
_block: ContextVar[Profile | None] = ContextVar("paraminit_profile", default=None)


def current_profile() -> Profile:
    """The profile in force here: of the innermost ``with`` block, else the process's.

    Raises:
        UnknownNameError: ``PARAMINIT_PROFILE`` names no profile.
    """
    return _block.get() or _process or _from_environment()


@functools.cache  # every layer asks, and asking the environment takes longer than filling a bias
def _from_environment() -> Profile:
    try:
        return _checked(os.environ.get("PARAMINIT_PROFILE") or "default")
    except UnknownNameError as error:
        error.add_note("The name comes from the environment variable PARAMINIT_PROFILE.")
        raise


class profile:  # noqa: N801  (used as a function: `paraminit.profile("mindspore-1")`)
    """Switch the profile, for the whole process or for a ``with`` block.

    Args:
        name: ``"default"``, ``"mindspore-2.10"`` or ``"mindspore-1"``.

    Raises:
        UnknownNameError: for any other name; nothing is switched.

    Example:
        >>> with profile("mindspore-1"):
        ...     current_profile()
        'mindspore-1'
        >>> current_profile()
        'default'
    """

    def __init__(self, name: str) -> None:
        global _process
        self._name = _checked(name)
        self._before, _process = _process, self._name
        self._token: Token[Profile | None] | None = None

    def __enter__(self) -> profile:
        # The call switched the process; as a block it must touch this context alone.
        global _process
        _process = self._before
        self._token = _block.set(self._name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._token is not None
        _block.reset(self._token)

    def __repr__(self) -> str:
        return f"profile({self._name!r})"
