"""Do codes of every type become the words that NumPy makes of them, borders included?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.arrange import Frame, Words, arrange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import WordArray

KINDS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8")
GARBAGE, PAD, MASK = 0xDEAD, 0x0777, 0x0FFF


@st.composite
def frames(draw: st.DrawFn) -> tuple[int, int, Frame, int]:
    """Channels, height, frame and rows of images around the sizes of a square."""
    channels, height, width = (draw(st.integers(1, most)) for most in (35, 6, 19))
    top, left, bottom, right = (draw(st.integers(0, 2)) for _ in range(4))
    depth = channels + draw(st.integers(0, 16))
    frame = Frame(top=top, left=left, width=width, columns=left + width + right, depth=depth)
    return channels, height, frame, top + height + bottom


def by_numpy(codes: NDArray[Any], frame: Frame, rows: int, height: int) -> WordArray:
    """Words of padded images, ``uint16[rows, pixels, words of a pixel]``."""
    placed = np.full((rows, frame.columns, frame.depth), PAD, np.uint16)
    words = (codes.astype(np.int64) & MASK).astype(np.uint16)
    image = words.reshape(len(codes), height, frame.width).transpose(1, 2, 0)
    down, right = slice(frame.top, frame.top + height), slice(frame.left, frame.left + frame.width)
    placed[down, right, : len(codes)] = image
    return placed


@pytest.mark.parametrize("kind", KINDS)
@given(frames(), st.integers(0, 40), st.integers(0, 1 << 32))
def test_codes_become_words_in_their_places(
    kind: str, sizes: tuple[int, int, Frame, int], gap: int, seed: int
) -> None:
    channels, height, frame, rows = sizes
    limits = np.iinfo(kind)
    rng = np.random.default_rng(seed)
    shape = channels, height * frame.width
    codes = rng.integers(limits.min, limits.max, shape, np.dtype(kind), endpoint=True)
    words = Words(low=int(limits.min), high=int(limits.max), mask=MASK, pad=PAD)
    out = np.full((rows, frame.columns * frame.depth + gap), GARBAGE, np.uint16)
    assert arrange(codes, frame, words, out)
    placed = out[:, : frame.columns * frame.depth].reshape(rows, frame.columns, frame.depth)
    np.testing.assert_array_equal(placed, by_numpy(codes, frame, rows, height))
    assert (out[:, frame.columns * frame.depth :] == GARBAGE).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("low", "high"), [(-3, 90), (0, 100)])
def test_one_code_outside_its_limits_is_noticed_wherever_it_is(
    kind: str, low: int, high: int
) -> None:
    low = max(low, int(np.iinfo(kind).min))
    frame = Frame(top=0, left=0, width=9, columns=9, depth=32)
    words = Words(low=low, high=high, mask=MASK, pad=PAD)
    out = np.empty((3, 9 * 32), np.uint16)
    codes = np.full((19, 27), low, kind)
    codes[0, 0] = high
    assert arrange(codes, frame, words, out)
    outside = [high + 1] + ([low - 1] if low > np.iinfo(kind).min else [])
    for place in range(codes.size):
        wrong = codes.copy()
        wrong.flat[place] = outside[place % len(outside)]
        assert not arrange(wrong, frame, words, out), place
