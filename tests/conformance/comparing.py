"""Where two answers differ: which arrays are missing, and which are too far apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from .drawing import Case
from .our_side import Answers, ours

# Outputs are float32 sums in another order. A sum of n terms of random signs is off by about
# sqrt(n) * 2**-24 of its terms' size, and the sums here have at most some hundred terms, several layers deep.
OF_THE_LARGEST = 2e-5
# And where such terms, of inputs near 1, happen to cancel.
CANCELLED = 1e-6
# MindSpore's tanh for a CPU is off by up to 1.006e-4, near -5 and 5 (a million points from -12 to 12). In a
# recurrent layer that error comes back, but damped: tanh is flat where it is wrong.
OF_TANH = 2e-4
USES_TANH = re.compile("tanh|RNN|LSTM|GRU", re.IGNORECASE)
# Q of LAPACK's float64, rounded to float32: entries up to 1 differ by less than 2**-24 on one machine. The
# bound is the documented one, which leaves room for other builds of LAPACK.
ORTHOGONAL = 2e-6
ORTHONORMAL = 1e-6


def differences(
    cases: list[Case], theirs: Answers, answer: Callable[[Case], Answers] = ours
) -> Iterator[str]:
    """One line for every array that is missing or differs by more than it may."""
    for case, expected in zip(cases, by_case(theirs, len(cases)), strict=True):
        if "!" in expected:
            yield f"{case}: MindSpore says {expected['!']}"
            continue
        try:
            found = answer(case)
        except Exception as error:
            yield f"{case}: {type(error).__name__} here: {error}"
            continue
        for name in {**expected, **found}:
            if name not in expected or name not in found:
                yield f"{case} {name}: {'MindSpore' if name in expected else 'paraminit'} alone has it"
            elif problem := _difference(case, name, found[name], expected[name]):
                yield f"{case} {name}: {problem}"


def by_case(answers: Answers, count: int) -> list[Answers]:
    """What belongs to each case; the arrays' names begin with its number."""
    cases: list[Answers] = [{} for _ in range(count)]
    for name, array in answers.items():
        number = re.match(r"\d+", name)
        assert number
        cases[int(number[0])][name[number.end() :]] = array
    return cases


def _difference(case: Case, name: str, mine: np.ndarray, other: np.ndarray) -> str | None:
    if mine.shape != other.shape or mine.dtype != other.dtype:
        return f"{mine.dtype}{list(mine.shape)} against {other.dtype}{list(other.shape)}"
    if "orthogonal" in case:
        return _orthogonal(case["orthogonal"], mine, other)
    if name.startswith((">", "~")):
        bound = CANCELLED + OF_THE_LARGEST * float(np.abs(other).max(initial=0))
        bound += OF_TANH * bool(USES_TANH.search(case["cell"]))
        return _apart(mine, other, bound)
    if mine.tobytes() != other.tobytes():
        return f"{int((mine != other).sum())} of {mine.size} elements differ"
    return None


def _apart(mine: np.ndarray, other: np.ndarray, bound: float) -> str | None:
    apart = float(np.abs(mine.astype(np.float64) - other).max(initial=0))
    return None if apart <= bound else f"{apart:.3g} apart, {bound:.3g} allowed"


def _orthogonal(gain: float, mine: np.ndarray, other: np.ndarray) -> str | None:
    q = mine.reshape(len(mine), -1).astype(np.float64) / gain
    gram = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
    return _apart(mine, other, ORTHOGONAL * gain) or _apart(gram, np.eye(len(gram)), ORTHONORMAL)
