from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import paraminit
from paraminit import Tensor, ops
from paraminit.common.initializer import Normal, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

DOCUMENTS = json.loads((Path(__file__).parent / "golden" / "documents-2.10.json").read_text())["outputs"]


@pytest.mark.parametrize(
    ("name", "init"),
    [
        ("conv3d_tensor", Tensor(np.ones([32, 3, 4, 3, 3]), dtype=paraminit.float32)),
        ("conv3d_string_Normal_after_init_data", "Normal"),
        ("conv3d_Normal_0.2_after_init_data", Normal(0.2)),
    ],
    ids=["tensor", "string", "initializer"],
)
def test_conv3d_of_the_documents(name, init):
    """A pending weight is created, not read: MindSpore prints zeros or old memory in the last two."""
    paraminit.set_seed(1)
    weight = initializer(init, shape=[32, 3, 4, 3, 3])
    x = Tensor(np.ones([1, 3, 10, 32, 32]), dtype=paraminit.float32)
    output = ops.Conv3D(out_channel=32, kernel_size=(4, 3, 3))(x, weight)
    assert type(output) is Tensor
    assert output.shape == (1, *DOCUMENTS[name]["shape"][1:])
    scale = 20 if name.startswith("conv3d_Normal") else 1
    np.testing.assert_allclose(
        output[0, 0, 0, :3, :3].asnumpy(), DOCUMENTS[name]["corner"], atol=3e-7 * scale
    )
    np.testing.assert_allclose(output[-1, -1, -1, -1, -1].item(), DOCUMENTS[name]["last"], atol=3e-7 * scale)


def test_they_equal_torchs():
    x, w = torch.randn(2, 4, 6, 7), torch.randn(6, 2, 3, 2)
    for stride in (2, (2, 2), (1, 1, 2, 2)):
        result = ops.Conv2D(6, (3, 2), stride=stride, group=2)(x, w)
        torch.testing.assert_close(result, F.conv2d(x, w, stride=2, groups=2))
    same = ops.Conv2D(6, (3, 2), pad_mode="SAME", group=2)(x, w)
    torch.testing.assert_close(same, F.conv2d(F.pad(x, (0, 1, 1, 1)), w, groups=2))
    padded = ops.Conv3D(1, 1, pad_mode="pad", pad=(1, 0, 0, 2, 0, 0))(x[None], torch.ones(1, 2, 1, 1, 1))
    assert padded.shape == (1, 1, 5, 8, 7)


def test_attributes_and_repr():
    conv = ops.Conv3D(32, (4, 3, 3))
    assert (conv.kernel_size, conv.stride, conv.dilation) == ((4, 3, 3), (1,) * 5, (1,) * 5)
    assert (conv.padding, conv.pad_mode, conv.format, conv.group) == ((0,) * 6, "valid", "NCDHW", 1)
    assert repr(conv) == (
        "Prim[Conv3D]<out_channel=32, kernel_size=(4, 3, 3), mode=1, pad_mode=valid, "
        "pad=(0, 0, 0, 0, 0, 0), stride=(1, 1, 1, 1, 1), dilation=(1, 1, 1, 1, 1), group=1, "
        "data_format=NCDHW>"
    )


def ones(*shape, dtype=torch.float32):
    return torch.ones(*shape, dtype=dtype)


@pytest.mark.parametrize(("operator", "axes"), [(ops.Conv2D, 2), (ops.Conv3D, 3)], ids=["Conv2D", "Conv3D"])
@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"kernel_size": [3, 3]}, ArgumentTypeError, "kernel_size must be an int or a tuple"),
        ({"kernel_size": 3.0}, ArgumentTypeError, "kernel_size must be an int or a tuple"),
        ({"kernel_size": 0}, ArgumentValueError, "kernel_size must be 1 or more"),
        ({"kernel_size": (3,)}, ArgumentValueError, "kernel_size must have . entries"),
        ({"stride": 0}, ArgumentValueError, "stride must be 1 or more"),
        ({"stride": (1,) * 6}, ArgumentValueError, "stride must have . entries"),
        ({"dilation": [1]}, ArgumentTypeError, "dilation must be an int or a tuple"),
        ({"pad": 1}, ArgumentValueError, "pad=1 needs pad_mode='pad', got pad_mode='valid'"),
        ({"pad_mode": "pad", "pad": -1}, ArgumentValueError, "pad must be 0 or more"),
        ({"pad_mode": "pad", "pad": (1,)}, ArgumentValueError, "pad must be 0 or more, or . such numbers"),
        ({"pad_mode": "pad", "pad": [1]}, ArgumentTypeError, "pad must be an int or a tuple"),
        ({"pad_mode": "foo"}, UnknownNameError, "no pad_mode of Conv.D named 'foo'"),
        ({"pad_mode": 1}, ArgumentTypeError, "pad_mode must be a str"),
        ({"mode": 2}, ArgumentValueError, "mode must be 1"),
        ({"data_format": "NHWC"}, ArgumentValueError, "data_format must be 'NC"),
        ({"out_channel": 0}, ArgumentValueError, "out_channel must be 1 or more"),
        ({"out_channel": 4.0}, ArgumentTypeError, "out_channel must be an int"),
        ({"group": 3}, ArgumentValueError, "group must divide out_channel, got group=3, out_channel=4"),
        ({"group": 8}, ArgumentValueError, "group must divide out_channel, got group=8"),
        ({"group": 1.0}, ArgumentTypeError, "group must be an int"),
    ],
    ids=repr,
)
def test_bad_construction(operator, axes, kwargs, error, message):
    with pytest.raises(error, match=f"Conv{axes}D.*{message}|{message}"):
        operator(**{"out_channel": 4, "kernel_size": 3, **kwargs})


@pytest.mark.parametrize(("operator", "axes"), [(ops.Conv2D, 2), (ops.Conv3D, 3)], ids=["Conv2D", "Conv3D"])
def test_bad_calls(operator, axes):
    conv, x, w = operator(4, 3), ones(1, 2, *(5,) * axes), ones(4, 2, *(3,) * axes)
    for arguments, error, message in (
        ((x[0], w), ArgumentValueError, f"Conv{axes}D: x must have {axes + 2} dimensions"),
        ((x, w[:3]), ArgumentValueError, rf"Conv{axes}D: weight must have shape \(4, C / group, 3, 3"),
        ((x, w[..., :2]), ArgumentValueError, "weight must have shape"),
        ((x, w[:, :1]), ArgumentValueError, "x must have 1 channels, got 2"),
        ((x.double(), w), ArgumentTypeError, "one floating-point dtype, got torch.float64 and torch.float32"),
        ((x.int(), w.int()), ArgumentTypeError, "one floating-point dtype"),
        (
            (x[..., :2], w),
            ArgumentValueError,
            "the kernel spans 3 elements of axis .*, the padded input has 2",
        ),
        ((x.numpy(), w), ArgumentTypeError, "x must be a Tensor, got ndarray"),
        ((x, None), ArgumentTypeError, "weight must be a Tensor, got NoneType"),
    ):
        with pytest.raises(error, match=message):
            conv(*arguments)
    with pytest.raises(TypeError):
        conv(x, w, ones(4), ones(4))


def test_batch_and_channel_strides_must_be_one():
    with pytest.raises(ArgumentValueError, match=r"Conv2D: stride of N and C must be 1, got \(2, 1, 1, 1\)"):
        ops.Conv2D(4, 3, stride=(2, 1, 1, 1))
