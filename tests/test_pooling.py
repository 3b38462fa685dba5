"""Pooling against its definition, on more windows than were recorded from MindSpore, and its errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from paraminit import nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError

MAX = [nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d]
AVERAGE = [nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d]


@pytest.mark.parametrize("size", [4, 5, 7])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_by_the_definition(size, kernel, stride):
    """ceil(size / stride) windows, the odd padding element at the end, real elements alone counted."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    values = np.random.default_rng(size).normal(size=size)
    starts = [place * stride - total // 2 for place in range(out)]
    windows = [values[max(start, 0) : start + kernel] for start in starts]
    for layers, pick in ((MAX, np.max), (AVERAGE, np.mean)):
        expected = [pick(window) for window in windows]
        for axes, layer in enumerate(layers, 1):
            window = (*(1,) * (axes - 1), kernel)
            x = torch.tensor(values).reshape(1, 1, *(1,) * (axes - 1), size)
            more = (False, False) if layer is nn.AvgPool3d else ()  # as in MindSpore it counts padding
            result = layer(window, (*(1,) * (axes - 1), stride), "SAME", 0, *more)(x)
            np.testing.assert_allclose(result.flatten(), expected, rtol=1e-12)


@pytest.mark.parametrize("pool", [*MAX, *AVERAGE])
def test_other_modes_are_torchs(pool):
    axes = int(pool.__name__[-2])
    torchs = getattr(torch.nn, pool.__name__)
    for shape in ((2, 3, *(7,) * axes), (3, *(7,) * axes)):
        x = torch.randn(shape)
        assert torch.equal(pool(3, 2)(x), torchs(3, 2)(x))
        for padding in (1, (1,), [1], (1,) * axes):
            assert torch.equal(pool((3,), (2,), "pad", padding)(x), torchs(3, 2, 1)(x))
        assert torch.equal(pool(2, 2, "Pad", ceil_mode=True)(x), torchs(2, 2, ceil_mode=True)(x))


def test_indices_point_at_the_largest():
    x = torch.randn(2, 3, 6, 7)
    largest, places = nn.MaxPool2d(2, 2, "pad", 1, return_indices=True)(x)
    assert torch.equal(x.flatten(2).gather(2, places.flatten(2)).reshape(largest.shape), largest)


def test_reprs():
    assert repr(nn.MaxPool2d(3, 2)) == "MaxPool2d(kernel_size=3, stride=2, pad_mode=VALID)"
    assert repr(nn.AvgPool1d(3, pad_mode="same")) == "AvgPool1d(kernel_size=3, stride=1, pad_mode=SAME)"
    assert repr(nn.AdaptiveAvgPool2d((None, 2))) == "AdaptiveAvgPool2d(output_size=(None, 2))"


BAD = [
    (
        lambda: nn.MaxPool2d([1, 2]),
        ArgumentTypeError,
        "MaxPool2d: kernel_size must be an int or a tuple of 2",
    ),
    (lambda: nn.MaxPool2d(0), ArgumentValueError, "MaxPool2d: kernel_size must be 1 or more, got 0"),
    (lambda: nn.MaxPool2d((1, 2, 3)), ArgumentValueError, "kernel_size must have 2 entries"),
    (lambda: nn.AvgPool3d(2, None), ArgumentTypeError, "AvgPool3d: stride must be an int"),
    (lambda: nn.MaxPool1d(2, 1, "foo"), UnknownNameError, "no pad_mode of MaxPool1d named 'foo'"),
    (lambda: nn.MaxPool2d(2, padding=1), ArgumentValueError, "needs pad_mode='pad', got pad_mode='valid'"),
    (
        lambda: nn.MaxPool2d(2, 1, "pad", 2),
        ArgumentValueError,
        "padding must be at most half of kernel_size=2",
    ),
    (lambda: nn.AvgPool2d(2, 1, "pad", -1), ArgumentValueError, "AvgPool2d: padding must be 0 or more, or 2"),
    (lambda: nn.AvgPool2d(2, 1, "pad", (1, 1, 1)), ArgumentValueError, "or 2 such numbers, got"),
    (lambda: nn.AvgPool1d(2, 1, "pad", 1.0), ArgumentTypeError, "AvgPool1d: padding must be an int"),
    (lambda: nn.MaxPool2d(2, dilation=2), ArgumentValueError, "dilation, return_indices and ceil_mode need"),
    (lambda: nn.MaxPool3d(2, ceil_mode=True), ArgumentValueError, "need pad_mode='pad', got 'valid'"),
    (lambda: nn.MaxPool2d(2, return_indices=1), ArgumentTypeError, "return_indices must be a bool, got 1"),
    (lambda: nn.AvgPool2d(2, divisor_override=0), ArgumentValueError, "divisor_override must be 1 or more"),
    (lambda: nn.AvgPool2d(2, count_include_pad=1), ArgumentTypeError, "count_include_pad must be a bool"),
    (lambda: nn.AvgPool2d(2, data_format="NHWC"), ArgumentValueError, "data_format must be 'NCHW'"),
    (
        lambda: nn.AvgPool2d(2)(torch.ones(5, 5)),
        ArgumentValueError,
        "x must have 3 or 4 dimensions, got shape",
    ),
    (lambda: nn.AvgPool2d(2)([1.0]), ArgumentTypeError, "AvgPool2d: x must be a Tensor, got list"),
    (lambda: nn.AdaptiveAvgPool2d((1, 2, 3)), ArgumentValueError, "output_size must have 2 entries"),
    (lambda: nn.AdaptiveAvgPool1d(0), ArgumentValueError, "AdaptiveAvgPool1d: output_size must be 1 or more"),
    (lambda: nn.AdaptiveMaxPool3d("a"), ArgumentTypeError, "AdaptiveMaxPool3d: output_size must be an int"),
    (lambda: nn.AdaptiveMaxPool2d(1, 1), ArgumentTypeError, "return_indices must be a bool"),
    (lambda: nn.AdaptiveMaxPool2d(1)(torch.ones(2, 2)), ArgumentValueError, "x must have 3 or 4 dimensions"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)
