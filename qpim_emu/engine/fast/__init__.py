"""The fast tier: vectorised over the same bank image, masks and walks as the literal one."""

from qpim_emu.engine.fast.operation import execute_operation, run_operation
from qpim_emu.engine.fast.tier import execute, place, run

__all__ = ["execute", "execute_operation", "place", "run", "run_operation"]
