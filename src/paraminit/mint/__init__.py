"""MindSpore's torch-style interface: the layers of ``mint.nn``."""

from paraminit.mint import nn as nn

__all__ = ["nn"]
