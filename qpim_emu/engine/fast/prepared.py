"""Layers ready to run: all that depends on a layer and its mapping, but on no activation.

Which kernel multiplies, what proves it exact, packed weights, constants of the requantization, and
where everything goes are found once for a layer, a mapping and a way in which operands lie; a
layer's weights and constants cannot be written. What is kept goes with the layer, and holds
neither it nor a plan.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from qpim_emu.engine.fast.dots import Dots
from qpim_emu.engine.fast.kernels.choice import VARIABLE
from qpim_emu.engine.fast.kernels.chunks import CLAMPED, OVERFLOWS
from qpim_emu.engine.fast.lanes import Lanes
from qpim_emu.engine.fast.layout import layout_of
from qpim_emu.engine.fast.outlet import Outlet
from qpim_emu.engine.fast.placing import make_scheme
from qpim_emu.engine.structure import count_plan
from qpim_emu.mapping.programs import MOST_PLANES

if TYPE_CHECKING:
    import numpy as np

    from qpim_emu.engine.fast.layout import Layout
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.placing import Scheme
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.programs import Programs
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["Prepared", "Ready", "make_ready", "ready_of"]

KEPT = 4
"""Most mappings that a layer is kept ready for: batches of some sizes, say."""


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


class Ready:
    """What is kept of a layer and its programs.

    Attributes
    ----------
    programs
        Those: they are of one machine.
    schemes
        How codes of a type are placed, None where NumPy places them.
    prepared
        The layer, ready to run.
    counted
        Counters, and the charge that is part of them.
    """

    __slots__ = ("counted", "prepared", "programs", "schemes")

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.schemes: dict[np.dtype[Any], Scheme | None] = {}
        self.prepared: Prepared | None = None
        self.counted: tuple[Charge | None, Counters] | None = None

    def scheme(self, plan: Plan, kind: np.dtype[Any]) -> Scheme | None:
        """Find how codes of a type are placed."""
        if kind not in self.schemes:
            self.schemes[kind] = make_scheme(plan, kind)
        return self.schemes[kind]

    def prepare(self, plan: Plan, memory: Memory) -> Prepared:
        """Make the layer ready, or find it so.

        Raises
        ------
        UnwrittenReadError
            If the layer reads a block that was never written.
        """
        if self.prepared is None:
            self.prepared = make_ready(plan, memory)
        return self.prepared

    def counters(self, plan: Plan, charge: Charge | None, events: IntArray) -> Counters:
        """Count everything, given overflows and clamped outputs by vault."""
        counted = self.counted  # another thread may replace it
        if counted is None or counted[0] is not charge:
            counters = count_plan(plan)
            if charge is not None:
                charge.add_to(counters)
            counted = self.counted = charge, counters
        return counted[1].with_data(events[OVERFLOWS], events[CLAMPED])


known: WeakKeyDictionary[Conv2d | Linear, dict[tuple[int, str | None], Ready]] = WeakKeyDictionary()
"""By the identity of programs, which are kept alive, and by the kernel that is forced."""


def ready_of(plan: Plan) -> Ready:
    """Find what is kept of a layer and its programs."""
    found = known.get(plan.layer)
    if found is None:
        found = known.setdefault(plan.layer, {})
    key = id(plan.programs), os.environ.get(VARIABLE)
    ready = found.get(key)
    if ready is None:
        ready = Ready(plan.programs)
        if plan.size <= MOST_PLANES:
            if len(found) >= KEPT:
                found.clear()
            found[key] = ready
    return ready


def make_ready(plan: Plan, memory: Memory) -> Prepared:
    """Make a layer ready; errors as `Ready.prepare`."""
    layout = layout_of(plan, memory)
    outlet = Outlet(plan, layout.columns)
    jobs: list[Dots | Lanes] = [
        Dots(job, script, memory, outlet, plan) for job, script in layout.dots
    ]
    if layout.lanes is not None:
        jobs.append(Lanes(layout.lanes, memory, outlet, plan))
    return Prepared(layout, outlet, tuple(jobs))
