from __future__ import annotations

import copy
import io
import pickle

import numpy as np
import pytest
import torch

import paraminit
from paraminit import Parameter, Tensor
from paraminit.common.initializer import Normal, One, initializer
from paraminit.errors import (
    ArgumentTypeError,
    ArgumentValueError,
    ParameterNameError,
    UnknownNameError,
)


def test_printing_is_as_documented():
    x = Parameter(default_input=Tensor(np.arange(2 * 3).reshape((2, 3))), name="x")
    y = Parameter(default_input=initializer("ones", [1, 2, 3], paraminit.float32), name="y")
    z = Parameter(default_input=2.0, name="z")
    for p, text in (
        (x, "Parameter (name=x, shape=(2, 3), dtype=Int64, requires_grad=True)"),
        (y, "Parameter (name=y, shape=(1, 2, 3), dtype=Float32, requires_grad=True)"),
        (z, "Parameter (name=z, shape=(), dtype=Float32, requires_grad=True)"),
    ):
        assert str(p) == repr(p) == f"{p}" == text
    assert x.requires_grad is False  # torch's own flag: an integer tensor has no gradient
    assert repr(Parameter(1, "n", requires_grad=False)).endswith("dtype=Int64, requires_grad=False)")


def test_it_is_a_torch_parameter_and_a_tensor():
    p = Parameter(2.0)
    assert isinstance(p, torch.nn.Parameter)
    assert isinstance(p, Tensor)
    assert type(p) is Parameter
    assert type(p.value()) is Tensor
    assert p.value().data_ptr() == p.data_ptr()
    assert type(p + Tensor([1.0])) is Tensor


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (3, torch.int64, ()),
        (2**40, torch.int64, ()),
        (2.0, torch.float32, ()),
        (np.float64(2), torch.float32, ()),  # a float, to Python and to MindSpore
        (np.float32(2), torch.float32, ()),
        (np.int32(2), torch.int32, ()),
        (np.ones((2, 1)), torch.float64, (2, 1)),
        (np.array([True]), torch.bool, (1,)),
        ([1, 2], torch.int64, (2,)),
        ([[1, 2.5]], torch.float32, (1, 2)),
        ([], torch.float32, (0,)),
    ],
    ids=repr,
)
def test_dtype_and_shape_follow_the_data(data, dtype, shape):
    p = Parameter(data)
    assert (p.dtype, tuple(p.shape)) == (dtype, shape)
    np.testing.assert_array_equal(p.asnumpy(), np.array(data))


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ("a", ArgumentTypeError, r"got 'a' of type str. For an initializer write initializer\('a', shape\)"),
        (None, ArgumentTypeError, "got None of type NoneType"),
        ((1, 2), ArgumentTypeError, r"got \(1, 2\) of type tuple. Give a list"),
        (1j, ArgumentTypeError, "of type complex"),
        (Normal(), ArgumentTypeError, "of type Normal"),
        (True, ArgumentValueError, "cannot be made from the bool True"),
        (np.bool_(True), ArgumentValueError, "cannot be made from the bool"),
        ([[1], [2, 3]], ArgumentTypeError, "no rectangular array"),
    ],
    ids=repr,
)
def test_bad_data(data, error, message):
    with pytest.raises(error, match=message):
        Parameter(data)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": 3}, ParameterNameError, "name must be a str, got 3"),
        ({"name": "x" * 1025}, ParameterNameError, "may have 1024 characters, got 1025"),
        ({"requires_grad": 1}, ArgumentTypeError, "requires_grad must be a bool, got 1"),
        ({"layerwise_parallel": None}, ArgumentTypeError, "layerwise_parallel must be a bool"),
        ({"parallel_optimizer": "no"}, ArgumentTypeError, "parallel_optimizer must be a bool"),
        ({"storage_format": 3}, ArgumentTypeError, "storage_format must be a str, got 3"),
        ({"device": "GPU"}, ArgumentValueError, "device must be 'CPU' or None, got 'GPU'"),
    ],
    ids=repr,
)
def test_bad_flags_change_nothing(arguments, error, message):
    paraminit.set_seed(1)
    state = np.random.get_state()[2]
    with pytest.raises(error, match=message):
        Parameter(Tensor([1.0]), **arguments)
    assert np.random.get_state()[2] == state


def test_names():
    a, b, c = Parameter(1.0), Parameter(1.0, name="  "), Parameter(1.0, name=" w ")
    assert a.name.startswith("Parameter#")
    assert int(b.name.removeprefix("Parameter#")) == int(a.name.removeprefix("Parameter#")) + 1
    assert c.name == "w"
    for name, message in (("", "must not be blank"), (3, "must be a str, got 3")):
        with pytest.raises(ParameterNameError, match=message):
            c.name = name
    assert c.name == "w"


def test_the_data_are_copied():
    array, tensor = np.zeros(2), Tensor([0.0, 0.0])
    for source in (array, tensor):
        p = Parameter(source)
        source[0] = 5
        assert p[0] == 0


def test_a_parameter_made_from_a_parameter_is_another():
    p = Parameter([1.0], name="p")
    q = Parameter(p)
    assert q.name != "p"
    q[0] = 9
    assert p[0] == 1


def test_requires_grad_of_integers_is_kept_apart():
    p = Parameter([1, 2])
    assert p.trains
    assert p.requires_grad_(False) is p
    assert not p.trains
    q = Parameter([1.0])
    q.requires_grad = False
    assert not q.trains
    assert "requires_grad=False" in repr(q)


def test_subclasses():
    class Scaled(Parameter):
        def __init__(self, data, scale=1.0, **flags):
            super().__init__(data, **flags)
            self.scale = scale

    p = Scaled(initializer("ones", [2]), scale=3.0, name="s")
    twin = copy.deepcopy(p)
    assert type(p) is type(twin) is Scaled
    assert (p.scale, twin.scale, twin.name) == (3.0, 3.0, "s")


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.deepcopy,
        Parameter.copy,
        lambda p: p.clone("same"),
        lambda p: pickle.loads(pickle.dumps(p)),
        lambda p: torch.load(_saved(p), weights_only=False),
    ],
    ids=["deepcopy", "copy", "clone", "pickle", "torch.save"],
)
@pytest.mark.parametrize("init", ["normal", "identity"])
def test_copies_keep_everything(duplicate, init):
    p = Parameter(initializer(init, [2, 2]), "w", False, True, False)
    twin = duplicate(p)
    assert type(twin) is Parameter
    assert repr(twin) == repr(p)
    assert (twin.requires_grad, twin.layerwise_parallel, twin.parallel_optimizer) == (False, True, False)
    assert twin.recipe == p.recipe
    np.testing.assert_array_equal(twin.asnumpy(), p.asnumpy())
    twin[0, 0] = 9
    assert p[0, 0] != 9


def _saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def test_clone_with_another_initializer():
    p = Parameter([1.0, 2.0], name="w", layerwise_parallel=True)
    q = p.clone("zeros")
    assert (q.name, q.layerwise_parallel, q.asnumpy().tolist()) == ("w", True, [0, 0])
    assert p.clone(Tensor([3.0, 4.0])).asnumpy().tolist() == [3, 4]
    with pytest.raises(UnknownNameError, match="no initializer named 'Same'"):
        p.clone("Same")
    with pytest.raises(ArgumentValueError, match="has shape"):
        p.clone(Tensor([3.0]))


def test_clone_without_one_is_torchs_differentiable_copy():
    p = Parameter([1.0, 2.0])
    (p.clone() * 3).sum().backward()
    assert p.grad.tolist() == [3, 3]


def test_set_data_copies_and_keeps_the_object():
    p = Parameter([1.0, 2.0], name="w")
    address, source = p.data_ptr(), Tensor([3.0, 4.0])
    assert p.set_data(source) is p
    source[0] = 9
    assert p.asnumpy().tolist() == [3, 4]
    assert p.data_ptr() == address
    assert p.requires_grad
    assert Parameter(1.0).set_data(2).item() == 2
    assert Parameter(1).set_data(np.int64(2)).item() == 2


def test_set_data_widens():
    assert Parameter([1.0]).set_data(Tensor([2], paraminit.float16)).item() == 2
    assert Parameter([1.0]).set_data(Tensor([2])).item() == 2
    assert Parameter(np.ones(1)).set_data(Tensor([2.0])).item() == 2


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (Tensor(np.ones((3, 2), np.float32)), ArgumentValueError, r"got shape \(3, 2\); the .* has \(2, 3\)"),
        (Tensor(np.ones(6, np.float32)), ArgumentValueError, r"got shape \(6,\)"),
        (3.0, ArgumentValueError, r"got shape \(\)"),
        (initializer("ones", [3, 2]), ArgumentValueError, r"got shape \(3, 2\)"),
        (Tensor(np.ones((2, 3))), ArgumentTypeError, "would narrow Float64 to Float32"),
        (Tensor(np.ones((2, 3), complex)), ArgumentTypeError, "would narrow Complex128 to Float32"),
        (initializer("ones", [2, 3], torch.float64), ArgumentTypeError, "would narrow Float64 to Float32"),
        ([1.0], ArgumentTypeError, "takes a Tensor or a number, got list"),
        (np.ones((2, 3)), ArgumentTypeError, "takes a Tensor or a number, got ndarray"),
        (None, ArgumentTypeError, "got NoneType"),
        (True, ArgumentTypeError, "got bool"),
    ],
    ids=[
        "transposed",
        "flat",
        "number",
        "pending",
        "float64",
        "complex",
        "wide",
        "list",
        "array",
        "None",
        "bool",
    ],
)
def test_bad_set_data_changes_nothing(data, error, message, lazy):
    paraminit.set_seed(1)
    if lazy:
        with paraminit.no_init_parameters():
            p = Parameter(initializer("normal", [2, 3]), "w")
    else:
        p = Parameter(initializer("normal", [2, 3]), "w")
    with pytest.raises(error, match=f"Parameter 'w': set_data .*{message}"):
        p.set_data(data)
    assert p.has_init is lazy
    paraminit.set_seed(1)
    np.testing.assert_array_equal(p.asnumpy(), initializer("normal", [2, 3]).asnumpy())


def test_floats_do_not_go_into_integers():
    p = Parameter([1, 2])
    with pytest.raises(ArgumentTypeError, match="would narrow Float32 to Int64"):
        p.set_data(Tensor([1.0, 2.0]))
    with pytest.raises(ArgumentTypeError, match=r"got the float 2.5; the parameter is Int64"):
        Parameter(1).set_data(2.5)


def test_set_data_on_and_with_pending_ones():
    with paraminit.no_init_parameters():
        p, q = Parameter(initializer("normal", [2])), Parameter(initializer("normal", [2]))
    p.set_data(initializer("ones", [2]))
    assert p.has_init
    assert p.recipe.initializer == One()
    q.set_data(Tensor([5.0, 6.0]))
    assert not q.has_init
    assert q.recipe is None
    assert p.asnumpy().tolist() == [1, 1]
    assert q.asnumpy().tolist() == [5, 6]


def test_item_assignment_writes_in_place():
    p = Parameter([1.0, 2.0])
    p[0] = 9
    assert p.asnumpy().tolist() == [9, 2]
    assert p.is_leaf


def test_the_recipe_says_what_made_it():
    p = Parameter(initializer(Normal(0.5), [2]))
    assert p.recipe.initializer == Normal(0.5)
    np.testing.assert_array_equal(p.recipe.values(), p.asnumpy())
    assert Parameter(1.0).recipe is None


def test_set_data_may_change_the_shape_if_told_so():
    for p in (Parameter([1.0, 2.0]), lazy([2])):
        assert p.set_data(Tensor([[5.0]]), slice_shape=True) is p
        assert p.asnumpy().tolist() == [[5]]
        assert (p.shape, type(p), p.requires_grad) == ((1, 1), Parameter, True)
        p.set_data(initializer("zeros", [3]), True)
        assert (p * 2).tolist() == [0, 0, 0]
        assert p.recipe.shape == (3,)


def lazy(shape):
    with paraminit.no_init_parameters():
        return Parameter(initializer("ones", shape))


def test_init_data_takes_mindspores_arguments():
    p = lazy([2])
    with pytest.raises(ArgumentValueError, match=r"init_data .*takes no layout, got \(1, 2\)"):
        p.init_data(layout=(1, 2))
    assert p.has_init
    assert not p.sliced
    assert p.init_data(layout=None, set_sliced=True) is p
    assert p.asnumpy().tolist() == [1, 1]
    assert p.sliced
    assert p.init_data(layout=(1, 2)) is p  # it has values: nothing is to be laid out


def test_set_data_notes_whether_the_values_are_a_slice():
    p = Parameter([[1.0, 2.0]])
    assert p.set_data(Tensor([[3.0]]), slice_shape=True).sliced
    assert not p.set_data(Tensor([[4.0]])).sliced


def test_flags_can_be_set():
    for p in (Parameter(1), Parameter(1.0), lazy([2])):
        assert (p.trains, p.comm_fusion) == (True, 1)
        p.requires_grad = False
        assert "requires_grad=False" in repr(p)
        assert p.requires_grad is p.trains is False
        p.layerwise_parallel = True
        for flag in ("requires_grad", "layerwise_parallel", "parallel_optimizer"):
            with pytest.raises(ArgumentTypeError, match=f"Parameter: {flag} must be a bool, got 1"):
                setattr(p, flag, 1)
        assert (p.trains, p.layerwise_parallel, p.parallel_optimizer) == (False, True, True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, while it traces
def test_a_compiled_optimizer_steps():
    p, q = Parameter([1.0, 2.0]), torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    for parameter in (p, q):
        optimizer = torch.optim.SGD([parameter], lr=0.1)
        parameter.square().sum().backward()
        torch.compile(optimizer.step, backend="eager")()
    assert torch.equal(p, q)
