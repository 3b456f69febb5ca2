"""Compiled reads: the operands of vectors, straight out of the packed words.

One formula serves every encoding::

    operand - offset = ((((word & mask) ^ flip) >> shift) << up) + add

``word & mask`` is the field still in its place. Flipping the sign bit of a two's complement field
adds 2**(p-1) to it, which `add` takes back; `up` makes 2b of bipolar fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Decoder", "Source", "decode_table", "unfold"]


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
        place in the vector, count).
    decoder
        How words are read.
    """

    words: WordArray
    starts: IntArray
    runs: IntArray
    decoder: Decoder


@compiled
def unfold(source: Source, first: int, out: NDArray[Any]) -> None:
    """Read vectors from number `first` on, one into each row of `out`.

    Parameters
    ----------
    source
        Where they are, and how they are read.
    first
        Number of the first vector.
    out
        ``[vectors, words of a vector or more]`` of any type that holds the values.
    """
    for v in range(out.shape[0]):
        start, row = source.starts[first + v], out[v]
        for run in source.runs:
            begun = start + run[0]
            words = source.words[begun : begun + run[2]]
            decode(words, source.decoder, row[run[1] : run[1] + run[2]])


@compiled
def decode(words: WordArray, decoder: Decoder, out: NDArray[Any]) -> None:
    """Decode consecutive words."""
    mask, flip, add = np.uint16(decoder.mask), np.uint16(decoder.flip), np.int32(decoder.add)
    shift, up = np.int32(decoder.shift), np.int32(decoder.up)
    if shift == 0 and up == 0:  # the usual case: compilers can stay in narrow types
        for i in range(out.shape[0]):
            out[i] = ((words[i] & mask) ^ flip) + add
    else:
        for i in range(out.shape[0]):
            out[i] = ((((words[i] & mask) ^ flip) >> shift) << up) + add


@compiled
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
