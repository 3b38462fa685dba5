"""The table of contents: what it names, and what loading it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import paraminit
from paraminit import errors


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


HEAVY = "{'torch', 'numba', 'numpy', 'ml_dtypes'} & set(sys.modules)"


@pytest.mark.parametrize(
    "code",
    ["import paraminit", "import paraminit; dir(paraminit); paraminit.__version__; paraminit.profile"],
    ids=["import", "look at it"],
)
def test_importing_is_light(code):
    result = run(f"import sys; {code}; assert not {HEAVY}, {HEAVY}")
    assert result.returncode == 0, result.stderr


def test_the_test_above_can_fail():
    assert run(f"import sys, paraminit; paraminit.Tensor; assert not {HEAVY}").returncode == 1


def test_every_name_resolves():
    for name in paraminit.__all__:
        assert getattr(paraminit, name) is not None
    assert set(paraminit.__all__) <= set(dir(paraminit))
    with pytest.raises(AttributeError, match="module 'paraminit' has no attribute 'Tensro'"):
        _ = paraminit.Tensro


def test_the_documents_imports():
    result = run(
        "import paraminit as ms, paraminit.nn as nn, paraminit.ops as ops\n"
        "from paraminit import Tensor, Parameter, set_seed, dtype as mstype\n"
        "from paraminit.common.initializer import Initializer, Normal, initializer\n"
        "from paraminit.common.initializer import _calculate_fan_in_and_fan_out, _assignment\n"
        "from paraminit.nn.utils import no_init_parameters\n"
        "assert ms.Tensor is Tensor and ms.float32 is mstype.float32 and ms.nn is nn\n"
        "assert no_init_parameters is ms.no_init_parameters\n"
    )
    assert result.returncode == 0, result.stderr


def test_every_error_is_ours_and_a_built_in():
    for name in errors.__all__:
        error = getattr(errors, name)
        assert issubclass(error, errors.ParaminitError)
        if error is not errors.ParaminitError:
            assert issubclass(error, (ValueError, TypeError, RuntimeError, ImportError))
