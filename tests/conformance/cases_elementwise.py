"""Cases of layers without parameters: activations, pooling, padding. Only what they answer is compared."""

from __future__ import annotations

import re
from collections.abc import Callable

from .drawing import Case, Draw, layer

SHAPES = ([3, 4], [2, 4, 3], [2, 4, 3, 2])

#: Arguments to choose among; any shape whose axis 1 has 4 elements will do.
ARGUMENTS = {
    "CELU": ("", "0.5"),
    "Dropout": ("p=0.3",),
    "Dropout1d": ("p=0.3",),
    "Dropout2d": ("p=0.3",),
    "Dropout2dExt": ("p=0.3",),
    "Dropout3d": ("p=0.3",),
    "DropoutExt": ("p=0.3",),
    "ELU": ("", "1.0"),
    "FastGelu": ("",),
    "Flatten": ("",),
    "GELU": ("", "False"),
    "GLU": ("1",),
    "HShrink": ("", "0.3"),
    "HSigmoid": ("",),
    "HSwish": ("",),
    "Hardtanh": ("", "-0.5, 0.7"),
    "Identity": ("",),
    "LRN": ("", "2, 1.5, 0.1, 0.7"),
    "LeakyReLU": ("", "0.3"),
    "LogSigmoid": ("",),
    "LogSoftmax": ("", "0"),
    "Mish": ("",),
    "ReLU": ("",),
    "ReLU6": ("",),
    "SeLU": ("",),
    "SiLU": ("",),
    "Sigmoid": ("",),
    "SoftShrink": ("", "0.3"),
    "Softmax": ("", "0"),
    "Softmin": ("", "0"),
    "Softsign": ("",),
    "Tanh": ("",),
    "Tanhshrink": ("",),
    "Threshold": ("0.1, 0.3",),
}
#: Those of mint.nn whose operators MindSpore has for a CPU; the others are in CANNOT_RUN (cases_layers.py).
MINT = {
    "Dropout": ("p=0.3",),
    "Dropout2d": ("p=0.3",),
    "Flatten": ("",),
    "GLU": ("1",),
    "Hardshrink": ("", "0.3"),
    "Hardsigmoid": ("",),
    "Hardswish": ("",),
    "Identity": ("",),
    "ReLU": ("",),
    "SiLU": ("",),
    "Sigmoid": ("",),
    "Softmax": ("1",),
    "Softshrink": ("", "0.3"),
    "Tanh": ("",),
}


def elementwise(name: str, arguments: tuple[str, ...]) -> Callable[[Draw], Case]:
    """The shapes of images alone for what drops or mixes whole channels."""
    shapes = SHAPES[-1:] if re.search(r"LRN|\dd", name) else SHAPES
    return lambda draw: layer(f"{name}({draw.one_of(*arguments)})", draw.one_of(*shapes))


def pooling(draw: Draw, name: str, rank: int) -> Case:
    kernel, stride = draw.whole(1, 3), draw.whole(1, 3)
    modes = ["valid", "same"] if rank < 3 else ["valid"]
    return layer(
        f"nn.{name}({kernel}, {stride}, pad_mode={draw.one_of(*modes)!r})",
        # A second window fits; where it does not, MindSpore's AvgPool1d with "same" gives one element.
        [2, 3, *(draw.whole(6, 9) for _ in range(rank))],
    )


def adaptive(draw: Draw, name: str, rank: int) -> Case:
    """Sizes that the output divides: MindSpore's one-dimensional ones ask for it."""
    out = draw.whole(1, 3)
    return layer(f"nn.{name}({out})", [2, 3, *(out * draw.whole(1, 3) for _ in range(rank))])


LAYERS = {
    **{f"nn.{name}": elementwise(f"nn.{name}", arguments) for name, arguments in ARGUMENTS.items()},
    **{f"mint.nn.{name}": elementwise(f"mint.nn.{name}", arguments) for name, arguments in MINT.items()},
    **{
        f"nn.{kind}Pool{rank}d": lambda draw, kind=kind, rank=rank: pooling(draw, f"{kind}Pool{rank}d", rank)
        for kind in ("Avg", "Max")
        for rank in (1, 2, 3)
    },
    **{
        f"nn.Adaptive{kind}Pool{rank}d": lambda draw, kind=kind, rank=rank: adaptive(
            draw, f"Adaptive{kind}Pool{rank}d", rank
        )
        for kind in ("Avg", "Max")
        for rank in (1, 2, 3)
    },
    "nn.RReLU": lambda draw: layer("nn.RReLU(0.1, 0.5)"),  # its slopes are random outside training too
    "nn.Softmax2d": lambda draw: layer("nn.Softmax2d()", [2, 3, 4, 5]),
}
