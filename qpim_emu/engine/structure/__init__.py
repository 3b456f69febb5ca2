"""Structural counters and cycles, from the phases of a program without expanding them.

Every distinct phase is walked once, row visit by row visit, and multiplied by how often it
occurs. `measure` gives the commands and cycles of any phase; `VaultTally` adds phases up for a
vault, its barrier included; `count_plan` does both for a mapped MAC layer, `count_dense_plan`
for an operation beside the lanes.
"""

from qpim_emu.engine.structure.dense import count_dense_plan
from qpim_emu.engine.structure.measure import PhaseCost, measure
from qpim_emu.engine.structure.planes import count_plan
from qpim_emu.engine.structure.tally import VaultTally

__all__ = ["PhaseCost", "VaultTally", "count_dense_plan", "count_plan", "measure"]
