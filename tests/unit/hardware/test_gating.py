"""Do windows enable exactly the lines they need, and do reads return as many blocks as fit?"""

from __future__ import annotations

from itertools import pairwise

import pytest

from qpim_emu.arith.formats import BIPOLAR, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.errors import InputError
from qpim_emu.hardware import (
    PAPER,
    TOY,
    Spec,
    block_gating_mask,
    blocks_of_read,
    check_window,
    enabled_lines,
    first_bus_line,
    gating_lines,
    gating_mask,
    max_blocks,
)

BYTES = TOY.replace(word_bits=8)
WINDOWS = [Window(UInt(p), lo) for p in range(1, 9) for lo in range(9 - p)]
"""Every window of an 8-bit word."""


@pytest.mark.parametrize("granularity", [1, 2, 4, 8])
def test_the_gating_mask_is_the_union_of_the_groups_that_the_operand_touches(
    granularity: int,
) -> None:
    spec = BYTES.replace(gate_granularity=granularity)
    groups = [((1 << granularity) - 1) << at for at in range(0, 8, granularity)]
    for window in WINDOWS:
        expected = sum(group for group in groups if group & window.operand_mask)
        assert gating_mask(window, spec) == expected, window
        assert enabled_lines(window, spec) == expected.bit_count(), window
        first, past = gating_lines(window, spec)
        assert [first <= line < past for line in range(8)] == [
            bool(expected >> line & 1) for line in range(8)
        ]


def test_the_masks_of_the_worked_example() -> None:
    window = Window(Int(4), 6)
    assert window.operand_mask == 0b0000_0011_1100_0000
    assert gating_lines(window, PAPER) == (6, 10)
    coarse = PAPER.replace(gate_granularity=4)
    assert gating_lines(window, coarse) == (4, 12)
    assert gating_mask(window, coarse) == 0b0000_1111_1111_0000
    assert enabled_lines(window, PAPER.replace(gate_granularity=16)) == 16


def test_the_block_mask_repeats_the_word_mask() -> None:
    assert block_gating_mask(Window(Int(4), 2), TOY) == 0x003C_003C_003C_003C
    assert block_gating_mask(Window(BIPOLAR), BYTES) == 0x0101_0101_0101_0101


def test_a_full_window_gates_nothing() -> None:
    assert block_gating_mask(Window(Int(16)), PAPER) == (1 << PAPER.block_lines) - 1


@pytest.mark.parametrize(
    ("most", "granularity", "expected"),
    [
        # precision           1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16
        (1, 1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        (2, 1, [2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]),
        (4, 1, [4, 4, 4, 4, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]),
        (4, 4, [4, 4, 4, 4, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]),
        (4, 8, [2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]),
        (4, 16, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_how_many_blocks_fit_by_precision(most: int, granularity: int, expected: list[int]) -> None:
    spec = PAPER.replace(max_blocks_per_read=most, gate_granularity=granularity)
    assert [max_blocks(Window(UInt(p)), spec) for p in range(1, 17)] == expected


def test_a_shift_across_a_group_can_cost_the_pair() -> None:
    spec = PAPER.replace(gate_granularity=4)
    assert max_blocks(Window(Int(8), 4), spec) == 2
    assert max_blocks(Window(Int(8), 5), spec) == 1


def test_blocks_need_not_divide_the_word() -> None:
    spec = TOY.replace(word_bits=6, block_bytes=3, row_bytes=12, bank_bytes=120)
    four = spec.replace(max_blocks_per_read=4)
    assert [max_blocks(Window(UInt(p)), four) for p in range(1, 7)] == [4, 2, 2, 1, 1, 1]
    assert [first_bus_line(j, 4, four) for j in range(4)] == [0, 1, 2, 3]
    assert [first_bus_line(j, 2, four) for j in range(2)] == [0, 3]


def test_blocks_start_at_equal_fractions_of_the_word() -> None:
    assert [first_bus_line(j, 2, PAPER) for j in range(2)] == [0, 8]
    assert [first_bus_line(j, 4, PAPER) for j in range(4)] == [0, 4, 8, 12]


@pytest.mark.parametrize("most", [2, 4])
@pytest.mark.parametrize("granularity", [1, 2, 4, 8])
def test_packed_blocks_never_share_a_line(most: int, granularity: int) -> None:
    spec = BYTES.replace(max_blocks_per_read=most, gate_granularity=granularity)
    for window in WINDOWS:
        count = max_blocks(window, spec)
        if count > 1:
            starts = [first_bus_line(j, count, spec) for j in range(count)] + [spec.word_bits]
            room = [after - start for start, after in pairwise(starts)]
            assert min(room) >= enabled_lines(window, spec), window


# TOY has four blocks in a row: block 5 is in column 1 of bank 1.
@pytest.mark.parametrize(
    ("machine", "precision", "run", "expected"),
    [
        (("aligned", 2), 8, (0, 8), 2),  # a pair
        (("aligned", 2), 8, (1, 8), 1),  # odd column
        (("aligned", 2), 8, (2, 8), 2),
        (("aligned", 2), 8, (2, 3), 1),  # the run ends
        (("aligned", 2), 8, (3, 8), 1),  # the row ends
        (("aligned", 2), 9, (0, 8), 1),  # too wide
        (("aligned", 1), 8, (0, 8), 1),  # switched off
        (("next", 2), 8, (0, 8), 2),
        (("next", 2), 8, (1, 8), 2),  # odd column, no matter
        (("next", 2), 8, (1, 2), 1),  # the run ends
        (("next", 2), 8, (3, 8), 1),  # the row ends
        (("next", 2), 9, (1, 8), 1),  # too wide
        (("aligned", 4), 4, (4, 8), 4),  # the whole row of the next bank
        (("aligned", 4), 4, (4, 7), 2),  # the run ends: two, then one
        (("aligned", 4), 4, (5, 8), 1),
        (("aligned", 4), 4, (6, 8), 2),  # aligned to two only
        (("aligned", 4), 5, (4, 8), 2),  # four do not fit
        (("next", 4), 4, (4, 9), 4),
        (("next", 4), 4, (5, 9), 2),  # three are left in the row
        (("next", 4), 4, (6, 9), 2),
        (("next", 4), 4, (7, 9), 1),
    ],
)
def test_the_blocks_of_one_read(
    machine: tuple[str, int], precision: int, run: tuple[int, int], expected: int
) -> None:
    rule, most = machine
    spec = TOY.replace(partner_rule=rule, max_blocks_per_read=most)
    assert blocks_of_read(*run, Window(Int(precision)), spec) == expected


def test_four_blocks_are_aligned_to_four() -> None:
    # PAPER has eight blocks in a row
    spec = PAPER.replace(max_blocks_per_read=4)
    reads = [blocks_of_read(block, 99, Window(Int(4)), spec) for block in range(8)]
    assert reads == [4, 1, 2, 1, 4, 1, 2, 1]


def test_alignment_counts_columns_not_addresses() -> None:
    # three blocks in a row: block 3 is column 0 of bank 1, block 4 its column 1
    spec = TOY.replace(row_bytes=24, bank_bytes=240)
    window = Window(Int(8))
    assert [blocks_of_read(block, 99, window, spec) for block in range(6)] == [2, 1, 1, 2, 1, 1]


def allowed(block: int, count: int, past: int, window: Window, spec: Spec) -> bool:
    """Judge a read condition by condition, as it is defined."""
    places = [spec.place(block + j) for j in range(count)]
    return (
        count * enabled_lines(window, spec) <= spec.word_bits
        and block + count <= past
        and len({(place.bank, place.row) for place in places}) == 1
        and (spec.partner_rule == "next" or places[0].column % count == 0)
    )


@pytest.mark.parametrize("rule", ["aligned", "next"])
@pytest.mark.parametrize("most", [1, 2, 4])
def test_a_read_is_the_largest_that_is_allowed(rule: str, most: int) -> None:
    # eight columns, so that four blocks can start at a column that is a multiple of two only
    spec = TOY.replace(partner_rule=rule, max_blocks_per_read=most, row_bytes=64, bank_bytes=4096)
    counts = [count for count in (1, 2, 4) if count <= most]
    for precision in (1, 4, 5, 8, 9):
        window = Window(Int(precision))
        for block in range(2 * spec.columns):
            for past in range(block + 1, block + 7):
                expected = max(c for c in counts if allowed(block, c, past, window, spec))
                assert blocks_of_read(block, past, window, spec) == expected


@pytest.mark.parametrize("window", [Window(UInt(1), 15), Window(Int(16)), Window(BIPOLAR, 15)])
def test_windows_up_to_the_edge_of_the_word_are_accepted(window: Window) -> None:
    check_window(window, PAPER)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (Window(Int(17)), r"^weights precision must be in 1\.\.16, got 17$"),
        (Window(Int(9), 8), r"^weights shift \+ precision must be at most 16, got 8 \+ 9$"),
        (Window(BIPOLAR, 16), r"^weights shift \+ precision must be at most 16, got 16 \+ 1$"),
    ],
    ids=str,
)
def test_windows_past_the_word_are_refused(window: Window, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_window(window, PAPER, "weights")
