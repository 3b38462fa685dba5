"""Mean and variance of a standard normal that is cut."""

from __future__ import annotations

import math

__all__ = ["cut_moments"]

_R2 = math.sqrt(2)


def cut_moments(alpha: float, beta: float) -> tuple[float, float]:
    """(mean, variance) of a standard normal restricted to [alpha, beta].

    Example:
        >>> mean, variance = cut_moments(-2.0, 2.0)
        >>> mean, round(math.sqrt(variance), 12)
        (0.0, 0.879625661034)
    """
    flip = alpha > 0  # use the lower tail, where erfc keeps its relative precision
    if flip:
        alpha, beta = -beta, -alpha
    width = beta - alpha
    if width * max(1.0, -alpha, abs(beta)) < 1e-3:  # differences would cancel; nearly uniform
        middle = (alpha + beta) / 2 * (1 - width**2 / 12)
        return (-middle if flip else middle), width**2 / 12
    mass = (math.erfc(-beta / _R2) - math.erfc(-alpha / _R2)) / 2
    if mass <= 0:  # the window lies beyond float64's reach: all mass at the nearer bound
        return (-beta if flip else beta), 0.0
    first = (_density(alpha) - _density(beta)) / mass
    second = 1 + (alpha * _density(alpha) - beta * _density(beta)) / mass
    return (-first if flip else first), max(second - first * first, 0.0)


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
