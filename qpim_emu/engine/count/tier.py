"""The count tier: what a layer costs, without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.structure import count_plan
from qpim_emu.mapping.placement import charge_placement

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["execute"]


def execute(plan: Plan, *, homes: IntArray | None = None) -> Counters:
    """Count a mapped layer, placement included.

    Parameters
    ----------
    plan
        The mapped layer.
    homes
        Vault that produced each input code, -1 for none; none did if not given.

    Returns
    -------
    Counters
        Without the data-dependent counters: asking for one of them raises InputError.
    """
    counters = count_plan(plan)
    charge_placement(plan, homes, counters)
    return counters
