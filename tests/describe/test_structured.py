"""Dirac, Sparse, Orthogonal: the structure of their values, and which shapes they refuse."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import paraminit
from paraminit.common.initializer import initializer
from paraminit.describe.initializers import ICNR, DeltaOrthogonal, Dirac, Orthogonal, Sparse
from paraminit.describe.recipe import Recipe
from paraminit.errors import ArgumentTypeError, ArgumentValueError
from paraminit.fill.keys import generator_after, key_by_name, next_key, set_seed
from paraminit.profiles import profile

F32 = np.dtype("float32")


def filled(init, shape, dtype=F32, seed=5):
    set_seed(seed)
    array = np.empty(shape, dtype)
    init(array)
    return array


# ---- Dirac --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 4, 3), (8, 3, 5, 3), (6, 8, 3, 3, 3), (4, 1, 1)], ids=str)
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_is_torchs_for_odd_kernels(shape, groups):
    """torch centers a kernel in the same place as MindSpore does, for odd sizes and even ones."""
    expected = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
    found = filled(Dirac(groups), shape)
    assert np.array_equal(found, expected)
    law = Dirac(groups).distribution(shape)
    assert law.mean == pytest.approx(expected.mean(dtype=np.float64), rel=1e-12)


def test_a_dirac_convolution_passes_its_input_through():
    """Output equals input, bit for bit."""
    conv = torch.nn.Conv2d(6, 6, 3, padding=1, groups=2, bias=False)
    Dirac(2)(conv.weight)
    x = torch.randn(2, 6, 5, 5, generator=torch.Generator().manual_seed(1))
    assert torch.equal(conv(x), x)


@pytest.mark.parametrize(
    ("init", "shape", "message"),
    [
        (Dirac(), (3, 3), "Dirac needs a convolution kernel of 3, 4 or 5 dimensions, got shape (3, 3)."),
        (Dirac(), (1,) * 6, "Dirac needs a convolution kernel of 3, 4 or 5 dimensions, got shape "),
        (
            Dirac(2),
            (3, 3, 3),
            "Dirac: the first dimension must be a multiple of groups=2, got shape (3, 3, 3).",
        ),
        (Sparse(0.5), (3,), "Sparse needs a tensor of exactly 2 dimensions, got shape (3,)."),
        (Sparse(0.5), (3, 3, 3), "Sparse needs a tensor of exactly 2 dimensions, got shape (3, 3, 3)."),
        (Orthogonal(), (3,), "Orthogonal needs a tensor of 2 or more dimensions, got shape (3,)."),
        (Orthogonal(), (), "Orthogonal needs a tensor of 2 or more dimensions, got shape ()."),
    ],
    ids=str,
)
def test_shapes_that_do_not_fit(init, shape, message):
    """Told before there is any memory."""
    with pytest.raises(ArgumentValueError) as error:
        Recipe(init, shape, F32)
    assert str(error.value).startswith(message)


# ---- Sparse -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sparsity", "rows", "zeros"), [(0.0, 10, 0), (0.1, 10, 1), (0.11, 10, 2), (1.0, 10, 10), (0.5, 1, 1)]
)
def test_zeros_in_each_column(sparsity, rows, zeros):
    """The share is rounded up."""
    array = filled(Sparse(sparsity, 1.0), (rows, 6))
    assert ((array == 0).sum(axis=0) == zeros).all()
    assert not np.signbit(array[array == 0]).any()


def test_a_fill_moves_numpys_generator_as_mindspore_does():
    """One key, then one permutation of the rows for each column."""
    set_seed(3)
    next_key()
    expected_rows = [np.random.permutation(7) for _ in range(4)]
    expected = np.random.random()
    array = filled(Sparse(0.5), (7, 4), seed=3)
    assert np.random.random() == expected
    for column, rows in enumerate(expected_rows):
        assert (array[rows[:4], column] == 0).all()


def test_lazy_equals_eager():
    """A parameter's zeros are drawn with its key, however late it is filled."""
    paraminit.set_seed(3)
    eager = [paraminit.Parameter(initializer(Sparse(0.5), (7, 4))).asnumpy() for _ in range(2)]
    paraminit.set_seed(3)
    with paraminit.no_init_parameters():
        lazy = [paraminit.Parameter(initializer(Sparse(0.5), (7, 4))) for _ in range(2)]
    twins = [pickle.loads(pickle.dumps(lazy[1])), copy.deepcopy(lazy[1])]
    paraminit.set_seed(99)
    assert np.array_equal(lazy[1].asnumpy(), eager[1])
    assert np.array_equal(lazy[0].asnumpy(), eager[0])
    assert all(np.array_equal(twin.asnumpy(), eager[1]) for twin in twins)


@pytest.mark.parametrize("init", [Sparse(0.5, 1.0), Orthogonal()], ids=repr)
def test_a_key_by_name_decides_alone(init):
    """Neither the global generator nor the order matters, and nothing moves it."""
    recipe = Recipe(init, (7, 4), F32, key=key_by_name(1, "weight"))
    set_seed(1)
    first, after = recipe.values(), np.random.random()
    assert np.array_equal(first, recipe.values())
    set_seed(1)
    assert np.random.random() == after
    assert not np.array_equal(first, Recipe(init, (7, 4), F32, key=key_by_name(2, "weight")).values())


def test_the_generator_that_belongs_to_a_key():
    """NumPy's legacy generator, seeded with the low and the high half of the key."""
    key = 0x0123456789ABCDEF
    expected = np.random.RandomState([0x89ABCDEF, 0x01234567]).permutation(9)
    assert np.array_equal(generator_after(key).permutation(9), expected)


# ---- Orthogonal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(64, 64), (20, 90), (90, 20), (8, 3, 3, 3), (64, 2, 2), (1, 5)], ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_rows_or_columns_are_orthonormal(shape, dtype, tolerance):
    """Every singular value is the gain: float32 within 1e-6, float64 within its own precision."""
    for gain in (1.0, -1.7):
        matrix = filled(Orthogonal(gain), shape, dtype).reshape(shape[0], -1).astype(np.float64)
        few = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
        assert np.abs(few / gain**2 - np.eye(len(few))).max() <= tolerance


def test_the_sign_is_uniform():
    """Without fixing the signs of R, LAPACK's first entries would nearly all be negative."""
    first = [filled(Orthogonal(), (3, 3), seed=seed)[0, 0] for seed in range(200)]
    assert 70 <= sum(value > 0 for value in first) <= 130  # 100 +- 4 standard deviations


def test_sparse_of_mindspore_1():
    """NumPy's normals for the whole matrix, then a permutation of the rows for each column; no key."""
    with profile("mindspore-1"):
        old = filled(Sparse(0.5, 2.0), (5, 4))
    after = np.random.random()
    np.random.seed(5)
    expected = np.random.normal(0, 2.0, (5, 4))
    for column in range(4):
        expected[np.random.permutation(5)[:3], column] = 0
    assert np.array_equal(old, expected.astype(np.float32))
    assert np.random.random() == after


@pytest.mark.parametrize("shape", [(5, 4), (4, 5), (3, 2, 2)], ids=str)
def test_orthogonal_of_mindspore_1(shape):
    """The factor of NumPy's normals, in float64, whichever way the matrix lies; no key."""
    with profile("mindspore-1"):
        old = filled(Orthogonal(1.5), shape, "float64").reshape(shape[0], -1)
    after = np.random.random()
    np.random.seed(5)
    normals = np.random.normal(0, 1, old.shape)
    # Q follows from Q R = A and R upper triangular with a positive diagonal: Cholesky of A'A is R'R.
    tall = normals.T if old.shape[0] < old.shape[1] else normals
    q = tall @ np.linalg.inv(np.linalg.cholesky(tall.T @ tall).T)
    assert np.abs(old - 1.5 * (q.T if tall is not normals else q)).max() <= 1e-12
    assert np.random.random() == after


@pytest.mark.parametrize("init", [Orthogonal(), Sparse(0.5)], ids=repr)
def test_of_mindspore_1_waits_for_the_fill(init):
    """As every law of 1.x: nothing is drawn when it is declared; a key that is given still counts."""
    with profile("mindspore-1"):
        recipe = Recipe(init, (4, 4), F32)
        assert recipe.declared() is recipe
        given = Recipe(init, (4, 4), F32, key=7).values()
    assert np.array_equal(given, Recipe(init, (4, 4), F32, key=7).values())


# ---- kernels as the peers have them -------------------------------------------------------------------


def test_a_delta_orthogonal_convolution_keeps_the_norm():
    """Of every input, with circular padding, up to float64's rounding."""
    conv = torch.nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular", bias=False, dtype=torch.float64)
    DeltaOrthogonal()(conv.weight)
    x = torch.randn(5, 4, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert torch.allclose(conv(x).square().sum((1, 2, 3)), x.square().sum((1, 2, 3)), rtol=1e-12)


def test_icnr_starts_without_a_checkerboard():
    """After the pixel shuffle every block is one color, as if upsampled to the nearest."""
    conv = torch.nn.Conv2d(3, 2 * 9, 3, bias=False)
    ICNR("he_uniform", 3)(conv.weight)
    with torch.no_grad():
        image = torch.nn.functional.pixel_shuffle(conv(torch.ones(1, 3, 6, 6)), 3)
    blocks = image.unfold(2, 3, 3).unfold(3, 3, 3).reshape(-1, 9)
    assert torch.equal(blocks, blocks[:, :1].expand(-1, 9))


def test_icnr_repeats_what_the_inner_one_makes():
    """Same key, same filters; also around Sparse, which draws more than a key, and on fans given."""
    assert np.array_equal(filled(ICNR(Sparse(0.5)), (12, 5))[::4], filled(Sparse(0.5), (3, 5)))
    assert ICNR("xavier_normal").distribution((8, 3)).std == (2 / 5) ** 0.5


@pytest.mark.parametrize(
    ("init", "shape", "message"),
    [
        (DeltaOrthogonal(), (3, 3), "DeltaOrthogonal needs a convolution kernel of 3, 4 or 5 dimensions"),
        (DeltaOrthogonal(), (3, 4, 3), "DeltaOrthogonal needs as many outputs as inputs or more, got shape"),
        (
            ICNR("normal"),
            (6, 3),
            "ICNR: the first dimension must be a multiple of 4 (upscale_factor squared)",
        ),
        (ICNR("normal"), (), "ICNR: the first dimension must be a multiple of 4 (upscale_factor squared)"),
        (ICNR("he_normal"), (4,), "HeNormal needs a tensor of 2 or more dimensions"),
    ],
    ids=str,
)
def test_kernel_shapes_that_do_not_fit(init, shape, message):
    """Told before there is any memory."""
    with pytest.raises(ArgumentValueError) as error:
        Recipe(init, shape, F32)
    assert str(error.value).startswith(message)


def test_icnr_checks_the_inner_dtype():
    """A fraction does not fit integers by way of another initializer either."""
    with pytest.raises(ArgumentTypeError, match=r"0\.5 is no whole number, which int8 needs"):
        Recipe(ICNR(0.5), (4, 2), np.dtype("int8"))
