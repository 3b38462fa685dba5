"""What is particular to normalization, embeddings, transposes and recurrent cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn
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
