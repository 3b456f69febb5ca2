"""Are all vectors that lie close together read at once, and only those?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.unfold import Decoder, Source, Stretch
from qpim_emu.engine.fast.kernels.windows import GAP, read_windows

WORDS = 1 << 14
RUNS = np.array([[0, 0, 16], [100, 16, 32]])
REACH = 132
SIGNED_BYTES = Decoder(mask=0xFF, flip=0x80, shift=0, up=0, add=-0x80)
UPPER_BYTES = Decoder(mask=0xFF00, flip=0, shift=8, up=0, add=-3)


def source_of(starts: list[int], decoder: Decoder = SIGNED_BYTES) -> Source:
    """Vectors in random words."""
    words = np.random.default_rng(0).integers(0, 1 << 16, WORDS, np.uint16)
    return Source(words, np.array(starts), RUNS, decoder)


def stretch_of(room: int, kind: type[np.generic] = np.int16) -> Stretch:
    """Room for so many operands."""
    return Stretch(np.full(room, 77, kind), np.zeros(3, np.int64))


def read(starts: list[int], room: int, share: tuple[int, int] | None = None) -> int:
    """Number of the vector past the last one read."""
    found: int = read_windows(source_of(starts), stretch_of(room), share or (0, len(starts)))
    return found


@pytest.mark.parametrize("kind", [np.int16, np.int32])
@pytest.mark.parametrize("decoder", [SIGNED_BYTES, UPPER_BYTES])
@given(
    first=st.integers(0, 3),
    steps=st.lists(st.integers(-300, 2 * GAP), min_size=6, max_size=6),
    room=st.integers(0, 4000),
)
def test_what_is_read_holds_every_vector(
    kind: type[np.integer], decoder: Decoder, first: int, steps: list[int], room: int
) -> None:
    starts = (2000 + np.cumsum(steps)).tolist()
    source, stretch = source_of(starts, decoder), stretch_of(room, kind)
    past = read_windows(source, stretch, (first, 5))
    if room < REACH:
        assert past == first
        return
    assert first < past <= 5
    for start in starts[first:past]:
        words = source.words[start : start + REACH].astype(int)
        expected = (((words & decoder.mask) ^ decoder.flip) >> decoder.shift) + decoder.add
        begun = start - stretch.place[0]
        assert begun >= 0
        np.testing.assert_array_equal(stretch.operands[begun : begun + REACH], expected)


def test_vectors_are_read_as_far_as_there_is_room() -> None:
    starts = [16 * i for i in range(50)]
    assert read(starts, REACH) == 1
    assert read(starts, REACH + 15) == 1
    assert read(starts, REACH + 16) == 2
    assert read(starts, 10_000) == 50
    assert read(starts, 10_000, share=(7, 9)) == 9


def test_a_long_way_is_not_read_and_neither_is_the_way_back() -> None:
    assert read([0, REACH + GAP], 10_000) == 2
    assert read([0, REACH + GAP + 1], 10_000) == 1
    assert read([64, 64, 63], 10_000) == 2


def test_nothing_is_written_behind_what_is_read() -> None:
    stretch = stretch_of(1000)
    read_windows(source_of([32, 48]), stretch, (0, 2))
    assert stretch.place[:2].tolist() == [32, 48 + REACH]
    assert (stretch.operands[REACH + 16 :] == 77).all()
