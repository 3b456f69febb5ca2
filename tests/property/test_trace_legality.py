"""Is every command of every run legal, and issued exactly as early as the semantics define?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume, event, given

from qpim_emu.engine.observers import TraceObserver
from qpim_emu.engine.run import RunResult, plan_layer, run_layer
from qpim_emu.errors import CapacityError
from qpim_emu.mapping.phases import Write
from qpim_emu.mapping.placement import place
from tests.legality import find_violations
from tests.phase_rules import check_layer
from tests.timing_cases import Case, cases

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window
    from qpim_emu.engine.observers import TraceEntry


def run_traced(case: Case) -> tuple[RunResult, dict[int, list[TraceEntry]]]:
    """Run a case, with the trace of every vault that has work."""
    observers: dict[int, TraceObserver] = {}
    try:
        result = run_layer(
            case.layer,
            case.codes,
            spec=case.spec,
            tier="literal",
            observe=lambda vault: observers.setdefault(vault, TraceObserver()),
        )
    except CapacityError:
        assume(False)  # noqa: FBT003 - Hypothesis takes it by position
    return result, {vault: observer.entries for vault, observer in observers.items()}


@given(case=cases())
def test_every_trace_is_legal(case: Case) -> None:
    result, traces = run_traced(case)
    placed = place(result.plan, case.codes)
    for vault, entries in traces.items():
        event(f"reads: {sorted({entry.name for entry in entries if entry.name.startswith('RD')})}")
        written = np.flatnonzero(placed[vault].written).tolist()
        assert find_violations(entries, case.spec, written=written) == []


@given(case=cases())
def test_every_command_comes_as_early_as_defined(case: Case) -> None:
    result, traces = run_traced(case)
    assert traces.keys() == {v for v, program in enumerate(result.plan.programs) if program}
    for vault, entries in traces.items():
        phases = result.plan.phases(vault)
        blocks = [sum(walk.blocks for walk in phase.walks) for phase in phases]
        cycles = int(result.counters.vault["cycles"][vault])
        assert check_layer(entries, case.spec, blocks, cycles=cycles) == []
        last = max(entry.cycle for entry in entries if entry.name == "WR")
        inside = any(entry.name == "REF" and entry.cycle < last for entry in entries)
        event(f"refreshed inside a phase: {inside}")
    assert result.cycles == max(result.counters.vault["cycles"])


@given(case=cases())
def test_every_phase_but_a_write_sets_its_window_first(case: Case) -> None:
    plan = plan_layer(case.layer, case.codes.shape, spec=case.spec)
    _, traces = run_traced(case)
    for vault, entries in traces.items():
        windows = [entry.window for entry in entries if entry.name == "MODE"]
        expected: list[Window | None] = []
        for phase in plan.phases(vault):
            if not isinstance(phase, Write):
                # LOAD holds what STREAM does not
                streams_weights = (phase.plane.streamed == "weights") == (len(expected) % 2 == 1)
                layer = case.layer
                expected.append(layer.weight_window if streams_weights else layer.activation_window)
        assert windows == expected


@given(case=cases())
def test_every_bank_ends_closed_and_counters_match_the_trace(case: Case) -> None:
    result, traces = run_traced(case)
    for vault, entries in traces.items():
        for name in ("act", "pre", "rd", "rd2", "rd4", "wr"):
            of_bank = [
                sum(entry.name == name.upper() and entry.bank == bank for entry in entries)
                for bank in range(case.spec.banks)
            ]
            assert result.counters.bank[name][vault].tolist() == of_bank, name
        refreshes = sum(entry.name == "REF" for entry in entries)
        assert result.counters.vault["ref"][vault] == refreshes
        reads = [entry for entry in entries if entry.name.startswith("RD")]
        assert result.counters.vault["enabled"][vault] == sum(entry.enabled for entry in reads)
    assert (result.counters.bank["act"] == result.counters.bank["pre"]).all()
