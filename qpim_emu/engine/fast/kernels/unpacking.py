"""Compiled reads of outputs: from blocks of words to codes, filter by filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["read_fields"]


@compiled
def read_fields(
    words: WordArray, places: IntArray, word_bits: int, unused: int, out: IntArray
) -> None:
    """Read the fields of outputs, however many words they take.

    Parameters
    ----------
    words
        ``uint16[images, blocks of filters, pixels, words of an output, words per block]``.
    places
        ``int64[2, filters]``: block of filters and word of every filter.
    word_bits
        Bits of a word.
    unused
        Bits of 64 above a signed field, whose topmost bit they repeat; 0 for an unsigned one.
    out
        ``int64[images, filters, pixels]``, written.
    """
    parts = words.shape[3]
    for image in range(out.shape[0]):
        for f in range(out.shape[1]):
            given, taken, lane = out[image, f], words[image, places[0, f]], places[1, f]
            for pixel in range(given.shape[0]):
                field = np.int64(taken[pixel, 0, lane])
                for part in range(1, parts):
                    field |= np.int64(taken[pixel, part, lane]) << (part * word_bits)
                given[pixel] = (field << unused) >> unused
