"""Behind the sums: what compiled code needs to drain them, and what it leaves to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kernels.chunks import CLAMPED
from qpim_emu.engine.fast.kernels.draining import Drain
from qpim_emu.engine.fast.kernels.packing import pack_totals
from qpim_emu.engine.fast.kernels.registers import Checked, Register
from qpim_emu.engine.fast.kernels.requantize import LANES

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.requantize import Unit
    from qpim_emu.engine.fast.outlet import Outlet
    from qpim_emu.engine.fast.script import Script
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.typing import IntArray

__all__ = ["Pieces", "drain_into", "drain_of", "requantize", "started"]

TILE_OUTPUTS = 1 << 16
"""Outputs requantized at a time: temporaries of 512 KiB, which caches hold."""


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


def drain_of(outlet: Outlet, script: Script, pieces: Pieces, *, checked: bool) -> Drain:
    """Describe where the sums of a job go, but for the arrays of a run (`drain_into`).

    Parameters
    ----------
    pieces
        Parts of the job, with what to add to its sums; biases are those of the layer.
    checked
        Whether totals may leave the accumulators.
    """
    chunks = chunks_of(pieces, script.spans, outlet.words_per_block)
    found = lanes_of(chunks, pieces.corrections.shape[1])
    columns = (found + pieces.columns[:, None, None]).reshape(-1, LANES)
    starts = np.empty((len(columns), 2, LANES), np.int64)
    starts[:, 0] = np.take_along_axis(
        pieces.corrections, found.reshape(len(found), -1), axis=1
    ).reshape(-1, LANES)
    starts[:, 1] = outlet.biases[columns]
    register = Checked if checked else Register
    streams = np.append(script.streams, len(script.rows))
    return Drain(
        edges=pieces.edges,
        columns=pieces.columns,
        chunks=chunks,
        register=register(starts, outlet.accumulator_bits),
        unit=in_chunks(outlet.unit, columns),
        rows=script.rows,
        accumulators=outlet.no_accumulators,
        streams=streams,
        vaults=script.vaults,
        events=np.empty((0, 0), np.int64),
        words=np.empty((0,) * 5, np.uint16),
        word_bits=outlet.word_bits,
    )


def drain_into(drain: Drain, sink: Sink) -> Drain:
    """Let a job's sums go to the results of a run."""
    return drain._replace(accumulators=sink.accumulators, events=sink.events, words=sink.words)


def chunks_of(pieces: Pieces, spans: IntArray, words_per_block: int) -> IntArray:
    """Cut blocks of filters into chunks, as `Drain` describes them."""
    blocks, width = pieces.blocks, pieces.corrections.shape[1]
    lanes = np.arange(0, words_per_block, LANES)
    first, live, numbers = (blocks[:, :, i, None] for i in range(3))
    ends = np.full_like(first, width)
    ends[:, :-1] = first[:, 1:]
    shape = len(blocks), -1
    columns = first + lanes
    parts = (
        columns,
        np.clip(ends - columns, 0, LANES),
        np.clip(live - lanes, 0, LANES),
        numbers,
        lanes,
        np.minimum(words_per_block - lanes, LANES),
        np.searchsorted(spans[:, 0], first, side="right") - 1,
    )
    whole = np.broadcast_arrays(*parts)
    return np.stack([part.reshape(shape) for part in whole], axis=2)


def lanes_of(chunks: IntArray, width: int) -> IntArray:
    """Column of each lane, ``int64[pieces, chunks, LANES]``: any one for lanes without."""
    found: IntArray = np.minimum(chunks[:, :, :1] + np.arange(LANES), width - 1)
    return found


def in_chunks(unit: Unit, columns: IntArray) -> Unit:
    """Arrange a unit by chunks, whose columns are ``int64[chunks, LANES]``."""
    constants = np.ascontiguousarray(unit.constants[:, columns].transpose(1, 0, 2))
    if len(unit.thresholds) > 1:
        thresholds = unit.thresholds[columns].transpose(0, 2, 1)
    else:
        thresholds = np.broadcast_to(unit.thresholds[:, :, None], (*unit.thresholds.shape, LANES))
    return unit._replace(constants=constants, thresholds=np.array(thresholds, order="C"))


def started(drain: Drain) -> Drain:
    """Drain of registers that started at the biases, and never left their range."""
    nothing = np.zeros_like(drain.register.starts)
    return drain._replace(register=Register(nothing, drain.register.bits))


def requantize(sink: Sink, script: Script) -> None:
    """Turn accumulators of a job into codes by `qpim_emu.arith`, packed and counted."""
    stored = sink.plan.layer.output_format
    bipolar = stored.encoding is Encoding.BIPOLAR
    begun, past = script.columns
    filters = sink.outlet.columns.filters[begun:past]
    room, blocks = max(1, TILE_OUTPUTS // len(filters)), sink.blocks(script.blocks)
    counts = np.zeros((len(script.rows), len(script.spans)), np.int32)
    for first in range(0, len(script.rows), room):
        rows = script.rows[first : first + room]
        accumulators = sink.accumulators[rows, begun:past].astype(np.int64)
        unit = sink.plan.layer.requantize
        codes, clamped = unit.apply(accumulators, filters=np.maximum(filters, 0))
        pack_totals(stored.to_field(codes) if bipolar else codes, rows, blocks)
        clamped &= filters >= 0
        for span, edges in enumerate(script.spans.tolist()):
            counts[first : first + room, span] = clamped[:, slice(*edges)].sum(axis=1)
    script.add_by_vault(counts, sink.events[CLAMPED])
