"""What a layer shows of itself after construction: the attributes and the repr that MindSpore 2.10 has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from paraminit import Parameter, ParameterTuple, nn
from paraminit.common.initializer import Initializer

GOLDEN = json.loads((Path(__file__).parent / "golden" / "surface-2.10.json").read_text())["layers"]


def plain(value):
    if isinstance(value, Initializer):
        return type(value).__name__
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def built(case):
    return eval(f"nn.{case['layer']}", {"nn": nn})


def kind(case):
    return case["layer"].partition("(")[0]


#: Attributes that differ on purpose, by reason.
DIFFERENT = {
    "MindSpore's own choice of an operator, on its way to an output": """
        ascend_910b_target format is_cpugpu is_expand is_expand_3d is_lstm is_pad is_same is_valid k_is_v
        only_pad parallel_mode q_is_k support_non_tensor_inputs use_pad shp_flat forward_unique
    """,
    "derived from arguments that are attributes": """
        activation1 delta diff_learning_rate dropout_num layernorm_eps math_e math_pi padding_bottom
        padding_left padding_right padding_top BiDense.in_channels
    """,
    "of a mean, whatever the reduction": "KLDivLoss.average",
    "1 minus the argument in MindSpore": "BatchNorm1d.momentum BatchNorm2d.momentum",
    "with axes that MindSpore adds to compute": """
        MaxPool1d.kernel_size MaxPool1d.padding MaxPool1d.stride Conv3dTranspose.output_padding
    """,
}
LISTED = {name: reason for reason, names in DIFFERENT.items() for name in names.split()}


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["layer"])
def test_attributes(case):
    cell = built(case)
    for name, expected in case["attributes"].items():
        if name not in LISTED and f"{kind(case)}.{name}" not in LISTED:
            assert plain(getattr(cell, name)) == expected, name


def test_what_is_listed_as_different_is():
    """A list grows old: each line must still be true of some layer."""
    true = set()
    for case in GOLDEN:
        cell, missing = built(case), object()
        for name, expected in case["attributes"].items():
            if plain(getattr(cell, name, missing)) != expected:
                true |= {name, f"{kind(case)}.{name}"}
    assert not set(LISTED) - true


#: Layers whose repr differs: it shows settings where MindSpore shows none, or inner Cells; and in place of
#: Parameters their initializers.
SAYS_MORE = re.compile(
    r"Adaptive|\w*Loss|SoftmaxCross|\w*LR|CELU|"
    r"ELU|GELU|GLU|LeakyReLU|HShrink|SoftShrink|Hardtanh|LogSoftmax|RReLU|Soft(max|min)\b"
    r"|Threshold|PReLU\b|(RNN|GRU|LSTM)(Cell)?\b|(Layer|Group|Batch|Instance)Norm|Embedding\b|EmbeddingLookup"
    r"|MaxPool1d|Flatten\(0|Transformer"
)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["layer"])
def test_repr(case):
    text = re.sub(r"\b(HeUniform|Uniform)\(.*?\)", r"\1", repr(built(case)))
    if SAYS_MORE.match(case["layer"]):
        if not re.match("LayerNormExt|PReLUExt|Softmax2d|ReLU6", case["layer"]):
            assert text != case["repr"], "take it off the list"
        return
    assert text == case["repr"]


def test_reset_parameters_draws_again():
    """In their order, each with a key of its own, as in MindSpore."""
    import paraminit

    paraminit.set_seed(1)
    cell = nn.RNNCell(2, 3)
    weight, before = cell.weight_ih, cell.weight_ih.asnumpy().copy()
    cell.reset_parameters()
    assert cell.weight_ih is weight
    assert (cell.weight_ih.asnumpy() != before).all()
    expected = [0.49349758, 0.3005202, 0.02058049]  # recorded from MindSpore 2.10
    assert cell.bias_ih.asnumpy().tolist() == pytest.approx(expected, rel=1e-6)


def test_cell_list():
    net = nn.SequentialCell(nn.Dense(1, 1))
    net.append(nn.ReLU())
    assert [cell.cls_name for cell in net.cell_list] == ["Dense", "ReLU"]


def test_a_name_can_be_taken_away():
    p = Parameter(1.0, name="a")
    p.name = None
    assert re.fullmatch(r"Parameter#\d+", p.name)
    net = nn.Cell()
    net.weight = p
    assert p.name == "weight"


def test_recurrent_lists_are_parameter_tuples():
    net = nn.RNN(3, 4, 2)
    assert {type(t) for t in (net.w_ih_list, net.w_hh_list, net.b_ih_list, net.b_hh_list)} == {ParameterTuple}
    assert net.w_ih_list[1] is net.weight_ih_l1
