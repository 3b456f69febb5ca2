"""All that a thread does of a job that BLAS multiplies, in one compiled call.

Like `qpim_emu.engine.fast.kernels.passes`, with routines of BLAS instead of kernels: a thread that
went to the interpreter for each product would wait there for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_across
from qpim_emu.engine.fast.kernels.draining import drain_sums
from qpim_emu.engine.fast.kernels.gemm import call_gemm
from qpim_emu.engine.fast.kernels.passes import add_events
from qpim_emu.engine.fast.kernels.records import read_record
from qpim_emu.engine.fast.kernels.sharing import fill_all, finish_share, next_share
from qpim_emu.engine.fast.kernels.unfold import begin, beside, unfold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.kernels.unfold import Source
    from qpim_emu.typing import IntArray

__all__ = ["FloatWeights", "add_pieces", "pass_pieces", "pass_products"]

STEP = 64
"""Vectors unfolded at a time: a stretch is rarely too short for so many."""

TOTALS = 1 << 13
"""Totals of pieces that are drained together: a first-level cache holds most of them."""


class FloatWeights(NamedTuple):
    """Weights, and how BLAS multiplies with them.

    Attributes
    ----------
    table
        ``[K, residents]``.
    edges
        ``int64[pieces + 1]``: where pieces of K begin, and K.
    routine
        Address of the routine, as of `qpim_emu.engine.fast.kernels.gemm.call_gemm`.
    has_gaps
        1 if there are words that no run fills, else 0.
    """

    table: NDArray[Any]
    edges: IntArray
    routine: int
    has_gaps: int


def pass_products(record: Any, kind: Any) -> None:  # noqa: ANN401
    """Multiply and drain shares of the vectors, until none is left.

    Parameters
    ----------
    record, kind
        A record of a `qpim_emu.engine.fast.kernels.passes.Pass`, and its type. Its weights are
        `FloatWeights` of one piece; its room has sums of a tile.
    """
    weights, source, room, drain, work = read_record(record, kind)
    events = np.zeros(drain.events.shape, np.int64)
    prepare(weights, room)
    if work.part_edges.shape[0] == 0:
        fill_all(work.filler, work.state)
    share = next_share(work)
    while share >= 0:
        for first in range(work.edges[share], work.edges[share + 1], room.tile.shape[0]):
            part = first, min(first + room.tile.shape[0], work.edges[share + 1])
            multiply_tile(weights, source, room, part)
            drain_sums(drain, events, room.sums, part)
        finish_share(work)
        share = next_share(work)
    add_events(events, drain.events)


def pass_pieces(record: Any, kind: Any) -> None:  # noqa: ANN401
    """Do what `pass_products` does with several pieces, whose sums lie behind one another."""
    weights, source, room, drain, work = read_record(record, kind)
    events = np.zeros(drain.events.shape, np.int64)
    rows, residents = room.tile.shape[0], weights.table.shape[1]
    totals = np.empty((max(1, TOTALS // residents), residents), np.int64)
    prepare(weights, room)
    if work.part_edges.shape[0] == 0:
        fill_all(work.filler, work.state)
    share = next_share(work)
    while share >= 0:
        for first in range(work.edges[share], work.edges[share + 1], rows):
            past = min(first + rows, work.edges[share + 1])
            multiply_tile(weights, source, room, (first, past))
            for begun in range(first, past, totals.shape[0]):
                part = begun, min(begun + totals.shape[0], past)
                add_pieces(room.sums, (begun - first, rows), totals[: part[1] - begun])
                drain_sums(drain, events, totals, part)
        finish_share(work)
        share = next_share(work)
    add_events(events, drain.events)


@compiled_across
def prepare(weights: FloatWeights, room: Room) -> None:
    """Make numbers of what lies in gaps: 0 times anything else need not be 0."""
    if weights.has_gaps:
        room.tile[:] = 0
        room.stretch.operands[:] = 0


@compiled_across
def multiply_tile(weights: FloatWeights, source: Source, room: Room, part: tuple[int, int]) -> None:
    """Read vectors ``part[0]`` to before ``part[1]`` and multiply them, piece after piece of K."""
    first, past = part
    rows, tile = room.tile.shape[0], room.tile[: past - first]
    begin(source, room.stretch, part)
    place = beside(source, room.stretch, part, tile.shape[1])
    if place >= 0:
        operands = room.stretch.operands[place : place + tile.size]
        tile = operands.reshape((past - first, tile.shape[1]))
    else:
        for begun in range(0, past - first, STEP):
            unfold(source, room.stretch, first + begun, tile[begun : begun + STEP])
    for piece in range(weights.edges.shape[0] - 1):
        low, high = weights.edges[piece], weights.edges[piece + 1]
        sums = room.sums[piece * rows : piece * rows + past - first]
        call_gemm(weights.routine, tile[:, low:high], weights.table[low:high], sums)


@compiled
def add_pieces(products: NDArray[Any], place: tuple[int, int], totals: IntArray) -> None:
    """Add sums of all pieces of K as integers.

    Parameters
    ----------
    products
        ``[pieces * rows, residents]``: integers in a floating-point type.
    place
        First row of each piece to be added, and `rows`.
    totals
        ``int64[n, residents]``, overwritten.
    """
    first, rows = place
    for v in range(totals.shape[0]):
        total = totals[v]
        total[:] = 0
        for row in range(first + v, products.shape[0], rows):
            piece = products[row]
            for i in range(total.shape[0]):
                total[i] += np.int64(piece[i])
