"""Quantized layers that the MAC lanes compute."""

from qpim_emu.workload.layers.base import MacLayer
from qpim_emu.workload.layers.conv import Conv1d, Conv2d
from qpim_emu.workload.layers.linear import Linear, matmul

__all__ = ["Conv1d", "Conv2d", "Linear", "MacLayer", "matmul"]
