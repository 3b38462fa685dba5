"""The Initializer: how one parameter's values are described, and the one way they reach memory."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

import numpy as np
import numpy.typing as npt

from paraminit.describe.initializers.assigned import assign_checked
from paraminit.describe.initializers.by_value import ByValue
from paraminit.dtype import array_over
from paraminit.fill.cast import check_dtype
from paraminit.fill.distributions import Cleared, Distribution, Precise, is_random
from paraminit.fill.generators import seeded_by
from paraminit.fill.keys import checked_key_seed, key_by_name, key_for, next_seed_pair
from paraminit.fill.undivided import Keyed, Undivided, Whole
from paraminit.profiles import current_profile

if TYPE_CHECKING:
    import torch

    from paraminit.describe.initializers.fans import Fans

__all__ = ["Initializer", "has_1x_stream"]


@functools.cache
def _kernels() -> Callable[..., None]:
    """``fill``, imported when values are first wanted: describing needs no compiler."""
    from paraminit.fill.fill import fill

    return fill


def has_1x_stream(law: Distribution) -> bool:
    """Whether the law is random and MindSpore 1.x drew it from a stream of its own, without a key."""
    law = law.law if isinstance(law, Cleared) else law
    return (
        law.in_1x is not None if isinstance(law, Keyed) else is_random(law) and not isinstance(law, Precise)
    )


class Initializer(ByValue):
    """How the values of a parameter are made.

    A built-in initializer overrides :meth:`distribution`. Your own overrides ``_initialize(self, arr)``
    as in MindSpore's tutorial: ``arr`` is a NumPy array of the parameter's shape and dtype, and the
    values are *assigned* to it (``_assignment(arr, data)`` or ``arr[...] = data``).

    Example:
        >>> class Ramp(Initializer):
        ...     def _initialize(self, arr):
        ...         arr[...] = np.arange(arr.size).reshape(arr.shape)
        >>> a = np.empty((2, 2), np.float32)
        >>> Ramp()(a)
        >>> a
        array([[0., 1.],
               [2., 3.]], dtype=float32)
    """

    #: Whose generator the 1.x profile uses: its own Philox (Normal alone) or NumPy's.
    _stream_1x: ClassVar[Literal["philox", "numpy"]] = "numpy"

    # -- what to say ------------------------------------------------------------------------------

    def distribution(self, shape: Sequence[int], fans: Fans | None = None) -> Distribution:
        """What numbers a tensor of this shape is to hold. Nothing is drawn.

        Args:
            shape: of the complete tensor.
            fans: fan_in and fan_out where the layer's meaning gives others than the shape.

        Raises:
            ArgumentValueError: this initializer does not fit the shape.
            NotImplementedError: a subclass overrides neither this method nor ``_initialize``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must override _initialize(self, arr) and assign its values to arr."
        )

    def _law(self, shape: tuple[int, ...], fans: Fans | None) -> Distribution:
        """The distribution, or the custom ``_initialize`` of whichever subclass is nearest."""
        for cls in type(self).__mro__[:-1]:
            if "_initialize" in vars(cls) and cls is not Initializer:
                return Whole(functools.partial(assign_checked, self), shape, draws=True)
            if "distribution" in vars(cls):
                break
        return self.distribution(shape, fans)

    def check(self, shape: Sequence[int], dtype: npt.DTypeLike, fans: Fans | None = None) -> Distribution:
        """:meth:`distribution`, after making sure that the dtype can hold it.

        Raises:
            ArgumentTypeError: random or fractional values into an integer or boolean dtype.
            ArgumentValueError: a constant beyond the dtype's range.
        """
        law = self._law(tuple(shape), fans)
        check_dtype(law, np.dtype(dtype), owner=self)
        return law

    # -- how to write -----------------------------------------------------------------------------

    def __call__(self, arr: npt.NDArray[Any] | torch.Tensor) -> None:
        """Write the values into ``arr``, drawing the next key if they are random.

        Args:
            arr: NumPy array or CPU tensor of any strides; filled in place, row-major order.

        Raises:
            InitializationError: a custom ``_initialize`` that did not assign; ``arr`` is unchanged.
        """
        array = arr if isinstance(arr, np.ndarray) else array_over(arr)
        self.write(array, self.check(array.shape, array.dtype))

    def write(self, array: npt.NDArray[Any], law: Distribution, key: int | None = None) -> None:
        """Write ``law`` (from :meth:`check`) into ``array`` under ``key``, or under the next one.

        A custom ``_initialize`` given a key finds the global generators as the key sets them, and leaves
        them as they were. The array may have any strides. It is unchanged if this raises.
        """
        direct = array.flags.c_contiguous and not isinstance(law, Undivided)  # those need a new array
        target = array if direct else np.empty(array.shape, array.dtype)
        if isinstance(law, Whole):
            with seeded_by(key if law.draws else None):
                law.function(target)
        elif key is None and current_profile() == "mindspore-1" and has_1x_stream(law):
            if isinstance(law, Keyed):
                cast(Any, law.in_1x)(target)
            else:
                from paraminit.fill import mindspore1

                pair = next_seed_pair(self._seed) if self._stream_1x == "philox" else None
                mindspore1.fill(law, pair, target)
        else:
            if key is None:
                key = self.drawn_key(law) if is_random(law) else 0
            if isinstance(law, Keyed):
                law.function(target, key)
            else:
                _kernels()(law, key, None, target.reshape(-1))
        if not direct:
            array[...] = target

    def drawn_key(self, law: Distribution) -> int:
        """The key of a fill that was given none: that of this initializer's own seed, or the next one."""
        own = self.own_key()
        return key_for(law) if own is None else own

    def own_key(self) -> int | None:
        """The key that belongs to this initializer's own :attr:`seed`; None if it has none."""
        return None if self._seed is None else key_by_name(self._seed, "")

    # -- a seed of its own ------------------------------------------------------------------------

    @property
    def seed(self) -> int | None:
        """None, or a seed that decides this initializer's random values, whatever ``set_seed`` said.

        Every fill then uses the key that belongs to the seed, and takes none from the global stream: two
        layers of one shape that share the initializer start equal. Reading it changes nothing. A custom
        ``_initialize`` draws by itself and may read it. Under the profile ``mindspore-1`` only Normal uses
        it, as in 1.x.

        Raises:
            ArgumentTypeError, ArgumentValueError: (when set) not None or an int from 0 to 2**64 - 1.
        """
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        vars(self).pop("_seed", None)
        if seed is not None:
            self._seed = checked_key_seed(seed)

    def with_seed(self, seed: int | None) -> Self:
        """A copy of this initializer with the :attr:`seed` given.

        Example:
            >>> from paraminit.describe.initializers import Normal
            >>> a, b = np.empty(3, np.float32), np.empty(3, np.float32)
            >>> Normal(1.0).with_seed(3)(a), Normal(1.0).with_seed(3)(b)
            (None, None)
            >>> bool((a == b).all())
            True
        """
        twin = copy(self)
        twin.seed = seed
        return twin

    def _initialize(self, arr: npt.NDArray[Any]) -> Any:
        """Assign the values to ``arr`` in place. Override this in a custom initializer.

        ``super()._initialize(arr)`` in a subclass of a built-in one assigns the built-in's values.
        """
        law = self.distribution(arr.shape)
        check_dtype(law, arr.dtype, owner=type(self).__name__)
        self.write(arr, law)

    # -- as plain data ----------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """This initializer as plain data (str, float, list ...), for JSON.

        Raises:
            ArgumentTypeError: the class is not registered, or an argument is a function.

        Example:
            >>> from paraminit.describe.initializers import Normal
            >>> Normal(0.2).to_dict()
            {'class': 'Normal', 'sigma': 0.2, 'mean': 0.0}
        """
        from paraminit.describe.initializers.plain_data import to_plain

        return to_plain(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Initializer:
        """The initializer that :meth:`to_dict` described, its arguments checked anew.

        Raises:
            UnknownNameError: no initializer of that name is registered.
            ArgumentTypeError, ArgumentValueError: no such dict, or unusable arguments.
        """
        from paraminit.describe.initializers.plain_data import from_plain

        return from_plain(data)
