"""Does a trace without data list, in order and in little memory, what the literal tier issues?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, event, given

import qpim_emu as qe
from qpim_emu.engine.observers import TraceObserver
from qpim_emu.engine.operation import charge_of, plan_operation, run_operation
from qpim_emu.engine.run import count_layer, run_layer
from qpim_emu.errors import CapacityError
from qpim_emu.traces import PhaseKind, expand, trace_node, trace_step
from qpim_emu.workload.operations import Operation
from tests.timing_cases import Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.engine.observers import TraceEntry
    from qpim_emu.hardware import Spec
    from qpim_emu.traces import Trace, TraceRecord

ORDER = {"MODE": 0, "REF": 0, "PRE": 1, "RD": 2, "RD2": 2, "RD4": 2, "WR": 2, "ACT": 3}


def trace_of(case: Case) -> Trace:
    """Trace of a case that fits its machine."""
    try:
        return trace_step(case.layer, case.codes.shape, spec=case.spec)
    except CapacityError:
        assume(False)  # noqa: FBT003 - Hypothesis takes it by position
        raise


def commands(entries: Iterable[TraceEntry]) -> list[tuple[object, ...]]:
    """What a trace lists of the commands of the literal tier."""
    return [(e.cycle, e.name, e.bank, e.row, e.column) for e in entries]


def of_vault(records: Iterable[TraceRecord], vault: int) -> list[tuple[object, ...]]:
    """The same of one vault's records."""
    return [(r.cycle, r.command, r.bank, r.row, r.column) for r in records if r.vault == vault]


@given(case=cases())
def test_a_trace_is_what_the_literal_tier_issues(case: Case) -> None:
    trace = trace_of(case)
    records = list(trace)
    observers: dict[int, TraceObserver] = {}
    result = run_layer(
        case.layer,
        case.codes,
        spec=case.spec,
        observe=lambda vault: observers.setdefault(vault, TraceObserver()),
    )
    assert trace.end == result.cycles
    keys = [(record.cycle, ORDER[record.command], record.bank) for record in records]
    assert keys == sorted(keys)
    assert {record.vault for record in records} == observers.keys()
    for vault, observer in observers.items():
        assert of_vault(records, vault) == commands(observer.entries)
    event(f"refreshed: {any(record.command == 'REF' for record in records)}")


@given(case=cases())
def test_lines_and_blocks_add_up_to_the_counters(case: Case) -> None:
    records = list(trace_of(case))
    counters = count_layer(case.layer, case.codes.shape, spec=case.spec)
    words = case.spec.words_per_block
    for vault in range(case.spec.vaults):
        own = [record for record in records if record.vault == vault]
        reads = [record for record in own if record.command.startswith("RD")]
        enabled = sum(record.mask.bit_count() * words * record.blocks for record in reads)
        assert enabled == counters.vault["enabled"][vault]
        streamed = sum(record.blocks for record in reads if record.phase == "STREAM")
        assert streamed == counters.vault["streamed"][vault]
        written = [record for record in own if record.command == "WR"]
        assert {record.phase for record in written} <= {"WRITE"}
        bits = sum(record.mask.bit_count() * words * record.blocks for record in written)
        assert bits == counters.vault["written_bits"][vault]


def most_commands(spec: Spec) -> int:
    """Commands between two refreshes, or within a phase without one."""
    columns = -(-spec.timing.cycles.refi // spec.timing.cycles.ccd)
    return 3 * columns + 2


@given(case=cases())
def test_no_more_than_a_refresh_interval_is_held(case: Case) -> None:
    held = 0
    real = expand.WindowObserver.take

    def watched(self: expand.WindowObserver, count: int) -> list[TraceEntry]:
        nonlocal held
        held = max(held, count)
        return real(self, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expand.WindowObserver, "take", watched)
        phases = [record.phase for record in trace_of(case)]
    assert held <= max(most_commands(case.spec), phases.count(PhaseKind.BARRIER))


def test_operations_beside_the_lanes() -> None:
    kind = qe.TensorType(shape=(3, 9, 9), format="int8")
    network = qe.Network.chain("one", kind, {"relu": qe.Relu()})
    node = network.nodes[0]
    assert isinstance(node.step, Operation)
    plan = plan_operation(node, network, batch=2, spec=qe.TOY)
    observers: dict[int, TraceObserver] = {}
    trace = trace_node(network, "relu", spec=qe.TOY, batch=2)
    records = list(trace)
    codes = np.zeros((2, 3, 9, 9), np.int64)
    result = run_operation(
        node.step,
        plan,
        [codes],
        charge=charge_of(node.step, plan, [codes - 1]),
        observe=lambda vault: observers.setdefault(vault, TraceObserver()),
    )
    assert trace.end == result.cycles
    for vault, observer in observers.items():
        assert of_vault(records, vault) == commands(observer.entries)
