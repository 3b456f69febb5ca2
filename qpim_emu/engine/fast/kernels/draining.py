"""Compiled second half of a job's data path: from sums to accumulators and packed words.

Rows of sums are taken a few at a time, chunk after chunk of columns, so that neither constants nor
places are looked up often; nothing is stored in between. Compiled for every mode that is used, and
the types of sums and accumulators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.chunks import Place, drain_rows
from qpim_emu.engine.fast.kernels.requantize import LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.registers import Register
    from qpim_emu.engine.fast.kernels.requantize import Unit
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Drain", "drain_sums"]

OUTPUTS = 2048
"""Outputs of rows drained together: their sums and accumulators fit a first-level cache."""


class Drain(NamedTuple):
    """What becomes of sums.

    Attributes
    ----------
    edges
        ``int64[pieces + 1]``: first vector of each piece of the job, and the number of all.
    columns
        ``int64[pieces]``: first column of each in the accumulators.
    chunks
        ``int64[pieces, chunks, 7]``: of each chunk of a piece's columns the first one, columns,
        live ones, block of filters, word in it, words, and the span that it is counted in.
    register, unit
        Biases and requantization, by number of all chunks.
    rows
        ``int64[vectors]``: image times pixels plus pixel of each vector, which is its row of the
        accumulators.
    accumulators
        ``int32`` or ``int64[rows, columns of the layer]``, written; or no rows of it.
    streams
        ``int64[streams + 1]``: first vector of each plane that streams, and the number of all.
    vaults
        ``int64[streams, spans]``: which vault computes their outputs.
    events
        ``int64[2, vaults]``: where threads add what they counted of overflowed totals, and of
        clamped codes.
    words
        ``uint16[images, blocks of filters, pixels, words of an output, words per block]``; whole
        blocks are written, unless the unit leaves that for later.
    word_bits
        Bits of a word.
    """

    edges: IntArray
    columns: IntArray
    chunks: IntArray
    register: Register
    unit: Unit
    rows: IntArray
    accumulators: NDArray[Any]
    streams: IntArray
    vaults: IntArray
    events: IntArray
    words: WordArray
    word_bits: int


@compiled_across
def drain_sums(drain: Drain, events: IntArray, sums: NDArray[Any], share: tuple[int, int]) -> None:
    """Drain the sums of vectors ``share[0]`` to before ``share[1]``, the first rows of `sums`.

    What is counted is added to `events`, which are like those of the `drain`.
    """
    pixels, rows, streams = drain.words.shape[2], drain.rows, drain.streams
    most = max(1, OUTPUTS // (LANES * drain.chunks.shape[1]))
    stream = stream_of(streams, share[0])
    for piece in range(drain.chunks.shape[0]):
        first, past = max(share[0], drain.edges[piece]), min(share[1], drain.edges[piece + 1])
        while first < past:
            while streams[stream + 1] <= first:
                stream += 1
            row = rows[first]
            image, pixel = row // pixels, row % pixels
            end, vector = min(past, first + pixels - pixel, first + most), first + 1
            end = min(end, streams[stream + 1])
            while vector < end and rows[vector] - row == vector - first:
                vector += 1
            place = Place(piece, first - share[0], stream, row, image, pixel)
            drain_rows(drain, events, sums, place, vector - first)
            first = vector


@compiled_across
def stream_of(streams: IntArray, vector: int) -> int:
    """Find the stream of a vector."""
    low, high = 0, streams.shape[0] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if streams[middle] <= vector:
            low = middle
        else:
            high = middle
    return low
