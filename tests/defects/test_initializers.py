"""MindSpore's defects in initializers: what this library does instead. Listed in docs/en/defects.md."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from paraminit import nn, profile, set_seed
from paraminit.common.initializer import (
    Constant,
    Dirac,
    HeNormal,
    HeUniform,
    Identity,
    Initializer,
    Normal,
    Orthogonal,
    Precise,
    Sparse,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    initializer,
)
from paraminit.describe.initializers.fans import Fans, fans_of_shape
from paraminit.describe.recipe import Recipe
from paraminit.errors import InitializationError

F32 = np.dtype("float32")


def filled(init, shape, dtype="float32", seed=1):
    set_seed(seed)
    array = np.empty(shape, dtype)
    init(array)
    return array


def cut_normal(std):
    """Cut at two of its deviations, with this deviation after the cut."""
    return stats.truncnorm(-2, 2, scale=std / stats.truncnorm(-2, 2).std())


def test_variance_scaling_draws_what_its_argument_says():
    """A truncated normal by default; the uniform in the profiles that are faithful to the defect."""
    values = filled(VarianceScaling(), (200, 400)).ravel()
    assert stats.kstest(values, cut_normal(0.05).cdf).pvalue > 1e-3
    assert 0.0866 < abs(values).max() < 0.1137
    for name in ("mindspore-2.10", "mindspore-1"):
        with profile(name):
            old = filled(VarianceScaling(), (200, 400)).ravel()
        assert abs(old).max() <= math.sqrt(3) / 20
        assert stats.kstest(old, stats.uniform(-math.sqrt(3) / 20, math.sqrt(3) / 10).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("fan", "std"), [(400, 0.05), (1, 1.0)])
def test_variance_scaling_cuts_at_two_of_its_own_deviations(fan, std):
    """Not at -2 and 2: the deviation after the cut is the promised one, whatever the fan."""
    values = filled(VarianceScaling(), (80_000 // fan, fan)).ravel().astype(float)
    assert values.std() == pytest.approx(std, rel=5 / math.sqrt(2 * values.size))
    assert abs(values).max() <= 2 * std / stats.truncnorm(-2, 2).std() * (1 + 1e-6)


def test_truncated_normal_can_cut_in_units_of_sigma():
    """The default keeps MindSpore's absolute bounds, which cut nothing; bounds_in_sigma cuts at 2 sigma."""
    assert abs(filled(TruncatedNormal(), 100_000)).max() > 0.035
    assert abs(filled(TruncatedNormal(bounds_in_sigma=True), 100_000)).max() <= np.float32(0.02)
    with profile("mindspore-1"):
        law = TruncatedNormal().distribution((3,))
    assert (law.low, law.high) == (-0.02, 0.02)


def test_truncated_normal_stays_in_its_window():
    """ValueError where MindSpore's rule would leave [a, b]; precise draws stay inside."""
    for init in (TruncatedNormal(0.01, 10), TruncatedNormal(1, 0, 8, 9)):
        with pytest.raises(ValueError, match=r"sigma away from the mean, where MindSpore's rule gives"):
            init(np.empty(3))
    for arguments in ({"sigma": 1, "a": 2, "b": -2}, {"sigma": 0}):
        with pytest.raises(ValueError, match="must be"):
            TruncatedNormal(**arguments)
    values = filled(Precise(TruncatedNormal(1, 0, 8, 9)), 1000, "float64")
    assert 8 <= values.min() <= values.max() <= 9
    assert len(np.unique(values)) == 1000
    with profile("mindspore-2.10"):
        assert set(filled(TruncatedNormal(0.01, 10), 9).tolist()) == {float(np.float32(9.858298))}


def test_an_initializers_seed_decides_its_values():
    """Reading it advances nothing; setting it makes the draws independent of the global stream."""
    init = Normal()
    set_seed(1)
    state = np.random.get_state()[2]
    assert init.seed is None
    init.seed = 3
    first = np.empty(5)
    init(first)
    assert np.random.get_state()[2] == state
    assert np.array_equal(first, filled(init, 5, "float64", seed=2))
    assert not np.array_equal(first, filled(Normal(), 5, "float64", seed=2))


def test_slices_of_one_tensor_differ_and_touch_no_generator():
    """init_data(slice_index) seeds as MindSpore does; parts of a recipe are parts of one tensor."""
    set_seed(3)
    pair = [initializer("normal", [4]).init_data(slice_index=1).asnumpy() for _ in range(2)]
    assert np.array_equal(*pair)  # MindSpore's rule: equal shapes, equal weights
    recipe = Recipe(Normal(), (8, 4), F32).declared()
    state = np.random.get_state()
    parts = [recipe[:4], recipe[4:]]
    assert np.array_equal(np.concatenate(parts), recipe.values())
    assert not np.array_equal(*parts)
    assert np.array_equal(np.random.get_state()[1], state[1])


@pytest.mark.parametrize(
    ("init", "dtype", "kind"),
    [
        (Normal(), "int32", TypeError),
        (Uniform(), "uint8", TypeError),
        (Uniform(), "bool", TypeError),
        (Constant(0.5), "int32", TypeError),
        (Constant(-1), "uint8", ValueError),
        (Constant(2**40), "int32", ValueError),
        (Constant(1e6), "float16", ValueError),
        (Uniform(1e6), "float16", ValueError),
    ],
    ids=str,
)
def test_values_that_a_dtype_cannot_hold_are_refused(init, dtype, kind):
    """Nothing becomes 0, wraps or turns infinite."""
    array = np.ones(3, dtype)
    with pytest.raises(kind):
        init(array)
    assert array.all()


def test_float64_parameters_can_have_float64_values():
    """Normal keeps MindSpore's float32 numbers; Precise has all bits, and half-open uniforms in float16."""
    single, full = filled(Normal(), 1000, "float64"), filled(Precise(Normal()), 1000, "float64")
    assert np.array_equal(single, single.astype(np.float32))
    assert (full != full.astype(np.float32)).mean() > 0.99
    q = filled(Orthogonal(), (50, 50), "float64")
    assert abs(q @ q.T - np.eye(50)).max() < 1e-14
    assert filled(Uniform(1.0), 100_000, "float16").max() == 1
    assert filled(Precise(Uniform(1.0)), 100_000, "float16").max() < 1


def test_the_normal_can_have_its_tails():
    """MindSpore's ends at 5.68 sigma; the precise one reaches 9.49."""
    assert Normal(1.0).distribution((1,)).reach < 5.7
    assert Precise(Normal(1.0)).distribution((1,)).reach > 9.4
    values = filled(Precise(Normal(1.0)), 200_000, "float64")
    assert stats.kstest(values, stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", ["xavier_uniform", "xavier_normal", "he_uniform", "he_normal"])
def test_fans_of_a_bias_are_refused_where_it_is_declared(name):
    """By the layer, with the argument and what to use instead."""
    with pytest.raises(ValueError, match=r"needs a tensor of 2 or more dimensions .* got shape \(3,\)\. Use"):
        initializer(name, [3])
    with pytest.raises(ValueError, match=r"^Dense\.bias_init: "):
        nn.Dense(2, 3, bias_init=name)


def variance_of(init, shape, fans=None):
    return Recipe(init, shape, F32, fans=fans).std ** 2


def test_fans_of_channels_last_can_be_had():
    """A weight of NHWC (64, 3, 3, 16): MindSpore's 144 and 3072 by shape, 144 and 576 by its axes."""
    shape = (64, 3, 3, 16)
    assert fans_of_shape(shape) == (144, 3072)
    for mode, fan in (("fan_in", 144), ("fan_out", 576)):
        init = VarianceScaling(1.0, mode, in_axis=-1, out_axis=0)
        assert variance_of(init, shape) == pytest.approx(1 / fan, rel=1e-9)


def test_fans_of_transposed_convolutions_can_be_had():
    """64 to 8 channels: the layer keeps MindSpore's bound of 1/sqrt(72); by its axes it is 1/sqrt(576)."""
    layer = nn.Conv2dTranspose(64, 8, 3)
    assert layer.weight.shape == (64, 8, 3, 3)
    assert 0.117 < abs(layer.weight.asnumpy()).max() <= 0.11786
    init = VarianceScaling(1 / 3, "fan_in", "uniform", in_axis=0, out_axis=1)
    weight = nn.Conv2dTranspose(64, 8, 3, weight_init=init).weight.asnumpy()
    assert 0.0414 < abs(weight).max() <= 0.04167


def test_fan_out_of_groups_can_be_had():
    """Depthwise (64, 1, 3, 3): 576 by shape; 9 with the groups as a batch, or given."""
    shape = (64, 1, 3, 3)
    assert fans_of_shape(shape).fan_out == 576
    init = VarianceScaling(1.0, "fan_out", in_axis=1, out_axis=(), batch_axis=0)
    assert variance_of(init, shape) == pytest.approx(1 / 9, rel=1e-9)
    assert variance_of(HeNormal(mode="fan_out"), shape, Fans(9, 9)) == pytest.approx(2 / 9, rel=1e-9)


def test_fans_of_packed_projections_can_be_had():
    """(3 E, E) with E = 64: a bound of .1531 by shape, .2165 with the fans of each projection."""
    law = Recipe(XavierUniform(), (192, 64), F32).law
    assert law.high == pytest.approx(0.1531, abs=5e-5)
    law = Recipe(XavierUniform(), (192, 64), F32, fans=Fans(64, 64)).law
    assert law.high == pytest.approx(0.2165, abs=5e-5)


@pytest.mark.parametrize("name", ["he_uniform", "xavier_normal", "normal", "orthogonal", "variance_scaling"])
def test_empty_tensors_are_tensors(name):
    """A dimension of 0 divides nothing by zero."""
    assert initializer(name, [0, 3]).asnumpy().shape == (0, 3)
    assert initializer(name, [3, 0]).asnumpy().shape == (3, 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: XavierUniform(-1),
        lambda: XavierNormal(-1),
        lambda: Uniform(-0.5),
        lambda: Uniform(math.nan),
        lambda: Uniform(math.inf),
        lambda: Sparse(1.5),
        lambda: Sparse(-0.5),
        lambda: Dirac(-1),
        lambda: Dirac(0),
        lambda: HeNormal(mode="fan"),
    ],
)
def test_arguments_are_checked_in_the_constructor(make):
    """All of them, by the name of the class that was called."""
    with pytest.raises(ValueError, match=r"^(Xavier\w+|Uniform|Sparse|Dirac|HeNormal): "):
        make()
    assert HeUniform(np.float32(0.5)) == HeUniform(0.5)  # a slope of any real type


def test_constants_may_be_arrays_and_initializers_are_values():
    """An array of the full shape works, None does not; repr evaluates and equality is by value."""
    assert filled(Constant(np.eye(2)), (2, 2)).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(TypeError, match="value must be real, got None"):
        Constant(None)
    assert repr(Normal(0.2)) == "Normal(sigma=0.2, mean=0.0)"
    assert eval(repr(Normal(0.2))) == Normal(0.2) != Normal(0.3)


class Returns(Initializer):
    def _initialize(self, arr):
        return np.ones(arr.shape, arr.dtype)


class WithoutSuper(Initializer):
    def __init__(self, value):
        self.value = value

    def _initialize(self, arr):
        arr[...] = self.value


def test_custom_initializers_leave_no_memory_unassigned():
    """Returning is an error that says so; super().__init__() may be left out; tensors can be filled."""
    array = np.full(3, 7.0)
    with pytest.raises(InitializationError, match="returned an array instead of assigning to arr"):
        Returns()(array)
    assert (array == 7).all()
    assert initializer(WithoutSuper(4), [2]).init_data(slice_index=1).asnumpy().tolist() == [4, 4]
    tensor = torch.zeros(3)
    Normal()(tensor)
    assert tensor.all()


def test_views_are_filled_where_they_lie():
    """Every other column of a matrix, and nothing beside it."""
    base = np.zeros((50, 60), np.float32)
    set_seed(1)
    Uniform()(base[:, ::2])
    assert base[:, ::2].all()
    assert not base[:, 1::2].any()


def test_every_initializer_has_a_name():
    """Aliases where the defaults suffice, and an error that says what is missing where they do not."""
    assert initializer("truncated_normal", [2]).init == TruncatedNormal()
    assert initializer("variance_scaling", [2, 2]).init == VarianceScaling()
    assert initializer("identity", [2, 2]).init == Identity()
    for name, call in (("sparse", "Sparse(sparsity=...)"), ("constant", "Constant(value=...)")):
        with pytest.raises(ValueError, match="needs a value") as error:
            initializer(name, [2, 2])
        assert str(error.value).endswith(f"Write {call}.")
