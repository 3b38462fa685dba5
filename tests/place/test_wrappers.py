"""Wrappers leave names, and with them values, as they are: torch.compile, data parallelism, checkpointing."""

from __future__ import annotations

import itertools

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper, offload_wrapper
from torch.distributed.checkpoint.state_dict import get_model_state_dict
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils.parametrizations import weight_norm

import paraminit
from paraminit import Rule
from paraminit import nn as cells
from paraminit.describe import meaning
from paraminit.describe.meaning import places_in
from paraminit.describe.paths import Located, modules_in
from paraminit.errors import ParameterNameError, PlanError

RULES = {
    "tokens.weight": "xavier_normal",  # of the head too
    "*bias": "uniform",
    "block.?.w*": "ones",
    "attention.*": "he_normal",
    (nn.Linear, "weight.original*"): "normal",
    nn.Linear: Rule("he_uniform"),
}


class Net(nn.Module):
    """Names by which a layer's fans are known, a tie, a parametrization, and attributes called like those of
    wrappers."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(10, 4)
        self.attention = nn.MultiheadAttention(4, 2)
        self.qkv = nn.Linear(4, 12)
        self.block = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
        self.module = nn.Linear(4, 4)
        self._orig_mod = nn.ModuleDict({"module": nn.Linear(4, 3)})
        self._checkpoint_wrapped_module = nn.Linear(4, 4)
        self.normed = weight_norm(nn.Linear(4, 4))
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.tokens.weight


@pytest.fixture(scope="module")
def _process_group():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


pytestmark = [
    pytest.mark.usefixtures("_process_group"),
    # torch's own, as it loads its compiler
    pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning"),
]


def children(wrap):
    """Every layer of a network, at any depth, in a wrapper of its own."""

    def wrap_all(net: nn.Module) -> nn.Module:
        for parent in list(net.modules()):
            for name, child in list(parent.named_children()):
                if not isinstance(child, nn.ModuleList | nn.ModuleDict):  # whose items torch looks up
                    setattr(parent, name, wrap(child))
        return net

    return wrap_all


WRAPS = {
    "compile": torch.compile,
    "DistributedDataParallel": DistributedDataParallel,
    "DataParallel": nn.DataParallel,
    "checkpoint": checkpoint_wrapper,
    "offload": offload_wrapper,
    "all of them": lambda net: DistributedDataParallel(torch.compile(checkpoint_wrapper(net))),
    "compiled twice": lambda net: torch.compile(nn.DataParallel(torch.compile(net))),
    "children compiled": children(torch.compile),
    "children in three": children(lambda net: torch.compile(nn.DataParallel(checkpoint_wrapper(net)))),
    "both": lambda net: torch.compile(children(checkpoint_wrapper)(net)),
}
every_wrap = pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)


def told_of(net: nn.Module) -> list[tuple[object, ...]]:
    """All that rules and layers' meanings can look at."""
    return [(p.name, p.path, p.layer, p.attribute, id(p.parameter), p.above) for p in places_in(net)]


def values(net: nn.Module) -> list[bytes]:
    return [p.parameter.detach().numpy().tobytes() for p in places_in(net)]


@every_wrap
def test_what_stands_where_is_the_same(wrap):
    net = Net()
    before, bare = told_of(net), len(list(net.modules()))
    wrapped = wrap(net)
    assert len(list(wrapped.modules())) > bare
    assert told_of(wrapped) == before


@every_wrap
def test_bits(wrap):
    bare, wrapped = Net(), wrap(Net())
    made, of_wrapped = (paraminit.plan(net, RULES, seed=1) for net in (bare, wrapped))
    assert made == of_wrapped
    assert not made.diff(of_wrapped)
    assert str(made) == str(of_wrapped)
    one, other = made.apply(bare), of_wrapped.apply(wrapped)
    assert list(one) == list(other) == list(made.entries)
    assert one.tied == other.tied == {"head.weight": "tokens.weight"}
    assert one.digests() == other.digests()
    assert values(bare) == values(wrapped)


@every_wrap
def test_a_plan_fits_with_and_without(wrap):
    bare, wrapped, wrapped_later = Net(), wrap(Net()), Net()
    paraminit.plan(wrapped, RULES, seed=1).apply(bare)
    paraminit.plan(wrapped_later, RULES, seed=1).apply(wrapped)
    assert values(bare) == values(wrapped)
    paraminit.initialize(wrapped_later, RULES, seed=1)
    assert values(wrap(wrapped_later)) == values(bare)


@every_wrap
def test_torchs_own_rule(wrap):
    """Which looks at layers around a layer and at what it is called."""
    rules = {"normed.parametrizations.*": "keep", "*": "torch"}
    bare = paraminit.plan(Net(), rules, seed=1)
    assert paraminit.plan(wrap(Net()), rules, seed=1) == bare
    assert bare.entries["qkv.weight"].why == "each of 3 projections"


def test_messages_name_without_wrappers():
    net = WRAPS["children in three"](Net())
    with pytest.raises(PlanError) as caught:
        paraminit.plan(net, {"block.?.weight": "ones"}, seed=1)
    assert caught.value.problems[0].startswith("no rule claims 'tokens.weight' of Embedding, shape (10, 4).")
    assert not any("_orig_mod.block" in p or "tokens._" in p for p in caught.value.problems)
    assert not any("claims 'block.0.weight'" in problem for problem in caught.value.problems)


OWN = ("module.weight", "_orig_mod.module.weight", "_checkpoint_wrapped_module.weight")


@every_wrap
def test_ones_own_attributes_stay(wrap):
    assert_own_attributes_stay(wrap)


def assert_own_attributes_stay(wrap):
    entries = paraminit.plan(wrap(Net()), {"*": "zeros"}).entries
    assert [name for name in entries if name in OWN] == list(OWN)
    assert "block.0.weight" in entries


def stripped(net: nn.Module) -> list[Located]:
    """Wrong: by the string."""
    wrappers = ("_orig_mod", "module", "_checkpoint_wrapped_module")
    return [
        one._replace(path=".".join(step for step in one.path.split(".") if step not in wrappers))
        for one in not_stripped(net)
    ]


def not_stripped(net: nn.Module) -> list[Located]:
    found = []
    for path, module in net.named_modules(remove_duplicate=False):
        steps = path.split(".") if path else []
        above = (net.get_submodule(".".join(steps[:depth])) for depth in range(len(steps)))
        found.append(Located(path, module, tuple(above)))
    return found


@pytest.mark.parametrize("wrong", [stripped, not_stripped])
def test_a_wrong_way_would_be_noticed(wrong, monkeypatch):
    """Meta-test."""
    assert_own_attributes_stay(torch.compile)
    monkeypatch.setattr(meaning, "modules_in", wrong)
    with pytest.raises(AssertionError):
        assert_own_attributes_stay(torch.compile)


def test_the_order_is_torchs():
    net = Net()
    net.again = net.block
    assert modules_in(net) == not_stripped(net)


# -- wrappers with more than what they wrap -------------------------------------------------------


class Counting(nn.DataParallel):
    def __init__(self, net: nn.Module, name: str) -> None:
        super().__init__(net)
        self.register_parameter(name, nn.Parameter(torch.zeros(3)))
        self.head = nn.Linear(2, 2)


def test_what_a_wrapper_has_besides():
    net = nn.Sequential(torch.compile(Counting(nn.DataParallel(nn.Linear(2, 2)), "steps")))
    made = paraminit.plan(net, {"*": "normal"}, seed=1)
    assert list(made) == ["0.weight", "0.bias", "0.steps", "0.head.weight", "0.head.bias"]
    made.apply(net)
    assert all(parameter.any() for parameter in net.parameters())


def test_a_name_that_both_have_is_refused():
    net = nn.Sequential(Counting(torch.compile(nn.Linear(2, 2)), "bias"))
    said = (
        "a Counting and the Linear that it wraps each hold something named '0.bias': names leave out "
        "wrappers. Rename one of them."
    )
    for asked in (
        lambda: paraminit.plan(net, {"*": "ones"}),
        lambda: paraminit.plan(nn.Sequential(nn.Linear(2, 2)), {"*": "ones"}).apply(net),
    ):
        with pytest.raises(ParameterNameError) as caught:
            asked()
        assert str(caught.value) == said


def test_scripted_networks():
    def built() -> nn.Module:
        return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))

    ledger = paraminit.initialize(built(), {"*": "uniform"}, seed=1)
    for net in (torch.jit.script(built()), nn.DataParallel(torch.jit.script(built()))):
        assert paraminit.initialize(net, {"*": "uniform"}, seed=1).digests() == ledger.digests()


# -- without memory -------------------------------------------------------------------------------


class Waves(nn.Module):
    """A buffer that is computed where its layer's parameters are, by the method of the model around."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(3, 3)
        self.register_buffer("waves", torch.empty(3))


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(Waves(), nn.BatchNorm1d(3))

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, Waves):
            module.waves = torch.arange(3.0, device=module.project.weight.device)


# Not DDP, which holds parameters fast; nor children in DataParallel, whose `project.weight` is nothing.
META = ("compile", "DataParallel", "checkpoint", "compiled twice", "children compiled", "both")


@pytest.mark.parametrize("wrap", META)
def test_buffers_on_meta(wrap):
    def built() -> tuple[nn.Module, nn.Module]:
        with torch.device("meta"):
            model = Model()
        return model, WRAPS[wrap](model)

    ledger = paraminit.initialize(built()[0], {"*": "normal"}, seed=1, device="cpu")
    model, wrapped = built()
    of_wrapped = paraminit.initialize(wrapped, {"*": "normal"}, seed=1, device="cpu")
    assert of_wrapped.buffers == ledger.buffers
    assert set(of_wrapped.buffers) >= {"layers.0.waves", "layers.1.running_var"}
    assert of_wrapped.digests() == ledger.digests()
    waves = next(module for module in model.modules() if isinstance(module, Waves))
    assert waves.waves.tolist() == [0, 1, 2]


def test_buffers_on_meta_that_ddp_lists():
    """DDP keeps a list of a network's buffers, which is no name of theirs."""
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Identity())
    net[1].running_mean = torch.empty(3, device="meta")
    net[2].register_buffer("unknown", torch.empty(3, device="meta"))
    wrapped = DistributedDataParallel(net, init_sync=False)
    assert any(buffer is net[2].unknown for buffer in wrapped.modules_buffers)
    with pytest.raises(
        PlanError, match=r"the buffer '2\.unknown' of Identity is on the meta device"
    ) as caught:
        paraminit.initialize(wrapped, {"*": "ones"}, seed=1, device="cpu")
    assert len(caught.value.problems) == 1
    net[2] = nn.Identity()
    ledger = paraminit.initialize(DistributedDataParallel(net), {"*": "ones"}, seed=1, device="cpu")
    assert ledger.buffers == {"1.running_mean": "BatchNorm1d.reset_parameters"}


def test_shards_of_wrapped_layers():
    net = nn.Sequential(checkpoint_wrapper(nn.Linear(4, 4)), nn.Linear(4, 2))
    bare = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))
    ledger = paraminit.initialize(bare, {"*": "normal"}, seed=1)
    for module in (net[0], net):
        fully_shard(module)
    assert paraminit.initialize(net, {"*": "normal"}, seed=1).digests() == ledger.digests()
    wrapped = torch.compile(net)
    assert paraminit.initialize(wrapped, {"*": "normal"}, seed=1).digests() == ledger.digests()


@pytest.mark.parametrize("wrap", ["compile", "DistributedDataParallel", "checkpoint", "children compiled"])
def test_names_are_those_of_distributed_checkpoints(wrap):
    wrapped = WRAPS[wrap](nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2))))
    assert list(get_model_state_dict(wrapped)) == list(paraminit.plan(wrapped, {"*": "zeros"}))


# -- Cells and files ------------------------------------------------------------------------------


def test_cells_with_compiled_children():
    def built() -> cells.SequentialCell:
        paraminit.set_seed(1)
        return cells.SequentialCell(cells.Dense(3, 4, weight_init="normal"), cells.BatchNorm1d(4))

    bare, net = built(), built()
    net[0] = torch.compile(net[0])
    assert paraminit.plan(net) == paraminit.plan(bare)
    assert paraminit.plan(torch.compile(net), seed=2) == paraminit.plan(bare, seed=2)
    weights = values(net)
    net.to_empty(device="meta")
    assert all(parameter.is_meta for parameter in net.parameters())
    net.to_empty(device="cpu")
    assert values(net) == weights == values(bare)


@every_wrap
def test_checkpoints_fit_with_and_without(wrap, tmp_path):
    bare, wrapped = Net(), wrap(Net())
    paraminit.initialize(bare, {"*": "normal"}, seed=1)
    paraminit.save_checkpoint(bare, tmp_path / "bare.safetensors", format="safetensors")
    parameters = paraminit.load_checkpoint(tmp_path / "bare.safetensors", format="safetensors")
    assert paraminit.load_param_into_net(wrapped, parameters, strict_load=True) == ([], [])
    assert values(wrapped) == values(bare)
    paraminit.save_checkpoint(wrapped, tmp_path / "wrapped.safetensors", format="safetensors")
    saved = paraminit.load_checkpoint(tmp_path / "wrapped.safetensors", format="safetensors")
    assert list(saved) == list(parameters)


def test_data_parallel_leaves_alone_what_stands_in_wrappers():
    for wrap, own in itertools.product(("compile", "checkpoint", "children compiled"), ("0.weight", "0.w*")):
        net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        weight = net[0].weight
        wrapped = paraminit.data_parallel(WRAPS[wrap](net), own=[own])
        left = [parameter for parameter in wrapped.parameters() if hasattr(parameter, "_ddp_ignored")]
        assert len(left) == 1
        assert left[0] is weight
