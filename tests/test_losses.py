"""What losses refuse, and the base class of one's own. Their values are in test_training_golden.py."""

from __future__ import annotations

import pytest
import torch

from paraminit import Tensor, nn
from paraminit.errors import ArgumentTypeError, ArgumentValueError, UnknownNameError

ONES = torch.ones(2, 3)
LABELS = torch.tensor([0, 2])


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: nn.LossBase("avg"), UnknownNameError, "no reduction of LossBase named 'avg'"),
        (lambda: nn.MSELoss("batchmean"), UnknownNameError, "no reduction of MSELoss named 'batchmean'"),
        (lambda: nn.SmoothL1Loss(0.0), ArgumentValueError, "SmoothL1Loss: beta must be positive, got 0.0"),
        (lambda: nn.HuberLoss(delta=-1), ArgumentValueError, "HuberLoss: delta must be positive"),
        (lambda: nn.BCEWithLogitsLoss(weight=[1.0]), ArgumentTypeError, "weight must be a Tensor or None"),
        (lambda: nn.BCEWithLogitsLoss(pos_weight=2.0), ArgumentTypeError, "pos_weight must be a Tensor or N"),
        (lambda: nn.HingeEmbeddingLoss("a"), ArgumentTypeError, "margin must be a real number, got 'a'"),
        (lambda: nn.NLLLoss(ignore_index=1.0), ArgumentTypeError, "NLLLoss: ignore_index must be an int"),
        (lambda: nn.PoissonNLLLoss(1), ArgumentTypeError, "PoissonNLLLoss: log_input must be a bool, got 1"),
        (lambda: nn.PoissonNLLLoss(eps=-1.0), ArgumentValueError, "PoissonNLLLoss: eps must be positive"),
        (lambda: nn.GaussianNLLLoss(eps=0.0), ArgumentValueError, "GaussianNLLLoss: eps must be positive"),
        (lambda: nn.CosineEmbeddingLoss(2.0), ArgumentValueError, "margin must be from -1 to 1, got 2.0"),
        (lambda: nn.TripletMarginLoss(p=2.0), ArgumentTypeError, "TripletMarginLoss: p must be an int"),
        (lambda: nn.TripletMarginLoss(margin=0.0), ArgumentValueError, "margin must be positive, got 0.0"),
        (lambda: nn.TripletMarginWithDistanceLoss(3), ArgumentTypeError, "distance_function must be a func"),
        (lambda: nn.MultiMarginLoss(3), ArgumentValueError, "MultiMarginLoss: p must be 1 or 2, got 3"),
        (lambda: nn.CTCLoss(-1), ArgumentValueError, "CTCLoss: blank must be 0 or more, got -1"),
        (lambda: nn.CTCLoss(zero_infinity=1), ArgumentTypeError, "zero_infinity must be a bool"),
    ],
)
def test_bad_arguments(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("loss", "inputs", "error", "message"),
    [
        (nn.SmoothL1Loss(), (ONES, ONES[0]), ArgumentValueError, r"one shape, got \(2, 3\), \(3,\)"),
        (nn.HuberLoss(), (ONES, ONES[:, :2]), ArgumentValueError, r"labels of shape \(2, 2\) do not broadc"),
        (nn.BCEWithLogitsLoss(), (ONES, ONES.long()), ArgumentTypeError, "labels must be floating-point num"),
        (nn.NLLLoss(), (ONES, torch.tensor([0, 3])), ArgumentValueError, "labels must be from 0 to 2, got 3"),
        (nn.NLLLoss(), (ONES, ONES[:, 0]), ArgumentTypeError, "class indices must be integers"),
        (nn.KLDivLoss(), (ONES, [1.0]), ArgumentTypeError, "KLDivLoss: labels must be a Tensor, got list"),
        (nn.GaussianNLLLoss(), (ONES, ONES, -ONES), ArgumentValueError, "var must be 0 or more"),
        (nn.GaussianNLLLoss(), (ONES, ONES, 1.0), ArgumentTypeError, "var must be a Tensor, got float"),
        (nn.CosineEmbeddingLoss(), (ONES, ONES, ONES), ArgumentValueError, r"labels of shape \(2,\); got"),
        (nn.MarginRankingLoss(), (ONES, ONES, ONES[:, 0]), ArgumentValueError, "target of shape .* do not"),
        (nn.TripletMarginLoss(), (ONES[0],) * 3, ArgumentValueError, "x must have 2 axes or more"),
        (nn.MultiMarginLoss(), (ONES[0], LABELS[:1]), ArgumentValueError, "x must have 2 axes"),
        (nn.MultilabelMarginLoss(), (ONES, 3 * ONES.long()), ArgumentValueError, "must hold -1 to 2"),
        (nn.MultilabelMarginLoss(), (ONES, ONES), ArgumentTypeError, "target must hold integers"),
        (nn.MultiLabelSoftMarginLoss(), (ONES, ONES[0]), ArgumentValueError, "must have one shape"),
        (nn.CTCLoss(3), (ONES[:, None], LABELS, LABELS, LABELS), ArgumentValueError, "blank=3 is outside"),
    ],
)
def test_bad_inputs(loss, inputs, error, message):
    with pytest.raises(error, match=message):
        loss(*inputs)


def test_without_a_cpu_kernel_in_mindspore():
    """Three losses MindSpore cannot compute on a CPU; their formulas here."""
    x, y = torch.tensor([0.5, -2.0]), torch.tensor([1.0, -1.0])
    assert torch.allclose(nn.SoftMarginLoss("none")(x, y), torch.log(1 + torch.exp(-y * x)))
    assert nn.SoftMarginLoss()(torch.tensor([-200.0]), torch.ones(1)) == 200, "no overflow"
    a, b, c = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 1.0]])
    assert nn.TripletMarginLoss()(a, b, c).item() == pytest.approx(5 - 1 + 1, abs=1e-5)
    assert nn.TripletMarginLoss(p=1, margin=0.5)(a, b, c, torch.tensor(2.0)).item() == pytest.approx(
        8, abs=1e-5
    )
    right = torch.tensor([[2, 0, -1]])
    loss = nn.MultilabelMarginLoss("none")(torch.tensor([[0.1, 0.2, 0.4]]), right)
    assert loss.item() == pytest.approx(((1 - 0.1 + 0.2) + (1 - 0.4 + 0.2)) / 3)


def test_a_loss_of_ones_own():
    """As in MindSpore's documents: construct ends in get_loss, which weighs and reduces."""

    class Absolute(nn.LossBase):
        def construct(self, logits, labels, weights=1.0):
            return self.get_loss((logits - labels).abs(), weights)

    logits, labels = Tensor([1.0, 3.0]), Tensor([0.0, 0.0])
    assert [Absolute(r)(logits, labels).asnumpy().tolist() for r in ("mean", "sum", "none")] == [2, 4, [1, 3]]
    assert Absolute("sum")(logits, labels, Tensor([2.0, 1.0])).item() == 5
    assert nn.LossBase("sum").get_loss(torch.tensor([1, 2]), 2.0).dtype == torch.int64
    half = torch.full((70000,), 1.0, dtype=torch.float16)
    assert nn.LossBase("mean").get_loss(half) == 1, "summed in float32"
    assert nn.LossBase().get_axis(torch.ones(2, 3)) == (0, 1)
