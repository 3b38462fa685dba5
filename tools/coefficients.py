"""Compute the approximations in src/paraminit/fill/polynomials.py: `python tools/coefficients.py > FILE`.

Remez' exchange algorithm for rational functions in 260-bit arithmetic (mpmath). Each function is written
so that its approximation has a small relative error over the whole interval, and the variable so that
all terms of a polynomial have one sign, or shrink quickly: Horner's rule then loses next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp

mp.mp.prec = 260
Function = Callable[[mp.mpf], mp.mpf]


def remez(f: Function, a: mp.mpf, b: mp.mpf, p: int, q: int, rounds: int = 8) -> tuple[list, list, mp.mpf]:
    """Numerator (degree p), denominator (degree q, constant term 1) and the relative error over [a, b]."""
    count = p + q + 2
    points = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    fine = 24 * count
    grid = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * i / fine) for i in range(fine + 1)]
    values = [f(x) for x in grid]
    best: tuple[list, list, mp.mpf] | None = None
    for _ in range(rounds):
        p_, q_ = _levelled(f, points, p, q)
        error = [
            (mp.polyval(p_[::-1], x) / mp.polyval(q_[::-1], x) - y) / y
            for x, y in zip(grid, values, strict=True)
        ]
        worst = max(map(abs, error))
        if best is None or worst < best[2]:
            best = p_, q_, worst
        extrema: list[int] = []
        for i, e in enumerate(error):
            left = abs(error[i - 1]) if i else 0
            right = abs(error[i + 1]) if i < fine else 0
            if abs(e) < max(left, right):
                continue
            if extrema and error[extrema[-1]] * e > 0:
                extrema[-1] = max(extrema[-1], i, key=lambda k: abs(error[k]))
            else:
                extrema.append(i)
        if len(extrema) < count:
            break
        while len(extrema) > count:
            extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
        points = [grid[i] for i in extrema]
    assert best is not None
    return best


def _levelled(f: Function, points: list, p: int, q: int) -> tuple[list, list]:
    """The rational function whose relative error alternates with equal size over the points."""
    n = len(points)
    fx, denominator = [f(x) for x in points], [mp.mpf(1)] * n
    for _ in range(12):
        a, b = mp.matrix(n, n), mp.matrix(n, 1)
        for i, x in enumerate(points):
            for j in range(p + 1):
                a[i, j] = x**j
            for j in range(1, q + 1):
                a[i, p + j] = -fx[i] * x**j
            a[i, n - 1] = (-1) ** i * denominator[i] * fx[i]
            b[i] = fx[i]
        s = mp.lu_solve(a, b)
        p_, q_ = [s[j] for j in range(p + 1)], [mp.mpf(1), *(s[p + j] for j in range(1, q + 1))]
        denominator = [mp.polyval(q_[::-1], x) for x in points]
    return p_, q_


def atanh_ratio(z: mp.mpf) -> mp.mpf:
    """atanh(sqrt z) / sqrt z, for ln m = 2 atanh((m - 1) / (m + 1))."""
    return mp.atanh(mp.sqrt(z)) / mp.sqrt(z) if z > 1e-60 else 1 + z / 3


def sin_ratio(x: mp.mpf) -> mp.mpf:
    """(sin r / r - 1) / x with x = r * r."""
    return (mp.sin(mp.sqrt(x)) / mp.sqrt(x) - 1) / x if x > 1e-40 else x / 120 - mp.mpf(1) / 6


def cos_ratio(x: mp.mpf) -> mp.mpf:
    """(cos r - 1) / x with x = r * r."""
    return (mp.cos(mp.sqrt(x)) - 1) / x if x > 1e-40 else x / 24 - mp.mpf(1) / 2


def erfc_inv(z: mp.mpf) -> mp.mpf:
    """Newton's method on the concave ln erfc, from above, where its steps towards the root are monotone."""
    x = mp.sqrt(-mp.log(z))
    for _ in range(100):
        step = mp.log(mp.erfc(x) / z) * mp.erfc(x) * mp.sqrt(mp.pi) / 2 * mp.exp(x * x)
        x += step
        if abs(step) < mp.mpf(10) ** -60:
            break
    return x


CENTER = mp.mpf("0.7225")  # |1 - z| <= 0.85
NEAR, FAR = mp.mpf("1.6"), mp.mpf(5)  # of r = sqrt(-ln(z / 2))


def central(t: mp.mpf) -> mp.mpf:
    """erfc_inv(z) / (1 - z) with t = 0.7225 - (1 - z)**2."""
    y = CENTER - t
    return mp.erfinv(mp.sqrt(y)) / mp.sqrt(y) if y > mp.mpf(10) ** -60 else mp.sqrt(mp.pi) / 2


def tail(r: mp.mpf) -> mp.mpf:
    return erfc_inv(2 * mp.exp(-r * r))


def main() -> None:
    s = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
    quarter = (mp.pi / 4 + mp.mpf(10) ** -6) ** 2
    margin = mp.mpf("0.001")
    last = mp.sqrt(-mp.log(mp.mpf(2) ** -1022)) + margin
    jobs = [
        ("LN", "-2 ln(m) / s, in z = s * s; s = (m - 1) / (m + 1), m from sqrt(1/2) to sqrt(2)",
         lambda z: -4 * atanh_ratio(z), mp.mpf(0), s * (1 + margin / 10), 6, 0),
        ("SIN", "(sin r / r - 1) / x, in x = r * r; |r| <= pi / 4", sin_ratio, mp.mpf(0), quarter, 5, 0),
        ("COS", "(cos r - 1) / x, in x = r * r; |r| <= pi / 4", cos_ratio, mp.mpf(0), quarter, 5, 0),
        ("CENTER", "erfc_inv(z) / (1 - z), in 0.7225 - (1 - z)**2; |1 - z| <= 0.85",
         central, -margin / 10, CENTER, 7, 7),
        ("NEAR", "erfc_inv(z), in r - 1.6; r = sqrt(-ln(z / 2)) up to 5",
         lambda t: tail(t + NEAR), mp.sqrt(-mp.log(mp.mpf("0.075"))) - NEAR - margin, FAR - NEAR, 8, 8),
        ("FAR", "erfc_inv(z), in r - 5; z down to 2**-1021",
         lambda t: tail(t + FAR), -margin, last - FAR, 8, 8),
    ]  # fmt: skip
    print('"""Approximations of the kernels, from tools/coefficients.py; lowest degree first."""\n')
    print("# fmt: off")
    for name, meaning, f, a, b, p, q in jobs:
        p_, q_, error = remez(f, a, b, p, q)
        print(f"\n# {meaning}.\n# Relative error 2**{mp.nstr(mp.log(error, 2), 4)}.")
        for suffix, coefficients in (("", p_), ("_BELOW", q_))[: 2 if q else 1]:
            print(f"{name}{suffix} = (")
            for c in coefficients:
                print(f"    {float(c)!r},")
            print(")")


if __name__ == "__main__":
    main()
