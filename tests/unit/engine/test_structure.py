"""Are phases measured as if they were expanded, read by read, and is a barrier added once?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.engine.run import count_layer, plan_layer
from qpim_emu.engine.structure import VaultTally, count_plan, measure
from qpim_emu.errors import InputError
from qpim_emu.hardware import TOY, Spec
from qpim_emu.hardware.counters import BANK_COUNTERS, Counters
from qpim_emu.hardware.gating import blocks_of_read
from qpim_emu.mapping.phases import Load, Stream, Write
from qpim_emu.mapping.walks import Walk
from qpim_emu.testing.strategies import Case, cases
from qpim_emu.workload.layers import Linear

WIDE = TOY.replace(row_bytes=64, max_blocks_per_read=4)
NARROW = Window(Int(3))


@pytest.mark.parametrize("most", [1, 2, 4])
@pytest.mark.parametrize("rule", ["aligned", "next"])
def test_every_run_is_cut_into_the_reads_that_the_gating_allows(rule: str, most: int) -> None:
    spec = WIDE.replace(partner_rule=rule, max_blocks_per_read=most)
    for first in range(spec.stripe):
        for blocks in range(1, spec.stripe + 1):
            block, expected = first, Counter[str]()
            while block < first + blocks:
                count = blocks_of_read(block, first + blocks, NARROW, spec)
                expected[{1: "rd", 2: "rd2", 4: "rd4"}[count]] += 1
                block += count
            cost = measure([Walk(base=first, run=blocks)], spec=spec, window=NARROW)
            found = dict(zip(BANK_COUNTERS, cost.commands.sum(axis=0).tolist(), strict=True))
            assert {name: found[name] for name in ("rd", "rd2", "rd4")} == {
                name: expected[name] for name in ("rd", "rd2", "rd4")
            }
            assert cost.blocks_read == blocks


def test_a_write_recovers_longer_than_a_read() -> None:
    walk = [Walk(base=3, run=3)]
    read, write = measure(walk, spec=TOY, window=NARROW), measure(walk, spec=TOY)
    # ACTs in cycles 0 and 1, columns in 3, 4 and 5 (two reads: 3 and 4, the second a pair); then
    # tCL + tCCD + tWR + tRP = 3 + 1 + 2 + 2 behind the last write, tCL + tCCD behind the last read
    assert (read.blocks_read, read.cycles) == (3, 9)
    assert (write.blocks_written, write.cycles) == (3, 13)


def test_no_more_than_four_rows_are_opened_within_tfaw() -> None:
    timing = replace(TOY.timing, tfaw_ns=Decimal(11))
    spec = TOY.replace(layers=4, row_bytes=8, look_ahead=7, timing=timing)
    cost = measure([Walk(base=0, run=8)], spec=spec, window=NARROW)
    # ACTs in cycles 0 to 3 and 11 to 14; the last bank is idle after tRAS + tRP = 6 + 2
    assert cost.cycles == 22


def test_phases_that_differ_by_whole_stripes_cost_the_same() -> None:
    near, far = Walk(base=5, run=9), Walk(base=5 + 7 * TOY.stripe, run=9)
    assert measure([near], spec=TOY, window=NARROW) is measure([far], spec=TOY, window=NARROW)


def test_refreshes_inside_a_phase_and_at_the_barrier() -> None:
    counters = Counters.empty(TOY)
    tally = VaultTally(counters, 0, TOY)
    tally.read([Walk(base=0, run=TOY.stripe * 40)], Window(Int(16)))
    # 40 stripes of 2 banks x 4 columns: tRAS and tRTP let a bank open a row every 9 cycles, so
    # 360 cycles and a bit, which one deadline of 200 cycles interrupts
    inside = tally.costs[0]
    assert (inside.cycles, inside.refreshes) == (379, 1)
    tally.read([Walk(base=0, run=TOY.stripe * 40)], Window(Int(16)), times=3)
    tally.close()
    # four such phases: 1516 cycles and 4 refreshes of 200 cycles each; what is left over, 716
    # cycles, is refreshed every 200 - 10 cycles: three more, of 10 cycles each
    assert counters.vault["ref"].tolist() == [7, 0]
    assert counters.vault["cycles"].tolist() == [1546, 0]


def test_a_vault_without_phases_is_not_busy() -> None:
    counters = Counters.empty(TOY)
    VaultTally(counters, 1, TOY).close()
    assert counters == Counters.empty(TOY)


@given(case=cases(max_macs=2000))
def test_multiplied_phases_are_the_expanded_ones(case: Case) -> None:
    plan = plan_layer(case.layer, case.codes.shape, spec=case.spec, mapping=case.mapping)
    expanded = Counters.empty(plan.spec).structural()
    for vault in range(plan.spec.vaults):
        tally = VaultTally(expanded, vault, plan.spec)
        for phase in plan.phases(vault):
            match phase:
                case Load():
                    tally.read(phase.walks, plan.resident_window(phase.plane))
                case Stream():
                    tally.read(phase.walks, plan.streamed_window(phase.plane))
                case Write():
                    tally.write(phase.walks)
        tally.close()
    counted = count_plan(plan)
    differences = expanded.differences(counted)
    beside_commands = {"streamed", "idle", "updates", "requantized", "buffer_written_bits"}
    assert set(differences) <= beside_commands | {"buffer_read_bits"} | {
        name for name in differences if name.startswith("macs")
    }


def count_toy(spec: Spec = TOY) -> Counters:
    """Structural counters of a small linear layer."""
    layer = Linear(weights=np.ones((3, 5), np.int64), weight_type="int4", activation_type="int4")
    return count_layer(layer, (2, 5), spec=spec)


@pytest.mark.parametrize("name", ["overflows", "clamped"])
def test_counting_without_data_refuses_what_depends_on_them(name: str) -> None:
    counters = count_toy()
    with pytest.raises(InputError, match=f"got '{name}'.*depends on data"):
        counters.total(name)
    with pytest.raises(InputError, match=f"got '{name}'.*depends on data"):
        _ = counters.vault[name]
    assert name not in counters.totals()


def test_sums_hold_what_both_counted() -> None:
    counters = count_toy()
    both = Counters.empty(TOY) + counters
    assert both == counters
    assert both != Counters.empty(TOY) + Counters.empty(TOY)
    assert (counters + counters).total("macs") == 2 * counters.total("macs") == 60
