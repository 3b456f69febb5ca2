"""Compiled placement: codes of an image into padded rows of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_across
from qpim_emu.engine.fast.kernels.turning import turn_square, width_of_square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import WordArray

__all__ = ["Frame", "Words", "arrange"]


class Words(NamedTuple):
    """How codes become words.

    Attributes
    ----------
    low, high
        Least and largest code, both within the type that codes come in.
    mask
        Bits of a word.
    pad
        Word of borders and of lanes without a channel.
    """

    low: int
    high: int
    mask: int
    pad: int


class Frame(NamedTuple):
    """Where the pixels of an image go.

    Attributes
    ----------
    top, left
        Borders above and to the left.
    width, columns
        Pixels of a row, without and with its borders.
    depth
        Words of a pixel.
    """

    top: int
    left: int
    width: int
    columns: int
    depth: int


@compiled_across
def arrange(codes: NDArray[Any], frame: Frame, words: Words, out: WordArray) -> bool:
    """Lay the codes of some channels out, block by block within a pixel.

    Parameters
    ----------
    codes
        ``[channels, height * width]``, C-contiguous.
    frame
        Where their pixels go.
    words
        How codes become words.
    out
        ``uint16[rows, words of a row or more]``, C-contiguous; every word of a row is written.

    Returns
    -------
    bool
        Whether all codes lie within their limits.
    """
    channels, pixels = codes.shape
    fill_borders(frame, pixels // frame.width, np.uint16(words.pad), out)
    places = np.empty(pixels, np.int64)
    for pixel in range(pixels):
        row, column = frame.top + pixel // frame.width, frame.left + pixel % frame.width
        places[pixel] = row * out.shape[1] + column * frame.depth
        begun = column * frame.depth
        for lane in range(begun + channels, begun + frame.depth):
            out[row, lane] = np.uint16(words.pad)
    flat = out.reshape(out.size)
    size = width_of_square(codes)
    whole = channels - channels % size if pixels >= size else 0
    limits = words.low, words.high, words.mask
    wrong = 0
    for channel in range(0, whole, size):
        for pixel in range(0, pixels, size):
            begun = min(pixel, pixels - size)  # the last square may overlap the one before
            wrong |= turn_square(codes, (channel, begun, channel), places, flat, limits)
    for channel in range(whole, channels):
        taken = codes[channel]
        for pixel in range(pixels):
            code = taken[pixel]
            wrong |= code < words.low or code > words.high
            flat[places[pixel] + channel] = np.uint16(code & words.mask)
    return wrong == 0


@compiled
def fill_borders(frame: Frame, height: int, pad: np.uint16, out: WordArray) -> None:
    """Fill what lies around an image."""
    left = frame.left * frame.depth
    right = left + frame.width * frame.depth
    for row in range(out.shape[0]):
        y = row - frame.top
        if y < 0 or y >= height:
            out[row, : frame.columns * frame.depth] = pad
        else:
            out[row, :left] = pad
            out[row, right : frame.columns * frame.depth] = pad
