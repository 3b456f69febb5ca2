"""The count tier: what a layer costs, without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.structure import count_plan

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.mapping.plan import Plan

__all__ = ["execute"]


def execute(plan: Plan, *, charge: Charge) -> Counters:
    """Count a mapped layer, placement included.

    Parameters
    ----------
    plan
        The mapped layer.
    charge
        What placing its codes costs.

    Returns
    -------
    Counters
        Without the data-dependent counters: asking for one of them raises InputError.
    """
    counters = count_plan(plan)
    charge.add_to(counters)
    return counters
