"""Are sums corrected, wrapped, counted and packed right, whatever the blocks and rows are?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.engine.fast.drain import Pieces, chunks_of, lanes_of
from qpim_emu.engine.fast.kernels.chunks import CLAMPED, OVERFLOWS
from qpim_emu.engine.fast.kernels.draining import Drain, drain_sums
from qpim_emu.engine.fast.kernels.registers import Checked, Register
from qpim_emu.engine.fast.kernels.requantize import LANES, Later, Nothing
from qpim_emu.engine.fast.units import unit_of
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

IMAGES, PIXELS, WIDTH = 2, 5, 44
SPANS = np.array([[0, 24], [24, WIDTH]])
EDGES = np.array([0, 7, 20])
STREAMS = np.array([0, 3, 3, 4, 7, 15, 20])
VAULTS = np.array([[0, 1], [5, 5], [2, 3], [6, 0], [1, 1], [4, 2]])
BLOCKS = np.array([[[0, 20, 0], [20, 4, 1], [24, 17, 2]], [[0, 20, 3], [20, 4, 4], [24, 20, 5]]])
"""Blocks of 20 words: some beside each other, one with idle columns behind it."""


def drained(
    sums: NDArray[Any],
    starts: tuple[NDArray[Any], IntArray],
    register: type[Register],
    accumulators: NDArray[Any],
    bits: tuple[int, int],
) -> Drain:
    """Drain sums of two pieces, whose rows do not follow each other, without requantization.

    `starts` are corrections ``[2, WIDTH]`` and biases ``[2 * WIDTH]``; `bits` those of the
    register and of a word.
    """
    pieces = Pieces(EDGES, np.array([0, WIDTH]), starts[0], BLOCKS)
    chunks = chunks_of(pieces, SPANS, 20)
    found = lanes_of(chunks, WIDTH)
    by_lane = [
        np.concatenate([part[piece] for part, piece in zip(parts, found, strict=True)])
        for parts in (starts[0], starts[1].reshape(2, WIDTH))
    ]
    parts = -(-bits[0] // bits[1])
    drain = Drain(
        edges=EDGES,
        columns=pieces.columns,
        chunks=chunks,
        register=register(np.stack(by_lane, axis=1).astype(np.int64), bits[0]),
        unit=Nothing(
            np.empty((len(by_lane[0]), 0, LANES), np.int64), np.empty((1, 0, LANES), np.int64)
        ),
        rows=np.concatenate([np.roll(np.arange(7), 2), np.arange(10), [8, 9, 7]]),
        accumulators=accumulators,
        streams=STREAMS,
        vaults=VAULTS,
        events=np.zeros((2, 7), np.int64),
        words=np.full((IMAGES, 6, PIXELS, parts, 20), 0xABCD, np.uint16),
        word_bits=bits[1],
    )
    for share in ((0, 3), (3, 16), (16, 20)):
        drain_sums(drain, drain.events, sums[slice(*share)], share)
    return drain


@pytest.mark.parametrize("register", [Register, Checked])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("bits", [(24, 16), (32, 10), (40, 12), (64, 16)])
def test_sums_become_accumulators_and_whole_blocks(
    register: type[Register], kind: type[np.signedinteger[Any]], bits: tuple[int, int]
) -> None:
    rng = np.random.default_rng(bits[0])
    top = 1 << (min(bits[0], 31 if kind is np.int32 else 62) - 2)
    sums = rng.integers(-top, top, (20, WIDTH + 3)).astype(kind)
    corrections = rng.integers(-top, top, (2, WIDTH)).astype(kind)
    spread = 1 << (bits[0] - 1) if register is Checked else top
    biases = rng.integers(-spread, spread, 2 * WIDTH)
    if register is Register:
        corrections //= 2
        biases //= 2
    else:
        biases[::3] = spread - 1
    held = np.int32 if bits[0] <= 32 else np.int64
    accumulators = np.full((IMAGES * PIXELS, 2 * WIDTH), 77, held)
    drain = drained(sums, (corrections, biases), register, accumulators, bits)
    piece = np.repeat([0, 1], np.diff(EDGES))
    exact = (sums[:, :WIDTH] + corrections[piece]).astype(object)
    exact += biases.reshape(2, WIDTH)[piece]
    half = 1 << (bits[0] - 1)
    totals = ((exact + half) % (2 * half) - half).astype(np.int64)
    outside = totals != exact
    for vector in range(20):
        row, part = drain.rows[vector], piece[vector]
        later = np.flatnonzero((drain.rows == row) & (piece == part))[-1]
        if later > vector:
            continue
        columns = slice(part * WIDTH, (part + 1) * WIDTH)
        np.testing.assert_array_equal(accumulators[row, columns], totals[vector])
        for first, live, block in BLOCKS[part]:
            words = np.zeros(20, np.int64)
            for number, found in enumerate(drain.words[row // PIXELS, block, row % PIXELS]):
                words[:live] = totals[vector, first : first + live] >> (number * bits[1])
                np.testing.assert_array_equal(found, words & ((1 << bits[1]) - 1))
    live = np.zeros((2, WIDTH), np.bool_)
    for part in (0, 1):
        for first, count, _ in BLOCKS[part]:
            live[part, first : first + count] = True
    outside &= live[piece]
    counts = np.stack([outside[:, slice(*span)].sum(axis=1) for span in SPANS], axis=1)
    by_vault = np.zeros(7, np.int64)
    streams = np.repeat(range(len(VAULTS)), np.diff(STREAMS))
    np.add.at(by_vault, VAULTS[streams], counts)
    np.testing.assert_array_equal(drain.events[OVERFLOWS], by_vault)
    assert outside.any() == (register is Checked)
    assert not drain.events[CLAMPED].any()


@pytest.mark.parametrize(
    ("constants", "taken"),
    [
        ({"mode": "shift", "shift": 31, "low": 0, "high": 255}, True),
        ({"mode": "shift", "shift": 32, "low": 0, "high": 255}, False),
        ({"mode": "shift", "shift": 3, "zero_point": 255 - (1 << 30), "low": 0, "high": 255}, True),
        (
            {"mode": "shift", "shift": 3, "zero_point": 254 - (1 << 30), "low": 0, "high": 255},
            False,
        ),
        ({"mode": "shift", "shift": 3, "zero_point": 1 << 30, "low": 0, "high": 255}, True),
        ({"mode": "shift", "shift": 3, "zero_point": 1 + (1 << 30), "low": 0, "high": 255}, False),
    ],
)
def test_lanes_of_32_bits_take_constants_that_fit_them(
    constants: dict[str, Any], *, taken: bool
) -> None:
    layer = Linear(
        weights=np.zeros((3, 1), np.int64),
        weight_type="int4",
        activation_type="int4",
        accumulator=Accumulator(bits=32),
        requantize=Requantize(**constants),
    )
    unit = unit_of(layer, np.arange(3), output_words=1, lane_bits=32)
    assert isinstance(unit, Later) != taken
    assert not isinstance(unit_of(layer, np.arange(3), output_words=1, lane_bits=64), Later)
