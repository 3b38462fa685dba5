"""Recipe: everything that decides a parameter's values."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.base import Initializer, has_1x_stream
from paraminit.describe.initializers.fans import Fans
from paraminit.errors import ArgumentValueError
from paraminit.fill.distributions import Distribution, is_random, takes_key
from paraminit.fill.keys import key_by_name
from paraminit.fill.undivided import Undivided, Whole
from paraminit.profiles import current_profile

__all__ = ["Recipe"]


@functools.cache
def _kernels() -> Callable[..., npt.NDArray[Any]]:
    """``filled``, imported when values are first wanted: describing needs no compiler."""
    from paraminit.fill.fill import filled

    return filled


@dataclass(frozen=True)
class Recipe:
    """Initializer, shape, dtype and key of one parameter. Holds no values.

    Args:
        initializer: how the values are made.
        shape: of the complete tensor; 0 and more in every dimension.
        dtype: NumPy's (ml_dtypes for bfloat16 and float8).
        key: selects the random stream; None until one is drawn.
        fans: fan_in and fan_out where the layer's meaning gives others than the shape.

    Raises:
        ArgumentValueError, ArgumentTypeError: the initializer does not fit the shape or the dtype.

    Example:
        >>> from paraminit.describe.initializers import Normal
        >>> Recipe(Normal(1.0), (3,), np.dtype("float32"), key=1).values()
        array([ 2.3878284 ,  0.28183395, -0.3086618 ], dtype=float32)
    """

    initializer: Initializer
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    key: int | None = None
    fans: Fans | None = None
    law: Distribution = field(init=False, compare=False, repr=False)

    def __init__(  # a frozen dataclass sets its fields one by one, which every parameter would pay for
        self,
        initializer: Initializer,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        key: int | None = None,
        fans: Fans | None = None,
    ) -> None:
        law = initializer.check(shape, dtype, fans)
        vars(self).update(initializer=initializer, shape=shape, dtype=dtype, key=key, fans=fans, law=law)

    def __reduce__(self) -> tuple[type[Recipe], tuple[Any, ...]]:
        # The law may hold a function; it follows from the rest.
        return type(self), (self.initializer, self.shape, self.dtype, self.key, self.fans)

    @property
    def mean(self) -> float | None:
        """Expected mean of the values; None if the initializer does not say."""
        return self.law.mean

    @property
    def std(self) -> float | None:
        """Expected standard deviation of the values; None if the initializer does not say."""
        return self.law.std

    def declared(self) -> Recipe:
        """This recipe with its key drawn, so that it no longer matters when it is filled.

        Drawn once, and only where a key decides: a custom initializer uses NumPy's generator when it
        runs, and so does the 1.x stream (which has no laws of the whole tensor of its own).
        """
        if self.key is not None or not is_random(self.law) or self._in_1x():
            return self
        return self._with(self.initializer.drawn_key(self.law))

    def keyed_by_name(self, seed: int, name: str) -> Recipe:
        """This recipe with the key that belongs to a parameter's name, or to the initializer's own seed;
        without a key if none decides."""
        if not takes_key(self.law):
            return self._with(None)
        own = self.initializer.own_key()
        return self._with(key_by_name(seed, name) if own is None else own)

    def _with(self, key: int | None) -> Recipe:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, key=key)  # the law is checked already
        return twin

    @property
    def lacks_key(self) -> bool:
        """Whether filling would draw a key."""
        return self.key is None and is_random(self.law) and not self._in_1x()

    @property
    def settled(self) -> bool:
        """Whether the values are decided: by a key, or because none could matter.

        Without a key, random values depend on what was drawn before them, and so may those of a custom
        initializer, which nobody but its author knows.
        """
        return self.key is not None or not takes_key(self.law)

    @property
    def divisible(self) -> bool:
        """Whether a part can be computed without the rest: not while the values are not settled, nor those
        of laws that need the complete tensor (a custom initializer, Orthogonal, Sparse ...)."""
        return self.settled and not isinstance(self.law, Undivided)

    def values(self) -> npt.NDArray[Any]:
        """A new array of the values; the next key is drawn if the recipe needs one and has none."""
        if self.key is not None and not isinstance(self.law, Undivided):
            return _kernels()(self.law, self.key, self.shape, self.dtype)
        array = np.empty(self.shape, self.dtype)
        self.initializer.write(array, self.law, self.key)
        return array

    def __getitem__(self, index: object) -> npt.NDArray[Any]:
        """The values of a part alone, the same bits as ``values()[index]`` of the whole.

        Only that part is computed, except for laws that need the complete tensor (a custom initializer,
        Orthogonal, Sparse ...): those are computed in full and cut.

        Args:
            index: an int, a slice of step 1, an Ellipsis, or a tuple of these.

        Raises:
            ArgumentValueError: no key yet for values that are random, or may be (a custom initializer's);
                an int or a step that is impossible.
            ArgumentTypeError: any other index.

        Example:
            >>> from paraminit.describe.initializers import Normal
            >>> recipe = Recipe(Normal(1.0), (1000, 1000, 1000), np.dtype("float32"), key=1)
            >>> recipe[999, 10, 5:8]
            array([-2.0338259 ,  0.84387225,  0.64724743], dtype=float32)
        """
        from paraminit.fill.fill import fill
        from paraminit.place.slices import part

        where = part(self.shape, index)
        if not self.settled:
            raise ArgumentValueError(f"{self!r} has no key yet, so that parts would differ. {self._remedy()}")
        if not self.divisible:
            whole: npt.NDArray[Any] = self.values()[where.slices]
            return whole.reshape(where.shape)
        array = np.empty(where.shape, self.dtype)
        fill(self.law, self.key or 0, where.runs(), array.reshape(-1))
        return array

    def _remedy(self) -> str:
        if isinstance(self.law, Whole):
            return "Plan with a seed: it gives a key to a custom initializer too."
        elsewhere = ", in a profile other than 'mindspore-1'" if self._in_1x() else ""
        return f"Take parts of recipe.declared(){elsewhere}."

    __iter__ = None  # a sequence's would call __getitem__ for every row

    def _in_1x(self) -> bool:
        return current_profile() == "mindspore-1" and has_1x_stream(self.law)
