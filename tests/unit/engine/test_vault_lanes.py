"""Do MAC and DRAIN compute what the lanes define, and refuse what they cannot?"""

from __future__ import annotations

import pytest

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.lanes import Lanes
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.errors import IllegalCommandError
from qpim_emu.hardware import TOY
from qpim_emu.hardware.commands import Act, Drain, Mac, Mode, Rd, Wr
from qpim_emu.mapping.plane import Reduce
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.requantize import Requantize
from tests.vault_state import refused

HALVED = Requantize(mode="shift", shift=1, low=-8, high=7)


def lanes(reduce: Reduce, *, accumulator: Accumulator | None = None) -> Lanes:
    """Lanes holding the resident blocks (1, -2, 3, -4) and (10, 10, 10, 10) minus 1 each."""
    found = Lanes(
        reduce=reduce,
        accumulator=accumulator or Accumulator(),
        requantize=HALVED,
        resident_bits=8,
    )
    found.fill([1, -2, 3, -4], [0, 0, 0, 0])
    found.fill([10, 10, 10, 10], [1, 1, 1, 1])
    return found


def streaming(prepared: Lanes) -> Vault:
    """A vault with (1, 2, 3, 4) and (-5, 6, -7, 7) on the bus, from one dual read."""
    vault = Vault(TOY)
    vault.lanes = prepared
    vault.issue(Mode(window=Window(Int(4))))
    vault.issue(Act(bank=0, row=0))
    vault.issue(Wr(bank=0, column=0, words=(1, 2, 3, 4)))
    vault.issue(Wr(bank=0, column=1, words=(0xB, 6, 9, 7)))  # -5 and -7 in four bits
    assert vault.issue(Rd(bank=0, column=0, blocks=2)).words == (0x0B01, 0x0602, 0x0903, 0x0704)
    return vault


def mac(vault: Vault, part: int, resident: int, live: int = 4) -> None:
    vault.issue(Mac(part=part, resident=resident, accumulator=7, live=live))


def test_a_dot_product_adds_the_sum_of_a_block() -> None:
    vault = streaming(lanes(Reduce.DOT))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0], biases=[100])
    mac(vault, part=0, resident=0)
    (register,) = vault.lanes.registers[7]
    assert register.value == 100 + (1 * 1 + 2 * -2 + 3 * 3 + 4 * -4)  # 90
    mac(vault, part=1, resident=1)
    assert register.value == 90 + 9 * (-5 + 6 - 7 + 7)  # 99
    mac(vault, part=1, resident=0, live=2)
    assert register.value == 99 + (-5 * 1 + 6 * -2)  # 82: words 2 and 3 are discarded


def test_the_streamed_zero_point_is_subtracted_from_live_words() -> None:
    vault = streaming(lanes(Reduce.DOT))
    assert vault.lanes is not None
    vault.lanes.streamed_zero_point = 2
    vault.lanes.start(7, filters=[0], biases=[0])
    mac(vault, part=0, resident=0, live=3)
    assert vault.lanes.registers[7][0].value == (1 - 2) * 1 + (2 - 2) * -2 + (3 - 2) * 3


def test_depthwise_lanes_keep_their_own_sums() -> None:
    vault = streaming(lanes(Reduce.PER_LANE))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0, 1, 2], biases=[10, 20, 30])
    mac(vault, part=0, resident=0, live=3)
    mac(vault, part=1, resident=1, live=3)
    values = [register.value for register in vault.lanes.registers[7]]
    assert values == [10 + 1 - 5 * 9, 20 - 4 + 6 * 9, 30 + 9 - 7 * 9]


def test_a_drain_requantizes_and_frees_the_accumulator() -> None:
    vault = streaming(lanes(Reduce.PER_LANE))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0, 1], biases=[-3, 30])
    outputs = vault.issue(Drain(accumulator=7))
    # floor(-3 / 2) = -2; 30 / 2 = 15, clamped to 7
    assert [(one.accumulator, one.code, one.clamped) for one in outputs] == [
        (-3, -2, False),
        (30, 7, True),
    ]
    assert vault.lanes.registers == {}
    assert "started one, got 7" in refused(vault, Drain(accumulator=7), IllegalCommandError)


def test_a_saturating_accumulator_clips_block_by_block_in_order() -> None:
    # 8 bits: 120 + 9 * 1 clips at 127, then 127 - 10 = 117; the other order gives 119
    vault = streaming(lanes(Reduce.DOT, accumulator=Accumulator(bits=8, overflow="saturate")))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0], biases=[120])
    mac(vault, part=1, resident=1)
    assert vault.lanes.registers[7][0].value == 127
    mac(vault, part=0, resident=0)
    (output,) = vault.issue(Drain(accumulator=7))
    assert output.accumulator == 117
    assert output.total == 120 + 9 - 10
    assert not output.overflowed  # clipped additions were counted as they happened


def test_a_wrapping_accumulator_remembers_its_exact_total() -> None:
    vault = streaming(lanes(Reduce.DOT, accumulator=Accumulator(bits=8)))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0], biases=[127])
    mac(vault, part=1, resident=1)
    (output,) = vault.issue(Drain(accumulator=7))
    assert (output.accumulator, output.total, output.overflowed) == (127 + 9 - 256, 136, True)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (Mac(part=2, resident=0, accumulator=7, live=4), "part must be a block of the last read"),
        (Mac(part=-1, resident=0, accumulator=7, live=4), "part must be a block of the last read"),
        (Mac(part=0, resident=2, accumulator=7, live=4), "resident must be in 0..1, got 2"),
        (Mac(part=0, resident=-1, accumulator=7, live=4), "resident must be in 0..1, got -1"),
        (Mac(part=0, resident=0, accumulator=6, live=4), "a started one, got 6"),
        (Mac(part=0, resident=0, accumulator=7, live=0), "live must be in 1..4, got 0"),
        (Mac(part=0, resident=0, accumulator=7, live=5), "live must be in 1..4, got 5"),
        (Drain(accumulator=0), "a started one, got 0"),
    ],
    ids=["part", "part-1", "resident", "resident-1", "accumulator", "live0", "live5", "drain"],
)
def test_the_lanes_refuse_what_they_do_not_have(command: Mac | Drain, message: str) -> None:
    vault = streaming(lanes(Reduce.DOT))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0], biases=[0])
    assert message in refused(vault, command, IllegalCommandError)


def test_depthwise_lanes_must_all_be_live() -> None:
    vault = streaming(lanes(Reduce.PER_LANE))
    assert vault.lanes is not None
    vault.lanes.start(7, filters=[0, 1, 2], biases=[0, 0, 0])
    command = Mac(part=0, resident=0, accumulator=7, live=4)
    assert "number of lane accumulators, got 4" in refused(vault, command, IllegalCommandError)


def test_nothing_was_read_yet() -> None:
    vault = Vault(TOY)
    vault.lanes = lanes(Reduce.DOT)
    vault.lanes.start(7, filters=[0], biases=[0])
    command = Mac(part=0, resident=0, accumulator=7, live=4)
    assert "block of the last read, got 0" in refused(vault, command, IllegalCommandError)
