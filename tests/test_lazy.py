"""Pending tensors: no data until somebody needs them, then once, and never uninitialised memory."""

from __future__ import annotations

import copy
import io
import pickle
import threading
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import paraminit
from paraminit import Parameter, Tensor, nn
from paraminit.common.initializer import Initializer, Normal, initializer
from paraminit.errors import ArgumentTypeError, ArgumentValueError, InitializationError
from paraminit.pending import Pending

EXPECTED = np.float32([[0.00653037, 0.01509193, 0.00264736], [-0.00374655, -0.00106099, -0.01491203]])


def declared():
    paraminit.set_seed(1)
    return initializer("normal", [2, 3])


def lazy_parameter(init="normal", **flags):
    with paraminit.no_init_parameters():
        return Parameter(initializer(init, [2, 3]), "w", **flags)


def test_a_pending_tensor_says_what_it_is_and_stays_pending():
    t = declared()
    assert t.has_init
    assert t.init == Normal()
    assert (tuple(t.shape), t.dtype, t.ndim, len(t)) == ((2, 3), torch.float32, 2, 2)
    assert (t.nbytes, t.itemsize, t.numel(), t.size(), t.dim()) == (24, 4, 6, torch.Size([2, 3]), 2)
    assert (t.device, t.is_meta, t.is_floating_point(), t.requires_grad) == (
        torch.device("cpu"),
        False,
        True,
        False,
    )
    hash(t)
    text = "Tensor(shape=[2, 3], dtype=Float32, init=Normal(sigma=0.01, mean=0.0), value=<not created yet>)"
    assert repr(t) == text
    assert str(t) == f"{t}" == "Tensor(shape=[2, 3], dtype=Float32, value=\n<uninitialized>)"
    assert str(initializer("ones", 2)) == "Tensor(shape=[2], dtype=Float32, value=<uninitialized>)"
    assert str(initializer("ones", [])) == "Tensor(shape=[], dtype=Float32, value=<uninitialized>)"
    assert t.has_init
    assert isinstance(t, Tensor)


@pytest.mark.parametrize(
    "twin_of", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))], ids=["copy", "pickle"]
)
def test_a_copy_stays_pending_and_will_be_equal(twin_of):
    """Whichever of the two is created first."""
    for first in (0, 1):
        paraminit.set_seed(1)
        t = initializer(Normal(), [2, 3])
        pair = (t, twin_of(t))
        assert all(tensor.has_init for tensor in pair)
        pair[first].init_data()
        assert pair[1 - first].has_init
        np.testing.assert_array_equal(pair[0].asnumpy(), pair[1].asnumpy())


USES = {
    "asnumpy": lambda t: t.asnumpy(),
    "numpy": lambda t: t.numpy(),
    "np.array": np.array,
    "np.asarray": np.asarray,
    "item access": lambda t: torch.stack([t[0], t[1]]),
    "iteration": lambda t: torch.stack(list(t)),
    "tolist": lambda t: t.tolist(),
    "add": lambda t: t + 0,
    "radd": lambda t: torch.zeros(2, 3) + t,
    "matmul": lambda t: torch.eye(2) @ t,
    "linear": lambda t: F.linear(torch.eye(3), t).T,
    "conv2d": lambda t: F.conv2d(torch.ones(1, 1, 1, 1), t.view(6, 1, 1, 1)).view(2, 3),
    "conv with a product of it": lambda t: F.conv1d(torch.ones(1, 1, 1), (t * 1).view(6, 1, 1)).view(2, 3),
    "stack": lambda t: torch.stack([t, t])[0],
    "cat of a list": lambda t: torch.cat([torch.zeros(0, 3), t]),
    "einsum": lambda t: torch.einsum("ij->ij", t),
    "out=": lambda t: torch.add(torch.zeros(2, 3), t, out=torch.empty(2, 3)),
    "where": lambda t: torch.where(torch.tensor(True), t, t),
    "transpose": lambda t: t.T.T,
    "reshape": lambda t: t.reshape(6).reshape(2, 3),
    "astype": lambda t: t.astype(torch.float64),
    "to": lambda t: t.to(torch.float64),
    "clone": lambda t: t.clone(),
    "copy": lambda t: t.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda t: pickle.loads(pickle.dumps(t)),
    "data": lambda t: t.data,
    "detach": lambda t: t.detach(),
    "value": lambda t: t.value(),
    "Tensor": Tensor,
    "torch.tensor": torch.tensor,
    "torch.as_tensor": torch.as_tensor,
    "another dtype": lambda t: torch.as_tensor(t, dtype=torch.float64),
    "torch.asarray": lambda t: torch.asarray(t, copy=True, requires_grad=False),
    "new_tensor": lambda t: torch.zeros(1).new_tensor(t),
    "as_subclass": lambda t: t.as_subclass(torch.Tensor),
    "vmap": lambda t: torch.vmap(lambda row: row * 1)(t),
    "Parameter": Parameter,
    "dlpack": torch.from_dlpack,
    "storage": lambda t: torch.empty(0).set_(t.untyped_storage(), 0, (2, 3)),
    "copy_ of it": lambda t: torch.zeros(2, 3).copy_(t),
    "setitem of it": lambda t: torch.zeros(2, 3).__setitem__(slice(None), t) or t,
    "no_grad": lambda t: torch.no_grad()(lambda: t * 1)(),
    "inference_mode": lambda t: torch.inference_mode()(lambda: (t * 1).clone())(),
}


COPY = pytest.mark.filterwarnings("ignore:To copy construct from a tensor")  # torch.tensor(t) says so


@COPY
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_every_use_creates_the_values_first(use):
    t = declared()
    result = use(t)
    np.testing.assert_allclose(np.asarray(result), EXPECTED, atol=1e-8)
    np.testing.assert_allclose(t.asnumpy(), EXPECTED, atol=1e-8)  # once: the key was drawn once


REFUSED_BY_TORCH = {"numpy", "out=", "dlpack"}  # for whatever requires a gradient


@COPY
@pytest.mark.parametrize("name", sorted(USES.keys() - REFUSED_BY_TORCH))
def test_every_use_of_a_lazy_parameter(name):
    paraminit.set_seed(1)
    p = lazy_parameter()
    before = id(p)
    result = USES[name](p)
    np.testing.assert_allclose(np.asarray(getattr(result, "data", result)), EXPECTED, atol=1e-8)
    np.testing.assert_allclose(p.asnumpy(), EXPECTED, atol=1e-8)
    assert id(p) == before


def test_numbers_of_a_pending_scalar():
    for number in (float, torch.Tensor.item, lambda t: t.tolist(), int, bool):
        assert number(initializer("ones", [])) == 1


def test_writing_into_a_pending_tensor_keeps_the_rest():
    t = declared()
    t[0, 0] = 7
    assert t[0, 0] == 7
    np.testing.assert_allclose(t.asnumpy()[1], EXPECTED[1], atol=1e-8)


def test_init_data_returns_the_same_tensor_and_clears_init():
    t = declared()
    assert t.init_data() is t
    assert (t.has_init, t.init, type(t)) == (False, None, Tensor)


def test_threads_create_once_and_all_see_the_values():
    """Many threads meet the same pending tensors; a slow initializer widens the race."""
    runs = []

    class Slow(Initializer):
        def _initialize(self, arr):
            runs.append(threading.get_ident())
            threading.Event().wait(0.02)
            arr[...] = 3.0

    for make in (lambda: initializer(Slow(), [64, 64]), lambda: lazy_parameter_of(Slow())):
        t, results, start = make(), [], threading.Barrier(8)

        def use(t=t, results=results, start=start):
            start.wait()
            results.append(float(F.linear(torch.ones(1, 64), t).detach().sum()))

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [3.0 * 64 * 64] * 8
        assert len(runs) == 1
        runs.clear()


def lazy_parameter_of(init):
    with paraminit.no_init_parameters():
        return Parameter(initializer(init, [64, 64]))


def test_no_init_parameters_nests_and_belongs_to_its_thread():
    seen = {}

    def pending():
        return Parameter(initializer("ones", [1])).has_init

    with paraminit.no_init_parameters():
        with nn.utils.no_init_parameters():
            assert pending()
        assert pending()
        other = threading.Thread(target=lambda: seen.update(other=pending()))
        other.start()
        other.join()
        with pytest.raises(RuntimeError, match="stop"), paraminit.no_init_parameters():
            raise RuntimeError("stop")
        assert pending()
    assert not pending()
    assert seen == {"other": False}


def test_torchs_meta_device_means_the_same():
    with torch.device("meta"):
        net = nn.Dense(2, 3)
    assert net.weight.has_init
    assert torch.isfinite(net(torch.ones(1, 2))).all()


def test_order_of_creation_does_not_matter():
    def build():
        paraminit.set_seed(5)
        return nn.SequentialCell(nn.Dense(3, 4), nn.Dense(4, 5))

    eager = [p.asnumpy() for p in build().get_parameters()]
    with paraminit.no_init_parameters():
        lazy = build()
    np.random.rand(3)  # nor does anybody else's use of NumPy's generator
    for p in reversed(list(lazy.get_parameters())):
        p.init_data()
    for a, b in zip(eager, lazy.get_parameters(), strict=True):
        np.testing.assert_array_equal(a, b.asnumpy())


def test_one_pending_tensor_in_two_layers_gives_both_the_same_values():
    t = initializer("normal", [3, 2])
    a, b = nn.Dense(2, 3, weight_init=t), nn.Dense(2, 3, weight_init=t)
    np.testing.assert_array_equal(a.weight.asnumpy(), b.weight.asnumpy())
    np.testing.assert_array_equal(a.weight.asnumpy(), t.asnumpy())
    a.weight[0, 0] = 9
    assert b.weight[0, 0] != 9


def test_a_custom_initializer_runs_once_for_tensor_and_parameter():
    class Random(Initializer):
        def _initialize(self, arr):
            arr[...] = np.random.rand(*arr.shape)

    t = initializer(Random(), [4])
    p = Parameter(t)
    np.testing.assert_array_equal(t.asnumpy(), p.asnumpy())
    q = Parameter(initializer(Random(), [4]))
    np.testing.assert_array_equal(copy.deepcopy(q).asnumpy(), q.asnumpy())
    with paraminit.no_init_parameters():
        r = Parameter(initializer(Random(), [4]))
    np.testing.assert_array_equal(copy.deepcopy(r).asnumpy(), r.asnumpy())


def test_a_failing_initializer_leaves_the_tensor_pending():
    class Broken(Initializer):
        fail = True

        def _initialize(self, arr):
            if self.fail:
                raise ZeroDivisionError("no luck")
            arr[...] = 2

    broken = Broken()
    t = initializer(broken, [2, 3])
    with pytest.raises(ZeroDivisionError, match="no luck") as caught:
        _ = t + 1
    assert any("while creating the values of Tensor of shape (2, 3)" in n for n in caught.value.__notes__)
    assert t.has_init
    broken.fail = False
    assert (t + 1).asnumpy().tolist() == [[3, 3, 3], [3, 3, 3]]


def test_weak_references_are_refused_not_broken():
    t = declared()
    reference = weakref.ref(t)
    with pytest.raises(InitializationError, match=r"in place: weak references to it exist"):
        _ = t + 1
    assert t.has_init
    del reference
    np.testing.assert_allclose((t + 0).asnumpy(), EXPECTED, atol=1e-8)  # no key was lost on the way


class Unrepeatable(Initializer):
    def _initialize(self, arr):
        arr[...] = np.random.rand(*arr.shape)


@COPY
@pytest.mark.parametrize("use", [torch.tensor, torch.vmap(lambda row: row * 1)], ids=["tensor", "vmap"])
def test_whoever_holds_a_tensor_of_unrepeatable_values_gets_an_error_not_garbage(use):
    t = initializer(Unrepeatable(), [2, 3])
    with pytest.raises(InitializationError, match=r"torch is already using it .*Create the values first"):
        use(t)
    assert t.has_init
    np.testing.assert_array_equal(use(t.init_data()), t.asnumpy())


def test_an_alias_that_could_not_follow_is_refused():
    t = declared()
    with pytest.raises(InitializationError, match="torch is making an alias of it"):
        torch.Tensor(t)
    np.testing.assert_allclose(t.asnumpy(), EXPECTED, atol=1e-8)


def test_as_subclass_shares_memory():
    t = declared()
    t.as_subclass(torch.Tensor)[0, 0] = 7
    assert t[0, 0] == 7


@pytest.mark.parametrize("shape", [[4], [2, 3], 4, []], ids=repr)
def test_init_data_with_another_shape(shape):
    t = initializer("ones", [2, 3])
    assert t.init_data(shape=shape) is t
    assert t.asnumpy().tolist() == np.ones(shape).tolist()
    assert (t + 1).shape == t.shape == np.ones(shape).shape


def test_init_data_of_a_slice_draws_mindspores_key():
    def values(**kwargs):
        return initializer("normal", [3]).init_data(**kwargs).asnumpy()

    paraminit.set_seed(3)
    for found, expected in (  # MindSpore 2.10 gives these
        (values(slice_index=2), [-0.00509966, 0.01792588, -0.00589162]),
        (values(opt_shard_group="any"), [-0.0172274, 0.00558719, 0.00686167]),
        (values(slice_index=1, shape=[4]), [0.00277887, -0.00401676, -0.0031902, -0.0041499]),
    ):
        np.testing.assert_allclose(found, expected, atol=5e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"slice_index": "a"}, ArgumentTypeError, "init_data: slice_index must be an int, got 'a'"),
        ({"slice_index": True}, ArgumentTypeError, "init_data: slice_index must be an int, got True"),
        ({"slice_index": -1}, ArgumentValueError, "init_data: slice_index must be 0 or more, got -1"),
        ({"shape": [2, -1]}, ArgumentValueError, r"init_data: shape must be .*got \[2, -1\]"),
        ({"shape": [2, 2, 2]}, ArgumentValueError, "Identity needs"),
    ],
    ids=repr,
)
def test_bad_arguments_of_init_data_change_nothing(arguments, error, message):
    t = initializer("identity", [2, 2])
    state = np.random.get_state()[1].tolist()
    with pytest.raises(error, match=message):
        t.init_data(**arguments)
    assert np.random.get_state()[1].tolist() == state
    assert t.has_init
    assert t.init_data().asnumpy().tolist() == [[1, 0], [0, 1]]


def test_hooks_set_while_pending_fire():
    p = lazy_parameter()
    calls = []
    p.register_hook(lambda grad: calls.append("grad"))
    p.register_post_accumulate_grad_hook(lambda p: calls.append("after"))
    assert p.has_init
    (p * 2).sum().backward()
    assert sorted(calls) == ["after", "grad"]
    assert p.grad.tolist() == [[2, 2, 2], [2, 2, 2]]


def test_an_optimizer_built_while_pending_trains():
    with paraminit.no_init_parameters():
        net = nn.Dense(3, 1)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    assert net.weight.has_init
    net(torch.ones(2, 3)).sum().backward()
    before = net.weight.asnumpy().copy()
    optimizer.step()
    assert (before != net.weight.asnumpy()).all()


def test_values_made_in_inference_mode_can_be_trained_later():
    with paraminit.no_init_parameters():
        net = nn.Dense(3, 1)
    with torch.inference_mode():
        net(torch.ones(1, 3))
    net(torch.ones(1, 3)).sum().backward()
    assert net.weight.grad is not None


def test_loading_a_checkpoint_runs_no_initializer():
    class Never(Initializer):
        def _initialize(self, arr):
            raise AssertionError("ran")

    with paraminit.no_init_parameters():
        net = nn.Dense(3, 1, weight_init=Never(), bias_init=Never())
    weight = net.weight
    net.load_state_dict({"weight": torch.ones(1, 3), "bias": torch.zeros(1)})
    assert net.weight is weight
    assert net(torch.ones(1, 3)).item() == 3


def test_state_dict_and_torch_save_create_values():
    with paraminit.no_init_parameters():
        net = nn.Dense(3, 1)
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    file.seek(0)
    loaded = torch.load(file)
    np.testing.assert_array_equal(loaded["weight"].numpy(), net.weight.asnumpy())


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, Parameter.copy, lambda p: p.clone("same"), lambda p: pickle.loads(pickle.dumps(p))],
    ids=["deepcopy", "copy", "clone", "pickle"],
)
def test_copies_of_a_lazy_parameter_stay_lazy_and_independent(duplicate):
    p = lazy_parameter(requires_grad=False, layerwise_parallel=True, parallel_optimizer=False)
    twin = duplicate(p)
    assert p.has_init
    assert twin.has_init
    assert type(twin) is type(p)
    assert isinstance(twin, Pending)
    twin.init_data()
    assert p.has_init
    np.testing.assert_array_equal(p.asnumpy(), twin.asnumpy())
    assert (twin.name, twin.requires_grad, twin.layerwise_parallel, twin.parallel_optimizer) == (
        "w",
        False,
        True,
        False,
    )
    twin[0, 0] = 9
    assert p[0, 0] != 9


def test_empty_tensors():
    t = initializer("normal", [0, 3])
    assert t.asnumpy().shape == (0, 3)
    assert initializer("normal", 0).asnumpy().shape == (0,)
