"""Learning rates and weight decay that depend on the step, and how optimizers show them. Their values are in
test_training_golden.py."""

from __future__ import annotations

import copy
import io

import pytest
import torch

from paraminit import Parameter, ParameterTuple, Tensor, nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError


def weights():
    return [Parameter([1.0, 2.0], name="w"), Parameter([3.0], name="b")]


def zeros(optimizer):
    return tuple(torch.zeros_like(p) for p in optimizer.parameters)


class Halved(nn.learning_rate_schedule.LearningRateSchedule):
    """Gets the count of steps as MindSpore gives it: Int32, of shape (1,)."""

    def construct(self, global_step):
        assert (global_step.dtype, global_step.shape) == (torch.int32, (1,))
        return 0.5**global_step


def test_parameters_are_a_parameter_tuple():
    w, b = weights()
    optimizer = nn.SGD([w], 0.1)
    assert type(optimizer.parameters) is ParameterTuple
    optimizer.add_param_group({"params": [b]})
    assert [p.name for p in optimizer.parameters] == ["w", "b"]
    assert [p.name for p in optimizer.parameters.clone("moments", init="zeros")] == ["moments.w", "moments.b"]
    plain = nn.SGD([torch.nn.Parameter(torch.ones(2)), b], 0.1)
    assert type(plain.parameters) is tuple


def test_a_fixed_rate_is_a_parameter():
    optimizer = nn.Momentum(weights(), 0.5, 0.9)
    assert type(optimizer.get_lr()) is Parameter
    assert optimizer.get_lr().name == "learning_rate"
    optimizer.learning_rate.set_data(Tensor(0.25))
    assert optimizer.get_lr().item() == 0.25
    assert (optimizer.dynamic_lr, optimizer.dynamic_weight_decay) == (False, False)
    assert (optimizer.is_group, optimizer.is_group_lr, optimizer.is_group_params_ordered) == (False,) * 3
    assert optimizer.get_weight_decay() == 0


def test_a_list_of_rates():
    optimizer = nn.Momentum(weights(), (r for r in (0.5, 0.25)), 0.9)
    assert optimizer.dynamic_lr
    assert optimizer.get_lr_parameter(optimizer.parameters[0]).asnumpy().tolist() == [0.5, 0.25]
    assert type(optimizer.get_lr()) is Tensor
    optimizer(zeros(optimizer))
    assert optimizer.get_lr() == 0.25


def test_a_schedule():
    schedule = Halved()
    optimizer = nn.SGD(weights(), schedule)
    assert optimizer.learning_rate is schedule
    assert optimizer.get_lr_parameter(optimizer.parameters[1]) is schedule
    rates = []
    for _ in range(3):
        rates.append(optimizer.get_lr().item())
        optimizer((torch.ones(2), torch.ones(1)))
    assert rates == [1, 0.5, 0.25]
    assert optimizer.parameters[1].item() == 3 - 1.75
    assert optimizer.param_groups[0]["lr"].item() == 0.25, "torch sees the rate of the last step"


def test_schedules_of_groups():
    w, b = weights()
    groups = [{"params": [w], "lr": Halved(), "weight_decay": Halved()}, {"params": [b]}]
    optimizer = nn.SGD([*groups, {"order_params": [b, w]}], 0.1, weight_decay=0.25)
    assert (optimizer.is_group, optimizer.is_group_lr, optimizer.is_group_params_ordered) == (True,) * 3
    assert optimizer.dynamic_lr
    assert optimizer.dynamic_weight_decay
    assert [type(rate) for rate in optimizer.learning_rate] == [Parameter, Halved]
    assert [type(decay) for decay in optimizer.weight_decay] == [float, Halved]
    assert [decay.item() for decay in optimizer.get_weight_decay()] == [0.25, 1]
    optimizer(zeros(optimizer))
    assert [rate.item() for rate in optimizer.get_lr()] == pytest.approx([0.1, 0.5])
    assert [decay.item() for decay in optimizer.get_weight_decay()] == [0.25, 0.5]
    assert w.asnumpy().tolist() == [0, 0], "a rate and a decay of 1"


def test_weight_decay_exempts_scales_when_it_is_a_cell_too():
    w, gamma = Parameter([1.0], name="w"), Parameter([1.0], name="gamma")
    optimizer = nn.AdamWeightDecay([w, gamma], 0.5, weight_decay=Halved())
    optimizer(zeros(optimizer))
    assert (w.item(), gamma.item()) == (0.5, 1)
    assert optimizer.weight_decay.cls_name == "Halved"
    assert optimizer.get_weight_decay() == 0.5


def test_state_holds_steps_and_no_cells():
    """So that it can be loaded where only weights are allowed; the schedule goes on at its step."""
    optimizer = nn.SGD(weights(), Halved(), weight_decay=Halved())
    for _ in range(2):
        optimizer(zeros(optimizer))
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    other = nn.SGD(weights(), Halved(), weight_decay=Halved())
    other.load_state_dict(torch.load(file, weights_only=True))
    for one in (other, copy.deepcopy(optimizer)):
        assert one.get_lr() == 0.25
        assert one.get_weight_decay() == 0.25
        one(zeros(one))
        assert one.get_lr() == 0.125
    assert optimizer.get_lr() == 0.25


def test_centralization_of_gradients_has_no_effect():
    """As in MindSpore on a CPU; programs set it for others."""
    w = Parameter([[1.0, 2.0]], name="w")
    nn.SGD([{"params": [w], "grad_centralization": True}], 1.0)((torch.tensor([[1.0, 3.0]]),))
    assert w.asnumpy().tolist() == [[0, -1]]
    with pytest.raises(ArgumentTypeError, match="grad_centralization must be a bool, got 1"):
        nn.SGD([{"params": [w], "grad_centralization": 1}])


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: nn.SGD(weights(), nn.Dense(1, 1)),
            ArgumentTypeError,
            "or a LearningRateSchedule, got Dense",
        ),
        (lambda: nn.ExponentialDecayLR(0.0, 0.9, 4), ArgumentValueError, "learning_rate must be positive"),
        (lambda: nn.InverseDecayLR(0.1, 0.9, 4.0), ArgumentTypeError, "decay_steps must be an int, got 4.0"),
        (lambda: nn.NaturalExpDecayLR(0.1, 0.9, 4, 1), ArgumentTypeError, "is_stair must be a bool"),
        (
            lambda: nn.CosineDecayLR(0.1, 0.01, 4),
            ArgumentValueError,
            "max_lr must be above min_lr, got min_lr=0.1",
        ),
        (lambda: nn.PolynomialDecayLR(0.1, 0.01, 4, 0.0), ArgumentValueError, "power must be positive"),
        (lambda: nn.WarmUpLR(0.1, 0), ArgumentValueError, "warmup_steps must be 1 or more"),
        (lambda: nn.WarmUpLR(0.1, 1)(3), ArgumentTypeError, "global_step must be a Tensor, got int"),
        (
            lambda: nn.piecewise_constant_lr([5, 2], [0.1, 0.2]),
            ArgumentValueError,
            r"must rise, got \[5, 2\]",
        ),
        (lambda: nn.piecewise_constant_lr([5], [0.1, 0.2]), ArgumentValueError, "of one length, got 1 and 2"),
        (lambda: nn.piecewise_constant_lr(5, [0.1]), ArgumentTypeError, "milestone must be a list or tuple"),
        (
            lambda: nn.exponential_decay_lr(0.1, 0.9, 6, 2, 0),
            ArgumentValueError,
            "^exponential_decay_lr: decay_epoch must be 1 or more, got 0",
        ),
        (lambda: nn.warmup_lr(0.1, 0, 2, 1), ArgumentValueError, "warmup_lr: total_step must be 1 or more"),
        (lambda: nn.cosine_decay_lr(0.0, 0.1, 6, 2.0, 1), ArgumentTypeError, "step_per_epoch must be an int"),
    ],
)
def test_bad_arguments(build, error, message):
    with pytest.raises(error, match=message):
        build()
