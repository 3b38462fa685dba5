"""Plans: of Cells, their keys, as tables, as JSON, and what changes between two."""

from __future__ import annotations

import copy
import json
import pickle
import tracemalloc

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn as torch_nn

import paraminit
from paraminit import Plan, nn, plan
from paraminit.describe.initializers import (
    HeNormal,
    Initializer,
    Normal,
    NumpyUniform,
    VarianceScaling,
    XavierUniform,
    register,
    registry,
)
from paraminit.describe.plan_entry import Entry
from paraminit.describe.plan_table import short
from paraminit.describe.recipe import Recipe
from paraminit.errors import (
    ArgumentTypeError,
    ArgumentValueError,
    PlanError,
    UnknownNameError,
    UnknownParameterError,
)
from paraminit.fill.keys import key_by_name
from paraminit.profiles import profile

RULES = {"*.bias": "zeros", "*": Normal(0.02)}


def blocks(*sizes):
    """A network whose layers have names of their own, so that some can be left out."""
    return torch_nn.ModuleDict({f"layer{size}": torch_nn.Linear(size, 4) for size in sizes})


# ---- as a mapping ---------------------------------------------------------------------------------------


def test_it_is_a_mapping_of_recipes():
    made = plan(blocks(2, 3), {"layer2.bias": "keep", **RULES}, seed=1)
    assert list(made) == ["layer2.weight", "layer3.weight", "layer3.bias"]
    assert len(made) == 3
    assert isinstance(made["layer2.weight"], Recipe)
    assert "layer3.bias" in made
    assert "layer2.bias" not in made  # kept
    assert "layer9.bias" not in made
    assert made.get("layer9.bias") is None
    assert list(made.entries) == ["layer2.weight", "layer2.bias", "layer3.weight", "layer3.bias"]
    assert made.nbytes == 4 * (8 + 4 + 12 + 4)


@pytest.mark.parametrize("kind", [UnknownNameError, KeyError])
def test_unknown_names(kind):
    """An error of ours that a mapping may raise, with the nearest name."""
    made = plan(blocks(2), RULES, seed=1)
    with pytest.raises(kind) as error:
        made["layer2.wieght"]
    assert type(error.value) is UnknownParameterError
    assert str(error.value) == (
        "There is no planned parameter named 'layer2.wieght'. Did you mean 'layer2.weight' or 'layer2.bias'?"
    )


def test_equality():
    one, same, other = (plan(blocks(2), RULES, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one != dict(one)
    assert one != plan(blocks(2), {"*.bias": "keep", "*": Normal(0.02)}, seed=1)
    with pytest.raises(TypeError):
        hash(one)


def test_a_slice_is_that_part_of_the_whole():
    made = plan(blocks(2), RULES, seed=1)["layer2.weight"]
    assert made[1:3, 1:].tobytes() == np.ascontiguousarray(made.values()[1:3, 1:]).tobytes()


# ---- keys -----------------------------------------------------------------------------------------------


def check_order_does_not_matter(keys):
    """Adding, removing and reordering layers leaves the keys of all others as they were."""
    first = keys(blocks(2, 3, 4))
    for sizes in ((4, 3, 2), (3,), (2, 9, 3, 4)):
        other = keys(blocks(*sizes))
        assert all(other[name] == key for name, key in first.items() if name in other)


def test_keys_belong_to_names():
    check_order_does_not_matter(lambda module: dict(plan(module, RULES, seed=7)))
    made = plan(blocks(2, 3), RULES, seed=7)
    assert made["layer3.weight"].key == key_by_name(7, "layer3.weight")
    assert made["layer3.bias"].key is None  # zeros need none


def test_keys_by_order_would_be_noticed():
    """Meta-test: a key that counts the parameters before it is caught."""
    with pytest.raises(AssertionError):
        check_order_does_not_matter(
            lambda module: {name: n for n, name in enumerate(plan(module, RULES, seed=7))}
        )


def test_tied_parameters_have_the_key_of_their_first_name():
    module = torch_nn.ModuleDict({"a": torch_nn.Linear(2, 2), "b": torch_nn.Linear(2, 2)})
    module["b"].weight = module["a"].weight
    made = plan(module, {"*": "normal"}, seed=1)
    assert made["b.weight"].key == key_by_name(1, "a.weight")


def test_an_initializer_shared_by_layers_gives_each_its_own_values():
    made = plan(blocks(2, 3), {"*": Normal()}, seed=1)
    assert len({recipe.key for recipe in made.values()}) == len(made) == 4


def test_an_initializers_own_seed_decides():
    one, other = (plan(blocks(2, 3), {"*": Normal().with_seed(3)}, seed=seed) for seed in (1, 2))
    assert dict(one) == dict(other)
    assert one["layer2.weight"].key == key_by_name(3, "")


# ---- Cells ----------------------------------------------------------------------------------------------


def cell():
    paraminit.set_seed(3)
    with paraminit.no_init_parameters():
        return nn.SequentialCell(nn.Dense(3, 4), nn.LayerNorm((4,)), nn.Dense(4, 2, bias_init="zeros"))


def test_a_cell_is_planned_as_it_declares():
    """With the keys drawn then: the plan has the values that the Cell is going to have."""
    net = cell()
    made = plan(net)
    assert made.seed is None
    assert dict(made) == net.recipes()
    assert {entry.rule for entry in made.entries.values()} == {"declared"}
    assert all(parameter.has_init for parameter in net.get_parameters())  # none was created
    values = {name: made[name].values() for name in made}
    net.init_parameters_data()
    for name, parameter in net.parameters_and_names():
        assert (parameter.asnumpy() == values[name]).all()


def test_a_cell_with_a_seed_has_keys_by_name():
    net = cell()
    made = plan(net, seed=5)
    assert made["0.weight"].key == key_by_name(5, "0.weight")
    assert made["0.weight"].initializer == net.recipes()["0.weight"].initializer
    assert made["1.gamma"].key is None
    assert made == plan(cell(), seed=5)


def test_values_that_were_given_stay():
    net = nn.Dense(3, 2, weight_init=paraminit.Tensor(np.ones((2, 3), np.float32)))
    made = plan(net)
    assert made.entries["weight"].recipe is None
    assert made.entries["weight"].rule == "given"
    assert list(made) == ["bias"]


def test_rules_for_a_cell():
    """They come first; "torch" is what the layer declares. Fans are those of the meaning then."""
    net = nn.SequentialCell(nn.Conv2dTranspose(8, 4, 3), nn.Dense(4, 2))
    made = plan(net, {nn.Conv2dTranspose: Normal(0.5), "*": "torch"}, seed=1)
    assert made["0.weight"].initializer == Normal(0.5)
    assert made["0.weight"].fans == (72, 36)
    assert made["1.weight"].initializer == net.recipes()["1.weight"].initializer
    assert made["1.weight"].key == key_by_name(1, "1.weight")
    assert plan(net, {}, seed=1, default="torch")["0.weight"].fans is None  # as MindSpore counts


def test_converted_parameters_are_planned_as_they_are():
    net = cell()
    net.init_parameters_data()
    made = plan(net.to(torch.bfloat16))
    assert {recipe.dtype.name for recipe in made.values()} == {"bfloat16"}
    assert made["0.weight"].key == net.recipes()["0.weight"].key


def test_torch_layers_in_a_cell():
    """They declare nothing: a rule or default is needed, and a seed."""
    net = nn.SequentialCell(nn.Dense(2, 2), torch_nn.Linear(2, 2))
    with pytest.raises(PlanError, match="random values need a seed"):
        plan(net, default="torch")
    paraminit.set_seed(4)
    drawn = net.recipes()["0.weight"].key
    made = plan(net, default="torch")
    assert made["0.weight"].key == drawn
    assert made["1.weight"].key == key_by_name(4, "1.weight")


def test_recipes_survive_replaced_parameters():
    """As sharding replaces them: the Cell still knows what they are made of."""
    net = nn.Dense(3, 2)
    before = plan(net)
    for name, parameter in list(net.named_parameters()):
        del net._parameters[name]
        net._parameters[name] = torch_nn.Parameter(torch.empty(parameter.shape, device="meta"))
    assert plan(net) == before


# ---- to read --------------------------------------------------------------------------------------------


def test_the_table():
    module = torch_nn.ModuleDict({"embed": torch_nn.Embedding(10, 4), "blocks": torch_nn.ModuleList()})
    module["blocks"].extend(torch_nn.Linear(4, 4) for _ in range(3))
    module["head"] = torch_nn.Linear(4, 10, bias=False)
    module["head"].weight = module["embed"].weight
    made = plan(module, {"embed.weight": Normal(0.02), "blocks.1.bias": "keep", **RULES}, seed=1)
    lines = str(made).splitlines()
    assert lines[0].split() == [
        "name",
        "shape",
        "dtype",
        "rule",
        "initializer",
        "fans",
        "mean",
        "std",
        "bytes",
    ]
    assert "1, 4 (a row is looked up; by the shape 4, 10)" in lines[1]
    assert lines[2].startswith("3 x blocks.*.weight  4 x 4   float32  *")
    assert lines[3].startswith("2 x blocks.*.bias    4")
    assert lines[4].split() == ["blocks.1.bias", "4", "float32", "blocks.1.bias", "keep", "16"]
    assert lines[5:] == [
        "7 parameters, 100 elements, 400 bytes, seed 1",
        "1 parameter kept as they are",
        "1 tied: head.weight is embed.weight",
    ]
    assert len(made.table(every=True).splitlines()) == 1 + 7 + 3
    assert repr(made) == "<Plan of 7 parameters, 400 bytes, seed=1>"


def test_whole_laws_are_named_in_the_table():
    made = plan(torch_nn.Linear(512, 512, bias=False), {"*": "orthogonal"}, seed=1)
    assert str(made).splitlines()[-1] == (
        "1 made only as a whole (a part costs as much): up to 1.0 MiB of memory at once"
    )


def test_html_is_escaped():
    made = Plan({"<w>": Entry((2,), np.dtype("float32"), "<i>&", None)}, None)
    assert "<td>&lt;w&gt;</td>" in made._repr_html_()
    assert "<td>&lt;i&gt;&amp;</td>" in made._repr_html_()
    assert made._repr_html_().count("<tr>") == 2


@pytest.mark.parametrize(
    ("init", "text"),
    [
        (HeNormal(mode="fan_out"), "HeNormal(mode='fan_out')"),
        (XavierUniform(2), "XavierUniform(2)"),
        (Normal().with_seed(3), "Normal().with_seed(3)"),
        (registry.as_initializer(1 / 3), "Constant(0.3333)"),
    ],
    ids=repr,
)
def test_initializers_are_shown_without_defaults(init, text):
    assert short(init) == text


def test_differences():
    """Added, removed, changed and tied; what changed, before and after."""
    before = plan(blocks(2, 3), RULES, seed=1)
    module = blocks(2, 4)
    module["layer4"].bias = module["layer2"].bias
    after = plan(module, {"layer2.weight": Normal(0.5), "layer2.bias": "keep", **RULES}, seed=1)
    found = before.diff(after)
    assert found.added == ("layer4.weight", "layer4.bias")
    assert found.removed == ("layer3.weight", "layer3.bias")
    assert found.changed["layer2.weight"] == {"initializer": (Normal(0.02), Normal(0.5))}
    assert "layer2.weight: initializer Normal(0.02) -> Normal(0.5)" in str(found).splitlines()
    assert "layer2.bias: initializer Zero() -> keep" in str(found)
    reseeded = before.diff(plan(blocks(2, 3), RULES, seed=2))
    assert {tuple(changes) for changes in reseeded.changed.values()} == {("key",)}
    with pytest.raises(ArgumentTypeError, match=r"Plan\.diff: other must be a Plan, got dict"):
        before.diff({})
    assert not before.diff(before)
    assert str(before.diff(before)) == "no difference"


def test_a_plan_differs_from_plans():
    with pytest.raises(ArgumentTypeError, match=r"^Plan\.diff: other must be a Plan, got dict\.$"):
        plan(torch_nn.Linear(3, 2), {"*": 1}).diff({})


# ---- to keep --------------------------------------------------------------------------------------------


def same_values(one, other):
    return one == other and all(
        one[name].values().tobytes() == other[name].values().tobytes() for name in one
    )


def test_json_round_trip():
    """Everything that decides a value, exactly; also ties, what is kept, dtypes and infinite numbers."""
    module = torch_nn.ModuleDict({"a": torch_nn.Linear(3, 4), "b": torch_nn.Embedding(5, 3, 0)}).to(
        torch.bfloat16
    )
    module["c"] = torch_nn.Linear(3, 4)
    module["c"].weight = module["a"].weight
    rules = {"a.weight": "he_normal", "b.weight": Normal(1 / 3), "a.bias": "keep", "c.bias": float("inf")}
    made = plan(module, rules, seed=2**63 + 1)
    read = Plan.from_json(made.to_json(indent=1))
    assert same_values(made, read)
    assert read.entries == made.entries
    assert read["a.weight"].fans == made["a.weight"].fans == (3, 4)
    assert read.tied == {"c.weight": "a.weight"}
    assert Plan.from_dict(made.to_dict()) == made
    assert same_values(made, pickle.loads(pickle.dumps(made)))


def test_another_profile_elsewhere(tmp_path):
    """The profile of a plan decides its laws: copies keep it, and plans of two profiles are not equal."""
    layer, rules = torch_nn.Linear(40, 30), {"bias": "ones", "*": VarianceScaling()}
    with profile("mindspore-2.10"):
        made = plan(layer, rules, seed=1)
    here = plan(layer, rules, seed=1)
    assert made["weight"].values().tobytes() != here["weight"].values().tobytes()
    for copied in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert copied.profile == "mindspore-2.10"
        assert copied == made
        assert same_values(copied, made)
        assert copied.entries["weight"].layer == "Linear"
    assert made != here
    assert set(made.diff(here).changed) == {"weight"}
    assert "weight: law " in str(made.diff(here))
    made.save(tmp_path / "net.safetensors", dtype=torch.float64)
    with profile("mindspore-2.10"):
        wanted = plan(layer.double(), rules, seed=1)["weight"].values()
    assert (load_file(tmp_path / "net.safetensors")["weight"].numpy() == wanted).all()


def seeded(seed):
    return {"bias": 0, "*": Normal(1.0).with_seed(seed)}


def test_seeds_of_initializers_are_enough():
    """A plan whose random laws have seeds of their own needs none."""
    layer = torch_nn.Linear(3, 4)
    made = plan(layer, seeded(3))
    made.apply(layer)
    assert made.seed is None
    assert (layer.weight.detach().numpy() == plan(layer, seeded(3), seed=1)["weight"].values()).all()
    assert (layer.weight.detach().numpy() != plan(layer, seeded(4), seed=1)["weight"].values()).any()


def test_json_of_keys_by_order():
    """Also of laws that remember NumPy's generator as it stood."""
    paraminit.set_seed(1)
    with paraminit.no_init_parameters():
        net = nn.SequentialCell(nn.Dense(3, 4), nn.LSTM(3, 4))
    made = plan(net)
    assert isinstance(made["1.weight_ih_l0"].initializer, NumpyUniform)
    assert same_values(made, Plan.from_json(made.to_json()))


def test_json_keeps_the_profile():
    """VarianceScaling means another law in mindspore-2.10; a plan keeps the one it was made with."""
    with profile("mindspore-2.10"):
        made = plan(torch_nn.Linear(2, 3), {"weight": "variance_scaling", "bias": 0}, seed=1)
    read = Plan.from_json(made.to_json())
    assert read["weight"].law == made["weight"].law
    assert read["weight"].law != Recipe(read["weight"].initializer, (3, 2), np.dtype("float32")).law


def test_json_of_custom_initializers(monkeypatch):
    """Registered ones; others are refused by the parameter's name, when written and when read."""
    monkeypatch.setattr(registry, "_BY_NAME", dict(registry._BY_NAME))

    class Ramp(Initializer):
        def __init__(self, slope):
            super().__init__()
            self.slope = slope

        def _initialize(self, arr):
            arr[...] = self.slope * np.arange(arr.size).reshape(arr.shape) + np.random.random()

    made = plan(torch_nn.Linear(2, 3), {"weight": Ramp(0.5), "bias": 0}, seed=1)
    with pytest.raises(ArgumentTypeError, match=r"^'weight': Ramp.* is not registered"):
        made.to_json()
    register()(Ramp)
    text = made.to_json()
    assert same_values(made, Plan.from_json(text))
    del registry._BY_NAME["ramp"]
    with pytest.raises(UnknownNameError, match=r"^'weight': There is no initializer named 'Ramp'"):
        Plan.from_json(text)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("{", ArgumentValueError, "this is no JSON"),
        ("[]", ArgumentValueError, "no plan of format 'paraminit-plan-1', but 'list'"),
        ('{"format": "paraminit-plan-2"}', ArgumentValueError, "but 'paraminit-plan-2'"),
        ('{"format": "paraminit-plan-1"}', ArgumentTypeError, "this plan is damaged: it has no 'profile'"),
    ],
)
def test_no_plan(text, kind, message):
    with pytest.raises(kind, match=message):
        Plan.from_json(text)


DAMAGE = {
    "a text as shape": (lambda p, w: w.update(shape="ab"), ArgumentTypeError, "damaged: 'weight': TypeError"),
    "a negative size": (lambda p, w: w.update(shape=[-2, 3]), ArgumentValueError, "'weight': a shape has no"),
    "a fraction": (lambda p, w: w.update(shape=[2.0, 3]), ArgumentTypeError, "damaged: 'weight': TypeError"),
    "no shape": (lambda p, w: w.pop("shape"), ArgumentTypeError, "damaged: 'weight': it has no 'shape'"),
    "a dtype": (lambda p, w: w.update(dtype="f33"), UnknownNameError, "'weight': There is no dtype named"),
    "a key": (lambda p, w: w["recipe"].update(key="x"), ArgumentTypeError, "'weight': key must be an int"),
    "fans": (lambda p, w: w.update(fans=[1]), ArgumentTypeError, "damaged: 'weight': TypeError"),
    "fans of texts": (
        lambda p, w: w.update(fans=["a", "b"]),
        ArgumentTypeError,
        "damaged: 'weight': TypeError",
    ),
    "no text": (lambda p, w: w.update(rule=None), ArgumentTypeError, "rule must be a str, got None"),
    "an initializer": (
        lambda p, w: w["recipe"]["initializer"].update({"class": "nromal"}),
        UnknownNameError,
        "'weight': There is no initializer named 'nromal'. Did you mean 'normal'",
    ),
    "a seed": (lambda p, w: p.update(seed="x"), ArgumentTypeError, "seed must be an int, got 'x'"),
    "a tie to nothing": (
        lambda p, w: p.update(tied={"a": "gone"}),
        ArgumentValueError,
        "'a' is tied to 'gone', which this plan has not",
    ),
    "ties": (lambda p, w: p.update(tied=[1]), ArgumentTypeError, "this plan is damaged: AttributeError"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_plans_name_what_is_wrong(damage):
    spoil, kind, message = DAMAGE[damage]
    data = plan(torch_nn.Linear(3, 2), {"*": "normal"}, seed=1).to_dict()
    assert Plan.from_dict(data)
    spoil(data, data["parameters"]["weight"])
    with pytest.raises(kind, match=message):
        Plan.from_dict(data)


def test_json_is_a_text():
    with pytest.raises(ArgumentTypeError, match=r"the text must be a str, got None\. Read the file first"):
        Plan.from_json(None)
    with pytest.raises(ArgumentTypeError, match=r"Plan\.from_dict takes it\.$"):
        Plan.from_json(plan(torch_nn.Linear(3, 2), {"*": 1}).to_dict())
    with pytest.raises(
        ArgumentValueError, match=r"Give the text that Plan\.to_json wrote, not a file's name"
    ):
        Plan.from_json("plan.json")


def test_json_is_plain():
    """Names, numbers and lists: readable by other programs."""
    entry = json.loads(plan(torch_nn.Linear(2, 3), {"*": Normal(0.5)}, seed=1).to_json())["parameters"][
        "weight"
    ]
    assert entry["recipe"]["initializer"] == {"class": "Normal", "sigma": 0.5, "mean": 0.0}
    assert (entry["shape"], entry["dtype"], entry["fans"], entry["layer"]) == (
        [3, 2],
        "float32",
        [2, 3],
        "Linear",
    )


# ---- size -----------------------------------------------------------------------------------------------


def test_a_network_larger_than_memory():
    """Shapes of a model with 70 billion parameters: planned at once and in little memory, cut into parts."""

    def block():
        sizes = [(8192, 8192), (8192, 1024), (8192, 1024), (8192, 8192)]
        sizes += [(8192, 28672), (8192, 28672), (28672, 8192)]
        return torch_nn.ModuleList(
            [*(torch_nn.Linear(*size, bias=False) for size in sizes), torch_nn.RMSNorm(8192)]
        )

    with torch.device("meta"):
        module = torch_nn.ModuleList(block() for _ in range(80))
    tracemalloc.start()
    made = plan(module, {torch_nn.RMSNorm: "ones", "*": "he_normal"}, seed=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.nbytes > 250e9
    assert peak < 50e6
    assert made["40.6.weight"][1000:1010].shape == (10, 28672)


class Counting(dict[str, object]):
    """Counts how often somebody goes through all of it."""

    walks = 0

    def items(self):
        Counting.walks += 1
        return super().items()


def test_a_layer_of_many_parameters_is_not_walked_for_each_of_them(monkeypatch):
    """Thousands of parameters in one ParameterList take as long as in thousands of layers."""

    def walks(count):
        layer = torch_nn.ParameterList(torch.empty(2) for _ in range(count))
        layer._parameters = Counting(layer._parameters)
        monkeypatch.setattr(Counting, "walks", 0)
        plan(layer, {"*": "normal"}, seed=1)
        return Counting.walks

    assert 0 < walks(20) == walks(40)
