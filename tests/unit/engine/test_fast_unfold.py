"""Are vectors copied out of a stretch of memory those that lie in memory, wherever they begin?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.copying import SLACK
from qpim_emu.engine.fast.kernels.unfold import (
    Decoder,
    Source,
    Stretch,
    begin,
    beside,
    unfold,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

WORDS = np.random.default_rng(0).integers(0, 1 << 16, 400).astype(np.uint16)
DECODER = Decoder(mask=0xFFF0, flip=0x8000, shift=4, up=0, add=-2048)
SLACK_OPERANDS = SLACK // 2


@st.composite
def runs_of_vectors(draw: st.DrawFn) -> IntArray:
    """Runs that fill a vector without gaps, each from a place of its own."""
    counts = draw(st.lists(st.integers(1, 70), min_size=1, max_size=4))
    places = np.cumsum([0, *counts[:-1]])
    begun = [draw(st.integers(0, 60)) for _ in counts]
    return np.array(list(zip(begun, places.tolist(), counts, strict=True)), np.int64)


@given(
    runs=runs_of_vectors(),
    starts=st.lists(st.integers(0, 250), min_size=1, max_size=12),
    capacity=st.integers(1, 300),
    tile=st.integers(1, 5),
    ordered=st.booleans(),
)
def test_vectors_are_those_in_memory(
    runs: IntArray, starts: list[int], capacity: int, tile: int, *, ordered: bool
) -> None:
    begun = np.array(sorted(starts) if ordered else starts, np.int64)
    source = Source(WORDS, begun, runs, DECODER)
    stretch = Stretch(np.zeros(capacity + SLACK_OPERANDS, np.int16)[:capacity], np.zeros(3, int))
    depth = int(runs[:, 2].sum())
    operands = ((WORDS ^ 0x8000) >> 4).astype(np.int16) - 2048
    begin(source, stretch, (0, len(begun)))
    for first in range(0, len(begun), tile):
        count = min(tile, len(begun) - first)
        out = np.zeros(count * depth + SLACK_OPERANDS, np.int16)[: count * depth]
        unfold(source, stretch, first, out.reshape(count, depth))
        for vector, start in zip(out.reshape(count, depth), begun[first:].tolist(), strict=False):
            expected = [operands[start + at : start + at + n] for at, _, n in runs.tolist()]
            np.testing.assert_array_equal(vector, np.concatenate(expected))


@given(
    depth=st.integers(1, 40),
    first=st.integers(0, 50),
    vectors=st.integers(1, 7),
    capacity=st.integers(1, 300),
    moved=st.integers(-1, 1),
)
def test_vectors_that_lie_behind_one_another_are_recognised(
    depth: int, first: int, vectors: int, capacity: int, moved: int
) -> None:
    starts = first + np.arange(vectors, dtype=np.int64) * depth
    starts[-1] += moved if vectors > 1 else 0
    source = Source(WORDS, starts, np.array([[0, 0, depth]]), DECODER)
    stretch = Stretch(np.zeros(capacity + SLACK_OPERANDS, np.int16)[:capacity], np.zeros(3, int))
    begin(source, stretch, (0, vectors))
    place = beside(source, stretch, (0, vectors), depth)
    lies_so = (vectors == 1 or moved == 0) and vectors * depth <= capacity
    assert (place >= 0) == lies_so
    if lies_so:
        operands = ((WORDS ^ 0x8000) >> 4).astype(np.int16) - 2048
        found = stretch.operands[place : place + vectors * depth]
        np.testing.assert_array_equal(found, operands[first : first + vectors * depth])
