"""Where codes go: blocks of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Blocks", "pack_totals"]


class Blocks(NamedTuple):
    """Where the outputs of a job go.

    Attributes
    ----------
    words
        ``uint16[images, blocks of filters, pixels, words of an output, words per block]``.
    table
        ``int64[blocks, 3]``: first column, columns, and number among the blocks of filters.
    word_bits
        Bits of a word.
    """

    words: WordArray
    table: IntArray
    word_bits: int


@compiled
def pack_totals(totals: IntArray, rows: IntArray, blocks: Blocks) -> None:
    """Write codes of any number of words; words of blocks that have no column come out 0.

    Parameters
    ----------
    totals
        ``int64[n, columns]``.
    rows
        ``int64[n]``: image times pixels plus pixel.
    blocks
        Where they go.
    """
    bits, pixels = blocks.word_bits, blocks.words.shape[2]
    mask = (1 << bits) - 1
    for r in range(rows.shape[0]):
        image, pixel = rows[r] // pixels, rows[r] % pixels
        for first, live, block in blocks.table:
            for part in range(blocks.words.shape[3]):
                given = blocks.words[image, block, pixel, part]
                for i in range(live):
                    given[i] = np.uint16((totals[r, first + i] >> (part * bits)) & mask)
                given[live:] = 0
