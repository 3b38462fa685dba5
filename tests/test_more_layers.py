"""What is particular to normalization, embeddings, transposes and recurrent cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn, ops
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParaminitError, UnknownNameError


def test_embedding_is_a_torch_embedding():
    net = nn.Embedding(5, 3)
    assert isinstance(net, torch.nn.Embedding)
    assert net.weight is net.embedding_table
    assert (net.num_embeddings, net.embedding_dim, net.padding_idx) == (5, 3, None)
    table = Parameter(Tensor(np.ones((5, 3), np.float32)))
    net.weight = table  # tying, as torch programs write it
    assert net.embedding_table is table
    assert list(net.state_dict()) == ["embedding_table"]
    assert nn.Embedding(5, 3, dtype=paraminit.float16).embedding_table.dtype == torch.float16


def test_padding_row_is_zero_and_the_given_tensor_is_left_alone():
    given = Tensor(np.ones((4, 2), np.float32))
    net = nn.Embedding(4, 2, embedding_table=given, padding_idx=1)
    assert net.embedding_table.asnumpy().tolist() == [[1, 1], [0, 0], [1, 1], [1, 1]]
    assert given.asnumpy().all()
    with paraminit.no_init_parameters():
        net = nn.Embedding(4, 2, padding_idx=3)
    assert net.embedding_table.has_init
    assert net.embedding_table.asnumpy()[3].tolist() == [0, 0]


def test_affine_and_moving_statistics_are_not_trained():
    net = nn.BatchNorm2d(3, affine=False)
    assert net.trainable_params() == []
    assert [p.name for p in nn.BatchNorm1d(3).trainable_params()] == ["gamma", "beta"]
    assert [p.trains for p in nn.GroupNorm(1, 3, affine=False).get_parameters()] == [False, False]


def test_batch_norm_moves_in_training_only():
    net = nn.BatchNorm1d(2)
    x = torch.randn(8, 2) + 3
    net(x)
    assert not net.moving_mean.asnumpy().any()
    net.set_train()(x)
    np.testing.assert_allclose(net.moving_mean.asnumpy(), 0.1 * x.mean(0).numpy(), rtol=1e-5)


def test_instance_norm_equals_torchs():
    x = torch.randn(2, 3, 4, 5)
    ours, theirs = nn.InstanceNorm2d(3).set_train(), torch.nn.InstanceNorm2d(3, track_running_stats=True)
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.moving_variance.value().as_subclass(torch.Tensor), theirs.running_var)


def test_conv1d_transpose_takes_weights_without_the_height():
    flat = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    net = nn.Conv1dTranspose(1, 2, 3, weight_init=Tensor(flat))
    assert net.weight.shape == (1, 2, 1, 3)
    net.weight.set_data(Tensor(flat + 1))
    np.testing.assert_array_equal(net.weight.asnumpy()[:, :, 0], flat + 1)


def test_one_hot_embedding_of_half_precision():
    """The table is in the layer's dtype, so that both ways to look up have one dtype."""
    net = nn.Embedding(4, 2, True, dtype=paraminit.float16)
    result = net(Tensor([1, 3]))
    assert result.dtype == torch.float16
    np.testing.assert_array_equal(result.asnumpy(), net.embedding_table.asnumpy()[[1, 3]])


def test_max_norm_scales_long_rows_alone():
    table = np.array([[3, 4], [0.3, 0.4], [0, 0], [0, -10]], np.float32)
    net = nn.EmbeddingLookup(4, 2, Tensor(table), max_norm=2.0)
    rows = net(torch.tensor([[0, 1], [2, 3]]))
    np.testing.assert_allclose(rows.detach(), [[[1.2, 1.6], [0.3, 0.4]], [[0, 0], [0, -2]]], rtol=1e-6)
    rows.sum().backward()
    assert net.embedding_table.grad.isfinite().all()  # the row of zeros has no direction


def fields_by_the_definition(table, indices, values, fields, count, operator):
    result = np.zeros((len(indices), count, table.shape[1]))
    for n, field in np.ndindex(len(indices), count):
        weighted = [
            (v * table[i], v)
            for i, v, f in zip(indices[n], values[n], fields[n], strict=True)
            if f == field and v
        ]
        if weighted:
            rows, weights = (np.array(part) for part in zip(*weighted, strict=True))
            result[n, field] = {
                "SUM": rows.sum(0),
                "MEAN": rows.sum(0) / np.abs(weights).sum(),
                "MAX": rows.max(0),
            }[operator]
    return result


@pytest.mark.parametrize("operator", ["SUM", "MEAN", "MAX"])
def test_fields_by_the_definition(operator):
    """Also fields without an element, elements of weight 0, and negative weights; gradients are finite."""
    numbers = np.random.default_rng(1)
    indices, fields = numbers.integers(0, 6, (5, 7)), numbers.integers(0, 4, (5, 7))
    values = numbers.choice([0, 1, -2, 0.5], (5, 7))
    fields[0], values[1] = 2, 0
    net = nn.MultiFieldEmbeddingLookup(6, 3, 4, "normal", operator=operator, dtype=paraminit.float64)
    result = net(*(torch.tensor(part) for part in (indices, values, fields)))
    table = net.embedding_table.asnumpy()
    expected = fields_by_the_definition(table, indices, values, fields, 4, operator)
    np.testing.assert_allclose(result.detach(), expected, rtol=1e-12, atol=1e-15)
    result.sum().backward()
    assert net.embedding_table.grad.isfinite().all()


def test_combined_layers_are_their_parts_in_order():
    x = torch.randn(4, 2, 5, 5)
    net = nn.Conv2dBnAct(2, 3, 3, has_bias=True, has_bn=True, activation="leakyrelu", alpha=0.3).set_train()
    expected = torch.nn.functional.leaky_relu(nn.BatchNorm2d(3, momentum=0.997).set_train()(net.conv(x)), 0.3)
    assert torch.equal(net(x), expected)
    assert net.batchnorm.momentum == 0.997
    assert list(net.parameters_dict())[:3] == ["conv.weight", "conv.bias", "batchnorm.moving_mean"]
    plain = nn.DenseBnAct(2, 3)
    assert (plain.batchnorm, plain.activation, plain.has_act) == (None, None, False)
    assert torch.equal(plain(x[..., :2]), plain.dense(x[..., :2]))
    assert nn.DenseBnAct(2, 3, has_bn=True).batchnorm.momentum == 0.9


def test_what_a_combined_layer_refuses_draws_no_key():
    paraminit.set_seed(1)
    state = np.random.get_state()[2]
    for wrong in ({"activation": "rleu"}, {"has_bn": True, "momentum": 3}, {"bias_init": "noes"}):
        with pytest.raises(ParaminitError):
            nn.DenseBnAct(2, 3, **wrong)
    assert np.random.get_state()[2] == state


def test_reprs_say_how_parameters_begin():
    assert repr(nn.LayerNorm((2,), beta_init=0.5)) == (
        "LayerNorm(normalized_shape=(2,), begin_norm_axis=-1, begin_params_axis=-1, epsilon=1e-07, "
        "gamma_init=ones, beta_init=0.5)"
    )
    for layer in (nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm, nn.InstanceNorm2d):
        text = repr(layer(2, gamma_init=Tensor([1.0, 2.0])))
        assert text.startswith(f"{layer.__name__}(num_features=2, eps=1e-05, momentum=0.")
        assert "gamma_init=<Tensor of shape (2,)>, beta_init=zeros" in text


CONVOLUTIONS = {1: (nn.Conv1d, nn.Conv1dTranspose), 2: (nn.Conv2d, nn.Conv2dTranspose)}
CONVOLUTIONS[3] = (nn.Conv3d, nn.Conv3dTranspose)
OPERATORS = {2: ops.Conv2D, 3: ops.Conv3D}


@pytest.mark.parametrize("axes", CONVOLUTIONS)
def test_pad_mode_in_any_case(axes):
    for layer in CONVOLUTIONS[axes]:
        modes = [layer(1, 1, 3, 2, mode, weight_init="ones") for mode in ("same", "SAME", "Same")]
        results = [net(torch.ones(1, 1, *(4,) * axes)) for net in modes]
        assert all(torch.equal(result, results[0]) for result in results)
    if axes in OPERATORS:
        weight = torch.ones(1, 1, *(3,) * axes)
        result = OPERATORS[axes](1, 3, pad_mode="SAME")(torch.ones(1, 1, *(4,) * axes), weight)
        assert result.shape == (1, 1, *(4,) * axes)


@pytest.mark.parametrize("axes", CONVOLUTIONS)
def test_group_is_checked_at_construction(axes):
    for layer in CONVOLUTIONS[axes]:
        with pytest.raises(ArgumentValueError, match=f"{layer.__name__}: group must divide out_channels"):
            layer(2, 3, 1, group=2)
    if axes in OPERATORS:
        with pytest.raises(ArgumentValueError, match="group must divide out_channel"):
            OPERATORS[axes](3, 1, group=2)


@pytest.mark.parametrize("excess", [1, 2])
@pytest.mark.parametrize("axes", CONVOLUTIONS)
def test_a_kernel_larger_than_the_input(axes, excess):
    """By one as by more, over any number of axes: what it spans and what there is."""
    x = torch.ones(1, 1, *(3,) * axes)
    calls = [lambda: CONVOLUTIONS[axes][0](1, 1, 3 + excess, pad_mode="valid")(x)]
    calls += [lambda pool=pool: getattr(nn, f"{pool}Pool{axes}d")(3 + excess)(x) for pool in ("Max", "Avg")]
    if axes in OPERATORS:
        weight = torch.ones(1, 1, *(3 + excess,) * axes)
        calls.append(lambda: OPERATORS[axes](1, 3 + excess)(x, weight))
    for call in calls:
        with pytest.raises(
            ArgumentValueError, match=f"the kernel spans {3 + excess} elements of axis 2, .* 3"
        ):
            call()


ONE = torch.tensor([[1]])
BAD = [
    (lambda: nn.BatchNorm2d(0), ArgumentValueError, "BatchNorm2d: num_features must be 1 or more"),
    (lambda: nn.BatchNorm2d(3.0), ArgumentTypeError, "BatchNorm2d: num_features must be an int"),
    (lambda: nn.BatchNorm3d(3, momentum=2), ArgumentValueError, "BatchNorm3d: momentum must be from 0 to 1"),
    (lambda: nn.BatchNorm1d(3, eps=0), ArgumentValueError, "BatchNorm1d: eps must be positive"),
    (lambda: nn.BatchNorm2d(3, data_format="NHWC"), ArgumentValueError, "data_format must be 'NCHW'"),
    (lambda: nn.BatchNorm2d(3, gamma_init="noes"), UnknownNameError, "BatchNorm2d.gamma_init"),
    (
        lambda: nn.BatchNorm2d(3)(torch.ones(2, 4, 3, 3)),
        ArgumentValueError,
        "BatchNorm2d: x must have 4 dimensions and 3 channels",
    ),
    (lambda: nn.InstanceNorm1d(3, momentum=-1), ArgumentValueError, "InstanceNorm1d: momentum"),
    (lambda: nn.LayerNorm(4), ArgumentTypeError, "LayerNorm: normalized_shape must be a tuple or list"),
    (lambda: nn.LayerNorm(()), ArgumentValueError, "LayerNorm: normalized_shape must not be empty"),
    (lambda: nn.LayerNorm((3, 4))(torch.ones(2, 3, 4)), ArgumentValueError, "from begin_params_axis=-1"),
    (lambda: nn.GroupNorm(2, 3), ArgumentValueError, "num_groups must divide num_channels"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), ArgumentValueError, "padding_idx must be from 0 to 2"),
    (
        lambda: nn.Embedding(3, 2, embedding_table="nromal", padding_idx=0),
        UnknownNameError,
        "Embedding.embedding_table: There is no initializer",
    ),
    (lambda: nn.Embedding(3, 2)(torch.ones(2)), ArgumentTypeError, "x must hold integers"),
    (lambda: nn.EmbeddingLookup(3, 2, sparse=False), ArgumentValueError, "sparse=False needs target"),
    (lambda: nn.EmbeddingLookup(3, 2, target="GPU"), ArgumentValueError, "target must be 'CPU' or"),
    (
        lambda: nn.MultiFieldEmbeddingLookup(3, 2, 0),
        ArgumentValueError,
        "MultiFieldEmbeddingLookup: field_size must be 1 or more",
    ),
    (
        lambda: nn.MultiFieldEmbeddingLookup(3, 2, 1, operator="sum"),
        UnknownNameError,
        "no operator of MultiFieldEmbeddingLookup named 'sum'",
    ),
    (
        lambda: nn.MultiFieldEmbeddingLookup(3, 2, 1)(ONE, torch.ones(1, 2), ONE),
        ArgumentValueError,
        r"must have one shape \(N, L\), got \[\(1, 1\), \(1, 2\), \(1, 1\)\]",
    ),
    (
        lambda: nn.MultiFieldEmbeddingLookup(3, 2, 1)(ONE, torch.ones(1, 1), ONE),
        ArgumentValueError,
        "field_ids must be from 0 to 0, got 1 to 1",
    ),
    (
        lambda: nn.MultiFieldEmbeddingLookup(3, 2, 1)(ONE, ONE, ONE),
        ArgumentTypeError,
        "input_values must be floating point, got torch.int64",
    ),
    (
        lambda: nn.MultiFieldEmbeddingLookup(3, 2, 1)(ONE, torch.ones(1, 1), torch.ones(1, 1)),
        ArgumentTypeError,
        "field_ids must hold integers",
    ),
    (lambda: nn.PReLU(2, "noes"), UnknownNameError, "PReLU.w: There is no initializer"),
    (
        lambda: nn.BiDense(2, 3, 4, weight_init=Tensor(np.ones((2, 3, 4)))),
        ArgumentValueError,
        "BiDense.weight_init",
    ),
    (
        lambda: nn.Conv2dTranspose(2, 3, 3, output_padding=1),
        ArgumentValueError,
        "output_padding=1 needs pad_mode='pad'",
    ),
    (lambda: nn.Conv1dTranspose(2, 3, (3,)), ArgumentTypeError, "Conv1dTranspose: kernel_size must be"),
    (lambda: nn.Conv3dTranspose(2, 3, 3, group=2), ArgumentValueError, "group must divide out_channels"),
    (lambda: nn.PReLU(3, 1), ArgumentTypeError, "PReLU: w must be a float, a list of"),
    (lambda: nn.PReLU(3, [0.1]), ArgumentValueError, "PReLU.w: .*shape"),
    (lambda: nn.RNNCell(3, 4, nonlinearity="gelu"), UnknownNameError, "nonlinearity of RNNCell"),
    (lambda: nn.GRUCell(3, 4, has_bias=1), ArgumentTypeError, "GRUCell: has_bias must be a bool"),
    (lambda: nn.LSTMCell(3, 4)(torch.ones(2, 3), torch.ones(2, 4)), ArgumentTypeError, "hx must be a tuple"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_name_layer_and_argument(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, ParaminitError)
