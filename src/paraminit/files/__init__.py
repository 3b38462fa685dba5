"""Files of values: safetensors in and out, and MindSpore's own checkpoints in. No pickle is ever loaded."""

from paraminit.files.into_net import load_param_into_net as load_param_into_net
from paraminit.files.loading import load_checkpoint as load_checkpoint
from paraminit.files.loading import load_checkpoint_async as load_checkpoint_async
from paraminit.files.saving import save_checkpoint as save_checkpoint
from paraminit.files.verify import verify as verify

__all__ = ["load_checkpoint", "load_checkpoint_async", "load_param_into_net", "save_checkpoint", "verify"]
