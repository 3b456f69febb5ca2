"""Depthwise planes: one accumulator per lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.kernels.lanes import MOST_TAPS, lane_sums
from qpim_emu.engine.fast.kernels.saturating import Registers, saturating_lanes
from qpim_emu.engine.fast.operands import filters_of, read_table, stream_reader, streamed_points
from qpim_emu.engine.fast.ranges import step_ranges, streamed_range
from qpim_emu.engine.fast.registers import can_leave, wrap_totals
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import IntArray

__all__ = ["Lanes"]

TILE_OPERANDS = 1 << 18


class Lanes:
    """A depthwise plane, ready to run; parameters as for `qpim_emu.engine.fast.dots.Dots`."""

    def __init__(self, plan: Plan, plane: Plane, image: BankImage, sink: Sink) -> None:
        self.plan = plan
        self.plane = plane
        self.sink = sink
        words = plan.spec.words_per_block
        self.reader = stream_reader(plan, plane, image)
        self.points = streamed_points(plan, plane)
        shape = plane.residents, plane.vector_blocks, words
        self.table = np.empty(shape, np.float32)
        read_table(plan, plane, image, self.table.reshape(plane.residents, -1))
        self.filters = filters_of(plane, words).T
        self.biases: IntArray = plan.layer.bias[self.filters]
        by_lane = self.table.transpose(0, 2, 1).reshape(-1, plane.vector_blocks)
        ranges = step_ranges(by_lane, 1, streamed_range(plan, [plane]))
        self.leaves = bool(
            can_leave(
                plan.layer.accumulator.format,
                least=ranges.least,
                most=ranges.most,
                biases=(int(self.biases.min()), int(self.biases.max())),
            ).any()
        )

    def run(self) -> Iterator[int]:
        """Compute everything; yields how many outputs each tile finished."""
        _, taps, words = self.table.shape
        room = max(1, TILE_OPERANDS // (taps * words))
        tile = np.empty((min(room, self.plane.vectors), taps, words), np.float32)
        for first in range(0, self.plane.vectors, room):
            past = min(self.plane.vectors, first + room)
            part = tile[: past - first]
            self.reader.read(first, self.points[first:past], part.reshape(past - first, -1))
            self.finish(first, past, part)
            yield (past - first) * self.biases.size

    def finish(self, first: int, past: int, tile: NDArray[Any]) -> None:
        """Accumulate a tile of pixels and store what comes out."""
        accumulator = self.plan.layer.accumulator
        shape = (*self.biases.shape, past - first)
        cell = self.cell(first, past)
        biases = np.broadcast_to(self.biases[:, :, None], shape)
        if self.leaves and accumulator.overflow is Overflow.SATURATE:
            low, high = accumulator.format.min, accumulator.format.max
            registers = Registers(biases.copy(), np.zeros(shape, np.int64), low, high)
            saturating_lanes(self.table, tile, registers)
            self.store(cell, registers.values, registers.clips)
            return
        sums = np.zeros(shape, np.int64)
        for tap in range(0, self.table.shape[1], MOST_TAPS):
            taps = slice(tap, tap + MOST_TAPS)
            lane_sums(self.table[:, taps], tile[:, taps], sums)
        if not self.leaves:
            self.store(cell, sums + biases, None)
            return
        values, outside = wrap_totals(sums, biases, accumulator.format)
        found = bool(outside.any())
        if found and accumulator.overflow is Overflow.TRAP:
            flat = self.biases.size, past - first
            self.sink.trap(cell, sums.reshape(flat), biases.reshape(flat), outside.reshape(flat))
        self.store(cell, values, outside.astype(np.int64) if found else None)

    def cell(self, first: int, past: int) -> tuple[int, slice, slice]:
        """Outputs of pixels ``first..past``; filters are (lane, multiple) in this order."""
        filters = slice(int(self.filters.flat[0]), int(self.filters.flat[-1]) + 1)
        pixels = slice(self.plane.first + first, self.plane.first + past)
        return self.plane.image, filters, pixels

    def store(
        self, cell: tuple[int, slice, slice], values: IntArray, overflows: IntArray | None
    ) -> None:
        """Store ``[lanes, residents, pixels]``."""
        flat = self.biases.size, values.shape[-1]
        self.sink.store(
            cell, values.reshape(flat), None if overflows is None else overflows.reshape(flat)
        )
