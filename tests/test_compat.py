"""`import mindspore` answered by this package. Each test has a process of its own: the answer lasts."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from paraminit import compat


def python(text: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in ``folder`` (first in its sys.path)."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, cwd=folder, timeout=120
    )


def passes(text: str, folder: Path | None = None) -> str:
    result = python(text, folder)
    assert result.returncode == 0, result.stderr
    return result.stdout


WHO = "paraminit answers for mindspore here and has no "


@pytest.fixture
def real_mindspore(tmp_path: Path) -> Path:
    """A folder with an installed 'mindspore' that must stay untouched."""
    (tmp_path / "mindspore" / "nn").mkdir(parents=True)
    (tmp_path / "mindspore" / "__init__.py").write_text("REAL = True\n")
    (tmp_path / "mindspore" / "nn" / "__init__.py").write_text("REAL = True\n")
    (tmp_path / "mindspore" / "dataset.py").write_text("REAL = True\n")
    return tmp_path


def test_every_way_of_importing_gives_the_same_objects():
    """The documents' imports, MindSpore's other paths, and `import paraminit` agree by identity."""
    passes("""
        import paraminit
        paraminit.install_as_mindspore()

        import mindspore
        import mindspore as ms
        import mindspore.nn as nn
        import mindspore.ops as ops
        import mindspore.context
        from mindspore import Parameter, Tensor, context, set_seed
        from mindspore import dtype as mstype
        from mindspore import nn as nn2, ops as ops2
        from mindspore.common.initializer import Initializer, Normal, initializer
        import mindspore.common.dtype as common_dtype
        from mindspore.common.parameter import Parameter as P2
        from mindspore.common.tensor import Tensor as T2
        from mindspore.common.seed import set_seed as seed2
        from mindspore.nn.cell import Cell as C2
        from mindspore.nn.utils import no_init_parameters
        from mindspore.ops.operations import Conv3D
        from mindspore.ops import operations as P
        from mindspore.common import initializer as init, parameter, tensor
        from mindspore import ParameterTuple

        assert mindspore is ms is paraminit
        assert nn is nn2 is paraminit.nn is mindspore.nn
        assert ops is ops2 is paraminit.ops
        assert mstype is common_dtype is paraminit.dtype is ms.dtype
        assert Parameter is P2 is paraminit.Parameter
        assert Tensor is T2 is paraminit.Tensor
        assert set_seed is seed2 is paraminit.set_seed
        assert C2 is nn.Cell is paraminit.nn.Cell
        assert Conv3D is ops.Conv3D is P.Conv3D
        assert ParameterTuple is parameter.ParameterTuple and parameter.Parameter is Parameter
        assert tensor.Tensor is Tensor and init.Normal is Normal
        assert type(Parameter(1.0, name="w").clone()) is Parameter  # MindSpore's default
        assert no_init_parameters is paraminit.no_init_parameters
        assert context.set_context is ms.set_context
        from paraminit.common.initializer import Normal as N2
        assert Normal is N2 and issubclass(Normal, Initializer)
        """)


def test_modules_stay_themselves():
    """Answering for mindspore leaves names and specs of our modules alone, so reload and pickle work."""
    passes("""
        import pickle, sys
        import paraminit
        paraminit.install_as_mindspore()
        import mindspore.nn, mindspore.common.initializer
        assert sys.modules["mindspore.nn"].__name__ == "paraminit.nn"
        assert sys.modules["mindspore.nn"].__spec__.name == "paraminit.nn"
        assert sys.modules["mindspore.common.initializer"] is sys.modules["paraminit.common.initializer"]
        assert b"mindspore" not in pickle.dumps(mindspore.common.initializer.Normal())
        """)


def test_an_installed_mindspore_is_neither_used_nor_changed(real_mindspore):
    before = {path: path.read_bytes() for path in sorted(real_mindspore.rglob("*")) if path.is_file()}
    passes(
        """
        import paraminit
        paraminit.install_as_mindspore()
        import mindspore
        import mindspore.nn
        assert not hasattr(mindspore, "REAL") and not hasattr(mindspore.nn, "REAL")
        try:
            import mindspore.dataset
        except ImportError:
            pass
        else:
            raise AssertionError("the installed MindSpore answered")
        """,
        real_mindspore,
    )
    assert before == {path: path.read_bytes() for path in sorted(real_mindspore.rglob("*")) if path.is_file()}
    # A process that does not ask for it still gets the installed one.
    assert passes("import paraminit, mindspore; print(mindspore.REAL)", real_mindspore) == "True\n"


@pytest.mark.parametrize("imported", ["mindspore", "mindspore.nn"])
def test_refuses_once_the_real_one_is_in_use(real_mindspore, imported):
    """Half of a program on each would mix two Parameter classes; nothing is changed."""
    passes(
        f"""
        import sys
        import {imported}
        import paraminit
        finders = list(sys.meta_path)
        try:
            paraminit.install_as_mindspore()
        except RuntimeError as error:
            assert "the real mindspore" in str(error), error
            assert "paraminit run" in str(error), error
        else:
            raise AssertionError("not refused")
        assert sys.modules["mindspore"].REAL
        assert sys.meta_path == finders
        """,
        real_mindspore,
    )


def test_twice_is_once():
    passes("""
        import sys
        import paraminit
        paraminit.install_as_mindspore()
        finders = list(sys.meta_path)
        paraminit.install_as_mindspore()
        assert sys.meta_path == finders
        """)


def test_a_module_that_is_not_here_says_what_is():
    """An ImportError, so `try: import mindspore.dataset / except ImportError` works as it should."""
    output = passes("""
        import paraminit
        paraminit.install_as_mindspore()
        for name in ["scipy", "nn.absent", "fill", "nn.layer.absent"]:
            name = f"mindspore.{name}"
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                assert error.name == name
                print(error)
        """)
    lines = output.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("paraminit answers for mindspore here and has no mindspore.scipy. It provid")
    for provided in ("mindspore.nn", "mindspore.ops", "mindspore.common", "mindspore.dtype"):
        assert provided in lines[0]


def test_what_it_is_not_for_says_what_to_use():
    """However it is imported; and a program may catch it as the ImportError or AttributeError it is."""
    output = passes("""
        import paraminit
        paraminit.install_as_mindspore()
        import mindspore as ms
        for text in [
            "from mindspore import Model",
            "from mindspore.train import LossMonitor, Model",
            "from mindspore.train.callback import LossMonitor",
            "import mindspore.dataset as ds",
            "from mindspore import dataset",
            "from mindspore.amp import DynamicLossScaleManager",
            "from mindspore.nn import Accuracy",
            "from mindspore.communication import init",
            "from mindspore import vmap",
        ]:
            try:
                exec(text)
            except ImportError as error:
                assert error.name.startswith("mindspore."), error.name
                print(error)
        assert not hasattr(ms, "Model") and hasattr(ms, "nn")
        try:
            ms.COOTensor
        except AttributeError as error:
            print(error)
        try:
            ms.Tensro
        except AttributeError as error:
            assert str(error) == "module 'paraminit' has no attribute 'Tensro'"
        try:
            from mindspore import Tensro
        except ImportError as error:
            print(error)
        """)
    lines = output.splitlines()
    found = [(name, advice) for line in lines[:9] for name, advice in [line.removeprefix(WHO).split(". ", 1)]]
    assert found == [
        ("mindspore.Model", found[0][1]),
        ("mindspore.train.LossMonitor", found[0][1]),
        ("mindspore.train.callback", found[0][1]),
        ("mindspore.dataset", found[3][1]),
        ("mindspore.dataset", found[3][1]),
        ("mindspore.amp", found[5][1]),
        ("mindspore.nn.Accuracy", found[0][1]),
        ("mindspore.communication", found[7][1]),
        ("mindspore.vmap", found[8][1]),
    ]
    assert "write the loop with value_and_grad and an optimizer" in found[0][1]
    assert "torch.utils.data" in found[3][1]
    assert "cell.to_float" in found[5][1]
    assert "torch.distributed" in found[7][1]
    assert "torch.func" in found[8][1]
    assert lines[9].startswith("module 'paraminit' has no attribute 'COOTensor'. Sparse tensors are torch's")
    assert lines[10].startswith("cannot import name 'Tensro'")


def test_no_module_of_ours_is_taken_for_absent():
    import pkgutil

    import paraminit

    ours = [module.name for module in pkgutil.walk_packages(paraminit.__path__, "paraminit.")]
    assert "paraminit.nn.dense" in ours
    assert not [name for name in ours if compat.instead(name)]


def test_other_imports_are_left_alone():
    """Names that merely begin like mindspore are nobody's business here."""
    passes("""
        import importlib.util
        import paraminit
        paraminit.install_as_mindspore()
        assert importlib.util.find_spec("mindspore_gl") is None
        import json
        """)


@pytest.mark.parametrize("place", sorted(compat._PLACES.values()))
def test_every_place_in_the_table_exists(place):
    assert compat.find_spec(f"paraminit.{place}")
