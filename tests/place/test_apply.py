"""Plan.apply in one process: what it writes, what it leaves alone, and what it refuses."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn

import paraminit
from paraminit.describe.initializers import (
    HeNormal,
    Identity,
    Initializer,
    Normal,
    One,
    Orthogonal,
    TruncatedNormal,
    Uniform,
    Zero,
)
from paraminit.describe.plan import Plan
from paraminit.describe.plan_entry import Entry
from paraminit.describe.recipe import Recipe
from paraminit.dtype import array_over, numpy_dtype
from paraminit.errors import ArgumentTypeError, ArgumentValueError, PlanError, UnknownNameError
from paraminit.fill import writers
from paraminit.fill.keys import key_by_name
from paraminit.place import write as writing

DTYPES = ["float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]


class Drawn(Initializer):
    """Custom, as in the tutorial."""

    def _initialize(self, arr):
        arr[...] = np.random.normal(0, 0.1, arr.shape)


class Failing(Initializer):
    def _initialize(self, arr):
        raise RuntimeError("out of ideas")


LAWS = [One(), Uniform(0.5), Normal(0.02), TruncatedNormal(0.1), Identity(), Orthogonal(), Drawn()]


def planned(module: nn.Module, init: Initializer | dict[str, Initializer | None] | None = None) -> Plan:
    entries = {}
    for name, p in module.named_parameters():
        chosen = init.get(name, Normal(0.5)) if isinstance(init, dict) else init or Normal(0.5)
        shape, dtype = tuple(p.shape), numpy_dtype(p.dtype)
        recipe = None if chosen is None else Recipe(chosen, shape, dtype, key_by_name(1, name))
        entries[name] = Entry(shape, dtype, "*", recipe)
    return Plan(entries, 1)


def holding(tensor: torch.Tensor) -> nn.Module:
    module = nn.Module()
    module.register_parameter("weight", nn.Parameter(tensor, requires_grad=tensor.is_floating_point()))
    return module


def bits(tensor: torch.Tensor) -> bytes:
    return array_over(tensor.detach().cpu().contiguous()).tobytes()


def refused(plan: Plan, module: nn.Module, **where: object) -> tuple[str, ...]:
    """The problems that apply finds, after making sure that it changes nothing."""
    before = {name: None if p.is_meta else bits(p) for name, p in module.named_parameters()}
    with pytest.raises(PlanError) as caught:
        plan.apply(module, **where)
    after = {name: None if p.is_meta else bits(p) for name, p in module.named_parameters()}
    assert after == before
    return caught.value.problems


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("init", LAWS, ids=lambda init: type(init).__name__)
def test_memory_holds_the_recipes_values(init, dtype):
    module = holding(torch.zeros(6, 5, dtype=getattr(torch, dtype)))
    plan = planned(module, init)
    plan.apply(module)
    assert bits(module.weight) == plan["weight"].values().tobytes()
    assert module.weight.dtype is getattr(torch, dtype)


LAYOUTS = {
    "transposed": lambda: torch.zeros(5, 6).t(),
    "channels last": lambda: torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last),
    "every other": lambda: torch.zeros(12, 5)[::2],
    "a column": lambda: torch.zeros(7, 3)[:, 1],
    "scalar": lambda: torch.zeros(()),
    "empty": lambda: torch.zeros(0, 3),
    "empty inside": lambda: torch.zeros(3, 0, 2).transpose(0, 2),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("init", [Normal(0.5), Drawn()], ids=["normal", "custom"])
@pytest.mark.parametrize("step", [1, 7, 1 << 22])
def test_any_layout(layout, init, step, monkeypatch):
    monkeypatch.setattr(writing, "STEP", step)  # pieces of this size where values are made beside
    tensor = LAYOUTS[layout]()
    module = holding(tensor)
    plan = planned(module, init)
    plan.apply(module)
    assert bits(module.weight) == plan["weight"].values().tobytes()
    assert module.weight.data_ptr() == tensor.data_ptr()
    assert module.weight.stride() == tensor.stride()


def test_what_lies_between_strided_elements_stays():
    storage = torch.full((12, 5), 7.0)
    module = holding(storage[::2])
    planned(module).apply(module)
    assert storage[1::2].eq(7).all()
    assert not storage[::2].eq(7).any()


def test_strided_memory_is_filled_within_bounded_memory(monkeypatch):
    monkeypatch.setattr(writing, "STEP", 1 << 14)
    module = holding(torch.zeros(1000, 1000).t())
    plan = planned(module)
    plan.apply(module)
    tracemalloc.start()
    plan.apply(module)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000  # of 4,000,000 bytes of values


def test_values_depend_on_the_name_alone():
    small, large = nn.ModuleDict({"a": nn.Linear(4, 4)}), nn.ModuleDict()
    large["before"], large["a"] = nn.Linear(9, 9), nn.Linear(4, 4)
    for module in (small, large):
        paraminit.initialize(module, {"*": Normal(0.1)}, seed=5)
    assert small["a"].weight.equal(large["a"].weight)
    assert not small["a"].weight.equal(nn.Linear(4, 4).weight)


# -- the objects stay -----------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_objects_flags_hooks_and_optimizers_stay(device):
    module = nn.Linear(3, 2, device=device)
    module.bias.requires_grad_(False)
    module.weight.note = "kept"
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    called = []
    module.weight.register_hook(lambda grad: called.append("hook"))
    module.weight.register_post_accumulate_grad_hook(lambda p: called.append("after"))
    objects = dict(module.named_parameters())
    planned(module).apply(module, device="cpu")
    for name, p in module.named_parameters():
        assert p is objects[name]
        assert type(p) is nn.Parameter
        assert p.is_leaf
    assert module.weight.requires_grad
    assert not module.bias.requires_grad
    assert module.weight.note == "kept"
    before = module.weight.detach().clone()
    module(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    assert called == ["hook", "after"]
    assert module.weight.equal(before - 1)


def test_meta_keeps_strides_and_default_device_does_not_matter():
    module = holding(torch.empty(2, 3, 4, 5, device="meta").to(memory_format=torch.channels_last))
    with torch.device("meta"):
        planned(module).apply(module, device="cpu")
    assert module.weight.is_contiguous(memory_format=torch.channels_last)
    assert bits(module.weight) == planned(module)["weight"].values().tobytes()


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_ties_stay_ties(device):
    def tied():
        net = nn.Sequential(nn.Embedding(5, 3, device=device), nn.Linear(3, 5, bias=False, device=device))
        net[1].weight = net[0].weight
        return net

    net = tied()
    ledger = paraminit.plan(net, {"*": "normal"}, seed=1).apply(net, device="cpu")
    assert net[1].weight is net[0].weight
    assert ledger.tied == {"1.weight": "0.weight"}
    assert ledger["1.weight"] is ledger["0.weight"]
    assert list(ledger) == ["0.weight"]


def test_shared_modules_are_filled_once():
    shared = nn.Linear(3, 3)
    net = nn.ModuleDict({"a": shared, "b": shared})
    ledger = paraminit.plan(net, {"*": "normal"}, seed=1).apply(net)
    assert set(ledger) == {"a.weight", "a.bias"}
    assert set(ledger.tied) == {"b.weight", "b.bias"}


def test_autograd_notices_that_values_changed():
    module = holding(torch.ones(3, 3))
    loss = (module.weight**2).sum()
    planned(module).apply(module)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_under_inference_mode_parameters_can_still_be_trained():
    module = nn.Linear(2, 2, device="meta")
    with torch.inference_mode():
        planned(module).apply(module, device="cpu")
    module(torch.ones(1, 2)).sum().backward()
    assert module.weight.grad is not None


def test_inference_tensors_are_filled():
    with torch.inference_mode():
        module = holding(torch.zeros(3))
    planned(module).apply(module)
    assert module.weight.all()


def test_kept_parameters_are_untouched():
    module = nn.Linear(3, 2)
    before = bits(module.bias)
    ledger = planned(module, {"bias": None}).apply(module)
    assert bits(module.bias) == before
    assert [record.action for record in ledger.values()] == ["filled", "kept"]
    assert ledger["bias"].nbytes == 0


# -- refusals, all before the first write ---------------------------------------------------------


def test_everything_that_does_not_fit_is_named_at_once():
    plan = planned(nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.Linear(2, 2), "gone": nn.Linear(1, 1)}))
    other = nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.Linear(4, 2), "new": nn.Linear(1, 1, bias=False)})
    other["a"].half()
    assert refused(plan, other) == (
        "'a.weight' is float16 (2, 3) in the module and float32 (2, 3) in the plan",
        "'a.bias' is float16 (2,) in the module and float32 (2,) in the plan",
        "'b.weight' is float32 (2, 4) in the module and float32 (2, 2) in the plan",
        "'gone.weight' is in the plan and not in the module",
        "'gone.bias' is in the plan and not in the module",
        "'new.weight' is in the module and not in the plan",
    )


def test_meta_needs_a_device_and_a_rule():
    module = nn.Linear(2, 2, device="meta")
    assert refused(planned(module), module)[0].startswith("'weight' is on the meta device and has no memory")
    problems = refused(planned(module, {"bias": None}), module, device="cpu")
    assert problems == ("'bias' is to keep its values and has none (meta device); give it a rule in a plan",)
    assert module.weight.is_meta


@pytest.mark.parametrize("device", ["meta", "cuda:77", "nowhere", "hpu", "vulkan"])
def test_impossible_devices(device):
    module = nn.Linear(2, 2, device="meta")
    with pytest.raises(ArgumentValueError, match=f"Plan.apply: device='?{device}|device '{device}'"):
        planned(module).apply(module, device=device)
    assert module.weight.is_meta


def test_a_plan_may_have_entries_for_buffers():
    module = nn.BatchNorm1d(3, device="meta")
    entries = dict(planned(module).entries)
    for name, init in (("running_mean", One()), ("running_var", Zero()), ("num_batches_tracked", One())):
        buffer = getattr(module, name)
        shape, dtype = tuple(buffer.shape), numpy_dtype(buffer.dtype)
        entries[name] = Entry(shape, dtype, "by hand", Recipe(init, shape, dtype))
    ledger = Plan(entries, 1).apply(module, device="cpu")
    assert module.running_mean.tolist() == [1, 1, 1]
    assert module.running_var.tolist() == [0, 0, 0]
    assert module.num_batches_tracked.item() == 1
    assert set(module.state_dict()) == set(entries) == set(ledger)
    assert ledger.buffers == {}


def test_buffers_with_values_are_left_alone():
    module = nn.BatchNorm1d(3)
    module.running_mean.fill_(5)
    planned(module).apply(module)
    assert module.running_mean.tolist() == [5, 5, 5]


@pytest.mark.parametrize(
    ("tensor", "problem"),
    [
        (lambda: torch.eye(3).to_sparse(), "is a torch.sparse_coo of torch.float32, whose memory cannot"),
        (lambda: torch.zeros(1, 3).expand(4, 3), "is expanded or the like: elements of it share memory"),
        (lambda: torch.zeros(10).as_strided((4, 4), (2, 1)), "is expanded or the like"),
        (lambda: torch.zeros(3, dtype=torch.complex64).conj(), "is a view that conjugates or negates"),
        (lambda: torch.zeros(3, dtype=torch.complex64).conj().imag, "is a view that conjugates or negates"),
    ],
    ids=["sparse", "expanded", "overlapping", "conjugate", "negative"],
)
def test_memory_that_cannot_be_filled(tensor, problem):
    module = nn.Module()
    module.weight = nn.Parameter(tensor())
    dtype = numpy_dtype(module.weight.dtype)
    plan = Plan({"weight": Entry(tuple(module.weight.shape), dtype, "*", Recipe(One(), (3,), dtype))}, 1)
    with pytest.raises(PlanError, match=f"'weight' {problem}"):
        plan.apply(module)


def test_tensors_that_are_none_or_have_no_shape_yet():
    recipe = Recipe(One(), (2,), np.dtype("float32"))
    plan = Plan({"weight": Entry((2,), recipe.dtype, "*", recipe)}, 1)
    with torch.device("cpu"):
        lazy = nn.LazyLinear(2, bias=False)
    with pytest.raises(PlanError, match="'weight' has no shape yet; run the module once"):
        plan.apply(lazy)
    from torch._subclasses import FakeTensorMode

    with FakeTensorMode():
        fake = nn.Linear(2, 1, bias=False)
    with pytest.raises(PlanError, match=r"'weight' is a .*whose memory cannot be filled"):
        plan.apply(fake)
    odd = nn.Module()
    odd.weight = nn.Parameter(torch.empty(2, dtype=torch.float8_e8m0fnu), requires_grad=False)
    with pytest.raises(PlanError, match=r"'weight' is torch.float8_e8m0fnu, which cannot be filled"):
        plan.apply(odd)


def test_ties_must_agree():
    together = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    apart = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    together[1].weight = together[0].weight
    assert refused(paraminit.plan(together, {"*": "normal"}, seed=1), apart) == (
        "'1.weight' is tied to '0.weight' in the plan and not here; tie it again",
    )
    assert refused(paraminit.plan(apart, {"*": "normal"}, seed=1), together) == (
        "'1.weight' and '0.weight' are one tensor in the module and two in the plan",
    )
    apart[1].weight.data = apart[0].weight.data
    assert refused(paraminit.plan(apart, {"*": "normal"}, seed=1), apart) == (
        "'1.weight' and '0.weight' are two tensors over the same memory; make them one",
    )


def test_equal_random_numbers_are_refused():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    seeded = Normal(0.5).with_seed(3)
    plan = paraminit.plan(net, {"*.weight": seeded, "*": "zeros"}, seed=1)
    (problem,) = refused(plan, net)
    assert problem.startswith("'1.weight' and '0.weight' would start with the same random numbers (Normal(")
    same_law = {"0.weight": seeded, "1.weight": HeNormal(nonlinearity="linear").with_seed(3), "*": "zeros"}
    net[1].weight = nn.Parameter(torch.empty(3, 4))
    (problem,) = refused(paraminit.plan(net, same_law, seed=1), net)
    assert problem.startswith("'1.weight' and '0.weight' would start with the same random numbers (HeNormal(")
    paraminit.plan(net, {"*": "zeros"}, seed=1).apply(net)  # equal constants are nothing bad


def test_random_values_need_a_key():
    module = holding(torch.zeros(3))
    recipe = Recipe(Normal(0.5), (3,), np.dtype("float32"))
    plan = Plan({"weight": Entry((3,), recipe.dtype, "*", recipe)}, None)
    assert refused(plan, module) == (
        "'weight' is to hold random values and its recipe has no key; plan with a seed",
    )


def test_a_module_is_needed():
    with pytest.raises(ArgumentTypeError, match=r"Plan\.apply needs a Cell or torch module, got list"):
        planned(nn.Linear(1, 1)).apply([])


@pytest.mark.parametrize("where", ["cpu", "meta", "cell"])
def test_a_failing_initializer_leaves_everything_as_it_was(where):
    """Whatever stands before it, built-in or custom, with memory or without."""
    if where == "cell":
        with paraminit.no_init_parameters():
            net = paraminit.nn.SequentialCell(paraminit.nn.Dense(2, 2), paraminit.nn.Dense(2, 2))
    else:
        net = nn.Sequential(
            nn.Linear(2, 2, device=where), nn.BatchNorm1d(2, device=where), nn.Linear(2, 2, device=where)
        )
        net[1].momentum = None
    last = list(dict(net.named_parameters()))[-2]
    plan = planned(net, {last: Failing(), "0.bias": Drawn()})
    before = None if where != "cpu" else {name: bits(p) for name, p in net.named_parameters()}
    with pytest.raises(RuntimeError, match="out of ideas") as caught:
        plan.apply(net, device="cpu")
    assert caught.value.__notes__[-2:] == [f"while making {last!r}", "the network is unchanged"]
    if where == "cpu":
        assert {name: bits(p) for name, p in net.named_parameters()} == before
    else:
        assert all(p.has_init if where == "cell" else p.is_meta for p in net.parameters())
        assert all(buffer.is_meta for buffer in net.buffers())
    planned(net, {"0.bias": Drawn()}).apply(net, device="cpu")
    assert not any(tensor.is_meta for tensor in (*net.parameters(), *net.buffers()))


def no_memory(*args):
    raise MemoryError("no room")


@pytest.mark.parametrize("where", ["cpu", "meta"])
def test_an_error_of_a_fill_names_the_parameter(where, monkeypatch):
    net = nn.Sequential(nn.Linear(2, 2, device=where), nn.Linear(2, 2, device=where))
    plan = planned(net, {"1.weight": Identity()})
    monkeypatch.setattr(writers, "cast_into", no_memory)
    with pytest.raises(MemoryError) as caught:
        plan.apply(net, device="cpu")
    unchanged = ["the network is unchanged"] if where == "meta" else []
    assert caught.value.__notes__ == ["while making '1.weight'", *unchanged]


def test_autograd_notices_what_was_written_before_an_error(monkeypatch):
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    inputs, before = torch.ones(3, 2, requires_grad=True), bits(net[0].weight)
    loss = net[0](inputs).sum()
    plan = planned(net, {"0.weight": Orthogonal(), "1.weight": Identity()})
    monkeypatch.setattr(writers, "cast_into", no_memory)
    with pytest.raises(MemoryError):
        plan.apply(net)
    assert bits(net[0].weight) != before
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_graph_over_the_meta_device_is_noticed_first():
    net = nn.Sequential(nn.Linear(2, 2, device="meta"), nn.Linear(2, 2, device="meta"))
    kept = (net[1].weight ** 2).sum()
    assert refused(planned(net), net, device="cpu") == (
        "'1.weight' cannot get memory in place: a graph holds it; apply the plan before using it",
    )
    del kept
    planned(net).apply(net, device="cpu")


def test_what_is_kept_may_be_of_any_kind():
    """Adapters over a base that is quantized, sparse or of another class."""
    net = nn.Linear(3, 2)
    net.register_parameter("base", nn.Parameter(torch.eye(3).to_sparse(), requires_grad=False))
    ledger = paraminit.initialize(net, {"base": "keep", "*": "normal"}, seed=1)
    assert ledger["base"].action == "kept"
    assert net.base.is_sparse


def test_weak_references_are_noticed_first():
    import weakref

    net = nn.Sequential(nn.Linear(2, 2, device="meta"), nn.Linear(2, 2, device="meta"))
    watcher = weakref.ref(net[1].weight)
    (problem,) = refused(planned(net), net, device="cpu")
    assert problem.startswith("'1.weight' cannot get memory in place: weak references to it exist")
    assert watcher() is net[1].weight


# -- Cells ----------------------------------------------------------------------------------------


def test_pending_parameters_are_filled_in_place():
    with paraminit.no_init_parameters():
        net = paraminit.nn.SequentialCell(paraminit.nn.Dense(4, 3), paraminit.nn.Dense(3, 2))
    objects = list(net.get_parameters())
    optimizer = torch.optim.SGD(objects, lr=0.1)
    plan = paraminit.plan(net, {"*": "normal"}, seed=1)
    state = np.random.get_state()[2]
    plan.apply(net)
    assert np.random.get_state()[2] == state  # no key of the order is used up
    for (name, p), before in zip(net.named_parameters(), objects, strict=True):
        assert p is before
        assert type(p) is paraminit.Parameter
        assert not p.has_init
        assert p.name == name
        assert p.recipe == plan[name]
        assert bits(p) == plan[name].values().tobytes()
    assert net[0]._recipes["weight"] == plan["0.weight"]
    net(torch.ones(1, 4)).sum().backward()
    optimizer.step()


# -- the ledger -----------------------------------------------------------------------------------


def test_ledger_prints_as_a_table():
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5))
    net[1].weight = net[0].weight
    plan = paraminit.plan(net, {"*.bias": "keep", nn.Embedding: Normal(0.5)}, seed=1)
    ledger = plan.apply(net)
    *rows, blank, summary = str(ledger).split("\n")
    assert rows == [
        "name      shape  dtype    rule       initializer",
        "0.weight  5 x 3  float32  Embedding  Normal(0.5)",
        "1.weight                             tied to 0.weight",
        "1.bias    5      float32  *.bias     keep",
    ]
    assert blank == ""
    assert re.fullmatch(r"1 filled, 1 kept, 1 tied: 60 bytes in \S+ s", summary)
    assert repr(ledger) == f"<Ledger: {summary}>"
    assert ledger.seconds >= 0
    assert ledger.nbytes == 60
    with pytest.raises(UnknownNameError, match=r"Did you mean '0\.weight'"):
        ledger["0.wieght"]


def test_digests_do_not_depend_on_layout_and_notice_a_change(monkeypatch):
    flat, turned = holding(torch.zeros(6, 5)), holding(torch.zeros(5, 6).t())
    ledgers = [planned(module).apply(module) for module in (flat, turned)]
    digest = ledgers[0].digest("weight")
    assert re.fullmatch("[0-9a-f]{32}", digest)
    assert ledgers[0].digests() == ledgers[1].digests() == {"weight": digest}
    monkeypatch.setattr(writing, "STEP", 7)
    assert ledgers[1].digest("weight") == digest
    with torch.no_grad():
        flat.weight[5, 4] += 1
    assert ledgers[0].digest("weight") != digest


def test_progress_goes_to_the_error_stream(capsys):
    module = nn.Linear(3, 2)
    planned(module).apply(module)
    assert capsys.readouterr() == ("", "")
    planned(module).apply(module, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "32/32 bytes" in err


def test_initialize_plans_and_applies():
    module, again = nn.Linear(3, 2), nn.Linear(3, 2, device="meta")
    rules = {"bias": "zeros", "*": "he_normal"}
    ledger = paraminit.initialize(module, rules, seed=4)
    assert paraminit.initialize(again, rules, seed=4, device="cpu").digests() == ledger.digests()
    assert again.weight.equal(module.weight)
    with pytest.raises(PlanError, match="no rule claims 'bias'"):
        paraminit.initialize(module, {"weight": "normal"}, seed=4)
