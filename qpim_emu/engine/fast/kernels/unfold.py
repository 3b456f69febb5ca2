"""Compiled reads: the operands of vectors, straight out of the packed words.

One formula serves every encoding::

    operand - offset = ((((word & mask) ^ flip) >> shift) << up) + add

``word & mask`` is the field still in its place. Flipping the sign bit of a two's complement field
adds 2**(p-1) to it, which `add` takes back; `up` makes 2b of bipolar fields.

Vectors that follow each other read many of the same words. A stretch of memory is therefore read
once, through the formula, and vectors are copied out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_across
from qpim_emu.engine.fast.kernels.copying import copy_run
from qpim_emu.engine.fast.kernels.decoding import decode_low

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Decoder", "Source", "Stretch", "begin", "beside", "decode_table", "unfold"]


class Decoder(NamedTuple):
    """Constants of the formula."""

    mask: int
    flip: int
    shift: int
    up: int
    add: int


class Source(NamedTuple):
    """Streamed vectors in memory.

    Attributes
    ----------
    words
        ``uint16[n]``, block after block.
    starts
        ``int64[vectors]``: word at which each vector begins.
    runs
        ``int64[runs, 3]``: consecutive words of every vector, as (words from its beginning,
        place in the vector, count), by their place.
    decoder
        How words are read.
    """

    words: WordArray
    starts: IntArray
    runs: IntArray
    decoder: Decoder


class Stretch(NamedTuple):
    """A stretch of memory, read.

    Attributes
    ----------
    operands
        Room for operands, with `copying.SLACK` bytes behind it.
    place
        ``int64[3]``: first word of those read, the one past the last, and how far to read at all.
    """

    operands: NDArray[Any]
    place: IntArray


@compiled
def begin(source: Source, stretch: Stretch, share: tuple[int, int]) -> None:
    """Prepare for reading vectors ``share[0]`` to before ``share[1]``."""
    past = 0
    for v in range(share[0], share[1]):
        past = max(past, source.starts[v])
    stretch.place[0], stretch.place[1], stretch.place[2] = 0, 0, past + reach_of(source.runs)


@compiled
def reach_of(runs: IntArray) -> int:
    """Words from the beginning of a vector to behind its last one."""
    reach = 0
    for run in runs:
        reach = max(reach, run[0] + run[2])
    return reach


@compiled_across
def unfold(source: Source, stretch: Stretch, first: int, out: NDArray[Any]) -> None:
    """Read vectors from number `first` on, one into each row of `out`.

    Parameters
    ----------
    source
        Where they are, and how they are read.
    stretch
        What is read already (`begin`), of the type of `out`.
    first
        Number of the first vector.
    out
        C-contiguous ``[vectors, words of a vector or more]`` of any type that holds the values,
        with `copying.SLACK` bytes behind it. Columns that no run fills hold any operands.
    """
    starts = source.starts[first : first + out.shape[0]]
    low, high = starts[0], starts[0]
    for start in starts:
        low, high = min(low, start), max(high, start)
    if not read_on(source, stretch, low, high + reach_of(source.runs)):
        for v in range(out.shape[0]):
            for run in source.runs:
                begun = starts[v] + run[0]
                words = source.words[begun : begun + run[2]]
                decode(words, source.decoder, out[v][run[1] : run[1] + run[2]])
        return
    depth, begun, runs = out.shape[1], stretch.place[0], source.runs
    for v in range(out.shape[0]):
        start, place = starts[v] - begun, v * depth
        for i in range(runs.shape[0]):  # the slack of one is overwritten by the next
            copy_run(stretch.operands, start + runs[i, 0], out, place + runs[i, 1], runs[i, 2])


@compiled_across
def beside(source: Source, stretch: Stretch, share: tuple[int, int], depth: int) -> int:
    """Have vectors read that lie behind one another in memory, without gaps.

    Returns
    -------
    int
        Place of the first one in the stretch, from which on they are a tile of `depth` columns;
        -1 if they do not lie so, or are too many.
    """
    first, past = share
    if source.runs.shape[0] > 1 or source.runs[0, 0] != 0 or source.runs[0, 2] != depth:
        return -1
    low = source.starts[first]
    for v in range(first, past):
        if source.starts[v] != low + (v - first) * depth:
            return -1
    if not read_on(source, stretch, low, low + (past - first) * depth):
        return -1
    return int(low - stretch.place[0])


@compiled_across
def read_on(source: Source, stretch: Stretch, low: int, past: int) -> bool:
    """Have words `low` to before `past` read, unless there are too many of them."""
    room = stretch.operands.shape[0]
    if past - low > room:
        return False
    if low < stretch.place[0] or past > stretch.place[1]:
        end = max(past, min(low + room, stretch.place[2]))
        stretch.place[0], stretch.place[1] = low, end
        decode(source.words[low:end], source.decoder, stretch.operands[: end - low])
    return True


@compiled_across
def decode(words: WordArray, decoder: Decoder, out: NDArray[Any]) -> None:
    """Decode consecutive words."""
    if decoder.shift == 0 and decoder.up == 0:  # the usual case
        decode_low(words, (decoder.mask, decoder.flip, decoder.add), out)
        return
    mask, flip, add = np.uint16(decoder.mask), np.uint16(decoder.flip), np.int32(decoder.add)
    shift, up = np.int32(decoder.shift), np.int32(decoder.up)
    for i in range(out.shape[0]):
        out[i] = ((((words[i] & mask) ^ flip) >> shift) << up) + add


@compiled_across
def decode_table(
    words: WordArray, decoder: Decoder, points: IntArray, live: tuple[int, int], out: NDArray[Any]
) -> None:
    """Read vectors of weights, minus their zero points; words without operands become 0.

    Parameters
    ----------
    words
        ``uint16[vectors, n]``.
    decoder
        How they are read.
    points
        ``int64[vectors, n]``, or an axis of 1 to be repeated.
    live
        Of every ``live[1]`` words the first ``live[0]`` carry operands.
    out
        ``[vectors, n]``.
    """
    by_word = 1 if points.shape[1] > 1 else 0
    for v in range(out.shape[0]):
        row, taken, held = out[v], points[v], words[v]
        decode(held, decoder, row)
        for first in range(0, row.shape[0], live[1]):
            for i in range(first, first + live[0]):
                row[i] -= taken[i * by_word]
            row[first + live[0] : first + live[1]] = 0
