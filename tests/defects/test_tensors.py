"""MindSpore's defects in lazy Tensors and Parameters: what this library does instead."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest
import torch

from paraminit import (
    Parameter,
    Tensor,
    bfloat16,
    float16,
    float32,
    mint,
    nn,
    no_init_parameters,
    ops,
    set_seed,
)
from paraminit.common.initializer import Normal, initializer
from paraminit.describe.recipe import Recipe
from paraminit.fill.keys import key_by_name


def lazy(init="ones", shape=(2, 3), **options):
    with no_init_parameters():
        return Parameter(initializer(init, shape, float32), **options)


@pytest.mark.parametrize(
    "use",
    [
        lambda t: ops.Conv3D(1, 1)(Tensor(np.ones((1, 2, 2, 3, 1), np.float32)), t),
        lambda t: t.astype(float16),
        lambda t: t.copy(),
        lambda t: t.to(torch.bfloat16),
        lambda t: t.reshape(-1),
        lambda t: t + 0,
        lambda t: torch.stack([t]),
        lambda t: copy.copy(t),
        lambda t: np.asarray(t),
        lambda t: torch.tensor(t.tolist()),
    ],
    ids=["Conv3D", "astype", "copy", "to", "reshape", "add", "stack", "copy.copy", "asarray", "tolist"],
)
def test_a_lazy_tensor_is_never_read_before_it_has_values(use):
    """Operators, conversions and copies see the initialized values, never zeros or old memory."""
    result = np.asarray(torch.as_tensor(use(initializer("ones", [1, 2, 1, 1, 1]))).float())
    assert (result == 2).all() if result.size == 6 else (result == 1).all()


def test_a_lazy_parameter_is_never_read_before_it_has_values():
    """value() and data create them."""
    assert (lazy().value().asnumpy() == 1).all()
    assert (np.asarray(lazy().data) == 1).all()
    assert lazy(shape=()).item() == 1


def test_initializer_takes_what_its_documentation_says():
    """A Tensor alone; and what cannot work is refused at once, with what to write."""
    tensor = Tensor([1.0, 2.0])
    assert initializer(tensor) is tensor
    with pytest.raises(ValueError, match=r"initializer\('ones'\) needs a shape"):
        initializer("ones")
    with pytest.raises(TypeError, match=r"Write Normal\(\)\."):
        Tensor(init=Normal, shape=[2], dtype=float32)
    with pytest.raises(TypeError, match=r"Write initializer\('ones', shape, dtype\)\."):
        Tensor(init="ones", shape=[2], dtype=float32)


def test_set_data_checks_and_copies():
    """Shape, kind and range of the dtype; and a later write to the source changes nothing."""
    p, source = Parameter([1.0, 2.0]), Tensor([3.0, 4.0])
    for data in (Tensor([1.0, 2.0, 3.0]), 3):
        with pytest.raises(ValueError, match="shape"):
            p.set_data(data)
    with pytest.raises(TypeError, match="Float64"):
        p.set_data(Tensor(np.zeros(2)))
    p.set_data(source)
    source[0] = 9.0
    assert p.asnumpy().tolist() == [3, 4]


def test_parameters_of_numbers():
    """Int64 as documented, without overflow; every NumPy scalar."""
    p = Parameter(2**40)
    assert (p.dtype, p.item()) == (torch.int64, 2**40)
    for number in (np.float32(0.5), np.float64(0.5), np.int32(3)):
        assert Parameter(number).item() == number


def test_clones_of_a_lazy_parameter_are_independent():
    """Both can be filled, to the same values."""
    p = lazy(Normal())
    twin = p.clone("same")
    assert np.array_equal(p.init_data().asnumpy(), twin.init_data().asnumpy())
    twin[0] = 9.0
    assert p[0, 0] != 9


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_keep_every_flag_and_stay_lazy(duplicate):
    """deepcopy and pickle."""
    p = lazy(layerwise_parallel=True, parallel_optimizer=False, requires_grad=False)
    twin = duplicate(p)
    assert p.has_init
    assert twin.has_init
    assert (twin.layerwise_parallel, twin.parallel_optimizer, twin.requires_grad) == (True, False, False)


def test_set_data_of_a_lazy_parameter_keeps_its_shape():
    """A lazy Tensor of another shape is refused; shape and data always agree."""
    p = lazy()
    with pytest.raises(ValueError, match="shape"):
        p.set_data(initializer("zeros", [4, 4], float32))
    assert p.has_init
    assert p.shape == p.asnumpy().shape == (2, 3)


def test_no_init_parameters_nests_and_belongs_to_its_thread():
    """Leaving the inner block leaves the outer one on; another thread sees neither; all layers wait."""
    elsewhere = []
    with no_init_parameters():
        with no_init_parameters():
            pass
        thread = threading.Thread(target=lambda: elsewhere.append(nn.Dense(2, 2).weight.has_init))
        thread.start()
        thread.join()
        net = nn.CellList([nn.RNN(2, 2), nn.LSTM(2, 2), nn.GRU(2, 2), nn.LSTMCell(2, 2), nn.PReLU()])
        net.extend([nn.LayerNormExt(3), mint.nn.BatchNorm2d(3), nn.Embedding(4, 2, padding_idx=0)])
    assert elsewhere == [False]
    assert all(p.has_init for p in net.get_parameters())


class ChildFirst(nn.Cell):
    """Builds a child before its own random parameter."""

    def __init__(self):
        super().__init__()
        self.child = nn.Dense(3, 3)
        self.own = Parameter(initializer("normal", [4]))


@pytest.mark.parametrize("first", [0, -1])
@pytest.mark.parametrize(
    "build",
    [ChildFirst, lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True)],
    ids=["ChildFirst", "MultiheadAttention"],
)
def test_lazy_weights_do_not_depend_on_the_order(build, first):
    """The eager weights, whichever parameter is touched first."""
    set_seed(1)
    eager = {name: p.asnumpy() for name, p in build().parameters_and_names()}
    set_seed(1)
    with no_init_parameters():
        net = build()
    list(net.get_parameters())[first].init_data()
    net.init_parameters_data()
    for name, p in net.parameters_and_names():
        assert np.array_equal(p.asnumpy(), eager[name])


def test_streams_can_be_independent():
    """By order numpy.random shifts what follows, as in MindSpore; a key by name or a seed does not care."""

    def weights(init, key=None, disturb=False):
        set_seed(1)
        if disturb:
            np.random.random()
        recipe = Recipe(init, (5,), np.dtype("float32"), key=key)
        return recipe.declared().values().tolist()

    assert weights(Normal()) != weights(Normal(), disturb=True)
    named = key_by_name(1, "layer.weight")
    assert weights(Normal(), named) == weights(Normal(), named, disturb=True)
    seeded = Normal().with_seed(5)
    assert weights(seeded) == weights(seeded, disturb=True)


def test_parameters_can_be_subclassed():
    """Plainly; the subclass survives operations that keep the object."""

    class Scale(Parameter):
        pass

    scale = Scale(initializer("ones", [2], bfloat16), name="s")
    assert type(scale.set_data(initializer("zeros", [2], bfloat16))) is Scale
    assert isinstance(scale, torch.nn.Parameter)
