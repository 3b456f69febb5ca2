"""The phases of a vault as a trace needs them: what is walked, and through which window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.mapping.phases import Load, Stream
from qpim_emu.traces.record import PhaseKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.window import Window
    from qpim_emu.mapping.dense import DensePlan
    from qpim_emu.mapping.phases import Phase
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.walks import Walk

__all__ = ["TracePhase", "dense_phases", "layer_phases"]


class TracePhase(NamedTuple):
    """One phase: its kind, the window its reads go through (None: it writes), its walks."""

    kind: PhaseKind
    window: Window | None
    walks: tuple[Walk, ...]


def layer_phases(plan: Plan, vault: int) -> Iterator[TracePhase]:
    """Phases of one vault of a MAC layer, in order."""
    return (trace_phase(plan, phase) for phase in plan.phases(vault))


def trace_phase(plan: Plan, phase: Phase) -> TracePhase:
    """Reduce a phase to what its commands depend on."""
    match phase:
        case Load():
            return TracePhase(PhaseKind.LOAD, plan.resident_window(phase.plane), phase.walks)
        case Stream():
            return TracePhase(PhaseKind.STREAM, plan.streamed_window(phase.plane), phase.walks)
        case _:
            return TracePhase(PhaseKind.WRITE, None, phase.walks)


def dense_phases(plan: DensePlan, vault: int) -> Iterator[TracePhase]:
    """Phases of one vault of an operation beside the lanes: READ each input, WRITE the output."""
    for tensor in plan.inputs:
        if (walk := tensor.walk(vault)) is not None:
            yield TracePhase(PhaseKind.READ, tensor.window, (walk,))
    if (walk := plan.output.walk(vault)) is not None:
        yield TracePhase(PhaseKind.WRITE, None, (walk,))
