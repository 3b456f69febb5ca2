"""Structural counters of an operation beside the lanes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qpim_emu.engine.structure.tally import VaultTally
from qpim_emu.hardware.counters import Counters
from qpim_emu.mapping.keeping import Keeper

if TYPE_CHECKING:
    from qpim_emu.mapping.dense import DensePlan

__all__ = ["count_dense_plan"]


known_counters: Keeper[Counters] = Keeper()
"""Counters of plans; not to be changed."""


def count_dense_plan(plan: DensePlan) -> Counters:
    """Count the READ phases of every input and the WRITE phase, placement not included.

    The counters are the caller's to add to.
    """
    planes = plan.spec.vaults * (len(plan.inputs) + 1)
    return known_counters.find(plan, partial(make_counters, plan), planes=planes).copy()


def make_counters(plan: DensePlan) -> Counters:
    """Do what `count_dense_plan` says."""
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
