"""Runs inside the environment of the real MindSpore: `record_ops.py OUT.json`.

Every expression is evaluated with `ops`, `mstype` and the inputs below; tests evaluate them with ours.
"""

import json
import sys
from pathlib import Path

import numpy as np

EXPRESSIONS = """
    ops.abs(x) | ops.add(x, y) | ops.add(x, 2.0) | ops.bmm(x, ops.transpose(y, (0, 2, 1)))
    ops.clamp(x, -0.5, 0.5) | ops.cast(x, mstype.float16) | ops.clip_by_value(x, -0.5, 0.5)
    ops.div(x, y) | ops.dropout(x, 0.0) | ops.dropout(x, 0.5, False) | ops.exp(x) | ops.gelu(x)
    ops.gelu(x, 'tanh') | ops.log(y) | ops.log_softmax(x) | ops.matmul(x, ops.transpose(y, (0, 2, 1)))
    ops.maximum(x, y) | ops.minimum(x, y) | ops.mul(x, y) | ops.neg(x) | ops.pow(y, 2.0) | ops.relu(x)
    ops.sigmoid(x) | ops.silu(x) | ops.softmax(x) | ops.softmax(x, 1) | ops.sqrt(y) | ops.square(x)
    ops.sub(x, y) | ops.tanh(x) | ops.where(x > 0, x, y) | ops.argmax(x, 1) | ops.avg_pool2d(image, 2, 2)
    ops.max_pool2d(image, 2, 2) | ops.cross_entropy(x[0], labels) | ops.max(x, 1) | ops.min(x, 2, True)
    ops.mean(x, 1) | ops.mean(x, 1, True) | ops.mse_loss(x, y) | ops.norm(x, dim=2)
    ops.reduce_mean(x, 1) | ops.reduce_sum(x, (0, 2)) | ops.sum(x, 1, True) | ops.sum(x)
    ops.arange(2, 9, 3) | ops.broadcast_to(x[0, 0], (3, 4)) | ops.cat((x, y), 1) | ops.concat((x, y), 2)
    ops.expand_dims(x, 1) | ops.eye(3, 4, mstype.float32) | ops.flatten(x)
    ops.full((2, 3), 7.5, dtype=mstype.float32) | ops.gather(x, labels, 1)
    ops.one_hot(labels, 4, 1.0, 0.0) | ops.ones((2, 3)) | ops.ones_like(x) | ops.pad(x, (1, 2))
    ops.permute(x, (2, 0, 1)) | ops.reshape(x, (4, 6)) | ops.split(x, 2, 2) | ops.squeeze(x[:1], 0)
    ops.stack((x, y), 1) | ops.swapaxes(x, 0, 2) | ops.tile(x, (1, 2, 1)) | ops.transpose(x, (2, 1, 0))
    ops.unsqueeze(x, 0) | ops.zeros((2, 3)) | ops.zeros_like(x) | ops.shape(x)
    ops.Cast()(x, mstype.float16) | ops.Concat(1)((x, y)) | ops.Div()(x, y) | ops.Exp()(x)
    ops.ExpandDims()(x, 0) | ops.Gather()(x, labels, 1) | ops.Log()(y) | ops.Mul()(x, y)
    ops.OnesLike()(x) | ops.Pow()(y, 2.0) | ops.ReduceMean()(x, 1) | ops.ReduceMean(True)(x, (0, 1))
    ops.ReduceSum()(x) | ops.ReduceSum(True)(x, 2) | ops.Reshape()(x, (6, 4)) | ops.Shape()(x)
    ops.Sigmoid()(x) | ops.Softmax(1)(x) | ops.Split(2, 2)(x) | ops.Sqrt()(y) | ops.Squeeze(0)(x[:1])
    ops.Stack(1)((x, y)) | ops.Sub()(x, y) | ops.Tanh()(x) | ops.Tile()(x, (2, 1, 1))
    ops.Transpose()(x, (1, 0, 2)) | ops.ZerosLike()(x)
    ops.all(x > 0, 1) | ops.any(x > 0, 1, True) | ops.eq(x, y) | ops.equal(x, x) | ops.ge(x, y)
    ops.greater(x, 0.5) | ops.greater_equal(x, y) | ops.gt(x, y) | ops.isclose(x, y) | ops.isfinite(x)
    ops.isinf(x) | ops.isnan(x) | ops.le(x, y) | ops.less(x, y) | ops.less_equal(x, 0.5)
    ops.logical_and(x > 0, y > 0.5) | ops.logical_not(x > 0) | ops.logical_or(x > 0, y > 0.5)
    ops.lt(x, y) | ops.ne(x, x) | ops.not_equal(x, y) | ops.assign(x, y) | ops.assign_add(x, y)
    ops.assign_sub(x, y) | ops.Assign()(x, y) | ops.AssignAdd()(x, y) | ops.AssignSub()(x, y)
    ops.ceil(x) | ops.cos(x) | ops.erf(x) | ops.floor(x) | ops.floor_divide(x, y) | ops.fmod(x, y)
    ops.leaky_relu(x, 0.1) | ops.log1p(y) | ops.log2(y) | ops.mm(x[0], y[1].T) | ops.outer(x[0, 0], y[0, 0])
    ops.reciprocal(y) | ops.round(x) | ops.rsqrt(y) | ops.sign(x) | ops.sin(x) | ops.softplus(x) | ops.tan(x)
    ops.amax(x, 1) | ops.amin(x, 2, True) | ops.argmin(x, 1) | ops.cumsum(x, 1) | ops.prod(x, 1)
    ops.std(x, 1) | ops.std(x, 0, 1, True) | ops.trace(x[0]) | ops.var(x) | ops.chunk(x, 2, 2)
    ops.diag(x[0, 0]) | ops.flip(x, (0, 2)) | ops.full_like(x, 2.5) | ops.hstack((x, y))
    ops.linspace(0, 2, 5) | ops.masked_fill(x, x > 0, 7.0) | ops.nonzero(x > 1) | ops.numel(x)
    ops.rank(x) | ops.repeat_interleave(x, 2, 1) | ops.size(x) | ops.sort(x, 1, True)
    ops.tril(x) | ops.triu(x, 1) | ops.unbind(x, 1) | ops.vstack((x, y)) | ops.Abs()(x) | ops.Equal()(x, x)
    ops.Fill()(mstype.float32, (2, 3), 1.5) | ops.Flatten()(x) | ops.Greater()(x, y) | ops.Less()(x, y)
    ops.Maximum()(x, y) | ops.Minimum()(x, 0.5) | ops.Neg()(x) | ops.Ones()((2, 3), mstype.int32)
    ops.ReduceMax()(x, 1) | ops.ReduceMin(True)(x, (0, 1)) | ops.Size()(x) | ops.Square()(x)
    ops.Zeros()((2, 3), mstype.float32)
"""


def expressions() -> list[str]:
    return [part.strip() for line in EXPRESSIONS.strip().splitlines() for part in line.split("|")]


def inputs() -> dict[str, np.ndarray]:
    numbers = np.random.RandomState(1)
    return {
        "x": numbers.randn(2, 3, 4).astype(np.float32),
        "y": numbers.rand(2, 3, 4).astype(np.float32) + np.float32(0.1),
        "image": numbers.randn(1, 2, 4, 4).astype(np.float32),
        "labels": np.array([2, 0, 1], np.int32),
    }


def plain(value) -> object:
    if isinstance(value, tuple | list) and any(hasattr(item, "asnumpy") for item in value):
        return [plain(item) for item in value]
    if isinstance(value, int):
        return value
    if not hasattr(value, "asnumpy"):
        return list(value)
    array = value.asnumpy()
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.name,
        "values": array.astype(np.float64).ravel().tolist(),
    }


def main(path: str) -> None:
    import mindspore
    from mindspore import Tensor, ops
    from mindspore.common import dtype as mstype

    def evaluated(expression: str) -> object:
        values = {name: Tensor(array) for name, array in inputs().items()}  # anew: some are written to
        return plain(eval(expression, {"ops": ops, "mstype": mstype, **values}))

    mindspore.set_context(mode=mindspore.PYNATIVE_MODE)
    cases = {expression: evaluated(expression) for expression in expressions()}
    how = "MindSpore 2.10.0 on the CPU; tests/conformance/record_ops.py"
    Path(path).write_text(json.dumps({"how": how, "cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
