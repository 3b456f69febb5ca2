"""Do the counters obey the conservation laws, and the closed forms of what was computed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.arith.requantize import Mode
from qpim_emu.engine.run import RunResult, Tier, run_layer
from qpim_emu.hardware import TOY, enabled_lines
from qpim_emu.hardware.counters import BANK_COUNTERS, VAULT_COUNTERS
from qpim_emu.mapping.phases import Load, Stream, Write
from qpim_emu.testing.strategies import Case, LayerInput, cases, layers
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.layers import Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

SILENT = [Overflow.WRAP, Overflow.SATURATE]
UNREPEATED = {"ref", "cycles"}
"""Counters with a barrier term, which is one per layer."""


def run(case: Case) -> RunResult:
    return run_layer(
        case.layer, case.codes, spec=case.spec, mapping=case.mapping, tier=Tier.LITERAL
    )


def blocks_of(result: RunResult, kind: type[Load | Stream | Write]) -> IntArray:
    """Blocks that the walks of one kind of phase visit, ``int64[vaults]``."""
    plan = result.plan
    return np.array(
        [
            sum(
                walk.blocks
                for phase in plan.phases(vault)
                if isinstance(phase, kind)
                for walk in phase.walks
            )
            for vault in range(plan.spec.vaults)
        ]
    )


@given(case=cases(policies=SILENT, max_macs=500))
def test_conservation(case: Case) -> None:
    result = run(case)
    bank, vault = result.counters.bank, result.counters.vault
    assert np.array_equal(vault["enabled"] + vault["gated"], vault["offered"])
    assert np.array_equal(bank["act"], bank["pre"])
    assert np.array_equal(vault["tsv_bits"], vault["enabled"] + vault["written_bits"])
    read = (bank["rd"] + 2 * bank["rd2"] + 4 * bank["rd4"]).sum(axis=1)
    assert np.array_equal(read, blocks_of(result, Load) + blocks_of(result, Stream))
    assert np.array_equal(vault["offered"], read * case.spec.block_lines)
    assert np.array_equal(bank["wr"].sum(axis=1), blocks_of(result, Write))
    assert np.array_equal(vault["written_bits"], blocks_of(result, Write) * case.spec.block_lines)
    assert np.array_equal(vault["streamed"], blocks_of(result, Stream))
    for values in (*bank.values(), *vault.values(), *result.counters.macs.values()):
        assert (values >= 0).all()


@given(case=cases(policies=SILENT, max_macs=300))
def test_lane_slots(case: Case) -> None:
    result = run(case)
    words, plan = case.spec.words_per_block, result.plan
    met = np.zeros(case.spec.vaults, np.int64)
    for index in range(case.spec.vaults):
        for phase in plan.phases(index):
            if isinstance(phase, Stream):
                met[index] += phase.count * sum(walk.blocks for walk in phase.walks)
    (macs,) = result.counters.macs.values()
    vault = result.counters.vault
    assert np.array_equal(macs + vault["idle"], met * words)
    assert int(macs.sum()) == plan.geometry.macs
    per_lane = any(plane.reduce == "per_lane" for plane in plan.planes)
    assert np.array_equal(vault["updates"], met * (words if per_lane else 1))
    resident = {plan.resident_window(plane).precision for plane in plan.planes}
    assert np.array_equal(vault["buffer_read_bits"], met * words * resident.pop())


@given(case=cases(policies=SILENT, max_macs=300))
def test_closed_forms(case: Case) -> None:
    result = run(case)
    plan, vault = result.plan, result.counters.vault
    widths = (case.layer.weight_window.precision, case.layer.activation_window.precision)
    assert set(result.counters.macs) == {widths}
    requantizes = case.layer.requantize.mode is not Mode.NONE
    assert int(vault["requantized"].sum()) == (result.outputs.size if requantizes else 0)
    assert int(vault["placed"].sum()) == sum(p.rows * p.row_blocks for p in plan.planes)
    assert not vault["vault_bits"].any()
    (streamed, resident), *_ = {
        (plan.streamed_window(plane), plan.resident_window(plane)) for plane in plan.planes
    }
    words, spec = case.spec.words_per_block, case.spec
    lines = blocks_of(result, Load) * enabled_lines(resident, spec)
    lines += blocks_of(result, Stream) * enabled_lines(streamed, spec)
    assert np.array_equal(vault["enabled"], lines * words)
    loaded = blocks_of(result, Load) * words * resident.precision
    assert np.array_equal(vault["buffer_written_bits"], loaded)
    idle_vaults = [index for index, program in enumerate(plan.programs) if not program]
    for name in VAULT_COUNTERS:
        assert not vault[name][idle_vaults].any(), name


@given(case=cases(policies=SILENT, max_macs=300))
def test_nothing_is_gated_when_both_windows_take_the_word(case: Case) -> None:
    result = run(case)
    windows = (case.layer.weight_window, case.layer.activation_window)
    whole = all(enabled_lines(window, case.spec) == case.spec.word_bits for window in windows)
    assert (result.counters.total("gated") == 0) == whole
    if whole:
        assert result.counters.total("rd2") == result.counters.total("rd4") == 0


@pytest.mark.parametrize("full", [Int(16), UInt(16)], ids=str)
def test_nothing_is_gated_at_full_precision(full: Format) -> None:
    rng = np.random.default_rng(0)
    layer = Conv2d(
        weights=rng.integers(full.min, full.max + 1, (2, 5, 2, 2)),
        weight_type=full,
        activation_type=full,
    )
    result = run_layer(layer, rng.integers(full.min, full.max + 1, (1, 5, 4, 4)), spec=TOY)
    assert result.counters.total("gated") == 0
    assert result.counters.bus_utilization == 1.0


@given(
    drawn=layers(policies=SILENT, max_macs=300).filter(lambda d: not isinstance(d.layer, Linear)),
    times=st.integers(2, 3),
)
def test_a_batch_repeats_the_program_of_one_image(drawn: LayerInput, times: int) -> None:
    spec = TOY.replace(bank_bytes=64 * TOY.bank_bytes)
    one = run_layer(drawn.layer, drawn.codes[:1], spec=spec)
    repeated = np.repeat(drawn.codes[:1], times, axis=0)
    many = run_layer(drawn.layer, repeated, spec=spec)
    for name in BANK_COUNTERS:
        assert np.array_equal(many.counters.bank[name], times * one.counters.bank[name]), name
    for name in one.counters.vault.keys() - UNREPEATED:
        assert np.array_equal(many.counters.vault[name], times * one.counters.vault[name]), name


@given(first=cases(policies=SILENT, max_macs=100), data=st.data())
def test_counters_add_over_layers(first: Case, data: st.DataObject) -> None:
    second = data.draw(cases(spec=st.just(first.spec), policies=SILENT, max_macs=100))
    one, other = run(first).counters, run(second).counters
    both = one + other
    for name, total in both.totals().items():
        assert total == one.total(name) + other.total(name), name
    assert both == other + one
