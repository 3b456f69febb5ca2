"""Does the oracle read the right number out of every stored code, through every window?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.formats import BIPOLAR, Encoding, Format, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.oracle.operands import code_range, operand, operands

SMALL = [BIPOLAR, *(f(bits) for f in (Int, UInt) for bits in range(1, 6))]


def read_from_text(code: int, stored: Format, window: Window) -> int:
    """Read the operand off the word written out in binary, the highest bit first."""
    word = (code + 1) // 2 if stored is BIPOLAR else code
    text = f"{word % 65536:016b}"[::-1][window.shift : window.shift + window.format.bits]
    weights = [2**i for i in range(window.format.bits)]
    if window.format.encoding is Encoding.SIGNED:
        weights[-1] = -weights[-1]
    value: int = sum(weight for weight, bit in zip(weights, text, strict=True) if bit == "1")
    return 2 * value - 1 if window.format is BIPOLAR else value


@pytest.mark.parametrize("stored", SMALL, ids=str)
def test_every_window_of_every_small_code(stored: Format) -> None:
    low, high = code_range(stored)
    codes = [c for c in range(low, high + 1) if stored is not BIPOLAR or c]
    for window in (Window(f, shift=s) for f in SMALL for s in range(8)):
        expected = [read_from_text(code, stored, window) for code in codes]
        assert [operand(code, stored, window) for code in codes] == expected
        assert operands(np.array(codes), stored, window).tolist() == expected


@pytest.mark.parametrize(
    ("code", "stored", "window", "expected"),
    [
        (-1, Int(4), Window(UInt(16)), 65535),  # the sign fills the word
        (-1, Int(4), Window(Int(4), shift=12), -1),  # ... also above the code
        (15, UInt(4), Window(Int(4)), -1),
        (15, UInt(4), Window(Int(4), shift=2), 3),  # zeros above an unsigned code
        (-32768, Int(16), Window(Int(1), shift=15), -1),
        (0b1011_0101 - 256, Int(8), Window(UInt(4), shift=4), 0b1011),
        (1, BIPOLAR, Window(UInt(2)), 1),
        (-1, BIPOLAR, Window(UInt(2)), 0),
        (2, UInt(2), Window(BIPOLAR), -1),
        (2, UInt(2), Window(BIPOLAR, shift=1), 1),
    ],
)
def test_worked_examples(code: int, stored: Format, window: Window, expected: int) -> None:
    assert operand(code, stored, window) == expected


def test_ranges() -> None:
    assert code_range(Int(16)) == (-32768, 32767)
    assert code_range(UInt(1)) == (0, 1)
    assert code_range(Int(1)) == (-1, 0)
