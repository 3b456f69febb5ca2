"""Which output trapped first, and its exact total; needed only where one did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.dots import find_table
from qpim_emu.engine.fast.kernels.kernel import aligned
from qpim_emu.engine.fast.kernels.unfold import Source, begin, unfold
from qpim_emu.engine.fast.lanes import Lanes
from qpim_emu.engine.fast.registers import wrap_totals
from qpim_emu.engine.fast.rooms import make_stretch
from qpim_emu.engine.result import output_shape, raise_trapped
from qpim_emu.mapping.outputs import OutputIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.engine.fast.layout import Layout
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.script import Script
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.typing import IntArray

__all__ = ["raise_lowest"]

VECTORS = 256
"""Vectors whose sums are formed at a time."""


def raise_lowest(layout: Layout, memory: Memory, sink: Sink) -> None:
    """Raise for the lowest output that trapped.

    Raises
    ------
    AccumulatorOverflowError
        Naming the output and its exact total.
    """
    raise_trapped(sink.plan, list(trapped(layout, memory, sink)))


def trapped(layout: Layout, memory: Memory, sink: Sink) -> Iterator[tuple[OutputIndex, int]]:
    """Outputs whose exact totals lie outside the accumulators."""
    pixels = output_shape(sink.plan)[2]
    for script, table in tables(layout, memory, sink):
        filters = sink.outlet.columns.filters[slice(*script.columns)]
        biases = np.where(filters < 0, 0, sink.plan.layer.bias[filters])
        source = Source(memory.words, script.starts, script.runs, sink.outlet.decoder(0))
        stretch = make_stretch(np.int64)
        begin(source, stretch, (0, len(script.rows)))
        room = aligned((VECTORS, table.shape[0] * table.shape[1]), np.int64)
        for first in range(0, len(script.rows), VECTORS):
            rows = script.rows[first : first + VECTORS]
            tile = room[: len(rows)]
            unfold(source, stretch, first, tile)
            vectors = tile.reshape(len(rows), *table.shape[:2])
            sums = np.einsum("vkl,klr->vrl", vectors, table).reshape(len(rows), -1)
            _, outside = wrap_totals(sums, biases, sink.plan.layer.accumulator.format)
            for row, column in np.argwhere(outside & (filters >= 0)).tolist():
                image, pixel = divmod(int(rows[row]), pixels)
                index = OutputIndex(image, int(filters[column]), pixel)
                yield index, int(sums[row, column]) + int(biases[column])


def tables(layout: Layout, memory: Memory, sink: Sink) -> Iterator[tuple[Script, IntArray]]:
    """Every job with its weights, ``int64[steps, lanes, residents]``: one lane for dot products."""
    for job, script in layout.dots:
        table = find_table(job, script, memory, sink.plan).values.astype(np.int64)
        yield script, table.T[:, None]
    if layout.lanes is not None:
        whole = Lanes(layout.lanes, memory, sink.outlet, sink.plan).table.astype(np.int64)
        for script, table in zip(layout.lanes.scripts, whole, strict=True):
            yield script, table.transpose(1, 2, 0)
