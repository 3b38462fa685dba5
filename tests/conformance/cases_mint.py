"""Cases of mint.nn's convolutions: their forward passes are not offered on a CPU."""

from __future__ import annotations

from .drawing import Case, Draw, layer


def convolution(draw: Draw, rank: int) -> Case:
    groups = draw.whole(1, 3)
    kernel = draw.one_of(draw.whole(1, 4), tuple(draw.whole(1, 4) for _ in range(rank)))
    return layer(
        f"mint.nn.Conv{rank}d({groups * draw.whole(1, 4)}, {groups * draw.whole(1, 4)}, {kernel}, "
        f"groups={groups}, bias={draw.chance(0.7)}, dtype=dtype.{draw.dtype()})"
    )


def transposed(draw: Draw) -> Case:
    groups = draw.whole(1, 3)
    return layer(
        f"mint.nn.ConvTranspose2d({groups * draw.whole(1, 4)}, {groups * draw.whole(1, 4)}, "
        f"[{draw.whole(1, 4)}, {draw.whole(1, 4)}], groups={groups}, bias={draw.chance(0.7)})"
    )


LAYERS = {
    **{f"mint.nn.Conv{rank}d": lambda draw, rank=rank: convolution(draw, rank) for rank in (1, 2, 3)},
    "mint.nn.ConvTranspose2d": transposed,
}
