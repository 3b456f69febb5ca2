"""Layers ready to run: all that depends on a layer and its mapping, but on no activation.

Which kernel multiplies, what proves it exact, packed weights, constants of the requantization, and
where everything goes are found once for a layer, a mapping and a way in which operands lie; a
layer's weights and constants cannot be written. What is kept goes with the layer, and holds
neither it nor a plan.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from qpim_emu.engine.fast.dots import Dots
from qpim_emu.engine.fast.kernels.choice import VARIABLE
from qpim_emu.engine.fast.lanes import Lanes
from qpim_emu.engine.fast.layout import layout_of
from qpim_emu.engine.fast.memory import SharedMemory
from qpim_emu.engine.fast.outlet import Outlet
from qpim_emu.mapping.keeping import Itself

if TYPE_CHECKING:
    from collections.abc import Hashable

    from qpim_emu.engine.fast.layout import Layout
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["Prepared", "prepare"]

KEPT = 4
"""Most mappings that a layer is kept ready for: batches of some sizes, say."""

MOST_PLANES = 1 << 12
"""Most planes of a program that is kept here; they are large for hundreds of images only."""


class Prepared(NamedTuple):
    """A layer ready to run.

    Attributes
    ----------
    layout
        Its jobs as arrays.
    outlet
        What becomes of sums.
    jobs
        What computes them.
    """

    layout: Layout
    outlet: Outlet
    jobs: tuple[Dots | Lanes, ...]


known: WeakKeyDictionary[Conv2d | Linear, dict[Hashable, Prepared]] = WeakKeyDictionary()


def prepare(plan: Plan, memory: Memory) -> Prepared:
    """Make a layer ready, or find it so.

    Raises
    ------
    UnwrittenReadError
        If the layer reads a block that was never written.
    """
    if not isinstance(memory, SharedMemory) or not memory.is_kept:
        return make_ready(plan, memory)
    found = known.setdefault(plan.layer, {})
    key = Itself(plan.programs), os.environ.get(VARIABLE)  # programs are of one machine
    prepared = found.get(key)
    if prepared is None:
        prepared = make_ready(plan, memory)
        if plan.size <= MOST_PLANES:
            if len(found) >= KEPT:
                found.clear()
            found[key] = prepared
    return prepared


def make_ready(plan: Plan, memory: Memory) -> Prepared:
    """Do what `prepare` says."""
    layout = layout_of(plan, memory)
    outlet = Outlet(plan, layout.columns)
    jobs: list[Dots | Lanes] = [
        Dots(job, script, memory, outlet, plan) for job, script in layout.dots
    ]
    if layout.lanes is not None:
        jobs.append(Lanes(layout.lanes, memory, outlet, plan))
    return Prepared(layout, outlet, tuple(jobs))
