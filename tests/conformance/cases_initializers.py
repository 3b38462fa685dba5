"""Cases of the generators themselves and of the initializers."""

from __future__ import annotations

import math

from .drawing import Case, Draw

LAWS = ("uniform", "normal", "truncated")
DTYPES = ("float32", "float16", "float64", "bfloat16")


def law(draw: Draw) -> Case:
    """A generator called directly."""
    name = draw.one_of(*LAWS)
    mean = draw.one_of(0.0, float(draw.random.normal()))
    if name == "uniform":
        arguments = [mean - draw.sigma(), mean + draw.sigma()]
    elif name == "normal":
        arguments = [mean, draw.one_of(0.0, 1e-25, draw.sigma(), draw.sigma())]
    else:
        sigma = draw.sigma()
        low, high = sorted(draw.random.uniform(-6, 6, 2))
        arguments = [mean + low * sigma, mean + high * sigma, mean, sigma]
    return {"law": name, "key": draw.key(), "arguments": arguments, "size": draw.size()}


def ends_of_the_keys() -> list[Case]:
    """Each law with the smallest and largest keys, at an odd size."""
    laws = {"uniform": [-0.1, 0.1], "normal": [0.0, 1.0], "truncated": [-2, 2, 0, 1]}
    return [
        {"law": name, "key": key, "arguments": arguments, "size": 1001}
        for key in (0, 1, 2, 2**32 - 1, 2**32, 2**63 - 2, 2**63 - 1)
        for name, arguments in laws.items()
    ]


def large(draw: Draw) -> list[Case]:
    return [
        {"law": "normal", "key": draw.key(), "arguments": [0.0, 0.02], "size": 5_000_001},
        {"law": "uniform", "key": draw.key(), "arguments": [-0.07, 0.07], "size": 2_000_005},
        {"law": "truncated", "key": draw.key(), "arguments": [-2, 2, 0, 1], "size": 2_000_003},
    ]


def initializer(draw: Draw) -> Case:
    """Any initializer with any legal arguments, by class or by name."""
    rank = draw.whole(0, 5)
    shape = [int(n) for n in draw.random.choice([1, 2, 3, 5, 8, 13], rank)]
    kinds = [_flat, _named] if rank < 2 else [_flat, _named, _scaled, _scaled, _scaled]
    if rank == 2:
        kinds.append(_of_matrices)
    if 3 <= rank <= 5:
        kinds.append(_dirac)
    case = {"init": "", "seed": draw.seed(), "shape": shape, "dtype": draw.one_of(*DTYPES)}
    return {**case, "seeding": draw.one_of("set_seed", "numpy"), **draw.one_of(*kinds)(draw, shape)}


def _flat(draw: Draw, shape: list[int]) -> Case:
    """Those that need no fans."""
    sigma, mean = draw.sigma(), float(draw.random.normal())
    low, high = draw.number(-3, 0), draw.number(0.1, 3)
    texts = [
        "Zero()",
        "One()",
        "Normal()",
        f"Normal({sigma!r}, {mean!r})",
        "Uniform()",
        f"Uniform({sigma!r})",
    ]
    texts += ["TruncatedNormal()", f"TruncatedNormal({sigma!r}, 0.0, -1.5, 1.0)", f"Constant({mean!r})"]
    texts += [f"TruncatedNormal({sigma!r}, {(low + high) / 2!r}, {low}, {high})", f"{mean!r}", "2"]
    return {"init": draw.one_of(*texts)}


def _named(draw: Draw, shape: list[int]) -> Case:
    names = ["zeros", "zero", "ones", "one", "Normal", "normal", "uniform", "TruncatedNormal"]
    if len(shape) >= 2:
        names += ["xavier_uniform", "XavierUniform", "xavier_normal", "he_uniform", "HeNormal", "henormal"]
    return {"init": repr(draw.one_of(*names))}


def _scaled(draw: Draw, shape: list[int]) -> Case:
    """Those that look at fans. MindSpore's truncated VarianceScaling draws a uniform, as one profile does."""
    mode, gain, slope = draw.one_of("fan_in", "fan_out"), draw.sigma(), draw.number(0, 2)
    activation = draw.one_of("leaky_relu", "relu", "tanh", "linear", "sigmoid", "conv2d")
    kind = draw.one_of("He", "Xavier", "VarianceScaling")
    if kind == "He":
        return {"init": f"He{draw.one_of('Uniform', 'Normal')}({slope}, {mode!r}, {activation!r})"}
    if kind == "Xavier":
        return {"init": f"Xavier{draw.one_of('Uniform', 'Normal')}({gain!r})"}
    law = draw.one_of("uniform", "untruncated_normal", "truncated_normal")
    scaling = {"init": f"VarianceScaling({gain!r}, {draw.one_of(mode, 'fan_avg')!r}, {law!r})"}
    return {**scaling, "profile": "mindspore-2.10"} if law == "truncated_normal" else scaling


def _of_matrices(draw: Draw, shape: list[int]) -> Case:
    return {"init": draw.one_of("Identity()", "'identity'", f"Sparse({draw.number(0, 1)}, {draw.sigma()!r})")}


def _dirac(draw: Draw, shape: list[int]) -> Case:
    groups = [g for g in (1, 2, 3) if shape[0] % g == 0]
    return {"init": draw.one_of("'dirac'", f"Dirac({draw.one_of(*groups)})")}


def orthogonal(draw: Draw) -> Case:
    """Through LAPACK, so compared within a tolerance (see comparing.py)."""
    shape = [draw.one_of(1, 2, 3, 8, 30, 64) for _ in range(draw.whole(2, 4))]
    while len(shape) > 2 and math.prod(shape) > 20_000:
        shape.pop()
    gain = draw.one_of(1.0, draw.number(0.1, 3))
    case = {"init": f"Orthogonal({gain})", "shape": shape, "dtype": draw.one_of("float32", "float64")}
    return {**case, "seed": draw.seed(), "seeding": "set_seed", "orthogonal": gain}
