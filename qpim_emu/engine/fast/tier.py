"""The fast tier: read, multiply and drain a placed layer; count it from its walks."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.fast.drain import requantize
from qpim_emu.engine.fast.kernels.chunks import OVERFLOWS
from qpim_emu.engine.fast.memory import memory_of
from qpim_emu.engine.fast.placing import begin_placing
from qpim_emu.engine.fast.prepared import Ready, ready_of
from qpim_emu.engine.fast.sink import accumulators_of, make_sink, outputs_of
from qpim_emu.engine.fast.switching import measure_plan
from qpim_emu.engine.fast.trapping import raise_lowest
from qpim_emu.engine.result import LayerExecution
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.shared import Operands, Outputs, output_regions
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["execute", "place", "run"]


def place(plan: Plan, codes: NDArray[Any]) -> BankImage:
    """Make the bank image of a layer, its operands placed.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Activation codes, integers of any type but ``uint64``, in the shape the plan was made for.

    Raises
    ------
    CodeError
        If a code does not belong to the layer's activation type.
    """
    operands, filling = begin_placing(plan, codes, ready_of(plan).scheme(plan, codes.dtype))
    if filling is not None:
        filling.finish()
    return BankImage(plan.spec, operands)


def execute(
    plan: Plan,
    image: BankImage,
    *,
    charge: Charge | None = None,
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
    charge
        What placing them cost, to be counted as well.
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
    memory, ready = memory_of(plan, image), ready_of(plan)
    if not memory.is_kept:
        ready = Ready(plan.programs)
    run = Run(plan, memory, image, ready)
    return run.execute(charge, switching=switching, progress=progress)


def run(
    plan: Plan,
    codes: NDArray[Any],
    *,
    charge: Charge | None = None,
    switching: Switching = Switching.ASSUMED,
    progress: Callable[[int], None] | None = None,
) -> LayerExecution:
    """Place a layer and execute it; images that have just been placed are computed with at once.

    Parameters and errors are those of `place` and `execute`.
    """
    ready = ready_of(plan)
    operands, filling = begin_placing(plan, codes, ready.scheme(plan, codes.dtype))
    image = BankImage(plan.spec, operands)
    found = Run(plan, memory_of(plan, image, filling), image, ready)
    return found.execute(charge, switching=switching, progress=progress)


class Run:
    """One execution of a layer.

    Parameters
    ----------
    plan
        The mapped layer.
    memory, image
        Its operands, and the image that shows them.
    ready
        What is kept of the layer.
    """

    __slots__ = ("image", "memory", "plan", "prepared", "ready")

    def __init__(self, plan: Plan, memory: Memory, image: BankImage, ready: Ready) -> None:
        self.plan, self.memory, self.image, self.ready = plan, memory, image, ready
        self.prepared = ready.prepare(plan, memory)

    def execute(
        self,
        charge: Charge | None,
        *,
        switching: Switching,
        progress: Callable[[int], None] | None,
    ) -> LayerExecution:
        """Do what the function `execute` says."""
        plan, memory, prepared = self.plan, self.memory, self.prepared
        drained = prepared.outlet.is_drained
        sink = make_sink(plan, prepared.outlet, keeps_accumulators=not drained)
        for job in prepared.jobs:
            for finished in job.run(memory, sink):
                if progress:
                    progress(finished)
        memory.finish()
        if not drained:
            for script in prepared.layout.scripts:
                requantize(sink, script)
        if plan.layer.accumulator.overflow is Overflow.TRAP and sink.events[OVERFLOWS].any():
            raise_lowest(prepared.layout, memory, sink)
        write_outputs(sink, self.image)
        executed = LayerExecution(
            accumulators=self.compute_accumulators if drained else partial(accumulators_of, sink),
            outputs=partial(outputs_of, sink),
            counters=partial(self.ready.counters, plan, charge, sink.events),
            image=self.image,
        )
        if switching is Switching.MEASURED:
            measure_plan(plan, self.image, executed.counters)
        return executed

    def compute_accumulators(self) -> IntArray:
        """Run all jobs again, for their accumulators.

        These take twice the room of the outputs, and writing them would take a run longer than
        anything but its products; few runs are asked for them. Operands are still as they were:
        what a user can write are copies of them.
        """
        sink = make_sink(self.plan, self.prepared.outlet, keeps_accumulators=True)
        for job in self.prepared.jobs:
            deque(job.run(self.memory, sink), maxlen=0)
        return accumulators_of(sink)


def write_outputs(sink: Sink, image: BankImage) -> None:
    """Write the packed codes into the image: described, or into each vault's own words."""
    outputs = Outputs(sink.words, sink.outlet.columns.numbers)
    if isinstance(image.contents, Operands):
        image.contents.outputs = outputs
        return
    for region in output_regions(sink.plan, outputs):
        image[region.vault].write_rows(region.base, region.rows, pitch=region.pitch)
