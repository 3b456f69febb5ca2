"""Dot products of a job, tile by tile."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.products import Product, choose, stack_height
from qpim_emu.engine.fast.kernels.registers import add_biases
from qpim_emu.engine.fast.kernels.saturating import Registers, saturating_products
from qpim_emu.engine.fast.operands import filters_of, read_table, stream_reader, streamed_points
from qpim_emu.engine.fast.ranges import step_ranges, streamed_range
from qpim_emu.engine.fast.registers import can_leave, wrap_totals
from qpim_emu.engine.fast.sink import cell_of
from qpim_emu.engine.fast.workers import in_order, workers
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.plane import Streamed
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.jobs import Job
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import BoolArray, IntArray

__all__ = ["Dots"]

TILE_OPERANDS = 1 << 18
"""Streamed operands unfolded at a time by each worker: 1 MiB, half a second-level cache."""

LARGE_TILES = 4
"""How much larger tiles are whose product BLAS spreads over its own threads."""

TILE_SUMS = 1 << 20


class Piece(NamedTuple):
    """Vectors ``first..past`` of a plane, in the tile's rows from `row` on."""

    plane: Plane
    first: int
    past: int
    row: int


class Dots:
    """A job, ready to run.

    Parameters
    ----------
    plan, job
        What is computed.
    image
        The bank image, operands placed.
    sink
        Where results go.
    """

    def __init__(self, plan: Plan, job: Job, image: BankImage, sink: Sink) -> None:
        self.plan = plan
        self.job = job
        self.image = image
        self.sink = sink
        self.words = plan.spec.words_per_block
        table = self.read_tables()
        streamed = streamed_range(plan, job.streams)
        ranges = step_ranges(table, self.words, streamed)
        self.product: Product = choose(
            ranges.magnitudes,
            largest=max(abs(bound) for bound in streamed),
            words_per_block=self.words,
        )
        biases = plan.layer.bias
        self.leaving: BoolArray = can_leave(
            plan.layer.accumulator.format,
            least=ranges.least,
            most=ranges.most,
            biases=(int(biases.min()), int(biases.max())),
        )
        self.table: NDArray[Any] = table.astype(self.product.kernel.dtype, copy=False)
        self.turned = np.asfortranarray(self.table)
        self.height = stack_height(*table.shape)
        self.spare: list[tuple[NDArray[Any], NDArray[Any]]] = []

    def read_tables(self) -> NDArray[np.float32]:
        """Read the resident vectors of all planes, ``float32[residents, K]``."""
        length = self.job.tables[0].vector_blocks * self.words
        table = np.empty((self.job.residents, length), np.float32)
        for plane, rows in self.row_ranges():
            read_table(self.plan, plane, self.image, table[rows])
        return table

    def row_ranges(self) -> Iterator[tuple[Plane, slice]]:
        """Planes with their rows of the table."""
        first = 0
        for plane in self.job.tables:
            yield plane, slice(first, first + plane.residents)
            first += plane.residents

    def run(self) -> Iterator[int]:
        """Compute everything; yields how many outputs each tile finished."""
        room = self.vectors_at_once()
        tasks = [partial(self.compute, pieces, room) for pieces in self.tiles(room)]
        if self.height:
            yield from in_order(tasks)
        else:  # BLAS uses all cores by itself
            yield from (task() for task in tasks)

    def vectors_at_once(self) -> int:
        """Vectors of a tile: what a cache holds, the same share for every worker."""
        residents, length = self.table.shape
        operands = TILE_OPERANDS if self.height else LARGE_TILES * TILE_OPERANDS
        most = max(1, min(operands // length, TILE_SUMS // residents))
        vectors = sum(plane.vectors for plane in self.job.streams)
        if not self.height or vectors < workers() * self.height:
            return min(most, vectors)
        tiles = ceil_div(ceil_div(vectors, most), workers()) * workers()
        return ceil_div(ceil_div(vectors, tiles), self.height) * self.height

    def tiles(self, room: int) -> Iterator[list[Piece]]:
        """Cut all streamed vectors into tiles of `room` vectors."""
        pieces: list[Piece] = []
        used = 0
        for plane in self.job.streams:
            first = 0
            while first < plane.vectors:
                past = min(plane.vectors, first + room - used)
                pieces.append(Piece(plane, first, past, used))
                used, first = used + past - first, past
                if used == room:
                    yield pieces
                    used, pieces = 0, []
        if pieces:
            yield pieces

    def compute(self, pieces: list[Piece], room: int) -> int:
        """Read, multiply and store one tile; returns how many outputs that finished."""
        try:
            tile, sums = self.spare.pop()
        except IndexError:
            residents, length = self.table.shape
            tile = np.empty((room, length), self.table.dtype)
            sums = np.empty((room, residents), self.table.dtype)
        for plane, first, past, row in pieces:
            reader = stream_reader(self.plan, plane, self.image)
            points = streamed_points(self.plan, plane)[first:past]
            reader.read(first, points, tile[row : row + past - first])
        used = pieces[-1].row + pieces[-1].past - pieces[-1].first
        finished = self.finish(tile[:used], pieces, sums[:used])
        self.spare.append((tile, sums))
        return finished

    def finish(self, tile: NDArray[Any], pieces: list[Piece], room: NDArray[Any]) -> int:
        """Multiply a tile of streamed vectors with the tables and store what comes out."""
        saturates = self.plan.layer.accumulator.overflow is Overflow.SATURATE
        sums = None
        if not (saturates and self.leaving.all()):
            sums = self.product.multiply(self.turned, tile, room)
        for stream, first, past, row in pieces:
            vectors = slice(row, row + past - first)
            for table, rows in self.row_ranges():
                biases = self.biases(table, stream, first, past)
                cell = cell_of(table, stream, first, past)
                if not self.leaving[rows].any():
                    assert sums is not None  # noqa: S101 - some row cannot leave
                    add_biases(sums[vectors, rows], biases, self.sink.accumulators[cell])
                elif saturates:
                    self.sink.store(cell, *self.saturate(rows, tile[vectors], biases))
                else:
                    assert sums is not None  # noqa: S101 - nothing saturates
                    self.wrap(cell, sums[vectors, rows].T.astype(np.int64), biases)
        return len(self.table) * len(tile)

    def biases(self, table: Plane, stream: Plane, first: int, past: int) -> IntArray:
        """Biases of a cell, to broadcast against ``[residents, vectors]``."""
        if stream.streamed is Streamed.WEIGHTS:
            return self.plan.layer.bias[filters_of(stream, self.words)[first:past]][None]
        return self.plan.layer.bias[filters_of(table, self.words)][:, None]

    def wrap(self, cell: Any, sums: IntArray, biases: IntArray) -> None:  # noqa: ANN401
        """Store wrapped totals; note those outside the format."""
        accumulator = self.plan.layer.accumulator
        values, outside = wrap_totals(sums, biases, accumulator.format)
        found = bool(outside.any())
        if found and accumulator.overflow is Overflow.TRAP:
            self.sink.trap(cell, sums, biases, outside)
        self.sink.store(cell, values, outside.astype(np.int64) if found else None)

    def saturate(
        self, rows: slice, tile: NDArray[Any], biases: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Accumulate block by block, clipping; returns registers and clipped additions."""
        register = self.plan.layer.accumulator.format
        shape = rows.stop - rows.start, len(tile)
        registers = Registers(
            np.broadcast_to(biases, shape).copy(),
            np.zeros(shape, np.int64),
            register.min,
            register.max,
        )
        saturating_products(self.table[rows], tile, registers, self.words)
        return registers.values, registers.clips
