"""Cases of convolutions and their transposes."""

from __future__ import annotations

from .drawing import Case, Draw, layer


def convolution(draw: Draw, rank: int, transposed: bool = False) -> Case:
    group = draw.whole(1, 3)
    i, o = group * draw.whole(1, 4), group * draw.whole(1, 4)
    kernels = [draw.whole(1, 4) for _ in range(rank)]
    # MindSpore's 3-D convolutions have no dilated kernel on a CPU, nor its transposes one with groups.
    dilation = 1 if rank == 3 else draw.one_of(1, 1, 2)
    stride, mode = draw.whole(1, 3), draw.one_of("same", "valid", "pad")
    kernel: int | tuple[int, ...] = kernels[0] if rank == 1 or draw.chance(0.5) else tuple(kernels)
    text = f"{i}, {o}, {kernel}, stride={stride}, pad_mode={mode!r}, dilation={dilation}, group={group}"
    if mode == "pad":
        text += f", padding={draw.one_of(0, 1)}"
        if transposed and rank > 1 and stride > 1:
            text += f", output_padding={draw.one_of(0, 1)}"
    text += f", has_bias={draw.chance(0.6)}, weight_init={draw.weight()}, bias_init={draw.vector()}"
    dtype = draw.dtype()
    name = f"nn.Conv{rank}d{'Transpose' if transposed else ''}"
    size = [draw.whole(8, 10) for _ in range(rank)]
    inputs = [[draw.whole(1, 2), i, *size]] if dtype == "float32" else []
    return layer(f"{name}({text}, dtype=dtype.{dtype})", *inputs)


def conv2d_bn_act(draw: Draw) -> Case:
    i, o = draw.whole(1, 5), draw.whole(1, 5)
    normalized = draw.chance(0.7)
    text = f"{i}, {o}, {draw.whole(1, 3)}, stride={draw.whole(1, 2)}, has_bias={draw.chance(0.5)}, "
    text += f"weight_init={draw.weight()}, bias_init={draw.vector()}, has_bn={normalized}, "
    text += f"activation={draw.one_of(None, 'relu', 'sigmoid', 'tanh', 'leakyrelu', 'gelu')!r}, alpha=0.3"
    return layer(f"nn.Conv2dBnAct({text})", [3, i, 6, 6], train=normalized and draw.chance(0.5))


LAYERS = {
    **{f"nn.Conv{rank}d": lambda draw, rank=rank: convolution(draw, rank) for rank in (1, 2, 3)},
    **{
        f"nn.Conv{rank}dTranspose": lambda draw, rank=rank: convolution(draw, rank, transposed=True)
        for rank in (1, 2, 3)
    },
    "nn.Conv2dBnAct": conv2d_bn_act,
}
