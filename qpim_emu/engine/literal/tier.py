"""The literal tier: a layer executed command by command, as the specification reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.literal.controller import Controller
from qpim_emu.engine.literal.counting import CountingObserver
from qpim_emu.engine.literal.program import VaultProgram
from qpim_emu.engine.literal.switching import switching_observers
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.engine.observers import fan_out
from qpim_emu.engine.result import LayerExecution, output_shape, raise_trapped
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.switching import Switching
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.hardware.events import Observer
    from qpim_emu.mapping.outputs import OutputIndex
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.memory.image import BankImage

__all__ = ["execute"]


def execute(
    plan: Plan,
    image: BankImage,
    *,
    switching: Switching = Switching.ASSUMED,
    observe: Callable[[int], Observer] | None = None,
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
    observe
        Makes an observer for each vault, besides the counting one.
    progress
        Called with the number of outputs each time some are finished.

    Raises
    ------
    AccumulatorOverflowError
        If the layer's accumulators trap and an exact total left their format.
    """
    spec, layer = plan.spec, plan.layer
    counters = Counters.empty(spec, switching=switching)
    widths = (layer.weight_window.precision, layer.activation_window.precision)
    counters.macs[widths] = np.zeros(spec.vaults, np.int64)
    accumulators = np.zeros(output_shape(plan), np.int64)
    outputs = np.zeros(output_shape(plan), np.int64)
    trapped: list[tuple[OutputIndex, int]] = []
    for index in range(spec.vaults):
        if not plan.programs[index]:
            continue
        counting = CountingObserver(
            counters, vault=index, macs=widths, block_lines=spec.block_lines
        )
        toggles = switching_observers(switching, counters, vault=index, spec=spec)
        observer = fan_out(counting, *toggles, *([observe(index)] if observe else []))
        controller = Controller(Vault(spec, image=image[index], observer=observer))
        program = VaultProgram(plan, controller)
        for phase in plan.phases(index):
            for output, drained in program.execute(phase):
                accumulators[output] = drained.accumulator
                outputs[output] = drained.code
                if drained.overflowed and layer.accumulator.overflow is Overflow.TRAP:
                    trapped.append((output, drained.total))
                if progress:
                    progress(1)
        counters.vault["cycles"][index] = controller.barrier()
    raise_trapped(plan, trapped)
    return LayerExecution(
        accumulators=accumulators, outputs=outputs, counters=counters, image=image
    )
