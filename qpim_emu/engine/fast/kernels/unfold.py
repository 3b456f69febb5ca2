"""Compiled reads: the operands of consecutive vectors, straight out of the packed words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.decode import Decoder
    from qpim_emu.typing import BoolArray, IntArray, WordArray

__all__ = ["ALL_WRITTEN", "Source", "unfold"]

ALL_WRITTEN = -1


class Source(NamedTuple):
    """An operand of a plane in its vault.

    Attributes
    ----------
    words, written
        ``uint16[blocks, words per block]`` and ``bool[blocks]`` of the vault.
    table
        ``int64[walks, 1 + WALK_FIELDS]``: where a walk's runs begin in a vector (in blocks),
        then the walk. Walks that begin at the same place follow each other: together they
        visit every vector once.
    decoder
        See `qpim_emu.engine.fast.decode`.
    """

    words: WordArray
    written: BoolArray
    table: IntArray
    decoder: Decoder


@compiled
def unfold(source: Source, first: int, offsets: NDArray[np.float32], out: NDArray[Any]) -> int:
    """Read vectors ``first ..`` through a window, one per row of `out`.

    Parameters
    ----------
    source
        Where they are, and how they are read.
    first
        Number of the first vector.
    offsets
        What to add to the scaled fields of each vector, one per row of `out`.
    out
        ``float32`` or ``float64[vectors, words of a vector]``; every value is exact in both.

    Returns
    -------
    int
        Address of a block that was never written, if one was met, else `ALL_WRITTEN`.
    """
    words, written = source.words.reshape(-1), source.written
    width = source.words.shape[1]
    begun, part = 0, -1
    for walk in source.table:
        begun, part = (begun if walk[0] == part else 0), walk[0]
        vectors = walk[2] * walk[4]
        for vector in range(max(first, begun), min(first + out.shape[0], begun + vectors)):
            y, x = divmod(vector - begun, walk[4])
            column = walk[0] * width
            start = walk[1] + y * walk[3] + x * walk[5]
            for j in range(walk[6]):
                for i in range(walk[8]):
                    block = start + j * walk[7] + i * walk[9]
                    missing = find_unwritten(written, block, block + walk[10])
                    if missing != ALL_WRITTEN:
                        return missing
                    run = words[block * width : (block + walk[10]) * width]
                    row = out[vector - first, column : column + run.shape[0]]
                    decode(run, source.decoder, offsets[vector - first], row)
                    column += run.shape[0]
        begun += vectors
    return ALL_WRITTEN


@compiled
def find_unwritten(written: BoolArray, first: int, past: int) -> int:
    """First block of ``first..past`` that was never written, or `ALL_WRITTEN`."""
    for block in range(first, past):
        if block < 0 or block >= written.shape[0] or not written[block]:
            return block
    return ALL_WRITTEN


@compiled
def decode(words: WordArray, decoder: Decoder, offset: np.float32, out: NDArray[Any]) -> None:
    """Decode consecutive words (`qpim_emu.engine.fast.decode` explains the formula)."""
    for i in range(words.shape[0]):
        field = np.uint16(np.uint16(words[i] & decoder.mask) ^ decoder.flip)
        out[i] = np.float32(field) * decoder.scale + offset
