"""Keys: the 63-bit number that selects a random stream.

By order, MindSpore's rule: each random fill takes the next key of NumPy's global generator, which
``set_seed`` seeds. By name, for plans: a hash of (seed, name), so that no parameter's values depend on
which others exist.
"""

from __future__ import annotations

import hashlib
import operator
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.distributions import Distribution
from paraminit.fill.undivided import Keyed

__all__ = [
    "checked_key_seed",
    "generator_after",
    "get_seed",
    "global_generator",
    "key_by_name",
    "key_for",
    "key_of_draws",
    "next_key",
    "next_key_and",
    "plain_key",
    "read_key",
    "set_seed",
]

_seed: int | None = None
_fills_since_seed = 0  # the 1.x stream numbers its fills


def _checked_seed(seed: int, limit: int, what: str = "seed") -> int:
    try:
        number = operator.index(seed)
    except TypeError:
        number = None
    if number is None or isinstance(seed, bool | np.bool_):
        raise ArgumentTypeError(f"{what} must be an int, got {seed!r} of type {type(seed).__name__}.")
    if not 0 <= number < limit:
        raise ArgumentValueError(
            f"{what} must be from 0 to {limit - 1} (2**{limit.bit_length() - 1} - 1), got {number}."
        )
    return number


def set_seed(seed: int) -> None:
    """Start the streams of all parameters that follow (keys by order).

    Seeds NumPy's global generator and Python's ``random``, as MindSpore does: any later use of
    ``numpy.random`` therefore shifts the keys of the parameters after it.

    Args:
        seed: from 0 to 2**32 - 1.

    Raises:
        ArgumentTypeError: not an integer (bool and float included).
        ArgumentValueError: negative or too large; the old seed stays.

    Example:
        >>> set_seed(1)
        >>> next_key()
        7692698082559361260
    """
    global _seed, _fills_since_seed
    number = _checked_seed(seed, 2**32)
    np.random.seed(number)
    random.seed(number)
    _seed, _fills_since_seed = number, 0


def get_seed() -> int | None:
    """The seed of the last :func:`set_seed`, or None before the first."""
    return _seed


def next_key() -> int:
    """Draw the next key, from 1 to 2**63 - 1, from NumPy's global generator."""
    bits = np.random.get_bit_generator()  # type: ignore[attr-defined]
    if not isinstance(bits, np.random.MT19937):  # somebody has replaced it
        return int(np.random.randint(1, 2**63, dtype=np.int64))
    # What randint does, without looking at its arguments: two words, high one first, until they fit.
    while (word := (bits.random_raw() << 32 | bits.random_raw()) & (2**63 - 1)) == 2**63 - 1:
        pass
    return word + 1


class _OrderedKey(int):
    """A key by order that remembers NumPy's generator as it stood when the law's own draws began."""

    state: Any


def next_key_and(draws: Callable[[np.random.RandomState], object]) -> int:
    """The next key, for a law that goes on to draw from NumPy's generator.

    Args:
        draws: what it draws after the key. Done here once, so that the global generator moves on, and
            again at the fill with :func:`generator_after`, whenever that is.
    """
    return _followed_by(next_key(), draws)


def key_of_draws(draws: Callable[[np.random.RandomState], object]) -> int:
    """A key for a law that draws from NumPy's generator alone, and no key before that.

    The number is the key that would have come next, so that equal keys mean equal values.

    Args:
        draws: as for :func:`next_key_and`.
    """
    state = np.random.get_state(legacy=True)
    number = next_key()
    np.random.set_state(state)
    return _followed_by(number, draws)


def _followed_by(number: int, draws: Callable[[np.random.RandomState], object]) -> int:
    key = _OrderedKey(number)
    key.state = np.random.get_state(legacy=True)
    generator = generator_after(key)
    draws(generator)
    np.random.set_state(generator.get_state(legacy=True))
    return key


def global_generator() -> np.random.RandomState:
    """NumPy's global generator itself, the one that ``numpy.random.normal`` and the like draw from.

    Example:
        >>> np.random.seed(1)
        >>> global_generator().random() == np.random.RandomState(1).random()
        True
    """
    return np.random.mtrand._rand


def generator_after(key: int) -> np.random.RandomState:
    """The generator from which a law draws what belongs to its key, the same at every call.

    After a key from :func:`next_key_and` or :func:`key_of_draws` it is the global one as it stood then.
    After any other it is NumPy's legacy generator seeded with the key's low and high 32 bits.

    Example:
        >>> generator_after(7).permutation(4)
        array([3, 1, 2, 0])
    """
    if not isinstance(key, _OrderedKey):
        return np.random.RandomState([key & 0xFFFFFFFF, key >> 32])
    generator = np.random.RandomState()
    generator.set_state(key.state)
    return generator


def plain_key(key: int) -> Any:
    """A key as plain data, for JSON: a number, or with it the state that a key by order remembers."""
    if not isinstance(key, _OrderedKey):
        return int(key)
    name, words, position, has_gauss, gauss = key.state
    return {"key": int(key), "state": [name, words.tolist(), position, has_gauss, gauss]}


def read_key(data: Any) -> int:
    """The key that :func:`plain_key` wrote."""
    if not isinstance(data, dict):
        return checked_key_seed(data, "key")
    key = _OrderedKey(data["key"])
    name, words, *rest = data["state"]
    key.state = (name, np.array(words, np.uint32), *rest)
    return key


def key_for(law: Distribution) -> int:
    """Draw the next key for a random law, with whatever else the law draws."""
    return law.draw() if isinstance(law, Keyed) and law.draw else next_key()


def checked_key_seed(seed: int, what: str = "seed") -> int:
    """A seed for :func:`key_by_name` as an int.

    Args:
        seed: from 0 to 2**64 - 1.
        what: to call it where it is none.

    Raises:
        ArgumentTypeError: not an integer (bool and float included).
        ArgumentValueError: negative, or 2**64 and more.
    """
    return _checked_seed(seed, 2**64, what)


def key_by_name(seed: int, name: str) -> int:
    """The key that belongs to a parameter's name ("stream 1").

    The first 8 bytes, little-endian, of BLAKE2b (person ``paraminit-1``) over the seed as 8 bytes
    little-endian followed by the UTF-8 name; the top bit is cleared and 0 becomes 1.

    Args:
        seed: from 0 to 2**64 - 1.
        name: the parameter's path, such as ``"h.0.mlp.weight"``.

    Example:
        >>> key_by_name(0, "weight") == key_by_name(0, "weight") != key_by_name(0, "bias")
        True
    """
    data = checked_key_seed(seed).to_bytes(8, "little") + name.encode()
    digest = hashlib.blake2b(data, person=b"paraminit-1").digest()
    return int.from_bytes(digest[:8], "little") & (2**63 - 1) or 1


def next_seed_pair(own_seed: int | None = None) -> tuple[int, int]:
    """The (seed, seed2) of the next Normal fill in the 1.x stream.

    Args:
        own_seed: the initializer's own seed, if it was given one; then (own_seed + 1, 0).
    """
    global _fills_since_seed
    if own_seed is not None:
        return own_seed + 1, 0
    if _seed is None:  # 1.x read the clock; the operating system's entropy cannot repeat
        return random.SystemRandom().getrandbits(31), random.SystemRandom().getrandbits(31)
    modulus = 2**31 - 1
    step = 533697028  # 3528531795 xor 3449720151, two hashes of 1.x
    pair = (_seed or 87654321) % modulus, (_seed + step * _fills_since_seed) % modulus
    _fills_since_seed += 1
    return pair
