"""The fast tier: read, multiply, drain and write a placed layer; count it from its walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.fast.dots import Dots
from qpim_emu.engine.fast.drain import count_events, requantize, write_outputs
from qpim_emu.engine.fast.jobs import dot_jobs
from qpim_emu.engine.fast.lanes import Lanes
from qpim_emu.engine.fast.sink import Sink
from qpim_emu.engine.fast.switching import measure_plan
from qpim_emu.engine.result import LayerExecution
from qpim_emu.engine.structure import count_plan
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.plane import Reduce

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.memory.image import BankImage

__all__ = ["execute"]


def execute(
    plan: Plan,
    image: BankImage,
    *,
    switching: Switching = Switching.ASSUMED,
    progress: Callable[[int], None] | None = None,
) -> LayerExecution:
    """Execute a placed layer.

    Parameters
    ----------
    plan
        The mapped layer.
    image
        Its bank image, operands placed; outputs are written into it.
    switching
        Whether toggles are measured.
    progress
        Called with the number of outputs each time some are finished.

    Raises
    ------
    UnwrittenReadError
        If the layer reads a block that was never written.
    AccumulatorOverflowError
        If the layer's accumulators trap and an exact total left their format.
    """
    sink = Sink(plan)
    dots = [plane for plane in plan.planes if plane.reduce is Reduce.DOT]
    for job in dot_jobs(plan, dots, image):
        for finished in Dots(plan, job, image, sink).run():
            if progress:
                progress(finished)
    for plane in plan.planes:
        if plane.reduce is Reduce.PER_LANE:
            for finished in Lanes(plan, plane, image, sink).run():
                if progress:
                    progress(finished)
    sink.raise_trapped()
    codes, clamped = requantize(plan, sink.accumulators)
    write_outputs(plan, codes, image)
    counters = count_plan(plan)
    counters.vault["overflows"] = count_events(plan, sink.overflows)
    counters.vault["clamped"] = count_events(plan, clamped)
    if switching is Switching.MEASURED:
        measure_plan(plan, image, counters)
    return LayerExecution(
        accumulators=sink.accumulators, outputs=codes, counters=counters, image=image
    )
