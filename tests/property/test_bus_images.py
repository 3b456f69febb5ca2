"""Do the lines of RD, RD2 and RD4 carry what they should, and does the lane side unpack it?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Encoding, Format
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.hardware import TOY, Spec, max_blocks
from qpim_emu.hardware.commands import Act, Mode, Rd, Wr
from qpim_emu.testing.strategies import machines, windows

FORMATS = [
    *(Format(bits, e) for bits in range(1, 9) for e in (Encoding.SIGNED, Encoding.UNSIGNED)),
    BIPOLAR,
]
BYTE_WINDOWS = [Window(f, shift) for f in FORMATS for shift in range(8 - f.bits + 1)]


def filled(spec: Spec, words: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Vault:
    """Build a vault whose row 0 of bank 0 holds `words`, ``[columns, words per block]``."""
    vault = Vault(spec)
    vault.issue(Act(bank=0, row=0))
    for column, block in enumerate(words.tolist()):
        vault.issue(Wr(bank=0, column=column, words=tuple(block)))
    return vault


def line(word: int, place: int) -> int:
    """One bit of a word."""
    return word >> place & 1


def expected_image(blocks: list[list[int]], window: Window, spec: Spec) -> list[int]:
    """Words on the lines, from the definition of the bus image, line by line."""
    width, group = spec.word_bits, spec.gate_granularity
    groups = {place // group for place in range(window.shift, window.past)}
    enabled = [place for place in range(width) if place // group in groups]
    image = [0] * spec.words_per_block
    for index, block in enumerate(blocks):
        start = enabled[0] if len(blocks) == 1 else index * (width // len(blocks))
        for at, word in enumerate(block):
            for offset, place in enumerate(enabled):
                image[at] += line(word, place) * 2 ** (start + offset)
    return image


def assert_reads(vault: Vault, words: list[list[int]], window: Window) -> None:
    """Read every count of blocks that fits at column 0, and compare image and operands."""
    vault.issue(Mode(window=window))
    count = 1
    while count <= min(max_blocks(window, vault.spec), len(words)):
        blocks = words[:count]
        if count == max_blocks(window, vault.spec) or len(words) == 1:
            bus = vault.issue(Rd(bank=0, column=0, blocks=count))
            assert list(bus.words) == expected_image(blocks, window, vault.spec)
            for part, block in enumerate(blocks):
                assert bus.operands(part) == [window.operand(word) for word in block]
        count *= 2


@pytest.mark.parametrize("granularity", [1, 2, 4, 8])
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_every_window_of_a_byte(granularity: int, limit: int) -> None:
    spec = TOY.replace(word_bits=8, gate_granularity=granularity, max_blocks_per_read=limit)
    words = np.random.default_rng(limit * 8 + granularity).integers(
        0, 256, (spec.columns, spec.words_per_block)
    )
    vault = filled(spec, words)
    for window in BYTE_WINDOWS:
        assert_reads(vault, words.tolist(), window)


@given(spec=machines(), data=st.data())
def test_any_machine(spec: Spec, data: st.DataObject) -> None:
    window = data.draw(windows(word_bits=spec.word_bits))
    block = st.lists(
        st.integers(0, spec.word_mask), min_size=spec.words_per_block, max_size=spec.words_per_block
    )
    words = data.draw(st.lists(block, min_size=spec.columns, max_size=spec.columns))
    assert_reads(filled(spec, np.array(words)), words, window)
