"""Does the bus carry the enabled lines where the semantics put them, bit by bit?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qpim_emu.arith.formats import BIPOLAR, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.hardware import TOY, Spec
from qpim_emu.hardware.commands import Act, Mode, Rd, Wr

if TYPE_CHECKING:
    from qpim_emu.engine.literal.bus import BusImage

# TOY: a block is 4 words of 16 bits
BLOCK_A = (0xABCD, 0x1234, 0xFFFF, 0x0080)
BLOCK_B = (0x5678, 0x9ABC, 0x0001, 0x807F)
BLOCK_C = (0x1111, 0x2222, 0x3333, 0x4444)
BLOCK_D = (0x5555, 0x6666, 0x7777, 0x8888)


def read(window: Window, *, blocks: int, spec: Spec = TOY, column: int = 0) -> BusImage:
    """Read blocks of a row that holds A, B, C, D."""
    vault = Vault(spec)
    vault.issue(Mode(window=window))
    vault.issue(Act(bank=0, row=0))
    for at, words in enumerate((BLOCK_A, BLOCK_B, BLOCK_C, BLOCK_D)):
        vault.issue(Wr(bank=0, column=at, words=words))
    return vault.issue(Rd(bank=0, column=column, blocks=blocks))


def lines(text: str) -> str:
    """Bits of a word written line 15 first, as `bitarray` lists them: line 0 first."""
    return text.replace(" ", "")[::-1]


def test_a_single_read_leaves_its_lines_in_place() -> None:
    # 5 bits from line 3: mask 0000 0000 1111 1000
    bus = read(Window(UInt(5), shift=3), blocks=1)
    assert bus.bits.to01() == "".join(
        (
            lines("0000 0000 1100 1000"),  # ABCD = 1010 1011 1100 1101
            lines("0000 0000 0011 0000"),  # 1234 = 0001 0010 0011 0100
            lines("0000 0000 1111 1000"),  # FFFF
            lines("0000 0000 1000 0000"),  # 0080
        )
    )
    assert bus.words == (0x00C8, 0x0030, 0x00F8, 0x0080)
    assert bus.operands(0) == [25, 6, 31, 16]  # C8 >> 3, 30 >> 3, ...


def test_a_dual_read_packs_two_blocks_into_the_halves_of_a_word() -> None:
    # the same window; block A's 5 lines start at line 0, block B's at line 16 / 2 = 8
    bus = read(Window(UInt(5), shift=3), blocks=2)
    assert bus.bits.to01() == "".join(
        (
            # fields: (ABCD >> 3) & 31 = 11001, (5678 >> 3) & 31 = 01111
            lines("000 01111 000 11001"),
            # (1234 >> 3) & 31 = 00110, (9ABC >> 3) & 31 = 10111
            lines("000 10111 000 00110"),
            # (FFFF >> 3) & 31 = 11111, (0001 >> 3) & 31 = 00000
            lines("000 00000 000 11111"),
            # (0080 >> 3) & 31 = 10000, (807F >> 3) & 31 = 01111
            lines("000 01111 000 10000"),
        )
    )
    assert bus.words == (0x0F19, 0x1706, 0x001F, 0x0F10)
    assert bus.operands(0) == [25, 6, 31, 16]
    assert bus.operands(1) == [15, 23, 0, 15]


def test_half_a_word_fills_the_bus() -> None:
    # 8 bits from line 8: the upper bytes, A below B
    bus = read(Window(Int(8), shift=8), blocks=2)
    assert bus.words == (0x56AB, 0x9A12, 0x00FF, 0x8000)
    assert bus.operands(0) == [0xAB - 256, 0x12, -1, 0]
    assert bus.operands(1) == [0x56, 0x9A - 256, 0, -128]


def test_four_blocks_share_a_word_in_quarters() -> None:
    # the lowest nibbles of A, B, C, D from the right
    spec = TOY.replace(max_blocks_per_read=4)
    bus = read(Window(UInt(4)), blocks=4, spec=spec)
    assert bus.words == (0x518D, 0x62C4, 0x731F, 0x84F0)
    assert [bus.operands(part) for part in range(4)] == [
        [0xD, 0x4, 0xF, 0x0], [0x8, 0xC, 0x1, 0xF], [1, 2, 3, 4], [5, 6, 7, 8],
    ]  # fmt: skip


def test_a_line_enabled_by_granularity_only_travels_and_is_dropped() -> None:
    # bits 2..4 need lines 0..7 at granularity 4
    spec = TOY.replace(gate_granularity=4)
    window = Window(UInt(3), shift=2)
    alone = read(window, blocks=1, spec=spec)
    assert alone.words == (0x00CD, 0x0034, 0x00FF, 0x0080)
    assert alone.operands(0) == [0b011, 0b101, 0b111, 0b000]  # (CD >> 2) & 7, ...
    both = read(window, blocks=2, spec=spec)
    assert both.words == (0x78CD, 0xBC34, 0x01FF, 0x7F80)
    assert both.operands(0) == alone.operands(0)
    assert both.operands(1) == [0b110, 0b111, 0b000, 0b111]  # (78 >> 2) & 7, ...


def test_granularity_packs_from_the_first_enabled_line() -> None:
    # bits 5..6 need lines 4..7; block B's group starts at line 8 of the bus
    spec = TOY.replace(gate_granularity=4)
    bus = read(Window(UInt(2), shift=5), blocks=2, spec=spec)
    assert bus.words == (0x070C, 0x0B03, 0x000F, 0x0708)
    assert bus.operands(0) == [0b10, 0b01, 0b11, 0b00]  # (C >> 1) & 3, (3 >> 1) & 3, ...
    assert bus.operands(1) == [0b11, 0b01, 0b00, 0b11]


def test_one_bit_is_minus_or_plus_one() -> None:
    bus = read(Window(BIPOLAR, shift=2), blocks=2)
    assert bus.words == (0x0001, 0x0101, 0x0001, 0x0100)  # bit 2 of A, and of B at line 8
    assert bus.operands(0) == [1, 1, 1, -1]
    assert bus.operands(1) == [-1, 1, -1, 1]


@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_a_read_brings_the_column_it_names(column: int) -> None:
    bus = read(Window(UInt(16)), blocks=1, column=column)
    assert bus.words == (BLOCK_A, BLOCK_B, BLOCK_C, BLOCK_D)[column]


def test_any_neighbours_are_partners_under_next() -> None:
    spec = TOY.replace(partner_rule="next")
    assert read(Window(UInt(8)), blocks=2, spec=spec, column=1).words == (
        0x1178, 0x22BC, 0x3301, 0x447F,
    )  # fmt: skip


def test_words_narrower_than_sixteen_bits_keep_their_places() -> None:
    # W = 8: a block is 8 words, and two 4-bit fields share a word
    spec = TOY.replace(word_bits=8)
    vault = Vault(spec)
    vault.issue(Mode(window=Window(UInt(4), shift=4)))
    vault.issue(Act(bank=1, row=2))
    vault.issue(Wr(bank=1, column=0, words=(0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0)))
    vault.issue(Wr(bank=1, column=1, words=(0x0F, 0x1E, 0x2D, 0x3C, 0x4B, 0x5A, 0x69, 0x78)))
    assert vault.issue(Rd(bank=1, column=0)).words == (
        0x10, 0x30, 0x50, 0x70, 0x90, 0xB0, 0xD0, 0xF0,
    )  # fmt: skip
    assert vault.issue(Rd(bank=1, column=0, blocks=2)).words == (
        0x01, 0x13, 0x25, 0x37, 0x49, 0x5B, 0x6D, 0x7F,
    )  # fmt: skip
