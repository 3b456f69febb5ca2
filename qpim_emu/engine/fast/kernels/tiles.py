"""Compiled data path of a job: from packed words to sums, and from sums to packed words.

Streamed vectors are read into the kernel's type and multiplied with the panels a tile at a time,
so that operands stay in the nearest caches; sums are drained a tile at a time likewise. The two
halves are calls of their own: the first is compiled for every kernel, the second for every type of
sums only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.kernels.packing import Blocks, pack_codes, pack_totals
from qpim_emu.engine.fast.kernels.registers import Register, add_biases, add_wrapped, keep
from qpim_emu.engine.fast.kernels.requantize import NOTHING, Out, Unit, requantize_rows
from qpim_emu.engine.fast.kernels.unfold import Source, unfold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Drain", "Pieces", "Room", "drain_sums", "sum_lanes", "sum_products"]


class Pieces(NamedTuple):
    """Parts of a job that follow each other: channel blocks of a depthwise layer, else one.

    Attributes
    ----------
    edges
        ``int64[pieces + 1]``: first vector of each, and the number of all.
    columns
        ``int64[pieces]``: first column of each.
    corrections
        Of the sums, in their type ``[pieces, columns of a piece]``.
    blocks
        ``int64[pieces, blocks, 3]``: where codes go, as `Blocks` says, columns counted from the
        piece's first.
    """

    edges: IntArray
    columns: IntArray
    corrections: NDArray[Any]
    blocks: IntArray


class Drain(NamedTuple):
    """What becomes of sums.

    Attributes
    ----------
    pieces
        Parts of the job.
    register, unit
        Biases and requantization of all columns of the layer.
    rows
        ``int64[vectors]``: row of the accumulators of each vector.
    accumulators
        ``int32`` or ``int64[rows, columns of the layer]``, written.
    overflows, clamped
        ``int32[vectors, spans]``: overflowed totals and clamped codes, written.
    spans
        ``int64[spans, 2]``: columns of a piece, first and past, counted apart.
    words
        Where codes go, as `Blocks` says.
    word_bits
        Bits of a word.
    """

    pieces: Pieces
    register: Register
    unit: Unit
    rows: IntArray
    accumulators: NDArray[Any]
    overflows: NDArray[np.int32]
    clamped: NDArray[np.int32]
    spans: IntArray
    words: WordArray
    word_bits: int


class Room(NamedTuple):
    """Scratch memory of a thread.

    Attributes
    ----------
    tile
        ``[vectors of a tile, depth]`` of the kernel's streamed type; 0 beyond the operands.
    sums
        ``[vectors of several tiles, columns of the kernel]`` of its type.
    totals, codes
        ``int64`` and ``uint16[vectors of a tile, columns of a piece]``.
    counts
        ``int64[vectors of a tile]``.
    """

    tile: NDArray[Any]
    sums: NDArray[Any]
    totals: IntArray
    codes: WordArray
    counts: IntArray


@compiled_across
def sum_products(panels: Panels, source: Source, room: Room, share: tuple[int, int]) -> None:
    """Multiply vectors ``share[0]`` to before ``share[1]`` with the weights.

    Parameters
    ----------
    panels
        Packed weights.
    source
        Streamed vectors.
    room
        Scratch memory; the sums go into its first rows.
    share
        Vectors.
    """
    first, past = share
    for begun in range(first, past, room.tile.shape[0]):
        count = min(room.tile.shape[0], past - begun)
        tile, row = room.tile[:count], begun - first
        unfold(source, begun, tile)
        multiply(panels, tile, room.sums[row : row + count])


@compiled_across
def sum_lanes(
    tables: NDArray[Any], edges: IntArray, source: Source, room: Room, share: tuple[int, int]
) -> None:
    """Do what `sum_products` does for channel blocks of a depthwise layer.

    Parameters
    ----------
    tables
        Weights ``[pieces, residents, taps, words]``.
    edges
        As of `Pieces`.
    source, room, share
        As for `sum_products`.
    """
    for piece in range(tables.shape[0]):
        first, past = max(share[0], edges[piece]), min(share[1], edges[piece + 1])
        for begun in range(first, past, room.tile.shape[0]):
            count = min(room.tile.shape[0], past - begun)
            tile, row = room.tile[:count], begun - share[0]
            unfold(source, begun, tile)
            multiply_lanes(tables[piece], tile, room.sums[row : row + count])


@compiled_across
def drain_sums(drain: Drain, room: Room, share: tuple[int, int]) -> None:
    """Drain the sums of vectors ``share[0]`` to before ``share[1]``, the first rows of a room's."""
    pieces = drain.pieces
    for piece in range(pieces.columns.shape[0]):
        first, past = max(share[0], pieces.edges[piece]), min(share[1], pieces.edges[piece + 1])
        if first >= past:
            continue
        column = pieces.columns[piece]
        columns = column, column + pieces.corrections.shape[1]
        register = part_of_register(drain.register, pieces.corrections[piece], columns)
        unit = part_of_unit(drain.unit, columns)
        blocks = Blocks(drain.words, pieces.blocks[piece], drain.word_bits)
        for begun in range(first, past, room.totals.shape[0]):
            ended = min(begun + room.totals.shape[0], past)
            totals, counts = room.totals[: ended - begun], room.counts[: ended - begun]
            codes, rows = room.codes[: ended - begun], drain.rows[begun:ended]
            sums = room.sums[begun - share[0] : ended - share[0]]
            if register.checked:
                for span in range(drain.spans.shape[0]):
                    part = drain.spans[span, 0], drain.spans[span, 1]
                    add_wrapped(register, part, sums, totals, counts)
                    drain.overflows[begun:ended, span] = counts
            else:
                add_biases(register, sums, totals)
            keep(totals, rows, drain.accumulators, column)
            if unit.mode >= 0:
                for span in range(drain.spans.shape[0]):
                    part = drain.spans[span, 0], drain.spans[span, 1]
                    requantize_rows(unit, part, totals, Out(codes, counts))
                    drain.clamped[begun:ended, span] = counts
                pack_codes(codes, rows, blocks)
            elif unit.mode == NOTHING:
                pack_totals(totals, rows, blocks)


@compiled_across
def part_of_register(
    register: Register, corrections: NDArray[Any], columns: tuple[int, int]
) -> Register:
    """Accumulators of a piece."""
    first, past = columns
    return Register(
        corrections,
        register.biases[first:past],
        register.low,
        register.high,
        register.bits,
        register.checked,
    )


@compiled_across
def part_of_unit(unit: Unit, columns: tuple[int, int]) -> Unit:
    """Requantization of a piece."""
    first, past = columns
    return Unit(
        unit.mode,
        unit.multiplier[first:past],
        unit.left[first:past],
        unit.right[first:past],
        unit.addend[first:past],
        unit.scale[first:past],
        unit.thresholds[first:past] if len(unit.thresholds) > 1 else unit.thresholds,
        unit.low[first:past],
        unit.high[first:past],
        unit.zero[first:past],
    )
