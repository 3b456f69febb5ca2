"""Behind the sums: what compiled code needs to drain them, and what it leaves to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.decode import decoder_of
from qpim_emu.engine.fast.kernels.packing import pack_totals
from qpim_emu.engine.fast.kernels.registers import Register
from qpim_emu.engine.fast.kernels.tiles import Drain, Pieces
from qpim_emu.engine.fast.kernels.unfold import Source

if TYPE_CHECKING:
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.script import Script
    from qpim_emu.engine.fast.sink import Sink

__all__ = ["count", "drain_of", "requantize", "source_of", "started"]

TILE_OUTPUTS = 1 << 16
"""Outputs requantized at a time: temporaries of 512 KiB, which caches hold."""


def source_of(sink: Sink, script: Script, memory: Memory, *, offset: int = 0) -> Source:
    """Activations of a job, read less by their zero point and `offset`."""
    layer = sink.plan.layer
    minus = layer.activation_zero_point + offset
    decoder = decoder_of(layer.activation_window, sink.plan.spec, minus=minus)
    return Source(memory.words, script.starts, script.runs, decoder)


def drain_of(sink: Sink, script: Script, pieces: Pieces, *, checked: bool) -> Drain:
    """Describe where the sums of a job go; its biases are those of the layer.

    Parameters
    ----------
    pieces
        Parts of the job, with what to add to its sums.
    checked
        Whether totals may leave the accumulators.
    """
    register = sink.plan.layer.accumulator.format
    shape = len(script.rows), len(script.spans)
    return Drain(
        pieces=pieces,
        register=Register(
            corrections=pieces.corrections[0],
            biases=sink.biases,
            low=register.min,
            high=register.max,
            bits=register.bits,
            checked=checked,
        ),
        unit=sink.unit,
        rows=script.rows,
        accumulators=sink.accumulators,
        overflows=np.zeros(shape, np.int32),
        clamped=np.zeros(shape, np.int32),
        spans=script.spans,
        words=sink.words,
        word_bits=sink.plan.spec.word_bits,
    )


def started(drain: Drain) -> Drain:
    """Drain of registers that started at the biases, and never left their range."""
    nothing = np.zeros_like(drain.register.biases)
    return drain._replace(register=drain.register._replace(biases=nothing, checked=False))


def count(sink: Sink, script: Script, drain: Drain) -> None:
    """Add what was counted to the vaults' events."""
    vaults = sink.plan.spec.vaults
    if drain.overflows.any():
        sink.overflows += script.count_by_vault(drain.overflows, vaults)
    if drain.clamped.any():
        sink.clamped += script.count_by_vault(drain.clamped, vaults)


def requantize(sink: Sink, script: Script) -> None:
    """Turn accumulators of a job into codes by `qpim_emu.arith`, packed and counted."""
    stored = sink.plan.layer.output_format
    bipolar = stored.encoding is Encoding.BIPOLAR
    begun, past = script.columns
    filters = sink.columns.filters[begun:past]
    room, blocks = max(1, TILE_OUTPUTS // len(filters)), sink.blocks(script.blocks)
    counts = np.zeros((len(script.rows), len(script.spans)), np.int64)
    for first in range(0, len(script.rows), room):
        rows = script.rows[first : first + room]
        accumulators = sink.accumulators[rows, begun:past].astype(np.int64)
        unit = sink.plan.layer.requantize
        codes, clamped = unit.apply(accumulators, filters=np.maximum(filters, 0))
        pack_totals(stored.to_field(codes) if bipolar else codes, rows, blocks)
        clamped &= filters >= 0
        for span, edges in enumerate(script.spans.tolist()):
            counts[first : first + room, span] = clamped[:, slice(*edges)].sum(axis=1)
    sink.clamped += script.count_by_vault(counts, sink.plan.spec.vaults)
