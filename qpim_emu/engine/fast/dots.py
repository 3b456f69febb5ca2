"""Dot products of a job, tile by tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.products import Product, choose
from qpim_emu.engine.fast.kernels.registers import add_biases
from qpim_emu.engine.fast.kernels.saturating import Registers, saturating_products
from qpim_emu.engine.fast.operands import filters_of, read_table, stream_reader, streamed_points
from qpim_emu.engine.fast.ranges import step_ranges, streamed_range
from qpim_emu.engine.fast.registers import can_leave, wrap_totals
from qpim_emu.engine.fast.sink import cell_of
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

TILE_OPERANDS = 1 << 20
"""Most streamed operands unfolded at a time: 4 MiB, which the last cache holds."""

LEAST_OPERANDS = 1 << 18
"""Enough of them for a small table: 1 MiB. BLAS rearranges the table in every tile, so a larger
table gets tiles as large as itself."""

TILE_SUMS = 1 << 20


class Piece(NamedTuple):
    """Vectors ``first..past`` of a plane, in the tile's rows from `row` on."""

    plane: Plane
    first: int
    past: int
    row: int


def merged(pieces: list[Piece]) -> Iterator[Piece]:
    """Join pieces whose outputs lie beside each other, though different planes compute them.

    They are told by the first plane, `past` then counting beyond its vectors.
    """
    joined = pieces[0]
    for piece in pieces[1:]:
        follows = piece.plane.first + piece.first == joined.plane.first + joined.past
        if follows and piece.plane.image == joined.plane.image:
            joined = joined._replace(past=joined.past + piece.past - piece.first)
        else:
            yield joined
            joined = piece
    yield joined


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
        residents, length = table.shape
        operands = min(TILE_OPERANDS, max(LEAST_OPERANDS, table.size))
        self.vectors_at_once = max(1, min(operands // length, TILE_SUMS // residents))
        self.room = np.empty(self.vectors_at_once * residents, self.table.dtype)

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
        room, length = self.vectors_at_once, self.table.shape[1]
        tile = np.empty((room, length), self.table.dtype)
        pieces: list[Piece] = []
        used = 0
        for plane in self.job.streams:
            reader = stream_reader(self.plan, plane, self.image)
            points = streamed_points(self.plan, plane)
            first = 0
            while first < plane.vectors:
                past = min(plane.vectors, first + room - used)
                reader.read(first, points[first:past], tile[used : used + past - first])
                pieces.append(Piece(plane, first, past, used))
                used, first = used + past - first, past
                if used == room:
                    yield self.finish(tile, pieces)
                    used, pieces = 0, []
        if pieces:
            yield self.finish(tile[:used], pieces)

    def finish(self, tile: NDArray[Any], pieces: list[Piece]) -> int:
        """Multiply a tile of streamed vectors with the tables and store what comes out."""
        saturates = self.plan.layer.accumulator.overflow is Overflow.SATURATE
        sums = None
        if not (saturates and self.leaving.all()):
            room = self.room[: self.table.shape[0] * len(tile)].reshape(len(tile), -1)
            sums = self.product.multiply(self.table, tile, room)
        for stream, first, past, row in merged(pieces):
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
            return self.plan.layer.bias[None, stream.first + first : stream.first + past]
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
