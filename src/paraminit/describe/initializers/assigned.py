"""Has a custom initializer really assigned to the array it was given?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from paraminit.errors import InitializationError

if TYPE_CHECKING:
    from paraminit.describe.initializers.base import Initializer

__all__ = ["assign_checked"]

# A quiet NaN of each width (0x7FE5 in both float16 and bfloat16) with a payload that no arithmetic
# produces. float8_e4m3fn has a NaN of each sign and no payload; the negative one serves.
_PAYLOADS = {1: 0xFF, 2: 0x7FE5, 4: 0x7FE5A5A5, 8: 0x7FFDA5A5A5A5A5A5}


class Mark:
    """Marks fresh memory, so that what nobody assigned to can be told afterwards.

    Floating-point memory is marked with a NaN of its own. Integers have no spare value: their memory is
    zeroed, and only "still all zero, though other values were returned" counts as unassigned.
    """

    def __init__(self, arr: npt.NDArray[Any]) -> None:
        self._arr = arr
        words = self._words()
        if words is None:
            arr[...] = 0
        else:
            words[...] = _PAYLOADS[words.itemsize]

    def _words(self) -> npt.NDArray[Any] | None:
        """The array as unsigned words, one for each real number in it; None for integers."""
        kind = self._arr.dtype.kind
        if kind in "iub":
            return None
        width = self._arr.itemsize // (2 if kind == "c" else 1)
        return self._arr.reshape(-1).view(f"u{width}")

    def unassigned(self, returned: object) -> int:
        """How many elements were never assigned.

        Args:
            returned: what ``_initialize`` returned; ``arr`` itself is as good as None.
        """
        words = self._words()
        if words is not None:
            marked = words == _PAYLOADS[words.itemsize]
            if self._arr.dtype.kind == "c":  # the real and the imaginary part each have a word
                marked = marked[::2] | marked[1::2]
            return int(np.count_nonzero(marked))
        ignored = (
            isinstance(returned, np.ndarray)
            and not np.shares_memory(returned, self._arr)
            and not self._arr.any()
            and returned.any()
        )
        return self._arr.size if ignored else 0


def assign_checked(init: Initializer, arr: npt.NDArray[Any]) -> None:
    """Run a custom ``_initialize`` on fresh memory and make sure that it assigned to all of it.

    Raises:
        InitializationError: it returned its values, or left elements as they were.
    """
    name = type(init).__name__
    mark = Mark(arr)
    try:
        returned = init._initialize(arr)
    except Exception as error:
        error.add_note(
            f"raised by {name}._initialize for an array of shape {arr.shape} and dtype {arr.dtype}; "
            "nothing was initialized."
        )
        raise
    missing = mark.unassigned(returned)
    if missing and isinstance(returned, np.ndarray):
        raise InitializationError(
            f"{name}._initialize returned an array instead of assigning to arr. "
            "Write `arr[...] = values` or `_assignment(arr, values)`."
        )
    if missing:
        raise InitializationError(
            f"{name}._initialize left {missing} of {arr.size} elements unassigned. "
            "Assign every element of arr: `arr[...] = values`."
        )
