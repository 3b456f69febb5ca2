"""Compiled placement: codes of an image into padded rows of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numba
import numpy as np
from numba import types

from qpim_emu.engine.callbacks import compiled_callback
from qpim_emu.engine.compiled import compiled, compiled_across
from qpim_emu.engine.fast.kernels.atomic import put_atomically
from qpim_emu.engine.fast.kernels.records import (
    address_of,
    pointer_at,
    pointers_to,
    writer_of,
)
from qpim_emu.engine.fast.kernels.turning import turn_square, width_of_square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray, WordArray

__all__ = [
    "Frame",
    "How",
    "Slabs",
    "Words",
    "arranger",
    "fits",
    "left_of",
    "make_context",
    "put_addresses",
]


carray: Any = numba.carray  # type: ignore[attr-defined] # exported, but not by name


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
    images, channels, pixels
        Shape of the codes.
    slabs, rows, pitch
        Shape of the words: slabs, image by image, their rows, and words of a row or more.
    depth
        Channels of a slab, or as many as there are left.
    bands
        Parts of every slab: as many rows each, or nearly.
    """

    images: int
    channels: int
    pixels: int
    slabs: int
    rows: int
    pitch: int
    depth: int
    bands: int


class How(NamedTuple):
    """How codes are placed."""

    frame: Frame
    words: Words
    slabs: Slabs


CODES, PLACED, WRONG, FIRST = range(4)
"""Places in a context: addresses of codes and words, and whether a code is outside its limits."""

FRAME: Final = FIRST, FIRST + len(Frame._fields)
WORDS: Final = FRAME[1], FRAME[1] + len(Words._fields)
SLABS: Final = WORDS[1], WORDS[1] + len(Slabs._fields)
CONTEXT_SIZE: Final = SLABS[1]

INT64_BYTES: Final = 8
write_two = writer_of(2)


def make_context(how: How) -> IntArray:
    """Write down how codes are placed, all but their addresses, and that all parts are left."""
    numbers = [0, 0, 0, *how.frame, *how.words, *how.slabs]
    return np.array(numbers + [1] * (how.slabs.slabs * how.slabs.bands), np.int64)


def put_addresses(
    context: IntArray, codes: int, placed: int, function: int
) -> tuple[int, int, int, int]:
    """Complete a context by what is placed where; returns its `Filler`, written down (`records`).

    Parameters
    ----------
    context
        One of its own, as `make_context` makes it.
    codes, placed
        Addresses, both C-contiguous.
    function
        What places codes of that type (`arranger`).
    """
    write_two(context, 0, codes, placed)
    address = address_of(context)
    left = address + CONTEXT_SIZE * INT64_BYTES
    return function, address, left, len(context) - CONTEXT_SIZE


def left_of(context: IntArray) -> IntArray:
    """Which parts are still to be placed: 1 for each that is, else 0."""
    return context[CONTEXT_SIZE:]


def fits(context: IntArray) -> bool:
    """Whether all codes placed so far lie within their limits."""
    return not context[WRONG]


def arranger(kind: np.dtype[Any]) -> int:
    """Address of the code that places codes of a type."""
    found = addresses.get(kind)
    if found is None:
        element: Any = kind.type
        made = make_arranger(element)
        arrangers.append(made)
        found = addresses[kind] = int(made.address)
    return found


addresses: dict[np.dtype[Any], int] = {}
arrangers: list[Any] = []
"""Compiled once for a process, which then keeps them."""


def make_arranger(kind: Any) -> Any:  # noqa: ANN401 - a type of NumPy, a compiled function
    """Compile it."""

    def place_part(pointer: Any, part: int) -> None:  # noqa: ANN401
        context = carray(pointer, (CONTEXT_SIZE,))
        how = read_context(context)
        slabs = how.slabs
        shape = slabs.images, slabs.channels, slabs.pixels
        codes = carray(pointer_at(context[CODES], kind), shape)
        shape = slabs.slabs, slabs.rows, slabs.pitch
        placed = carray(pointer_at(context[PLACED], np.uint16), shape)
        if not arrange(codes, how, placed, part):
            context[WRONG] = 1
        put_atomically(context, CONTEXT_SIZE + part, 0)

    return compiled_callback(place_part, types.void(pointers_to(types.int64), types.int64))


@compiled
def read_context(context: IntArray) -> How:
    """Read what `make_context` wrote down."""
    f, w, s = context[FRAME[0] :], context[WORDS[0] :], context[SLABS[0] :]
    frame = Frame(f[0], f[1], f[2], f[3], f[4])
    words = Words(w[0], w[1], w[2], w[3])
    return How(frame, words, Slabs(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]))


@compiled_across
def arrange(codes: NDArray[Any], how: How, placed: WordArray, part: int) -> bool:
    """Lay a band of a slab out, block by block within a pixel.

    Parameters
    ----------
    codes
        ``[images, channels, height * width]``, C-contiguous.
    how
        How they go where.
    placed
        ``uint16[slabs, rows, words of a row or more]``, C-contiguous; every word of a row of the
        band is written.
    part
        Number of the band.

    Returns
    -------
    bool
        Whether all of its codes lie within their limits.
    """
    slabs = how.slabs
    slab, band = part // slabs.bands, part % slabs.bands
    of_image = slabs.slabs // slabs.images
    image, first = slab // of_image, slab % of_image * slabs.depth
    taken = codes[image, first : min(first + slabs.depth, slabs.channels)]
    rows = band * slabs.rows // slabs.bands, (band + 1) * slabs.rows // slabs.bands
    return arrange_rows(taken, how, placed[slab], rows)


@compiled_across
def arrange_rows(codes: NDArray[Any], how: How, out: WordArray, rows: tuple[int, int]) -> bool:
    """Lay rows ``rows[0]`` to before ``rows[1]`` of a slab out; whether all codes fit."""
    frame, words = how.frame, how.words
    channels, height = codes.shape[0], codes.shape[1] // frame.width
    first = min(max(rows[0] - frame.top, 0), height) * frame.width
    past = min(max(rows[1] - frame.top, 0), height) * frame.width
    flat = out.reshape(out.size)
    fill_borders(frame, height, np.uint16(words.pad), out, rows)
    places = places_of(frame, (first, past), out.shape[1])
    if channels < frame.depth:
        for place in places:
            flat[place + channels : place + frame.depth] = np.uint16(words.pad)
    size = width_of_square(codes)
    whole = channels - channels % size if past - first >= size else 0
    limits = words.low, words.high, words.mask
    wrong = 0
    for channel in range(0, whole, size):
        for pixel in range(first, past, size):
            begun = min(pixel, past - size)  # the last square may overlap the one before
            at = channel, begun, begun - first, channel
            wrong |= turn_square(codes, at, places, flat, limits)
    for channel in range(whole, channels):
        taken = codes[channel]
        for pixel in range(first, past):
            code = taken[pixel]
            wrong |= code < words.low or code > words.high
            flat[places[pixel - first] + channel] = np.uint16(code & words.mask)
    return wrong == 0


@compiled
def places_of(frame: Frame, pixels: tuple[int, int], pitch: int) -> IntArray:
    """Word of a slab at which each pixel of whole rows begins, ``int64[pixels]``."""
    first, past = pixels
    places = np.empty(past - first, np.int64)
    for i in range(0, past - first, frame.width):
        y = (first + i) // frame.width
        begun = (frame.top + y) * pitch + frame.left * frame.depth
        for x in range(frame.width):
            places[i + x] = begun + x * frame.depth
    return places


@compiled
def fill_borders(
    frame: Frame, height: int, pad: np.uint16, out: WordArray, rows: tuple[int, int]
) -> None:
    """Fill what lies around an image in some rows."""
    left = frame.left * frame.depth
    right = left + frame.width * frame.depth
    for row in range(rows[0], rows[1]):
        y = row - frame.top
        if y < 0 or y >= height:
            out[row, : frame.columns * frame.depth] = pad
        else:
            out[row, :left] = pad
            out[row, right : frame.columns * frame.depth] = pad
