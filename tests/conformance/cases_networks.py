"""Cases of containers and of whole networks, some initialized anew by walking over their parameters."""

from __future__ import annotations

from .drawing import Case, Draw, layer


def sequence(draw: Draw) -> Case:
    """Dense layers nested in SequentialCells given as arguments, a list or an OrderedDict."""
    width = draw.whole(1, 5)
    text, _ = _chain(draw, width, depth=3)
    return layer(text, [3, width])


def _chain(draw: Draw, width: int, depth: int) -> tuple[str, int]:
    parts = []
    for _ in range(draw.whole(1, 3)):
        if depth > 1 and draw.chance(0.5):
            part, width = _chain(draw, width, depth - 1)
        elif draw.chance(0.3):
            part = draw.one_of("nn.ReLU()", f"nn.LayerNorm(({width},), beta_init='uniform', epsilon=0.1)")
        else:
            part, width = f"nn.Dense({width}, {(width := draw.whole(1, 5))}, {_uneven(draw)})", width
        parts.append(part)
    if draw.chance(0.3):
        items = ", ".join(f"('part{n}', {part})" for n, part in enumerate(parts))
        return f"nn.SequentialCell(OrderedDict([{items}]))", width
    inside = ", ".join(parts)
    return f"nn.SequentialCell({draw.one_of(inside, f'[{inside}]')})", width


def _uneven(draw: Draw) -> str:
    """No constant: times a constant, what a LayerNorm answers adds up to rounding errors alone."""
    return draw.one_of("None", "'normal'", "'xavier_uniform'", "HeNormal()")


def cells(draw: Draw) -> Case:
    """Lists in lists, of anything; a list has no forward pass."""
    if draw.chance(0.3):
        return layer(f"appended({draw.whole(1, 5)})")
    parts = [_chain(draw, draw.whole(1, 4), 2)[0] for _ in range(draw.whole(1, 3))]
    parts.append(f"nn.CellList([nn.Conv2d(2, 3, 2, weight_init={draw.weight()}), nn.BatchNorm2d(3)])")
    return layer(f"nn.CellList([{', '.join(parts)}])")


def dictionary(draw: Draw) -> Case:
    """MindSpore refuses containers in it."""
    return layer(f"nn.CellDict({{'a': nn.Dense(2, 3, {draw.weight()}), 'b': nn.Conv2d(2, 3, 1)}})")


def lenet(draw: Draw) -> Case:
    pool = draw.one_of("nn.MaxPool2d(2, 2)", "nn.Conv2d(6, 6, 2, 2)")
    text = f"LeNet({pool}, {draw.whole(2, 11)}, {draw.one_of('normal', 'xavier_uniform')!r})"
    if "Max" in pool:
        return layer(text, [2, 1, 32, 32])
    return layer(text)  # the second pooling would need another number of channels


def resnet(draw: Draw) -> Case:
    widths = [draw.whole(2, 6) for _ in range(draw.whole(2, 3))]
    return layer(f"ResNet({widths})", [4, 3, 8, 8], train=draw.chance(0.5))


def language(draw: Draw) -> Case:
    words, length = draw.whole(3, 20), draw.whole(1, 5)
    text = f"Language({words}, {length}, {draw.whole(4, 8)}, {draw.whole(1, 2)})"
    return layer(text, {"whole": [0, words - 1], "shape": [2, length]})


def traversed(draw: Draw) -> Case:
    """`param.set_data(initializer(...))` for what has this in its name, as both documents show."""
    case = draw.one_of(lenet, resnet, language, sequence)(draw)
    weight = draw.one_of("Normal()", "XavierUniform()", "'he_normal'", "Uniform(0.3)")
    return {**case, "rules": [["weight", weight], ["bias", draw.one_of("'zeros'", "Uniform(0.1)")]]}


CONTAINERS = {"nn.CellDict": dictionary, "nn.CellList": cells, "nn.SequentialCell": sequence}
NETWORKS = [lenet, resnet, language, traversed, traversed]
