"""The fast tier: read, multiply and drain a placed layer; count it from its walks."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.fast.drain import requantize
from qpim_emu.engine.fast.kernels.chunks import OVERFLOWS
from qpim_emu.engine.fast.memory import memory_of
from qpim_emu.engine.fast.placing import begin_placing
from qpim_emu.engine.fast.prepared import prepare
from qpim_emu.engine.fast.sink import accumulators_of, make_sink, outputs_of
from qpim_emu.engine.fast.switching import measure_plan
from qpim_emu.engine.fast.trapping import raise_lowest
from qpim_emu.engine.result import LayerExecution
from qpim_emu.engine.structure import count_plan
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.shared import Operands, Outputs, output_regions
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.placing import Filling
    from qpim_emu.engine.fast.prepared import Prepared
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["execute", "run"]


def execute(
    plan: Plan,
    image: BankImage,
    *,
    filling: Filling | None = None,
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
    filling
        What places activations that are not in the image yet.
    switching
        Whether toggles are measured.
    progress
        Called with the number of outputs each time some are finished.

    Raises
    ------
    CodeError
        If a code that was still to be placed does not belong to its type.
    UnwrittenReadError
        If the layer reads a block that was never written.
    AccumulatorOverflowError
        If the layer's accumulators trap and an exact total left their format.
    """
    memory = memory_of(plan, image, filling)
    prepared = prepare(plan, memory)
    outlet = prepared.outlet
    sink = make_sink(plan, outlet, keeps_accumulators=not outlet.is_drained)
    for finished in compute(prepared, memory, sink):
        if progress:
            progress(finished)
    memory.finish()
    if plan.layer.accumulator.overflow is Overflow.TRAP and sink.events[OVERFLOWS].any():
        raise_lowest(prepared.layout, memory, sink)
    write_outputs(sink, image)
    counters = count_plan(plan)
    counters.vault["overflows"], counters.vault["clamped"] = sink.events
    if switching is Switching.MEASURED:
        measure_plan(plan, image, counters)
    return LayerExecution(
        accumulators=partial(compute_accumulators, plan, prepared, memory),
        outputs=partial(outputs_of, sink),
        counters=counters,
        image=image,
    )


def run(
    plan: Plan,
    codes: NDArray[Any],
    *,
    switching: Switching = Switching.ASSUMED,
    progress: Callable[[int], None] | None = None,
) -> LayerExecution:
    """Place a layer and execute it; images that have just been placed are computed with at once.

    Parameters and errors are those of `qpim_emu.engine.fast.place` and `execute`.
    """
    operands, filling = begin_placing(plan, codes)
    image = BankImage(plan.spec, operands)
    return execute(plan, image, filling=filling, switching=switching, progress=progress)


def compute(prepared: Prepared, memory: Memory, sink: Sink) -> Iterator[int]:
    """Run all jobs; yields how many outputs are finished now and then."""
    for job in prepared.jobs:
        yield from job.run(memory, sink)
    if not prepared.outlet.is_drained:
        for script in prepared.layout.scripts:
            requantize(sink, script)


def compute_accumulators(plan: Plan, prepared: Prepared, memory: Memory) -> IntArray:
    """Run all jobs again, for their accumulators.

    These take twice the room of the outputs, and writing them would take a run longer than
    anything but its products; few runs are asked for them. Operands are still as they were:
    what a user can write are copies of them.
    """
    sink = make_sink(plan, prepared.outlet, keeps_accumulators=True)
    for job in prepared.jobs:
        deque(job.run(memory, sink), maxlen=0)
    return accumulators_of(sink)


def write_outputs(sink: Sink, image: BankImage) -> None:
    """Write the packed codes into the image: described, or into each vault's own words."""
    outputs = Outputs(sink.words, sink.outlet.columns.numbers)
    if isinstance(image.contents, Operands):
        image.contents.outputs = outputs
        return
    for region in output_regions(sink.plan, outputs):
        image[region.vault].write_rows(region.base, region.rows, pitch=region.pitch)
