"""Cases of normalizations, some of them in training: the moving statistics are compared too."""

from __future__ import annotations

from .drawing import Case, Draw, layer

SIZES = {1: [[8], [8, 3]], 2: [[6, 3, 2]], 3: [[6, 2, 3, 2]]}


def statistics(draw: Draw, channels: int) -> str:
    return (
        f"{channels}, eps={draw.one_of('1e-5', '1e-3')}, momentum={draw.number(0, 1)}, "
        f"affine={draw.chance(0.7)}, gamma_init={draw.vector()}, beta_init={draw.vector()}"
    )


def batch(draw: Draw, name: str, rank: int) -> Case:
    channels = draw.whole(1, 6)
    text = f"{statistics(draw, channels)}, moving_mean_init={draw.vector()}, moving_var_init=0.7, "
    text += f"use_batch_statistics={draw.one_of(None, None, True, False)}"
    examples, *rest = draw.one_of(*SIZES[rank])
    return layer(f"nn.{name}({text})", [examples, channels, *rest], train=draw.chance(0.6))


def instance(draw: Draw, rank: int) -> Case:
    """MindSpore's forward pass is not offered on a CPU."""
    text = statistics(draw, draw.whole(1, 6))
    return layer(f"nn.InstanceNorm{rank}d({text}, dtype=dtype.{draw.one_of('float32', 'float16')})")


def layer_norm(draw: Draw) -> Case:
    a, b = draw.whole(1, 5), draw.whole(4, 7)
    shape, begin = draw.one_of(((b,), -1), ((a, b), 1))
    text = f"{shape}, {begin}, {begin}, {draw.vector()}, {draw.vector()}, {draw.one_of('1e-7', '1e-3')}"
    return layer(f"nn.LayerNorm({text})", [3, a, b])


def group_norm(draw: Draw) -> Case:
    groups = draw.whole(1, 3)
    channels = groups * draw.whole(1, 3)
    text = f"{groups}, {channels}, affine={draw.chance(0.7)}, "
    text += f"gamma_init={draw.vector()}, beta_init={draw.vector()}"
    return layer(f"nn.GroupNorm({text})", [2, channels, 3, 4])


def mint_batch(draw: Draw, name: str) -> Case:
    """Its forward pass is not offered on a CPU, but for SyncBatchNorm's outside training."""
    channels, tracked = draw.whole(1, 6), draw.chance(0.7)
    text = f"{channels}, eps=1e-4, momentum={draw.number(0, 1)}, affine={draw.chance(0.5)}, "
    cell = f"mint.nn.{name}({text}track_running_stats={tracked})"
    return layer(cell, *([[4, channels, 3, 2]] if name == "SyncBatchNorm" and tracked else []))


def mint_group(draw: Draw) -> Case:
    groups = draw.whole(1, 3)
    channels = groups * draw.whole(1, 3)
    return layer(f"mint.nn.GroupNorm({groups}, {channels}, affine={draw.chance(0.7)})", [2, channels, 3, 4])


def mint_layer(draw: Draw, name: str) -> Case:
    """Its forward pass is not offered on a CPU."""
    shape = draw.one_of(draw.whole(1, 9), (draw.whole(1, 4), draw.whole(1, 4)), [draw.whole(1, 4)])
    return layer(f"{name}({shape}, elementwise_affine={draw.chance(0.7)}, bias={draw.chance(0.7)})")


LAYERS = {
    **{
        f"nn.BatchNorm{rank}d": lambda draw, rank=rank: batch(draw, f"BatchNorm{rank}d", rank)
        for rank in (1, 2, 3)
    },
    **{f"nn.InstanceNorm{rank}d": lambda draw, rank=rank: instance(draw, rank) for rank in (1, 2, 3)},
    "nn.GroupNorm": group_norm,
    "nn.LayerNorm": layer_norm,
    "nn.LayerNormExt": lambda draw: mint_layer(draw, "nn.LayerNormExt"),
    "nn.SyncBatchNorm": lambda draw: {**batch(draw, "SyncBatchNorm", 2), "train": False},
    **{
        f"mint.nn.{name}": lambda draw, name=name: mint_batch(draw, name)
        for name in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm")
    },
    "mint.nn.GroupNorm": mint_group,
    "mint.nn.LayerNorm": lambda draw: mint_layer(draw, "mint.nn.LayerNorm"),
}
