"""Compiled placement: codes of an image into padded rows of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_across
from qpim_emu.engine.fast.kernels.turning import turn_square, width_of_square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Frame", "Slabs", "Words", "arrange"]


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


class Slabs(NamedTuple):
    """Where codes go: images, each in slabs of so many channels.

    Attributes
    ----------
    words
        ``uint16[slabs, rows, words of a row or more]``, image by image.
    channels
        Of a slab, or as many as there are left.
    left
        ``bool[slabs]``: which ones are still to be written.
    fits
        ``bool[slabs]``: whether all codes of one lie within their limits.
    """

    words: WordArray
    channels: int
    left: NDArray[np.bool_]
    fits: NDArray[np.bool_]


@compiled_across
def arrange(
    codes: NDArray[Any], frame: Frame, words: Words, slabs: Slabs, numbers: IntArray
) -> None:
    """Lay the codes of some slabs out, block by block within a pixel.

    Parameters
    ----------
    codes
        ``[images, channels, height * width]``, C-contiguous.
    frame
        Where their pixels go.
    words
        How codes become words.
    slabs
        C-contiguous; every word of a row is written.
    numbers
        Which slabs.
    """
    images, channels, pixels = codes.shape
    of_image = slabs.words.shape[0] // images
    places = places_of(frame, pixels // frame.width, slabs.words.shape[2])
    for slab in numbers:
        if slabs.left[slab]:
            image, first = slab // of_image, slab % of_image * slabs.channels
            taken = codes[image, first : min(first + slabs.channels, channels)]
            slabs.fits[slab] = arrange_slab(taken, frame, words, places, slabs.words[slab])
            slabs.left[slab] = False


@compiled
def places_of(frame: Frame, height: int, pitch: int) -> IntArray:
    """Word of a slab at which each pixel begins, ``int64[height * width]``."""
    places = np.empty((height, frame.width), np.int64)
    for y in range(height):
        begun = (frame.top + y) * pitch + frame.left * frame.depth
        for x in range(frame.width):
            places[y, x] = begun + x * frame.depth
    return places.reshape(places.size)


@compiled_across
def arrange_slab(
    codes: NDArray[Any], frame: Frame, words: Words, places: IntArray, out: WordArray
) -> bool:
    """Lay the codes of a slab out; returns whether all of them lie within their limits."""
    channels, pixels = codes.shape
    flat = out.reshape(out.size)
    fill_borders(frame, pixels // frame.width, np.uint16(words.pad), out)
    if channels < frame.depth:
        for place in places:
            flat[place + channels : place + frame.depth] = np.uint16(words.pad)
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
