"""Structural counters of an operation beside the lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.structure.tally import VaultTally
from qpim_emu.hardware.counters import Counters

if TYPE_CHECKING:
    from qpim_emu.mapping.dense import DensePlan

__all__ = ["count_dense_plan"]


def count_dense_plan(plan: DensePlan) -> Counters:
    """Count the READ phases of every input and the WRITE phase, placement not included."""
    counters = Counters.empty(plan.spec).structural()
    for vault in range(plan.spec.vaults):
        tally = VaultTally(counters, vault, plan.spec)
        for tensor in plan.inputs:
            if (walk := tensor.walk(vault)) is not None:
                tally.read([walk], tensor.window)
        if (walk := plan.output.walk(vault)) is not None:
            tally.write([walk])
        tally.close()
    return counters
