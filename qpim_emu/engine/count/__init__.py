"""The count tier: structural counters and cycles alone, for layers of any size."""

from qpim_emu.engine.count.tier import execute

__all__ = ["execute"]
