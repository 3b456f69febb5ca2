"""Compiled placement: codes of an image into padded rows of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import WordArray

__all__ = ["arrange"]


@compiled
def arrange(
    codes: NDArray[Any], corner: tuple[int, int], pad: int, mask: int, out: WordArray
) -> tuple[int, int]:
    """Lay the codes of some channels out, block by block within a pixel.

    Parameters
    ----------
    codes
        ``[channels, height, width]``.
    corner
        Row and pixel of the first code: the borders above and to the left.
    pad, mask
        Word of borders and of lanes without a channel, and bits of a word.
    out
        ``uint16[rows, pixels, blocks of a pixel, words per block]``, written.

    Returns
    -------
    int, int
        Least and largest code.
    """
    channels, height, width = codes.shape
    rows, _, blocks, words = out.shape
    least, most = codes[0, 0, 0], codes[0, 0, 0]
    filler = np.uint16(pad)
    for row in range(rows):
        y = row - corner[0]
        if y < 0 or y >= height:
            out[row] = filler
            continue
        out[row, : corner[1]] = filler
        out[row, corner[1] + width :] = filler
        for block in range(blocks):
            first = block * words
            live = min(words, channels - first)
            for lane in range(live):
                taken = codes[first + lane, y]
                for x in range(width):
                    least, most = min(least, taken[x]), max(most, taken[x])
                    out[row, corner[1] + x, block, lane] = np.uint16(taken[x] & mask)
            if live < words:
                out[row, corner[1] : corner[1] + width, block, live:] = filler
    return least, most
