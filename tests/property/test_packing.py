"""Do codes survive being packed into words and read back, and do master words serve windows?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Encoding, Format, Int, UInt
from qpim_emu.arith.packing import lost_codes, pad_word, to_words
from qpim_emu.arith.window import Window
from qpim_emu.testing.strategies import code_arrays, formats, windows

SMALL = [
    *(Format(bits, e) for bits in range(1, 9) for e in (Encoding.SIGNED, Encoding.UNSIGNED)),
    BIPOLAR,
]


def codes_of(stored: Format) -> list[int]:
    """Every code of a format."""
    if stored == BIPOLAR:
        return [-1, 1]
    return list(range(stored.min, stored.max + 1))


@pytest.mark.parametrize("stored", SMALL, ids=str)
def test_every_code_survives(stored: Format) -> None:
    codes = np.array(codes_of(stored))
    for word_bits in range(stored.bits, 17):
        words = to_words(codes, stored, word_bits)
        assert words.dtype == np.uint16
        assert int(words.max()) < 2**word_bits
        assert Window(stored).operand(words.astype(np.int64)).tolist() == codes.tolist()


@pytest.mark.parametrize("stored", SMALL, ids=str)
def test_words_continue_with_the_sign(stored: Format) -> None:
    for code in codes_of(stored):
        word = int(to_words(np.array([code]), stored, 16)[0])
        above = word >> stored.bits
        negative = stored.is_signed and code < 0
        assert above == ((1 << (16 - stored.bits)) - 1 if negative else 0)


@pytest.mark.parametrize("stored", SMALL, ids=str)
def test_fields_round_trip(stored: Format) -> None:
    for code in codes_of(stored):
        field = stored.to_field(code)
        assert 0 <= field < 2**stored.bits
        assert stored.from_field(field) == code


@given(data=st.data(), stored=formats())
def test_large_arrays_survive(data: st.DataObject, stored: Format) -> None:
    codes = data.draw(code_arrays(stored=stored, shape=(50,)))
    words = to_words(codes, stored, 16).astype(np.int64)
    assert Window(stored).operand(words).tolist() == codes.tolist()


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_one_master_word_serves_every_precision(bits: int, signed: bool) -> None:  # noqa: FBT001
    kind = Int if signed else UInt
    master = np.array(codes_of(kind(8)))
    words = to_words(master, kind(8), 16).astype(np.int64)
    upper = Window(kind(bits), shift=8 - bits)
    assert upper.operand(words).tolist() == [code // 2 ** (8 - bits) for code in master.tolist()]


@given(window=windows(bipolar=False), data=st.data())
def test_pad_words_read_as_the_zero_point(window: Window, data: st.DataObject) -> None:
    zero_point = data.draw(st.integers(window.format.min, window.format.max))
    word = pad_word(zero_point, window, 16)
    assert 0 <= word < 2**16
    assert window.operand(word) == zero_point
    assert word % 2**window.shift == 0


@given(stored=formats(max_bits=8, bipolar=False), data=st.data())
def test_a_code_is_lost_if_its_operand_is_another_number(
    stored: Format, data: st.DataObject
) -> None:
    window = data.draw(windows(stored=stored, word_bits=8, bipolar=False))
    codes = np.array(codes_of(stored))
    words = to_words(codes, stored, 16).tolist()
    expected = [
        window.operand(word) * 2**window.shift != code
        for word, code in zip(words, codes.tolist(), strict=True)
    ]
    assert lost_codes(codes, stored, window).tolist() == expected
