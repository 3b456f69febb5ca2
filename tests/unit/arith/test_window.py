"""Does a window read the bits it names, on words worked by hand?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.arith.packing import lost_codes, pad_word, to_words
from qpim_emu.arith.window import Window
from qpim_emu.errors import InputError


@pytest.mark.parametrize(
    ("window", "word", "operand"),
    [
        (Window(UInt(4)), 0x12F5, 5),
        (Window(Int(4)), 0x12F5, 5),
        (Window(Int(4), 4), 0x12F5, -1),
        (Window(UInt(4), 4), 0x12F5, 15),
        (Window(Int(4), 12), 0x82F5, -8),
        (Window(Int(16)), 0x8000, -32768),
        (Window(UInt(16)), 0xFFFF, 65535),
        (Window(Int(1), 15), 0x8000, -1),
        (Window(BIPOLAR, 3), 0x0008, 1),
        (Window(BIPOLAR, 3), 0xFFF7, -1),
    ],
)
def test_operand(window: Window, word: int, operand: int) -> None:
    assert window.operand(word) == operand
    assert window.operand(np.array([word, word], np.int64)).tolist() == [operand, operand]


def test_mask_and_ends() -> None:
    window = Window(Int(4), 6)
    assert (window.precision, window.past, window.operand_mask) == (4, 10, 0x03C0)


def test_name() -> None:
    assert (str(Window(Int(4))), str(Window(UInt(3), 5))) == ("int4", "uint3<<5")


def test_a_negative_shift_is_refused() -> None:
    with pytest.raises(InputError, match="shift must be an integer of 0 or more, got -1"):
        Window(Int(4), -1)


@pytest.mark.parametrize(
    ("stored", "codes", "words"),
    [
        (Int(4), [-8, -1, 7], [0xFFF8, 0xFFFF, 0x0007]),
        (UInt(4), [0, 8, 15], [0x0000, 0x0008, 0x000F]),
        (BIPOLAR, [-1, 1], [0x0000, 0x0001]),
        (Int(16), [-32768, 32767], [0x8000, 0x7FFF]),
    ],
)
def test_words_of_codes(stored: Format, codes: list[int], words: list[int]) -> None:
    assert to_words(np.array(codes), stored, 16).tolist() == words


def test_words_end_at_the_word() -> None:
    assert to_words(np.array([-1, -8]), Int(4), 12).tolist() == [0x0FFF, 0x0FF8]


@pytest.mark.parametrize(
    ("zero_point", "window", "word"),
    [
        (3, Window(UInt(4)), 0x0003),
        (-3, Window(Int(4)), 0xFFFD),
        (-3, Window(Int(4), 4), 0xFFD0),
        (5, Window(UInt(4), 8), 0x0500),
        (0, Window(BIPOLAR, 2), 0x0000),
    ],
)
def test_pad_word_reads_as_the_zero_point(zero_point: int, window: Window, word: int) -> None:
    assert pad_word(zero_point, window, 16) == word
    if window.format != BIPOLAR:
        assert window.operand(word) == zero_point


def test_lost_codes() -> None:
    codes = np.array([-8, -7, 7, 6, 0])
    lost = lost_codes(codes, Int(4), Window(Int(3), 1))
    assert codes[lost].tolist() == [-7, 7]
    assert not lost_codes(codes, Int(4), Window(Int(4))).any()
