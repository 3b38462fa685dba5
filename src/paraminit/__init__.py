"""Parameter initialization for PyTorch the way MindSpore describes it, bit for bit.

This file is a table of contents. A name is imported when it is first used, so that ``import paraminit``
loads neither torch nor Numba nor NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paraminit import common as common
    from paraminit import context as context
    from paraminit import dtype as dtype
    from paraminit import errors as errors
    from paraminit import mint as mint
    from paraminit import nn as nn
    from paraminit import numpy as numpy
    from paraminit import ops as ops
    from paraminit.compat import install_as_mindspore as install_as_mindspore
    from paraminit.context import GRAPH_MODE as GRAPH_MODE
    from paraminit.context import PYNATIVE_MODE as PYNATIVE_MODE
    from paraminit.context import ParallelMode as ParallelMode
    from paraminit.context import get_auto_parallel_context as get_auto_parallel_context
    from paraminit.context import get_context as get_context
    from paraminit.context import jit as jit
    from paraminit.context import reset_auto_parallel_context as reset_auto_parallel_context
    from paraminit.context import set_auto_parallel_context as set_auto_parallel_context
    from paraminit.context import set_context as set_context
    from paraminit.context import set_device as set_device
    from paraminit.creation import from_numpy as from_numpy
    from paraminit.creation import is_tensor as is_tensor
    from paraminit.describe.plan import Plan as Plan
    from paraminit.describe.planning import plan as plan
    from paraminit.describe.rules import Rule as Rule
    from paraminit.dtype import dtype_to_nptype as dtype_to_nptype
    from paraminit.dtype import dtype_to_pytype as dtype_to_pytype
    from paraminit.dtype import pytype_to_dtype as pytype_to_dtype
    from paraminit.files.background import async_ckpt_thread_status as async_ckpt_thread_status
    from paraminit.files.converting import ckpt_to_safetensors as ckpt_to_safetensors
    from paraminit.files.converting import safetensors_to_ckpt as safetensors_to_ckpt
    from paraminit.files.into_net import load_param_into_net as load_param_into_net
    from paraminit.files.loading import load_checkpoint as load_checkpoint
    from paraminit.files.loading import load_checkpoint_async as load_checkpoint_async
    from paraminit.files.saving import save_checkpoint as save_checkpoint
    from paraminit.files.segmented import load_segmented_checkpoints as load_segmented_checkpoints
    from paraminit.fill.keys import get_seed as get_seed
    from paraminit.fill.keys import set_seed as set_seed
    from paraminit.gradients import grad as grad
    from paraminit.gradients import value_and_grad as value_and_grad
    from paraminit.graphs import JitConfig as JitConfig
    from paraminit.graphs import lazy_inline as lazy_inline
    from paraminit.graphs import mutable as mutable
    from paraminit.lazy import no_init_parameters as no_init_parameters
    from paraminit.parameter import Parameter as Parameter
    from paraminit.parameter_tuple import ParameterTuple as ParameterTuple
    from paraminit.place.materialize import initialize as initialize
    from paraminit.place.on_meta import parameters_on_meta as parameters_on_meta
    from paraminit.place.replicas import data_parallel as data_parallel
    from paraminit.profiles import profile as profile
    from paraminit.tensor import Tensor as Tensor

__version__ = "0.1.0"

_MODULES = ("common", "context", "dtype", "errors", "mint", "nn", "numpy", "ops")
_HOMES = {
    "GRAPH_MODE": "context",
    "JitConfig": "graphs",
    "PYNATIVE_MODE": "context",
    "ParallelMode": "context",
    "Parameter": "parameter",
    "ParameterTuple": "parameter_tuple",
    "Plan": "describe.plan",
    "Rule": "describe.rules",
    "Tensor": "tensor",
    "async_ckpt_thread_status": "files",
    "ckpt_to_safetensors": "files",
    "data_parallel": "place.replicas",
    "dtype_to_nptype": "dtype",
    "dtype_to_pytype": "dtype",
    "from_numpy": "creation",
    "get_auto_parallel_context": "context",
    "get_context": "context",
    "get_seed": "fill.keys",
    "grad": "gradients",
    "initialize": "place.materialize",
    "install_as_mindspore": "compat",
    "is_tensor": "creation",
    "jit": "context",
    "lazy_inline": "graphs",
    "load_checkpoint": "files",
    "load_checkpoint_async": "files",
    "load_param_into_net": "files",
    "load_segmented_checkpoints": "files",
    "mutable": "graphs",
    "no_init_parameters": "lazy",
    "parameters_on_meta": "place.on_meta",
    "plan": "describe.planning",
    "profile": "profiles",
    "pytype_to_dtype": "dtype",
    "reset_auto_parallel_context": "context",
    "safetensors_to_ckpt": "files",
    "save_checkpoint": "files",
    "set_auto_parallel_context": "context",
    "set_context": "context",
    "set_device": "context",
    "set_seed": "fill.keys",
    "value_and_grad": "gradients",
}
_DTYPES = (
    *("bfloat16", "bool_", "complex64", "complex128", "float16", "float32", "float64"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
# MindSpore has these too; `from paraminit import *` does not, since it would replace Python's.
_MORE_DTYPES = (
    "bool",
    "byte",
    "cdouble",
    "cfloat",
    "double",
    "float",
    "half",
    "int",
    "long",
    "short",
    "single",
)

__all__ = [
    "GRAPH_MODE",
    "JitConfig",
    "PYNATIVE_MODE",
    "ParallelMode",
    "Parameter",
    "ParameterTuple",
    "Plan",
    "Rule",
    "Tensor",
    "__version__",
    "async_ckpt_thread_status",
    "ckpt_to_safetensors",
    "common",
    "context",
    "data_parallel",
    "dtype",
    "dtype_to_nptype",
    "dtype_to_pytype",
    "errors",
    "from_numpy",
    "get_auto_parallel_context",
    "get_context",
    "get_seed",
    "grad",
    "initialize",
    "install_as_mindspore",
    "is_tensor",
    "jit",
    "lazy_inline",
    "load_checkpoint",
    "load_checkpoint_async",
    "load_param_into_net",
    "load_segmented_checkpoints",
    "mint",
    "mutable",
    "nn",
    "no_init_parameters",
    "ops",
    "parameters_on_meta",
    "plan",
    "profile",
    "pytype_to_dtype",
    "reset_auto_parallel_context",
    "safetensors_to_ckpt",
    "save_checkpoint",
    "set_auto_parallel_context",
    "set_context",
    "set_device",
    "set_seed",
    "value_and_grad",
    *_DTYPES,
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"paraminit.{name}")
    home = "dtype" if name in _DTYPES or name in _MORE_DTYPES else _HOMES.get(name)
    if home is None:
        from paraminit.absent import instead

        advice = f". {found}" if (found := instead(name)) else ""
        raise AttributeError(f"module 'paraminit' has no attribute {name!r}{advice}")
    value = getattr(import_module(f"paraminit.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
