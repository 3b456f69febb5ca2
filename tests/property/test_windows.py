"""Do windows and masks mean what their definitions say, bit by bit, for every window of a byte?"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Encoding, Format
from qpim_emu.arith.window import Window
from qpim_emu.hardware import (
    TOY,
    blocks_of_read,
    enabled_lines,
    gating_mask,
    max_blocks,
)
from qpim_emu.testing.strategies import windows

BYTE = 8
FORMATS = [
    *(Format(bits, e) for bits in range(1, 9) for e in (Encoding.SIGNED, Encoding.UNSIGNED)),
    BIPOLAR,
]
WINDOWS = [Window(f, shift) for f in FORMATS for shift in range(BYTE - f.bits + 1)]
GRANULARITIES = [1, 2, 4, 8]
NAMES = [str(window) for window in WINDOWS]


def bits_of(word: int, width: int) -> list[int]:
    """Bits of a word, the lowest first."""
    return [word // 2**line % 2 for line in range(width)]


def defined_operand(word: int, window: Window, width: int) -> int:
    """Value of the bits that the window covers, by their weights."""
    bits = bits_of(word, width)[window.shift : window.shift + window.format.bits]
    if window.format.encoding is Encoding.BIPOLAR:
        return 1 if bits[0] else -1
    value: int = sum(bit * 2**place for place, bit in enumerate(bits))
    if window.format.encoding is Encoding.SIGNED and bits[-1]:
        value -= 2 ** len(bits)
    return value


@pytest.mark.parametrize("window", WINDOWS, ids=NAMES)
def test_every_byte_through_every_window(window: Window) -> None:
    expected = [defined_operand(word, window, BYTE) for word in range(256)]
    assert [window.operand(word) for word in range(256)] == expected
    assert window.operand(np.arange(256)).tolist() == expected
    assert set(expected) <= set(range(window.format.min, window.format.max + 1))


@given(window=windows(), word=st.integers(0, 65535))
def test_words_of_16_bits(window: Window, word: int) -> None:
    assert window.operand(word) == defined_operand(word, window, 16)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_a_line_is_enabled_if_its_group_carries_a_bit_of_the_operand(granularity: int) -> None:
    spec = TOY.replace(word_bits=BYTE, gate_granularity=granularity)
    for window in WINDOWS:
        wanted = [window.shift <= line < window.past for line in range(BYTE)]
        group = [line // granularity for line in range(BYTE)]
        lines = [
            any(wanted[other] for other in range(BYTE) if group[other] == group[line])
            for line in range(BYTE)
        ]
        assert bits_of(gating_mask(window, spec), BYTE) == lines, window
        assert enabled_lines(window, spec) == sum(lines), window
        assert window.operand_mask & ~gating_mask(window, spec) == 0, window


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_as_many_blocks_as_fit_into_a_word(granularity: int, limit: int) -> None:
    spec = TOY.replace(word_bits=BYTE, gate_granularity=granularity, max_blocks_per_read=limit)
    for window in WINDOWS:
        enabled = enabled_lines(window, spec)
        fitting = [k for k in (1, 2, 4) if k <= limit and (k == 1 or k * enabled <= BYTE)]
        assert max_blocks(window, spec) == max(fitting), window


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("rule", ["aligned", "next"])
def test_reads_of_a_run_stay_in_their_row_and_run(columns: int, rule: str) -> None:
    machine = TOY.replace(
        word_bits=16, block_bytes=2, row_bytes=2 * columns, bank_bytes=512 * columns,
        partner_rule=rule, max_blocks_per_read=4,
    )  # fmt: skip
    for precision, first, length in product((1, 4, 5, 8, 9), range(2 * columns), range(1, 10)):
        window = Window(Format(precision, Encoding.UNSIGNED))
        block, past = first, first + length
        while block < past:
            fitting = []
            for count in (1, 2, 4):
                together = range(block, block + count)
                same_row = len({b // columns for b in together}) == 1
                aligned = rule == "next" or block % columns % count == 0
                lines = count == 1 or count * precision <= 16
                if same_row and aligned and lines and together[-1] < past:
                    fitting.append(count)
            found = blocks_of_read(block, past, window, machine)
            assert found == max(fitting), (precision, block, past)
            block += found
        assert block == past
