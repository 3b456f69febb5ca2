"""Compiled packing: from codes, filters first, to blocks of words in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["pack_outputs"]


@compiled
def pack_outputs(
    codes: IntArray, begun: tuple[int, int], past: int, field: tuple[int, int], out: WordArray
) -> None:
    """Lay outputs out in blocks of neighbouring filters, one of each pixel.

    Parameters
    ----------
    codes
        ``int64[filters, pixels]``.
    begun
        First filter and first pixel.
    past
        Filter past the last; words beyond it are 0.
    field
        Lowest bit of the codes to take, and mask of a word.
    out
        ``uint16[regions, pixels, words]``, every word of which is written.
    """
    regions, pixels, words = out.shape
    shift, mask = field
    for region in range(regions):
        lowest = begun[0] + region * words
        live = min(words, past - lowest)
        for v in range(pixels):
            block = out[region, v]
            for i in range(live):
                block[i] = np.uint16((codes[lowest + i, begun[1] + v] >> shift) & mask)
            block[live:] = np.uint16(0)
