"""SyncBatchNorm in two processes is BatchNorm2d over both batches; in one it is BatchNorm2d."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from paraminit import nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError

from .programs import synchronized


@pytest.fixture(scope="module")
def answers(tmp_path_factory, two_processes):
    folder = tmp_path_factory.mktemp("synchronized")
    two_processes(synchronized.__file__, folder=folder)
    files = [np.load(folder / f"{rank}.npz") for rank in (0, 1)]
    return [dict(file) for file in files]


def whole(shape, part=slice(None)):
    """What one process gets for (a part of) the batch, from a layer of torch's own kernels."""
    x, weights = (t[part] for t in synchronized.batch(shape))
    layer = nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d
    return synchronized.trained(layer(3, gamma_init=0.5), x, weights)


@pytest.mark.parametrize("shape", [(8, 3), (8, 3, 2, 4)], ids=["vectors", "images"])
@pytest.mark.parametrize("case", ["all", "empty", "named"])
def test_two_processes_are_one_batch(answers, case, shape):
    """Results, moving statistics and the gradient of x are those of the whole batch; the gradients of
    gamma and beta are each process's share of it. Float32 sums of 64 numbers near 3 differ by
    less than 1e-5."""
    expected = whole(shape)
    got = [{key: side[f"{case} {len(shape)} {key}"] for key in expected} for side in answers]
    for key, value in expected.items():
        if key in ("result", "x.grad"):
            value_got = np.concatenate([side[key] for side in got])
        elif key.endswith(".grad"):
            value_got = got[0][key] + got[1][key]
        else:
            np.testing.assert_array_equal(got[0][key], got[1][key])
            value_got = got[0][key]
        np.testing.assert_allclose(value_got, value, rtol=2e-5, atol=1e-5, err_msg=key)


@pytest.mark.parametrize("case", ["apart", "partly"])
def test_a_group_of_one_and_no_group_keep_to_themselves(answers, case):
    for side, part in zip(answers, (slice(0, 5), slice(5, None)), strict=True):
        for key, value in whole((8, 3), part).items():
            np.testing.assert_allclose(side[f"{case} 2 {key}"], value, rtol=2e-5, atol=1e-5, err_msg=key)


def test_ranks_are_checked(answers):
    for wrong in ("[[0, 2]]", "[[0, 0]]"):
        assert "must hold different ranks from 0 to 1" in str(answers[0][f"error {wrong}"])


def test_the_comparison_can_fail():
    """Each half by itself is far from the whole."""
    x, _ = synchronized.batch((8, 3))
    halves = [nn.BatchNorm1d(3).set_train()(part) for part in (x[:5], x[5:])]
    assert (torch.cat(halves) - nn.BatchNorm1d(3).set_train()(x)).abs().max() > 0.1


@pytest.mark.parametrize("training", [False, True])
def test_one_process_is_batch_norm(training):
    x, _ = synchronized.batch((8, 3, 2, 4))
    nets = [
        layer(3, moving_mean_init=1.0).set_train(training) for layer in (nn.SyncBatchNorm, nn.BatchNorm2d)
    ]
    assert torch.equal(*(net(x) for net in nets))
    assert torch.equal(*(net.moving_variance for net in nets))


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        (3, ArgumentTypeError, "process_groups must be a list of lists of ranks, got 3"),
        ([0], ArgumentTypeError, "must be a list of lists"),
        ([["0"]], ArgumentTypeError, "must hold ints"),
        ([[0, 1]], ArgumentValueError, "different ranks from 0 to 0"),
    ],
)
def test_bad_groups(groups, error, message):
    with pytest.raises(error, match=f"SyncBatchNorm: .*{message}"):
        nn.SyncBatchNorm(3, process_groups=groups)


def test_bad_input():
    with pytest.raises(
        ArgumentValueError, match="SyncBatchNorm: x must have 2 or 4 dimensions and 3 channels"
    ):
        nn.SyncBatchNorm(3)(torch.ones(2, 3, 4))
