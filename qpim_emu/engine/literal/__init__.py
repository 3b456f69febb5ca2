"""The literal tier: bits in row buffers, one command at a time, Python integers."""

from qpim_emu.engine.literal.operation import execute_operation
from qpim_emu.engine.literal.tier import execute

__all__ = ["execute", "execute_operation"]
