"""Rules: who claims what, and everything that can be wrong with them, by name and all at once."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import paraminit
from paraminit import Rule, plan
from paraminit.describe.initializers import Constant, HeNormal, Initializer, Normal, One, XavierUniform, Zero
from paraminit.errors import ArgumentTypeError, ArgumentValueError, PlanError, UnknownNameError


def net():
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.ModuleDict({"out": nn.Linear(4, 2)}))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 3)
        self.head = nn.Linear(3, 7, bias=False)
        self.head.weight = self.embed.weight


def initializers(module, rules, **options):
    made = plan(module, rules, **({"seed": 1} | options))
    return {name: made.entries[name].recipe and made[name].initializer for name in made.entries}


def problems(module, rules=None, **options):
    with pytest.raises(PlanError) as error:
        plan(module, rules, **({"seed": 1} | options))
    return error.value.problems


# ---- who claims what ------------------------------------------------------------------------------------

KEYS = {
    "exact": ("0.bias", {"0.bias"}),
    "everything": ("*", {"0.weight", "0.bias", "1.weight", "1.bias", "2.out.weight", "2.out.bias"}),
    "suffix": ("*.bias", {"0.bias", "1.bias", "2.out.bias"}),
    "across dots": ("2*weight", {"2.out.weight"}),
    "one character": ("?.bias", {"0.bias", "1.bias"}),
    "one of these": ("[12]*.bias", {"1.bias", "2.out.bias"}),
    "layer": (nn.Linear, {"0.weight", "0.bias", "2.out.weight", "2.out.bias"}),
    "base class": (nn.Module, {"0.weight", "0.bias", "1.weight", "1.bias", "2.out.weight", "2.out.bias"}),
    "layer and name": ((nn.Linear, "weight"), {"0.weight", "2.out.weight"}),
    "layer and pattern": ((nn.LayerNorm, "*"), {"1.weight", "1.bias"}),
    "function": (lambda name, parameter, module: parameter.shape == (4,), {"0.bias", "1.weight", "1.bias"}),
    "function of the layer": (
        lambda n, p, module: module.__class__.__name__ == "LayerNorm",
        {"1.weight", "1.bias"},
    ),
}


@pytest.mark.parametrize("form", KEYS)
def test_forms_of_keys(form):
    key, claimed = KEYS[form]
    found = initializers(net(), {key: 7.0}, default="keep")
    assert {name for name, init in found.items() if init is not None} == claimed


@pytest.mark.parametrize("name", ["weight", "bias"])
def test_a_leading_star_and_dot_match_the_outermost_module_too(name):
    """A Linear alone has a bias as well."""
    found = initializers(nn.Linear(2, 2), {f"*.{name}": 7.0}, default="keep")
    assert [key for key, init in found.items() if init is not None] == [name]


def test_the_first_match_wins():
    found = initializers(net(), {"0.bias": 1.0, "*.bias": 2.0, "*": 3.0})
    assert [init.value for init in found.values()] == [3, 1, 3, 2, 3, 2]


def test_what_a_rule_says():
    """The rule's label, the layer and the fans are in the plan."""
    made = plan(net(), {"*.bias": "zeros", (nn.Linear, "weight"): "he_normal", nn.LayerNorm: 1}, seed=1)
    entry = made.entries["2.out.weight"]
    assert (entry.rule, entry.layer, entry.fans, entry.why) == ("Linear.weight", "Linear", (4, 2), "")
    assert made.entries["0.bias"].rule == "*.bias"
    assert made.entries["1.weight"].rule == "LayerNorm"


VALUES = {
    "name": ("xavier_uniform", XavierUniform()),
    "initializer": (Normal(0.5), Normal(0.5)),
    "number": (0.5, Constant(0.5)),
    "tensor": (torch.arange(6.0).reshape(2, 3), Constant(np.arange(6, dtype=np.float32).reshape(2, 3))),
    "parameter on the CPU": (nn.Parameter(torch.ones(2, 3)), Constant(np.ones((2, 3), np.float32))),
    "rule": (Rule("ones"), One()),
}


@pytest.mark.parametrize("form", VALUES)
def test_forms_of_values(form):
    value, expected = VALUES[form]
    assert initializers(nn.Linear(3, 2, bias=False), {"weight": value}) == {"weight": expected}


def test_no_number_is_a_value_too():
    """NaN, which equals nothing, claims like any other constant."""
    assert np.isnan(plan(nn.Linear(2, 2), {"*": float("nan")})["weight"].values()).all()


def test_keep_and_torch():
    made = plan(net(), {"0.*": "keep", nn.LayerNorm: "torch", "*": "ones"})
    assert made.entries["0.weight"].recipe is None
    assert made["1.bias"].initializer == Zero()
    assert list(made) == ["1.weight", "1.bias", "2.out.weight", "2.out.bias"]


def test_defaults():
    assert initializers(net(), {"0.*": 1}, default="keep")["1.bias"] is None
    assert initializers(net(), {"0.*": 1}, default="torch")["1.bias"] == Zero()


def test_predicates_see_what_is_there():
    """Name, parameter and the layer it belongs to; their own errors say for which parameter."""
    seen = []
    module = net()
    plan(module, {lambda *each: seen.append(each): 1}, default="keep", unused="ignore")
    assert {name for name, *_ in seen} == {name for name, _ in module.named_parameters()}
    assert all(parameter is module.get_parameter(name) for name, parameter, _ in seen)
    assert {type(layer) for *_, layer in seen} == {nn.Linear, nn.LayerNorm}

    def broken(name, parameter, layer):
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as error:
        plan(module, {broken: 1})
    assert error.value.__notes__ == ["raised by the rule 'broken' for the parameter '0.weight'"]


# ---- tied parameters ------------------------------------------------------------------------------------


def test_tied_parameters_are_one():
    made = plan(Tied(), {"*": Normal(0.02)}, seed=1)
    assert list(made.entries) == ["embed.weight"]
    assert made.tied == {"head.weight": "embed.weight"}
    assert made["head.weight"] is made["embed.weight"]
    assert "head.weight" in made


@pytest.mark.parametrize(
    "rules",
    [
        {nn.Embedding: Normal(0.5), nn.Linear: "normal"},
        {"head.weight": Normal(0.5), "embed.weight": Normal(0.1)},
        {nn.Embedding: Normal(0.5), "*": Normal(0.5, 1.0)},
    ],
    ids=["layers", "names", "all others"],
)
def test_tied_parameters_claimed_by_different_rules(rules):
    (problem,) = problems(Tied(), rules)
    first, second = ("Embedding", "Linear") if nn.Linear in rules else ("embed.weight", "head.weight")
    second = "*" if "*" in rules else second
    first = "Embedding" if "*" in rules else first
    assert problem == (
        "'embed.weight' is one parameter under several names that different rules claim: 'embed.weight' by "
        f"{first!r}, 'head.weight' by {second!r}. Begin with a rule for the exact name 'embed.weight'."
    )


@pytest.mark.parametrize(
    "rules",
    [
        {nn.Embedding: Normal(0.5), nn.Linear: Normal(0.5)},
        {"head.weight": Normal(0.5), nn.Embedding: "normal"},
        {"embed.weight": Normal(0.5), "*": "he_normal"},
    ],
    ids=["same values", "exact name of the second", "exact name of the first"],
)
def test_tied_parameters_that_are_settled(rules):
    """By rules that say the same, or by an exact name."""
    assert initializers(Tied(), rules) == {"embed.weight": Normal(0.5)}


def test_a_rule_for_one_of_the_names_is_enough():
    assert initializers(Tied(), {nn.Linear: Normal(0.5)}) == {"embed.weight": Normal(0.5)}


def test_shared_layers_are_tied():
    layer = nn.Linear(2, 2)
    made = plan(nn.ModuleList([layer, layer]), {"1.bias": 3.0, "*": 1.0})
    assert made.tied == {"1.weight": "0.weight", "1.bias": "0.bias"}
    assert made["0.bias"].initializer == Constant(3.0)


# ---- what can be wrong ----------------------------------------------------------------------------------


UNCLAIMED = ". For what no rule claims give default='torch' or default='keep', or a rule '*'"


def test_unclaimed_parameters():
    assert problems(net(), {"*.weight": 1}) == (
        f"no rule claims '0.bias' of Linear, shape (4,){UNCLAIMED}",
        f"no rule claims '1.bias' of LayerNorm, shape (4,){UNCLAIMED}",
        f"no rule claims '2.out.bias' of Linear, shape (2,){UNCLAIMED}",
    )
    with pytest.raises(PlanError, match=r"(?s)default='keep'.* and 10 more, in this error's \.problems$"):
        plan(nn.Sequential(*(nn.Linear(1, 1) for _ in range(25))), seed=1)


def test_what_to_do_is_said_once():
    """In the message, with the first of its kind; .problems are whole sentences."""
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, bias=False))
    module.scale, module.shift = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    with pytest.raises(PlanError) as caught:
        plan(module, {"0.weight": 1, "s*": "torch"}, seed=1)
    own = "torch has no rule for {!r} of Sequential"
    assert str(caught.value).splitlines() == [
        "4 problems:",
        f"  'scale' of Sequential: {own.format('scale')}. Claim it by a rule, or 'keep' it.",
        f"  'shift' of Sequential: {own.format('shift')}",
        f"  no rule claims '0.bias' of Linear, shape (2,){UNCLAIMED}",
        "  no rule claims '1.weight' of Linear, shape (2, 2)",
    ]
    assert [problem.endswith(("'keep' it.", UNCLAIMED)) for problem in caught.value.problems] == [True] * 4
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_rule_that_is_none_is_the_only_problem():
    """It claims what it would claim; if that is not known, nothing is said to be unclaimed."""
    assert problems(net(), {"*.bias": "zeroes", "*": "xavier_uniform", "1.weight": 1}) == (
        "rule '*.bias': There is no initializer named 'zeroes'. Did you mean 'zeros' or 'zero' or 'zerorow'?",
        "'1.weight' of LayerNorm: XavierUniform needs a tensor of 2 or more dimensions to compute fan_in and "
        "fan_out, got shape (4,). Use 'zeros', Constant, Uniform or Normal for a bias or a scale.",
        "the rule '1.weight' is not used: '*' before it claims '1.weight' and all else it matches",
    )
    (problem,) = problems(net(), {"*.weight": 1, 7: 0})
    assert problem.startswith("rule '7': a key must be a parameter's name")
    shared = nn.Linear(2, 2, bias=False)
    (problem,) = problems(nn.ModuleList([shared, shared]), {"0.*": "zeroes", "1.*": 1})
    assert problem.startswith("rule '0.*': There is no initializer named 'zeroes'.")


@pytest.mark.parametrize("seed", ["x", 1.5, True])
def test_a_seed_that_is_none(seed):
    with pytest.raises(ArgumentTypeError, match=f"^plan: seed must be an int, got {seed!r} of type"):
        plan(net(), {"*": 1}, seed=seed)


def test_rules_that_claim_nothing():
    """Because nothing matches (near names are suggested), or because earlier rules claim it all."""
    rules = {"0.wieght": 1, nn.Conv2d: 1, "*": 2, "*.bias": 3}
    assert problems(net(), rules) == (
        "the rule '0.wieght' is not used: it matches no parameter. Did you mean '0.weight'?",
        "the rule 'Conv2d' is not used: it matches no parameter",
        "the rule '*.bias' is not used: '*' before it claims '0.bias' and all else it matches",
    )
    assert len(plan(net(), rules, unused="ignore")) == 6


def test_initializers_that_do_not_fit():
    """The parameter and the layer are named; all of them at once."""
    found = problems(net(), {"0.weight": torch.ones(2), "*": XavierUniform()})
    assert len(found) == 5
    assert found[0] == (
        "'0.weight' of Linear: Constant: the array of values has shape (2,), the parameter (4, 3)."
    )
    assert found[1] == (
        "'0.bias' of Linear: XavierUniform needs a tensor of 2 or more dimensions to compute fan_in and "
        "fan_out, got shape (4,). Use 'zeros', Constant, Uniform or Normal for a bias or a scale."
    )


def test_a_scale_of_two_dimensions_is_no_matrix():
    """LayerNorm over images: torch.nn.init would take its sides for fans."""
    (problem,) = problems(nn.LayerNorm((8, 9)), {"weight": "he_normal", "bias": "normal"})
    assert problem.startswith("'weight' of LayerNorm: it is a bias or a scale, no matrix. HeNormal needs")


WRONG = {
    "key": ({3: 1}, "rule '3': a key must be a parameter's name or a pattern such as '*.bias'"),
    "class": ({int: 1}, "rule 'int': a key must be a parameter's name"),
    "layer": ({nn.ReLU(): 1}, "rule 'a ReLU': a key must be a layer's class, not a layer: write ReLU, not"),
    "pair": ({(nn.Linear, 3): 1}, "rule 'Linear.3': a key must be"),
    "name": ({"*": "he_nromal"}, "rule '*': There is no initializer named 'he_nromal'. Did you mean"),
    "value": ({"*": None}, "rule '*': a value must be an Initializer, the name of one such as"),
    "class as a value": ({"*": HeNormal}, "Write HeNormal()."),
    "arguments missing": ({"*": "sparse"}, "rule '*': the initializer 'sparse' needs a value for sparsity"),
}


@pytest.mark.parametrize("form", WRONG)
def test_wrong_forms(form):
    rules, text = WRONG[form]
    assert text in problems(nn.Linear(1, 1), rules, default="keep")[0]


def test_all_problems_at_once():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))

    rules = {3: 1, "*.nothing": 1, "0.*": "xavier_uniform"}
    found = problems(nn.Sequential(nn.LayerNorm(2), Scale()), rules)
    assert len(found) == 1 + 2 + 1  # the key, two vectors, a rule not used; the key might claim the scale
    with pytest.raises(PlanError, match=r"^2 problems:\n  'weight' of LayerNorm: .*\n  'bias' of"):
        plan(nn.LayerNorm(2), {"*": "xavier_uniform"}, seed=1)


def test_a_long_list_is_cut():
    module = nn.Sequential(*(nn.ReLU() if n % 2 else nn.Linear(1, 1) for n in range(100)))
    with pytest.raises(PlanError) as error:
        plan(module, {})
    assert len(error.value.problems) == 100
    assert str(error.value).endswith("and 60 more, in this error's .problems")


@pytest.mark.parametrize(
    ("fans", "kind"),
    [
        *((fans, ArgumentTypeError) for fans in ((1, 2, 3), "shapes", (1.0, 2), 3, (True, 1))),
        ((0, 1), ArgumentValueError),
    ],
    ids=str,
)
def test_wrong_fans(fans, kind):
    with pytest.raises(kind, match=r"^Rule: fans must be"):
        Rule("ones", fans)


def test_fans_without_an_initializer():
    with pytest.raises(ArgumentValueError, match="'keep' takes no fans"):
        Rule("keep", (1, 2))


# ---- the other arguments --------------------------------------------------------------------------------


def test_no_module():
    with pytest.raises(
        ArgumentTypeError, match=r"must be a Cell or torch.nn.Module, got .* Build one: Linear"
    ):
        plan(nn.Linear, {})
    with pytest.raises(ArgumentTypeError, match="got 3 of type int"):
        plan(3, {})

    with pytest.raises(ArgumentTypeError) as caught:
        plan(net().state_dict(), {})
    assert str(caught.value) == (
        "plan: module must be a Cell or torch.nn.Module, got OrderedDict. Give the module itself, not its "
        "state_dict()."
    )


def test_no_mapping():
    with pytest.raises(ArgumentTypeError, match="rules must be a mapping such as"):
        plan(nn.Linear(1, 1), [("*", 1)])


def test_layers_and_parameters_are_no_keys():
    """Though a layer can be called; what it holds is not printed."""
    module = net()
    ends = {
        module[0]: "a key must be a layer's class, not a layer: write Linear, not Linear(...).",
        module[0].weight: "got a Parameter of type Parameter. Give its name.",
    }
    for key, end in ends.items():
        (problem,) = problems(module, {key: 1, "*": "keep"})
        assert problem.startswith(f"rule 'a {type(key).__name__}': a key must be")
        assert problem.endswith(end)
        assert "tensor(" not in problem


def test_a_name_that_looks_like_a_pattern():
    module = nn.Module()
    module.register_parameter("w[0]", nn.Parameter(torch.empty(2)))
    assert plan(module, {"w[0]": 0.5})["w[0]"].initializer == Constant(0.5)


@pytest.mark.parametrize(("value", "said"), [(None, "None"), (nn.init.normal_, "normal_")])
def test_values_that_are_none(value, said):
    (problem,) = problems(net(), {"*": value})
    assert problem.startswith("rule '*': a value must be an Initializer, the name of one such as 'normal'")
    assert f"'torch', 'keep' or a Rule, got {said} of type" in problem


@pytest.mark.parametrize("default", ["zeros", Normal(0.5)])
def test_an_initializer_is_no_default(default):
    with pytest.raises(ArgumentValueError) as caught:
        plan(net(), {}, default=default)
    assert str(caught.value) == (
        f"plan: default must be 'error', 'torch' or 'keep', got the initializer {default!r}. Give that to "
        "all other parameters by a last rule '*'."
    )


def test_parts_of_a_parametrization():
    """The message says what to do; doing it helps."""
    normed = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 2)))
    found = problems(normed, default="torch")
    assert [problem.split("'")[1].rpartition(".")[2] for problem in found] == ["original0", "original1"]
    for problem in found:
        assert (
            ". A parametrization computes its weight from this and more. Claim each part by a rule" in problem
        )
    rules = {"*.original0": "ones", "*.original1": "he_uniform"}
    assert repr(rules) in found[0]
    assert len(plan(normed, rules, default="torch", seed=1)) == 3
    assert len(plan(normed, {"*.original?": "keep"}, default="torch", seed=1)) == 1


@pytest.mark.parametrize("argument", ["default", "unused"])
def test_unknown_options(argument):
    with pytest.raises(UnknownNameError, match=f"There is no {argument} of plan named 'ignroe'"):
        plan(nn.Linear(1, 1), {}, **{argument: "ignroe"})


def test_seeds():
    """Given; or the global one; needed only for random values."""
    layer = nn.Linear(2, 2)
    (problem,) = problems(layer, {"*": "normal"}, seed=None)
    assert problem == "random values need a seed: give plan(..., seed=...) or call set_seed first"
    assert plan(layer, {"*": "ones"}).seed is None
    assert plan(layer, {"*": Normal().with_seed(3)}).seed is None
    paraminit.set_seed(5)
    assert plan(layer, {"*": "normal"}) == plan(layer, {"*": "normal"}, seed=5)
    assert plan(layer, {"*": "normal"}, seed=6) != plan(layer, {"*": "normal"}, seed=5)
    for seed, kind in ((-1, ArgumentValueError), (2**64, ArgumentValueError), (1.0, ArgumentTypeError)):
        with pytest.raises(kind):
            plan(layer, {"*": "ones"}, seed=seed)


def test_modules_without_parameters():
    assert len(plan(nn.ReLU())) == 0
    assert problems(nn.ReLU(), {"*": 1}) == ("the rule '*' is not used: it matches no parameter",)


class Odd(nn.Module):
    def __init__(self, parameter):
        super().__init__()
        self.odd = parameter


def test_odd_parameters():
    """Integers, quantized and sparse tensors, dtypes that NumPy has not, DeepSpeed's placeholders."""
    integers = Odd(nn.Parameter(torch.zeros(2, dtype=torch.int32), requires_grad=False))
    assert plan(integers, {"odd": 3})["odd"].values().tolist() == [3, 3]
    assert plan(integers, {"odd": "keep"}).entries["odd"].dtype == np.int32
    assert (
        "'odd' of Odd: Normal(sigma=0.01, mean=0.0) makes random real numbers, which int32 cannot hold"
        in (problems(integers, {"odd": "normal"})[0])
    )
    sparse = Odd(nn.Parameter(torch.eye(2).to_sparse()))
    assert "it is sparse (torch.sparse_coo) and cannot be filled" in problems(sparse, {"odd": "normal"})[0]
    assert plan(sparse, {"odd": "keep"}).entries["odd"].shape == (2, 2)
    nested = Odd(
        nn.Parameter(torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)], layout=torch.jagged))
    )
    for rule in ("ones", "keep"):
        assert "it is a nested tensor, which has not one shape" in problems(nested, {"odd": rule})[0]
    assert "no rule claims 'odd' of Odd, a nested tensor" in problems(nested, {})[0]
    strange = Odd(nn.Parameter(torch.zeros(2).to(torch.float8_e8m0fnu), requires_grad=False))
    for rule in ("ones", "keep"):
        assert problems(strange, {"odd": rule}) == (
            "'odd' of Odd: it is torch.float8_e8m0fnu, which plans do not know. Make it a buffer: those are "
            "left alone.",
        )
    placeholder = nn.Parameter(torch.zeros(0))
    placeholder.ds_shape = torch.Size([3, 4])
    assert "it is DeepSpeed's placeholder" in problems(Odd(placeholder), {"odd": "ones"})[0]
    assert (
        "torch has no rule for 'odd' of Odd" in problems(Odd(nn.Parameter(torch.ones(1))), default="torch")[0]
    )


def test_parameters_of_unknown_layers_have_the_fans_of_their_shape():
    made = plan(Odd(nn.Parameter(torch.ones(3, 5))), {"*": "he_normal"}, seed=1)
    assert made["odd"].fans == (5, 3)
    assert made.entries["odd"].why == "by the shape"


def test_nothing_is_changed_or_drawn():
    """Neither the module nor a generator."""
    module = net()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    numpy_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()
    plan(module, {"*": Normal()}, seed=1)
    assert all((before[name] == value).all() for name, value in module.state_dict().items())
    assert (np.random.get_state()[1] == numpy_state).all()
    assert (torch.get_rng_state() == torch_state).all()


def test_an_initializer_of_ones_own():
    class Own(Initializer):
        def _initialize(self, arr):
            arr[...] = np.random.random(arr.shape)

    made = plan(nn.Linear(3, 2), {"weight": Own(), "bias": 0}, seed=1)
    assert made["weight"].settled
    assert not made["weight"].divisible
    assert made["weight"][1:].tobytes() == made["weight"].values()[1:].tobytes()


def test_flat_parameters_of_fsdp_are_refused():
    """Each process has another piece of them under one name: they would start alike."""
    flat = nn.Parameter(torch.zeros(8))
    flat._fsdp_flattened = True
    for rule in ("normal", "keep"):
        assert problems(Odd(flat), {"odd": rule})[0].startswith(
            "'odd' of Odd: it is part of a flat parameter of FullyShardedDataParallel, of which each process"
        )


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
def test_scripted_modules_are_claimed_by_name():
    scripted = torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)))
    assert "torch has no rule for 'weight' of RecursiveScriptModule" in problems(scripted, default="torch")[0]
    expected = plan(nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)), {"*": "normal"}, seed=1)
    plan(scripted, {"*": "normal"}, seed=1).apply(scripted)
    for name, parameter in scripted.named_parameters():
        assert (parameter.detach().numpy() == expected[name].values()).all(), name
