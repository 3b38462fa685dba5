"""Files of values: safetensors in and out, MindSpore's own checkpoints too. No pickle is ever loaded."""

from paraminit.files.background import async_ckpt_thread_status as async_ckpt_thread_status
from paraminit.files.converting import ckpt_to_safetensors as ckpt_to_safetensors
from paraminit.files.converting import safetensors_to_ckpt as safetensors_to_ckpt
from paraminit.files.into_net import load_param_into_net as load_param_into_net
from paraminit.files.loading import load_checkpoint as load_checkpoint
from paraminit.files.loading import load_checkpoint_async as load_checkpoint_async
from paraminit.files.saving import save_checkpoint as save_checkpoint
from paraminit.files.segmented import load_segmented_checkpoints as load_segmented_checkpoints
from paraminit.files.verify import verify as verify

__all__ = [
    "async_ckpt_thread_status",
    "ckpt_to_safetensors",
    "load_checkpoint",
    "load_checkpoint_async",
    "load_param_into_net",
    "load_segmented_checkpoints",
    "safetensors_to_ckpt",
    "save_checkpoint",
    "verify",
]
