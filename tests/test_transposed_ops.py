"""Conv2DTranspose, Conv3DTranspose."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from paraminit import Tensor, nn, ops
from paraminit.common.initializer import initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError


def counted(*shape, dtype=torch.float32):
    return torch.arange(np.prod(shape)).reshape(shape).to(dtype)


DOUT, WEIGHT = counted(1, 2, 3, 3), counted(2, 1, 3, 3)
VOLUME, KERNEL = counted(1, 2, 3, 3, 3), counted(2, 1, 2, 2, 2)


@pytest.mark.parametrize(
    ("kwargs", "size", "first", "total"),
    [
        ({}, (5, 5), [81, 180, 299, 224, 125, 216, 480, 796], 14985),
        ({"stride": 2}, (8, 8), [81, 90, 189, 101, 211, 112, 125, 0], 14985),
        ({"stride": 2, "pad_mode": "same"}, (5, 5), [117, 249, 134, 283, 151, 267, 564, 301], 8785),
        ({"stride": 2, "pad_mode": "SAME"}, (6, 6), [81, 90, 189, 101, 211, 112, 108, 117], 10604),
        ({"pad_mode": "pad", "pad": (1, 0, 2, 0)}, (4, 3), [796, 592, 328, 1545, 1140, 627], 9936),
        ({"stride": (2, 1)}, (7, 5), [81, 180, 299, 224, 125, 108, 240, 398], 14985),
        ({"stride": (1, 1, 2, 1)}, (8, 5), [81, 180, 299, 224, 125, 108, 240, 398], 14985),
        ({"pad_mode": "pad", "pad": 1, "stride": 2}, (6, 6), [117, 249, 134, 283, 151, 164], 12780),
        ({"pad_mode": "pad", "pad": 1, "pad_list": (0,) * 4}, (5, 5), [81, 180, 299, 224], 14985),
        ({"pad_mode": "pad", "pad_list": [1] * 4}, (3, 3), [480, 796, 592, 936, 1545, 1140], 8785),
        ({"pad_list": (1,) * 4}, (5, 5), [81, 180, 299, 224, 125, 216], 14985),
    ],
    ids=str,
)
def test_two_axes_give_mindspores_numbers(kwargs, size, first, total):
    """Recorded from MindSpore 2.10: whole numbers, so exact."""
    result = ops.Conv2DTranspose(2, 3, **kwargs)(Tensor(DOUT), Tensor(WEIGHT), (1, 1, *size))
    assert type(result) is Tensor
    assert result.shape == (1, 1, *size)
    assert (result.flatten()[: len(first)].tolist(), result.sum().item()) == (first, total)


@pytest.mark.parametrize(
    ("kwargs", "size", "first", "total"),
    [
        ({}, (4, 4, 4), [216, 467, 485, 263, 510, 1100, 1144, 618], 109188),
        ({"stride": 3}, (9, 9, 9), [216, 243, 0, 224, 253, 0, 232, 263], 109188),
        ({"stride": 2, "pad_mode": "same"}, (6, 6, 6), [216, 243, 224, 253, 232, 263, 270, 297], 109188),
        ({"pad_mode": "SAME"}, (3, 3, 3), [216, 467, 485, 510, 1100, 1144, 570, 1232], 52840),
        ({"pad_mode": "pad", "pad": 1}, (2, 2, 2), [3092, 3212, 3452, 3572, 4172, 4292, 4532, 4652], 30976),
        ({"pad_mode": "pad", "pad": (1, 0, 0, 1, 0, 0)}, (3, 3, 4), [612, 1320, 1372, 740, 1440], 78675),
        (
            {"pad_mode": "pad", "stride": 2, "output_padding": (0, 1, 1)},
            (6, 7, 7),
            [216, 243, 224, 253, 232, 263, 0, 270],
            109188,
        ),
        (
            {"pad_mode": "pad", "stride": 3, "pad": 1, "output_padding": 1},
            (7, 7, 7),
            [405, 0, 398, 427, 0, 418, 449, 0],
            71865,
        ),
        ({"group": 2, "out_channel": 2}, (4, 4, 4), [0, 0, 1, 2, 0, 5, 11, 11], 109188),
    ],
    ids=str,
)
def test_three_axes_give_mindspores_numbers(kwargs, size, first, total):
    """Recorded from MindSpore 2.10."""
    arguments = {"in_channel": 2, "out_channel": 1, "kernel_size": 2, **kwargs}
    result = ops.Conv3DTranspose(**arguments)(Tensor(VOLUME), Tensor(KERNEL))
    assert result.shape == (1, arguments["out_channel"], *size)
    assert (result.flatten()[: len(first)].tolist(), result.sum().item()) == (first, total)


@pytest.mark.parametrize("mode", ["valid", "same", "pad"])
@pytest.mark.parametrize(("stride", "dilation", "group"), [(1, 2, 1), (2, 1, 2), (3, 2, 2)])
def test_it_is_the_gradient_of_conv2d(mode, stride, dilation, group):
    """Beside torch's autograd, for every input size of a row: also those with elements never read."""
    settings = {"pad_mode": mode, "stride": stride, "dilation": dilation, "group": group}
    settings |= {"pad": (1, 0, 2, 1)} if mode == "pad" else {}
    weight = torch.randn(4, 3, 3, 2, dtype=torch.float64)
    for width in range(6, 12):
        x = torch.randn(2, 3 * group, 7, width, dtype=torch.float64, requires_grad=True)
        y = ops.Conv2D(4, (3, 2), **settings)(x, weight)
        dout = torch.randn_like(y)
        (gradient,) = torch.autograd.grad(y, x, dout)
        result = ops.Conv2DTranspose(4, (3, 2), **settings)(dout, weight, x.shape)
        torch.testing.assert_close(result, gradient)


def test_three_axes_equal_torchs():
    x, w, b = torch.randn(2, 4, 3, 4, 5), torch.randn(4, 3, 2, 3, 1), torch.randn(6)
    op = ops.Conv3DTranspose(4, 6, (2, 3, 1), stride=(2, 1, 3), dilation=(1, 2, 1), group=2, pad_mode="pad")
    expected = F.conv_transpose3d(x, w, b, stride=(2, 1, 3), dilation=(1, 2, 1), groups=2)
    torch.testing.assert_close(op(x, w, b), expected)


def test_the_layer_and_the_operator_agree():
    layer = nn.Conv3dTranspose(2, 3, 3, 2, pad_mode="same")
    x = torch.randn(1, 2, 4, 4, 4)
    assert torch.equal(layer(x), ops.Conv3DTranspose(2, 3, 3, pad_mode="same", stride=2)(x, layer.weight))


def test_a_pending_weight_is_created_and_the_size_may_be_a_tensor():
    weight = initializer("ones", [2, 1, 3, 3])
    result = ops.Conv2DTranspose(2, 3)(Tensor(DOUT), weight, Tensor([1, 1, 5, 5]))
    assert not weight.has_init
    assert result.sum().item() == 9 * DOUT.sum()
    weight = initializer("ones", [2, 1, 2, 2, 2])
    assert ops.Conv3DTranspose(2, 1, 2)(Tensor(VOLUME), weight).sum().item() == 8 * VOLUME.sum()
    assert not weight.has_init


def test_attributes_and_repr():
    op = ops.Conv2DTranspose(2, 3, pad_mode="same")
    assert (op.pad_mode, op.pad, op.padding, op.pad_list) == ("SAME", (0,) * 4, (0,) * 4, None)
    assert repr(ops.Conv2DTranspose(2, 3)) == (
        "Prim[Conv2DTranspose]<out_channel=2, kernel_size=(3, 3), pad_mode=VALID, pad=(0, 0, 0, 0), "
        "pad_list=None, mode=1, stride=(1, 1, 1, 1), dilation=(1, 1, 1, 1), group=1, data_format=NCHW, "
        "groups=1>"
    )
    assert repr(ops.Conv3DTranspose(2, 1, 2)) == (
        "Prim[Conv3DTranspose]<in_channel=2, out_channel=1, kernel_size=(2, 2, 2), mode=1, pad_mode=valid, "
        "pad=0, stride=1, dilation=1, group=1, output_padding=(0, 0, 0, 0, 0), data_format=NCDHW, "
        "strides=(1, 1, 1, 1, 1), dilations=(1, 1, 1, 1, 1), pad_list=(0, 0, 0, 0, 0, 0), groups=1>"
    )


TWO, THREE = ops.Conv2DTranspose, ops.Conv3DTranspose
BAD = {
    "list": (lambda: TWO(2, [3, 3]), ArgumentTypeError, "Conv2DTranspose: kernel_size must be an int"),
    "mode": (lambda: TWO(2, 3, mode=2), ArgumentValueError, "Conv2DTranspose: mode must be 1"),
    "format": (lambda: THREE(2, 1, 2, data_format="NHWC"), ArgumentValueError, "must be 'NCDHW'"),
    "pad mode": (lambda: TWO(2, 3, "x"), UnknownNameError, "no pad_mode of Conv2DTranspose named 'x'"),
    "pad mode's type": (lambda: TWO(2, 3, 1), ArgumentTypeError, "pad_mode must be a str"),
    "pad": (lambda: TWO(2, 3, pad=1), ArgumentValueError, "pad=1 needs pad_mode='pad'"),
    "pad_list": (lambda: TWO(2, 3, pad_list=7), ArgumentTypeError, "pad_list must be a tuple of 4 ints"),
    "group": (lambda: THREE(2, 3, 2, group=2), ArgumentValueError, "group must divide out_channel"),
    "channels": (lambda: THREE(0, 1, 2), ArgumentValueError, "in_channel must be 1 or more"),
    "output padding": (
        lambda: THREE(2, 1, 2, output_padding=1),
        ArgumentValueError,
        "Conv3DTranspose: output_padding=1 needs pad_mode='pad'",
    ),
    "too short": (
        lambda: THREE(2, 1, 2, pad_mode="pad", output_padding=(1, 1)),
        ArgumentValueError,
        "output_padding must be 0 or more, or 3 such numbers",
    ),
    "no tensor": (lambda: THREE(2, 1, 2)(VOLUME, None), ArgumentTypeError, "weight must be a Tensor"),
    "dimensions": (lambda: THREE(2, 1, 2)(VOLUME[0], KERNEL), ArgumentValueError, "must have 5 dimensions"),
    "kernel": (lambda: THREE(2, 1, 3)(VOLUME, KERNEL), ArgumentValueError, "weight must have shape"),
    "rows": (lambda: THREE(2, 1, 2)(VOLUME[:, :1], KERNEL), ArgumentValueError, "as many channels as weight"),
    "dtypes": (lambda: THREE(2, 1, 2)(VOLUME.half(), KERNEL), ArgumentTypeError, "one floating-point dtype"),
    "bias": (lambda: THREE(2, 1, 2)(VOLUME, KERNEL, torch.ones(2)), ArgumentValueError, r"shape \(1,\)"),
    "nothing left": (
        lambda: THREE(2, 1, 2, pad_mode="pad", pad=2)(VOLUME, KERNEL),
        ArgumentValueError,
        "the padding leaves nothing of axis 2",
    ),
    "size": (
        lambda: TWO(2, 3)(DOUT, WEIGHT, (1, 1, 6, 5)),
        ArgumentValueError,
        r"makes \(4, 3\) of sizes \(6, 5\), but dout has \(3, 3\)",
    ),
    "size's channels": (
        lambda: TWO(2, 3)(DOUT, WEIGHT, (1, 2, 5, 5)),
        ArgumentValueError,
        r"input_size must be \(N, C_in, H, W\) = \(1, 1, H, W\)",
    ),
    "short size": (lambda: TWO(2, 3)(DOUT, WEIGHT, (1, 1, 5)), ArgumentValueError, "input_size must be"),
}


@pytest.mark.parametrize(("call", "error", "message"), BAD.values(), ids=BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
