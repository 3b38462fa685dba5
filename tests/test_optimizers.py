"""Optimizers beside their arithmetic: what they accept, groups, schedules, torch's side of them."""

from __future__ import annotations

import copy
import io

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor, nn, value_and_grad
from paraminit.errors import ArgumentTypeError, ArgumentValueError, ParameterNameError, UnknownNameError


def weight(name="w", values=(1.0, 2.0), **flags):
    return Parameter(list(values), name=name, **flags)


ONES = (Tensor([1.0, 1.0]),)
OPTIMIZERS = {
    "SGD": lambda p, **k: nn.SGD(p, 0.1, 0.9, **k),
    "Momentum": lambda p, **k: nn.Momentum(p, 0.1, 0.9, **k),
    "Adam": lambda p, **k: nn.Adam(p, 0.1, **k),
    "AdamWeightDecay": lambda p, **k: nn.AdamWeightDecay(p, 0.1, **k),
}


def test_every_optimizer_is_tested():
    assert set(OPTIMIZERS) == set(nn.optim.__all__) - {"Optimizer"}


@pytest.mark.parametrize("build", OPTIMIZERS.values(), ids=OPTIMIZERS)
class TestEvery:
    def test_trains(self, build):
        paraminit.set_seed(1)
        with paraminit.no_init_parameters():
            net = nn.Dense(3, 1)
        optimizer = build(net.trainable_params())
        assert isinstance(optimizer, torch.optim.Optimizer)
        assert net.weight.has_init
        x, y = Tensor(np.eye(3, dtype=np.float32)), Tensor([[1.0], [2.0], [3.0]])
        loss_fn = nn.MSELoss()
        step = value_and_grad(lambda x, y: loss_fn(net(x), y), None, optimizer.parameters)
        losses = []
        for _ in range(60):
            loss, grads = step(x, y)
            optimizer(grads)
            losses.append(loss.item())
        assert losses[-1] < 0.2 * losses[0]
        assert optimizer.global_step.asnumpy().tolist() == [60]

    def test_creates_pending_values(self, build):
        with paraminit.no_init_parameters():
            net = nn.Dense(2, 1, weight_init="ones", has_bias=False)
        build([net.weight])((Tensor([[1.0, 1.0]]),))
        assert not net.weight.has_init
        assert (net.weight.asnumpy() < 1).all()

    def test_frozen_parameters_keep_every_bit(self, build):
        frozen, free = weight("frozen", requires_grad=False), weight("free")
        before = frozen.asnumpy().tobytes()
        optimizer = build([frozen, free], weight_decay=0.1)
        for _ in range(3):
            optimizer(ONES * 2)
        assert frozen.asnumpy().tobytes() == before
        assert (free.asnumpy() < [1, 2]).all()

    def test_resumes_from_its_state(self, build):
        """Through torch's own file format, loaded without running code."""
        grads = [(Tensor(g),) for g in np.random.RandomState(0).randn(6, 2).astype(np.float32)]
        rates = [0.1, 0.2, 0.05, 0.3, 0.1, 0.2]
        whole, half = weight(), weight()
        through, first = build([whole]), build([half])
        for optimizer in (through, first):
            optimizer.param_groups[0]["schedule"] = torch.tensor(rates)
        for g in grads:
            through(g)
        for g in grads[:3]:
            first(g)
        file = io.BytesIO()
        torch.save(first.state_dict(), file)
        file.seek(0)
        rest = Parameter(half.asnumpy(), name="w")
        second = build([rest])
        second.load_state_dict(torch.load(file))
        for g in grads[3:]:
            second(g)
        assert rest.asnumpy().tobytes() == whole.asnumpy().tobytes()
        assert second.global_step.item() == 6

    def test_bad_gradients_change_nothing(self, build):
        p = [weight("a"), weight("b")]
        optimizer = build(p)
        for gradients, error, message in (
            (ONES, ArgumentValueError, "2 parameters need as many gradients, got 1"),
            (ONES * 3, ArgumentValueError, "2 parameters need as many gradients, got 3"),
            (ONES[0], ArgumentTypeError, "must be a tuple, as value_and_grad returns them .*; got Tensor"),
            (
                (*ONES, Tensor([1.0])),
                ArgumentValueError,
                r"gradients\[1\], of b, must have shape \(2,\), got \(1",
            ),
            ((*ONES, np.ones(2)), ArgumentTypeError, r"gradients\[1\], of b, must be a Tensor, got ndarray"),
        ):
            with pytest.raises(error, match=message):
                optimizer(gradients)
        assert all(q.asnumpy().tolist() == [1, 2] for q in p)
        assert optimizer.global_step.item() == 0


def test_torch_schedulers_and_copies():
    p = weight()
    optimizer = nn.SGD([p], 1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    for _ in range(2):
        optimizer(ONES)
        scheduler.step()
    assert p.asnumpy().tolist() == [-0.5, 0.5]
    twin = copy.deepcopy(optimizer)
    twin(ONES)
    assert twin.parameters[0].asnumpy().tolist() == [-0.75, 0.25]
    assert p.asnumpy().tolist() == [-0.5, 0.5]


def test_learning_rates():
    a, b = weight("a"), weight("b")
    optimizer = nn.Momentum([a, b], 0.5, 0.0)
    assert isinstance(optimizer.learning_rate, Parameter)
    assert optimizer.learning_rate.name == "learning_rate"
    optimizer.learning_rate.set_data(0.25)
    optimizer(ONES * 2)
    assert a.asnumpy().tolist() == b.asnumpy().tolist() == [0.75, 1.75]
    optimizer.param_groups[0]["lr"] = 0.75
    assert optimizer.get_lr().item() == optimizer.learning_rate.item() == 0.75

    for rates in ([0.5, 0.25], (0.5, 0.25), Tensor([0.5, 0.25]), np.array([0.5, 0.25]), iter([0.5, 0.25])):
        p = weight()
        optimizer = nn.SGD([p], rates)
        optimizer(ONES)
        assert optimizer.get_lr().item() == 0.25
        optimizer(ONES)
        assert p.asnumpy().tolist() == [0.25, 1.25]
        with pytest.raises(
            ArgumentValueError, match="SGD: learning_rate holds 2 steps, and all have been taken"
        ):
            optimizer(ONES)
        assert p.asnumpy().tolist() == [0.25, 1.25]
        assert optimizer.global_step.item() == 2
    assert nn.SGD([weight()], Tensor(0.5)).get_lr().item() == 0.5


def test_groups():
    a, b, c = weight("a"), weight("b.gamma"), weight("c")
    groups = [{"params": [c], "lr": 0.5}, {"params": (p for p in [a, b]), "weight_decay": 0.25}]
    optimizer = nn.SGD([*groups, {"order_params": [a, b, c]}], 1.0)
    assert optimizer.parameters == (a, b, c)
    assert [rate.item() for rate in optimizer.get_lr()] == [1, 1, 0.5]
    assert optimizer.weight_decay == (0.25, 0.25, 0)
    assert optimizer.get_lr_parameter([c, a])[0].item() == 0.5
    optimizer((Tensor([0.0, 0.0]), Tensor([0.0, 0.0]), Tensor([1.0, 1.0])))
    assert a.asnumpy().tolist() == b.asnumpy().tolist() == [0.75, 1.5]
    assert c.asnumpy().tolist() == [0.5, 1.5]
    optimizer.add_param_group({"params": [weight("d")]})
    assert optimizer((*ONES * 4,)) == (True,) * 4
    with pytest.raises(ArgumentValueError, match="SGD does not train Parameter"):
        optimizer.get_lr_parameter(weight("e"))


def test_gamma_and_beta_do_not_decay():
    named = [weight(name) for name in ("w", "norm.gamma", "norm.beta")]
    optimizer = nn.SGD(named, 1.0, weight_decay=0.5)
    assert optimizer.parameters == tuple(named)
    assert optimizer.weight_decay == 0.5
    optimizer((Tensor([0.0, 0.0]),) * 3)
    assert [p.asnumpy()[0].item() for p in named] == [0.5, 1, 1]


def test_parameters_of_torch():
    """A Cell may hold torch modules, whose parameters have no names."""
    layer = torch.nn.Linear(2, 1)
    optimizer = nn.Adam(layer.parameters(), 0.1)
    layer(torch.ones(1, 2)).sum().backward()
    before = layer.weight.detach().clone()
    optimizer.step()
    torch.testing.assert_close(layer.weight.detach(), before - 0.1)
    with pytest.raises(ParameterNameError, match="the parameter 1 already exists"):
        nn.Adam([layer.weight, layer.weight])


def test_one_step_cell():
    net = nn.Dense(2, 1, weight_init="ones", bias_init="zeros")
    optimizer = nn.SGD(net.trainable_params(), 1.0, loss_scale=1024.0)
    step = nn.TrainOneStepCell(nn.WithLossCell(net, nn.MSELoss()), optimizer, sens=1024.0, return_grad=True)
    assert [p.name for p in step.weights] == list(net.parameters_dict()) == ["weight", "bias"]
    loss, grads = step(Tensor([[1.0, 2.0]]), Tensor([[2.5]]))
    assert type(loss) is Tensor
    assert loss.item() == 0.25
    assert {name: g.asnumpy().ravel().tolist() for name, g in grads.items()} == {
        "weight": [1024.0, 2048.0],
        "bias": [1024.0],
    }
    assert net.weight.asnumpy().tolist() == [[0.0, -1.0]]


BAD = [
    (
        lambda: nn.SGD([weight(), weight()]),
        ParameterNameError,
        "SGD: the parameter 'w' already exists in params",
    ),
    (
        lambda: nn.SGD([{"params": [weight()]}, {"params": [weight()]}]),
        ParameterNameError,
        "the parameter 'w' already exists",
    ),
    (lambda: nn.SGD([]), ArgumentValueError, "SGD: params must not be empty"),
    (lambda: nn.SGD([{"params": []}]), ArgumentValueError, "SGD: params of a group must not be empty"),
    (
        lambda: nn.SGD(weight()),
        ArgumentTypeError,
        "SGD: params must be a list of Parameters, .* got Parameter",
    ),
    (lambda: nn.SGD([Tensor([1.0])]), ArgumentTypeError, r"params\[0\] is Tensor"),
    (lambda: nn.SGD([weight(), {"params": [weight("b")]}]), ArgumentTypeError, r"params\[1\] is dict"),
    (lambda: nn.SGD([{"lr": 0.1}]), ArgumentValueError, "a group needs 'params'; got one with lr"),
    (
        lambda: nn.SGD([{"params": [weight()], "lrr": 1}]),
        UnknownNameError,
        "no key of a group of SGD named 'lrr'",
    ),
    (
        lambda: nn.SGD([{"params": [weight()]}, {"order_params": [weight("b")]}]),
        ArgumentValueError,
        "order_params must hold the parameters of all groups, each once: w; got b",
    ),
    (
        lambda: nn.SGD([{"params": [weight()], "order_params": [weight()]}]),
        ArgumentValueError,
        "must stand alone",
    ),
    (lambda: nn.SGD([weight()], -0.1), ArgumentValueError, "SGD: learning_rate must be 0 or more, got -0.1"),
    (lambda: nn.SGD([weight()], float("nan")), ArgumentValueError, "SGD: learning_rate must be finite"),
    (lambda: nn.SGD([weight()], "0.1"), ArgumentTypeError, "SGD: learning_rate must be a real number"),
    (lambda: nn.SGD([weight()], []), ArgumentValueError, "SGD: learning_rate must not be empty"),
    (lambda: nn.SGD([weight()], [0.1, -1]), ArgumentValueError, "learning_rate must be 0 or more, got -1"),
    (lambda: nn.SGD([weight()], momentum=-1), ArgumentValueError, "SGD: momentum must be 0 or more"),
    (lambda: nn.SGD([weight()], dampening="a"), ArgumentTypeError, "SGD: dampening must be a real number"),
    (lambda: nn.SGD([weight()], weight_decay=-1), ArgumentValueError, "SGD: weight_decay must be 0 or more"),
    (lambda: nn.SGD([weight()], loss_scale=0.0), ArgumentValueError, "SGD: loss_scale must be positive"),
    (lambda: nn.SGD([weight()], nesterov=True), ArgumentValueError, "nesterov=True needs a momentum above 0"),
    (lambda: nn.SGD([weight()], nesterov=1), ArgumentTypeError, "SGD: nesterov must be a bool"),
    (
        lambda: nn.Momentum([weight()], 0.1, 0.9, use_nesterov=1),
        ArgumentTypeError,
        "use_nesterov must be a bool",
    ),
    (lambda: nn.Adam([weight()], beta1=1.0), ArgumentValueError, "Adam: beta1 must be below 1, got 1.0"),
    (lambda: nn.Adam([weight()], beta2=0.0), ArgumentValueError, "Adam: beta2 must be positive"),
    (lambda: nn.Adam([weight()], eps=0.0), ArgumentValueError, "Adam: eps must be positive"),
    (lambda: nn.Adam([weight()], use_amsgrad=1), ArgumentTypeError, "Adam: use_amsgrad must be a bool"),
    (
        lambda: nn.AdamWeightDecay([weight()], eps="a"),
        ArgumentTypeError,
        "AdamWeightDecay: eps must be a real",
    ),
    (lambda: nn.WithLossCell(3, nn.MSELoss()), ArgumentTypeError, "WithLossCell: backbone must be a Cell"),
    (
        lambda: nn.WithLossCell(nn.ReLU(), 3),
        ArgumentTypeError,
        "WithLossCell: loss_fn must be a Cell or a func",
    ),
    (lambda: nn.TrainOneStepCell(nn.ReLU(), 3), ArgumentTypeError, "optimizer must be one of paraminit.nn"),
    (
        lambda: nn.TrainOneStepCell(nn.ReLU(), nn.SGD([weight()]), sens=0),
        ArgumentValueError,
        "sens must not be 0",
    ),
    (lambda: nn.MSELoss("avg"), UnknownNameError, "no reduction of MSELoss named 'avg'"),
    (lambda: nn.MSELoss(None), ArgumentTypeError, "MSELoss: reduction must be a str, got None"),
    (
        lambda: nn.CrossEntropyLoss([1.0]),
        ArgumentTypeError,
        "CrossEntropyLoss: weight must be a Tensor or None",
    ),
    (
        lambda: nn.CrossEntropyLoss(ignore_index=1.0),
        ArgumentTypeError,
        "ignore_index must be an int, got 1.0",
    ),
    (lambda: nn.CrossEntropyLoss(label_smoothing=2), ArgumentValueError, "label_smoothing must be at most 1"),
]


@pytest.mark.parametrize(("build", "error", "message"), BAD)
def test_bad_arguments(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("loss", "logits", "labels", "error", "message"),
    [
        (
            nn.MSELoss,
            torch.ones(2, 3),
            torch.ones(2),
            ArgumentValueError,
            r"\(2, 3\) and labels of shape \(2,\)",
        ),
        (nn.L1Loss, torch.ones(2), [1.0], ArgumentTypeError, "L1Loss: labels must be a Tensor, got list"),
        (nn.BCELoss, torch.ones(2), torch.ones(3), ArgumentValueError, r"one shape, got \(2,\), \(3,\)"),
        (
            nn.BCELoss,
            torch.tensor([1.5]),
            torch.ones(1),
            ArgumentValueError,
            "must be from 0 to 1. Apply nn.Sig",
        ),
        (
            nn.CrossEntropyLoss,
            torch.ones(2, 3),
            torch.tensor([0, 3]),
            ArgumentValueError,
            "labels must be from 0 to 2, got 3",
        ),
        (nn.CrossEntropyLoss, torch.ones(2, 3), torch.tensor([0, -1]), ArgumentValueError, "got -1"),
        (
            nn.CrossEntropyLoss,
            torch.ones(2, 3),
            torch.tensor([0]),
            ArgumentValueError,
            r"labels of shape \(2,\)",
        ),
        (
            nn.CrossEntropyLoss,
            torch.ones(2, 3),
            torch.ones(2),
            ArgumentValueError,
            "labels are probabilities",
        ),
        (
            nn.SoftmaxCrossEntropyWithLogits,
            torch.ones(2, 3),
            torch.tensor([0, 1]),
            ArgumentValueError,
            "For class indices say sparse=True",
        ),
        (
            lambda: nn.SoftmaxCrossEntropyWithLogits(True),
            torch.ones(2, 3),
            torch.tensor([0, 9]),
            ArgumentValueError,
            "labels must be from 0 to 2, got 9",
        ),
        (
            lambda: nn.SoftmaxCrossEntropyWithLogits(True),
            torch.ones(2, 3),
            torch.ones(2),
            ArgumentTypeError,
            "class indices must be integers",
        ),
        (
            nn.SoftmaxCrossEntropyWithLogits,
            torch.ones(2, 3, 4),
            torch.ones(2, 3, 4),
            ArgumentValueError,
            "logits must have 2 axes",
        ),
    ],
)
def test_bad_inputs_of_losses(loss, logits, labels, error, message):
    with pytest.raises(error, match=message):
        loss()(logits, labels)


def test_losses_take_both_integer_types():
    logits = torch.randn(3, 4)
    for loss in (nn.CrossEntropyLoss(), nn.SoftmaxCrossEntropyWithLogits(True)):
        narrow, wide = (loss(logits, torch.tensor([0, 1, 3], dtype=d)) for d in (torch.int32, torch.int64))
        assert torch.equal(narrow, wide)
    assert nn.BCELoss()(torch.tensor([0.0]), torch.tensor([1.0])).item() == pytest.approx(
        -np.log(1e-12), rel=1e-6
    )
