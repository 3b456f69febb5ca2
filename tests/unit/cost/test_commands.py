"""Does a command stream add up to its commands, and to the time in which all banks are closed?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.cost.commands import count_commands
from qpim_emu.cost.presets import DS3_IDD, ds3_idd
from qpim_emu.cost.totals import MEASURED
from qpim_emu.engine.run import count_layer
from qpim_emu.errors import InputError
from qpim_emu.hardware import TOY
from qpim_emu.traces import PhaseKind, TraceRecord, trace_step
from qpim_emu.workload.layers import Linear


def command(cycle: int, name: str, mask: int = 0) -> TraceRecord:
    return TraceRecord(cycle=cycle, command=name, vault=0, mask=mask, phase=PhaseKind.STREAM)


def test_by_hand() -> None:
    # TOY: blocks of 4 words, data tCL + tCCD = 4 cycles behind a command
    stream = [
        command(2, "ACT"),
        command(4, "ACT"),
        command(5, "MODE", mask=0xFF),
        command(5, "RD2", mask=0xFF),
        command(8, "PRE"),
        command(10, "PRE"),
        command(12, "REF"),
        command(22, "ACT"),
        command(25, "RD", mask=0xFFF),
        command(26, "WR", mask=0xFFFF),
    ]
    count = count_commands(stream, spec=TOY)
    assert (count.cycles, count.closed_cycles) == (26 + 4, 2 + (22 - 10))
    assert count.closed_share == pytest.approx(14 / 30)
    expected = {
        "act": 3,
        "ref": 1,
        "offered": (2 + 1) * 64,
        "enabled": 2 * 4 * 8 + 4 * 12,
        "written_bits": 64,
        "tsv_bits": 64 + 48 + 64,
    }
    found = count.totals.counts
    assert {name: found[name] for name in expected} == expected
    assert not any(found[name] for name in found.keys() - expected.keys())
    assert not set(MEASURED) & found.keys()


def test_a_last_bank_closes_after_the_data() -> None:
    count = count_commands([command(0, "ACT"), command(1, "RD"), command(9, "PRE")], spec=TOY)
    assert (count.cycles, count.closed_cycles) == (9, 0)


def test_nothing_is_closed_throughout() -> None:
    count = count_commands([], spec=TOY)
    assert (count.cycles, count.closed_cycles, count.closed_share) == (0, 0, 1)


@pytest.mark.parametrize("bits", [4, 5, 9])
def test_a_traced_layer_adds_up_to_its_counters(bits: int) -> None:
    spec = TOY.replace(vaults=1)
    layer = Linear(
        weights=np.ones((3, 20), np.int64), weight_type=f"int{bits}", activation_type=f"int{bits}"
    )
    counters = count_layer(layer, (2, 20), spec=spec)
    count = count_commands(trace_step(layer, (2, 20), spec=spec), spec=spec)
    for name in ("act", "ref", "offered", "enabled", "written_bits", "tsv_bits"):
        assert count.totals.counts[name] == counters.total(name), name
    assert 0 < count.closed_cycles < count.cycles <= counters.total("cycles")


@pytest.mark.parametrize(("share", "milliamperes"), [(0, 21), (1, 19), (0.5, 20)])
def test_standby_lies_between_the_currents(share: float, milliamperes: int) -> None:
    found = ds3_idd(closed_share=share)
    assert found["background_mw_per_vault"] == pytest.approx(1.2 * milliamperes)
    others = [name for name in found.values if found[name] != DS3_IDD[name]]
    assert others == (["background_mw_per_vault"] if share else [])


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_shares_beyond_the_whole_are_refused(share: float) -> None:
    with pytest.raises(InputError, match=r"closed_share must be in 0\.\.1"):
        ds3_idd(closed_share=share)
