"""Do toggles come out as worked out by hand: reads, writes, held lines, banks, a whole layer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest

from qpim_emu import TOY, Int, Linear, Machine, Switching, Tier, UInt, Window
from qpim_emu.engine.fast.kernels.switching import append, walk_lines
from qpim_emu.engine.fast.switching import gating, untouched
from qpim_emu.engine.literal.switching import SwitchingObserver
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.engine.run import count_layer, run_layer
from qpim_emu.engine.structure.tables import walk_table
from qpim_emu.errors import InputError
from qpim_emu.hardware.commands import Act, Mode, Rd, Wr
from qpim_emu.hardware.counters import Counters
from qpim_emu.mapping.walks import Walk
from qpim_emu.memory import VaultImage

if TYPE_CHECKING:
    from qpim_emu import Format, Spec

Issued: TypeAlias = Mode | Rd | Wr

# TOY: a block is 4 words of 16 bits, a row is 4 blocks, a vault has 2 banks.


def toggles(
    commands: list[Issued],
    *words: int | tuple[int, int, int, int],
    spec: Spec = TOY,
) -> tuple[list[int], int]:
    """Issue commands to open rows; toggles of every bank's lines, and of the bus.

    Blocks from address 0 on hold `words`; a single integer stands in word 0, before zeros.
    """
    image = VaultImage(spec)
    image.write(0, np.zeros((spec.stripe, spec.words_per_block), np.uint16))
    blocks = [(word, 0, 0, 0) if isinstance(word, int) else word for word in words]
    image.write(0, np.array(blocks, np.uint16).reshape(-1, spec.words_per_block))
    counters = Counters.empty(spec, switching=Switching.MEASURED)
    vault = Vault(spec, image=image, observer=SwitchingObserver(counters, vault=1, spec=spec))
    for bank in range(spec.banks):
        vault.issue(Act(bank=bank, row=0))
    for command in commands:
        vault.issue(command)
    others = [*counters.bank["line_toggles"][0].tolist(), int(counters.vault["bus_toggles"][0])]
    assert not any(others)
    assert counters.vault["tsv_toggles"].tolist() == counters.vault["bus_toggles"].tolist()
    lines: list[int] = counters.bank["line_toggles"][1].tolist()
    return lines, int(counters.vault["bus_toggles"][1])


def rd(column: int, blocks: int = 1, bank: int = 0) -> Rd:
    """Read."""
    return Rd(bank=bank, column=column, blocks=blocks)


def mode(window: Window | Format) -> Mode:
    """Set a window."""
    return Mode(window=window if isinstance(window, Window) else Window(window))


def test_a_read_drives_its_enabled_lines_in_place() -> None:
    # 9 lines. 0 -> 0FF: 8 rise, and line 0 of word 3: 1. Then 0FF -> 10F: 4 fall, 1 rises.
    first, second = (0x00FF, 0, 0, 0x8001), (0x010F, 0, 0, 0x8001)
    assert toggles([mode(UInt(9)), rd(0)], first, second) == ([9, 0], 9)
    assert toggles([mode(UInt(9)), rd(0), rd(1)], first, second) == ([14, 0], 14)


def test_a_dual_read_drives_both_halves_of_a_word() -> None:
    # 0000 -> 0305: 4. 0305 -> 0C05: lines 8..11 all change.
    assert toggles([mode(UInt(4)), rd(0, 2)], 0x5, 0x3, 0x5, 0xC) == ([4, 0], 4)
    assert toggles([mode(UInt(4)), rd(0, 2), rd(2, 2)], 0x5, 0x3, 0x5, 0xC) == ([8, 0], 8)


def test_a_dual_read_starts_at_the_first_enabled_line() -> None:
    # bits 4..7 of F0 and 30 travel as 0F and 03: lines 0..3 and 8..9
    window = mode(Window(UInt(4), shift=4))
    assert toggles([window, rd(0, 2)], 0xF0, 0x30) == ([6, 0], 6)


def test_lines_that_another_window_disables_hold_their_value() -> None:
    # 12 lines rise. RD2 of zeros drives lines 0..3 and 8..11 only: 8 fall, 4..7 hold.
    # Reading FFF again raises those 8.
    commands: list[Issued] = [mode(UInt(12)), rd(0), mode(UInt(4)), rd(2, 2), mode(UInt(12)), rd(0)]
    assert toggles(commands[:2], 0xFFF, 0xFFF) == ([12, 0], 12)
    assert toggles(commands[:4], 0xFFF, 0xFFF) == ([20, 0], 20)
    assert toggles(commands, 0xFFF, 0xFFF) == ([28, 0], 28)


def test_a_write_drives_every_line() -> None:
    # FFFF: 16 rise. Reading 9 lines of a zero block: 9 fall. FFFF again: those 9 rise.
    write = Wr(bank=0, column=0, words=(0xFFFF, 0, 0, 0))
    assert toggles([mode(UInt(9)), write]) == ([16, 0], 16)
    assert toggles([mode(UInt(9)), write, rd(0)]) == ([16, 0], 16)
    assert toggles([mode(UInt(9)), write, rd(1), write]) == ([34, 0], 34)


def test_banks_have_lines_of_their_own_and_share_the_bus() -> None:
    # bank 0 always carries 000F, bank 1 always 0000: the bus goes F 0 F
    commands: list[Issued] = [mode(UInt(16)), rd(0), rd(0, bank=1), rd(0)]
    assert toggles(commands, 0xF) == ([4, 0], 12)
    # bank 1 raises its own lines although the bus carried the same before
    assert toggles(commands, *[0xF] * 8) == ([4, 4], 4)


def test_lines_enabled_by_granularity_only_toggle_too() -> None:
    # bits 2..4 enable lines 0..7 at granularity 4
    window = mode(Window(UInt(3), shift=2))
    assert toggles([window, rd(0)], 0xFFFF, spec=TOY.replace(gate_granularity=4)) == ([8, 0], 8)
    assert toggles([window, rd(0)], 0xFFFF) == ([3, 0], 3)


def test_a_constant_stream_rises_once() -> None:
    blocks = [(0x1234, 0x8000, 0xFFFF, 0x0001)] * 8
    reads: list[Issued] = [
        rd(column, bank=bank) for _ in range(3) for bank in (0, 1) for column in range(4)
    ]
    once = 5 + 1 + 16 + 1
    assert toggles([mode(Int(16)), *reads], *blocks) == ([once, once], once)


ONES = Linear(weights=[[1] * 8], weight_type="int16", activation_type="int16")


@pytest.mark.parametrize("tier", list(Tier))
def test_a_layer(tier: Tier) -> None:
    # LOAD and STREAM read four blocks of ones, all in bank 0: line 0 of the 4 words rises.
    # The sum 8 has 48 bits, 3 blocks: 1 1 1 1 -> 8 0 0 0 is 2 + 3, -> 0 0 0 0 is 1, -> the same.
    # Vault 0 has no filter (0 * 1 // 2 .. 1 * 1 // 2).
    run = Machine(TOY).run(ONES, [[1] * 8], tier=tier, switching="measured")
    assert run.counters.bank["line_toggles"].tolist() == [[0, 0], [10, 0]]
    assert run.counters.vault["bus_toggles"].tolist() == [0, 10]
    assert run.counters.vault["tsv_toggles"].tolist() == [0, 10]
    assert run.counters.totals()["line_toggles"] == 10


@pytest.mark.parametrize("tier", list(Tier))
def test_unmeasured_toggles_must_be_requested(tier: Tier) -> None:
    counters = run_layer(ONES, [[1] * 8], spec=TOY, tier=tier).counters
    for name in ("line_toggles", "bus_toggles", "tsv_toggles"):
        assert name not in counters.totals()
        with pytest.raises(InputError, match=f"got '{name}' .*request it"):
            counters.total(name)
    with pytest.raises(InputError, match=r"got 'line_toggles' .*depends on data"):
        counters.bank["line_toggles"]
    with pytest.raises(InputError, match=r"got 'bus_toggles' .*depends on data"):
        count_layer(ONES, (1, 8), spec=TOY).total("bus_toggles")


@pytest.mark.parametrize("switching", [True, None, "half", 1])
def test_other_switching_is_refused(switching: object) -> None:
    with pytest.raises(InputError, match="switching must be one of assumed, measured, got"):
        run_layer(ONES, [[1] * 8], spec=TOY, switching=switching)  # type: ignore[arg-type]


def test_counters_with_and_without_toggles() -> None:
    plain = run_layer(ONES, [[1] * 8], spec=TOY).counters
    measured = run_layer(ONES, [[1] * 8], spec=TOY, switching=Switching.MEASURED).counters
    assert measured != plain
    assert set(measured.differences(plain)) == {"line_toggles", "bus_toggles", "tsv_toggles"}
    assert measured.structural() == plain.structural()
    assert (measured + measured).total("line_toggles") == 20
    assert measured + plain == plain + plain
    assert measured.copy() == measured


@pytest.mark.parametrize("cut", range(1, 12))
def test_segments_compose(cut: int) -> None:
    # blocks 0..12 of random words, read at once or in two parts: the same first and last values
    spec = TOY.replace(max_blocks_per_read=4)
    words = np.random.default_rng(cut).integers(0, 1 << 16, (12, 4)).astype(np.uint16)
    windows = [Window(UInt(4), shift=3), Window(Int(7))]
    runs = [(0, cut, windows[0]), (cut, 12, windows[1])]
    whole, parts = untouched(spec), untouched(spec)
    for base, past, window in runs:
        table, gate = walk_table([Walk(base=base, run=past - base)]), gating(window, spec)
        walk_lines(whole, words, table, gate)
        part = untouched(spec)
        walk_lines(part, words, table, gate)
        append(parts, part)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)
