"""The fast tier: read, multiply and drain a placed layer; count it from its walks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qpim_emu.engine.fast.dots import Dots
from qpim_emu.engine.fast.drain import requantize
from qpim_emu.engine.fast.lanes import Lanes
from qpim_emu.engine.fast.layout import layout_of
from qpim_emu.engine.fast.memory import memory_of
from qpim_emu.engine.fast.sink import accumulators_of, make_sink, outputs_of
from qpim_emu.engine.fast.switching import measure_plan
from qpim_emu.engine.fast.trapping import raise_lowest
from qpim_emu.engine.result import LayerExecution
from qpim_emu.engine.structure import count_plan
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.shared import Operands, Outputs, output_regions
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qpim_emu.engine.fast.layout import Layout
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.sink import Sink
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
    memory = memory_of(plan, image)
    layout = layout_of(plan, memory)
    sink = make_sink(plan, layout.columns)
    for finished in compute(layout, memory, sink):
        if progress:
            progress(finished)
    if plan.layer.accumulator.overflow is Overflow.TRAP and sink.overflows.any():
        raise_lowest(layout, memory, sink)
    write_outputs(sink, image)
    counters = count_plan(plan)
    counters.vault["overflows"] = sink.overflows
    counters.vault["clamped"] = sink.clamped
    if switching is Switching.MEASURED:
        measure_plan(plan, image, counters)
    return LayerExecution(
        accumulators=partial(accumulators_of, sink),
        outputs=partial(outputs_of, sink),
        counters=counters,
        image=image,
    )


def compute(layout: Layout, memory: Memory, sink: Sink) -> Iterator[int]:
    """Run all jobs; yields how many outputs are finished now and then."""
    scripts = [script for _, script in layout.dots]
    for job, script in layout.dots:
        yield from Dots(job, script, memory, sink).run()
    if layout.lanes is not None:
        scripts.extend(layout.lanes.scripts)
        yield from Lanes(layout.lanes, memory, sink).run()
    if not sink.is_drained:
        for script in scripts:
            requantize(sink, script)


def write_outputs(sink: Sink, image: BankImage) -> None:
    """Write the packed codes into the image: described, or into each vault's own words."""
    outputs = Outputs(sink.words, sink.columns.numbers)
    if isinstance(image.contents, Operands):
        image.contents.outputs = outputs
        return
    for region in output_regions(sink.plan, outputs):
        image[region.vault].write_rows(region.base, region.rows, pitch=region.pitch)
