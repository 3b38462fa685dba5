"""Cases of dense layers and embeddings."""

from __future__ import annotations

from .drawing import Case, Draw, layer

ACTIVATIONS = (None, "relu", "sigmoid", "tanh", "leakyrelu", "gelu")


def dense(draw: Draw) -> Case:
    i, o, dtype = draw.whole(1, 9), draw.whole(1, 9), draw.dtype()
    weights = [draw.weight(), draw.weight(), f"initializer(Normal(0.2), [{o}, {i}])"]
    # A Tensor of another dtype is converted here; in MindSpore it changes the layer's dtype.
    weight = draw.one_of(*weights[: 3 if dtype == "float32" else 2])
    text = f"{i}, {o}, {weight}, {draw.vector()}, has_bias={draw.chance(0.7)}, dtype=dtype.{dtype}"
    if dtype != "float32":
        return layer(f"nn.Dense({text})")
    shape = draw.one_of([3, i], [2, 3, i])
    return layer(f"nn.Dense({text}, activation={draw.one_of(*ACTIVATIONS)!r})", shape)


def linear(draw: Draw, name: str) -> Case:
    i, o, dtype = draw.whole(1, 9), draw.whole(1, 9), draw.dtype()
    text = f"{i}, {o}, bias={draw.chance(0.7)}, weight_init={draw.weight()}, dtype=dtype.{dtype}"
    return layer(f"{name}({text})", *([[2, 3, i]] if dtype == "float32" else []))


def dense_bn_act(draw: Draw) -> Case:
    i, o, normalized = draw.whole(1, 9), draw.whole(1, 9), draw.chance(0.7)
    text = f"{i}, {o}, {draw.weight()}, {draw.vector()}, has_bias={draw.chance(0.5)}, has_bn={normalized}, "
    text += f"activation={draw.one_of(*ACTIVATIONS)!r}"
    return layer(f"nn.DenseBnAct({text})", [7, i], train=normalized and draw.chance(0.5))


def bidense(draw: Draw) -> Case:
    a, b, o = draw.whole(1, 7), draw.whole(1, 7), draw.whole(1, 7)
    weight = draw.one_of("None", "'normal'", "Uniform(0.3)")
    text = f"{a}, {b}, {o}, {weight}, {draw.vector()}, has_bias={draw.chance(0.6)}"
    return layer(f"nn.BiDense({text})", [5, a], [5, b])


def embedding(draw: Draw) -> Case:
    rows, width = draw.whole(2, 40), draw.whole(1, 9)
    padding = draw.one_of(None, draw.whole(0, rows - 1))
    text = f"{rows}, {width}, {draw.chance(0.3)}, {draw.weight()}, padding_idx={padding}"
    return layer(f"nn.Embedding({text})".replace("None, p", "'normal', p"), indices(rows, 2, 4))


def lookup(draw: Draw) -> Case:
    rows, width = draw.whole(2, 40), draw.whole(1, 9)
    table = draw.one_of("'normal'", "TruncatedNormal(0.5)", "'xavier_uniform'", "0.7")
    # MindSpore's operator for a CPU scales rows by the norms of others, so all are alike here.
    limit = draw.number(0.1, 2) if table == "0.7" else None
    text = f"{rows}, {width}, {table}, max_norm={limit}"
    return layer(f"nn.EmbeddingLookup({text})", indices(rows, 3, 2))


def fields(draw: Draw) -> Case:
    rows, width, count = draw.whole(2, 40), draw.whole(1, 9), draw.whole(1, 4)
    table = draw.one_of("'normal'", "'one'", "TruncatedNormal(0.5)")
    text = f"{rows}, {width}, {count}, {table}, operator={draw.one_of('SUM', 'MEAN', 'MAX')!r}"
    return layer(f"nn.MultiFieldEmbeddingLookup({text})", indices(rows, 2, 6), [2, 6], indices(count, 2, 6))


def embedding_ext(draw: Draw, name: str) -> Case:
    """Its forward pass is not offered on a CPU."""
    rows, dtype = draw.whole(2, 40), draw.dtype()
    # MindSpore has no kernel for a CPU that sets a row of bfloat16 to zero.
    padding = None if dtype == "bfloat16" else draw.one_of(None, draw.whole(-rows, rows - 1))
    text = f"{rows}, {draw.whole(1, 9)}, padding_idx={padding}, _freeze={draw.chance(0.3)}"
    return layer(f"{name}({text}, dtype=dtype.{dtype})")


def prelu(draw: Draw) -> Case:
    channels = draw.whole(2, 5)
    slopes = draw.one_of(draw.number(0, 1), [draw.number(0, 1) for _ in range(channels)])
    return layer(f"nn.PReLU({channels}, {slopes})", [2, channels, 4])


def prelu_ext(draw: Draw, name: str) -> Case:
    channels = draw.whole(1, 5)
    return layer(f"{name}({channels}, init={draw.number(0, 1)})", [2, channels, 4])


def indices(rows: int, *shape: int) -> dict[str, list[int]]:
    return {"whole": [0, rows - 1], "shape": list(shape)}


LAYERS = {
    "nn.BiDense": bidense,
    "nn.Dense": dense,
    "nn.DenseBnAct": dense_bn_act,
    "nn.Embedding": embedding,
    "nn.EmbeddingExt": lambda draw: embedding_ext(draw, "nn.EmbeddingExt"),
    "nn.EmbeddingLookup": lookup,
    "nn.Linear": lambda draw: linear(draw, "nn.Linear"),
    "nn.MultiFieldEmbeddingLookup": fields,
    "nn.PReLU": prelu,
    "nn.ParameterUpdate": lambda draw: layer("nn.ParameterUpdate(nn.Dense(4, 3).weight)", [3, 4]),
    "nn.PReLUExt": lambda draw: prelu_ext(draw, "nn.PReLUExt"),
    "mint.nn.Embedding": lambda draw: embedding_ext(draw, "mint.nn.Embedding"),
    "mint.nn.Linear": lambda draw: linear(draw, "mint.nn.Linear"),
    "mint.nn.PReLU": lambda draw: prelu_ext(draw, "mint.nn.PReLU"),
}
