"""Do codes of every type become the words that NumPy makes of them, borders included?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.arrange import (
    Frame,
    How,
    Slabs,
    Words,
    arranger,
    fits,
    left_of,
    make_context,
    put_addresses,
)
from qpim_emu.engine.fast.kernels.filling import Filler, fill
from qpim_emu.engine.fast.kernels.records import address_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray, WordArray

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


def arrange_slab(
    codes: NDArray[Any], frame: Frame, words: Words, out: WordArray, bands: int = 1
) -> bool:
    """Lay one slab out, so many rows at a time; returns whether all codes fit."""
    (channels, pixels), (rows, pitch) = codes.shape, out.shape
    slabs = Slabs(1, channels, pixels, 1, rows, pitch, channels, bands)
    context = make_context(How(frame, words, slabs))
    filler = complete(context, codes, out)
    for part in np.random.default_rng(bands).permutation(bands):
        fill(filler, int(part))
    assert not filler.left.any()
    return fits(context)


def complete(context: IntArray, codes: NDArray[Any], out: WordArray) -> Filler:
    """What fills memory by a context."""
    places = put_addresses(context, address_of(codes), address_of(out), arranger(codes.dtype))
    function, address, place, count = places
    left = left_of(context)
    assert (place, count) == (address_of(left), len(left))
    return Filler(function, address, left)


def by_numpy(codes: NDArray[Any], frame: Frame, rows: int, height: int) -> WordArray:
    """Words of padded images, ``uint16[rows, pixels, words of a pixel]``."""
    placed = np.full((rows, frame.columns, frame.depth), PAD, np.uint16)
    words = (codes.astype(np.int64) & MASK).astype(np.uint16)
    image = words.reshape(len(codes), height, frame.width).transpose(1, 2, 0)
    down, right = slice(frame.top, frame.top + height), slice(frame.left, frame.left + frame.width)
    placed[down, right, : len(codes)] = image
    return placed


@pytest.mark.parametrize("kind", KINDS)
@given(frames(), st.integers(0, 40), st.integers(1, 10), st.integers(0, 1 << 32))
def test_codes_become_words_in_their_places(
    kind: str, sizes: tuple[int, int, Frame, int], gap: int, bands: int, seed: int
) -> None:
    channels, height, frame, rows = sizes
    limits = np.iinfo(kind)
    rng = np.random.default_rng(seed)
    shape = channels, height * frame.width
    codes = rng.integers(limits.min, limits.max, shape, np.dtype(kind), endpoint=True)
    words = Words(low=int(limits.min), high=int(limits.max), mask=MASK, pad=PAD)
    out = np.full((rows, frame.columns * frame.depth + gap), GARBAGE, np.uint16)
    assert arrange_slab(codes, frame, words, out, min(bands, rows))
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
    assert arrange_slab(codes, frame, words, out)
    outside = [high + 1] + ([low - 1] if low > np.iinfo(kind).min else [])
    for place in range(codes.size):
        wrong = codes.copy()
        wrong.flat[place] = outside[place % len(outside)]
        assert not arrange_slab(wrong, frame, words, out), place


def test_only_the_parts_asked_for_that_are_left_are_written() -> None:
    images, channels, size, pixels = 3, 21, 8, 6
    codes = np.arange(images * channels * pixels).reshape(images, channels, pixels).astype(np.int16)
    codes[2, 5] = -1
    frame = Frame(top=0, left=0, width=pixels // 2, columns=pixels // 2, depth=size)
    words = Words(low=0, high=1000, mask=MASK, pad=PAD)
    slabs = Slabs(images, channels, pixels, 9, 2, 3 * size, size, 2)
    out = np.full((slabs.slabs, 2, slabs.pitch), GARBAGE, np.uint16)
    context = make_context(How(frame, words, slabs))
    filler = complete(context, codes, out)
    filler.left[9] = 0
    for part in (4, 5, 9):
        fill(filler, part)
    assert fits(context)
    for part in (12, 13):
        fill(filler, part)
    assert not fits(context)
    assert np.flatnonzero(filler.left == 0).tolist() == [4, 5, 9, 12, 13]
    untouched = [slab for slab in range(slabs.slabs) if slab not in {2, 6}]
    assert (out[untouched] == GARBAGE).all()
    np.testing.assert_array_equal(out[2].reshape(pixels, size)[:, :5], codes[0, 16:].T)
    assert (out[2].reshape(pixels, size)[:, 5:] == PAD).all()
    np.testing.assert_array_equal(out[6].reshape(pixels, size), codes[2, :8].T & MASK)
