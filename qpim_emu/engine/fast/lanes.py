"""Depthwise layers: one accumulator per lane, all channel blocks of a layer together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.drain import Pieces, drain_into, drain_of, started
from qpim_emu.engine.fast.kernels.bounds import sum_by_sign
from qpim_emu.engine.fast.kernels.chunks import OVERFLOWS
from qpim_emu.engine.fast.kernels.draining import drain_sums
from qpim_emu.engine.fast.kernels.passes import pass_through
from qpim_emu.engine.fast.kernels.saturating import Registers, saturate_lanes
from qpim_emu.engine.fast.kernels.tiles import Filters
from qpim_emu.engine.fast.kernels.unfold import Source, begin, unfold
from qpim_emu.engine.fast.passing import NO_WORDS, Passing
from qpim_emu.engine.fast.placing import slabs_of
from qpim_emu.engine.fast.ranges import step_ranges
from qpim_emu.engine.fast.registers import can_leave
from qpim_emu.engine.fast.rooms import RoomShape, room_shape
from qpim_emu.engine.fast.tables import streamed_range, table_reader
from qpim_emu.engine.fast.threads import shares_of
from qpim_emu.engine.fast.tiling import run_tiles
from qpim_emu.engine.fast.work import parts_of_slabs, work_of
from qpim_emu.engine.processors import processors
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.dots import Compute
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.outlet import Outlet
    from qpim_emu.engine.fast.script import LaneScript
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["Lanes"]

TILE_BYTES = 1 << 15
"""Streamed operands of a tile: what a first-level cache holds."""

SUMS_BYTES = 1 << 18
"""Sums that are drained together."""

TILE_ROWS = 96
NARROW = 1 << 31

SLOWNESS = 16
"""How much longer a multiply-accumulate takes here than in a product of matrices, with
what is placed and drained for it."""


class Types(NamedTuple):
    """Types of operands and sums."""

    operands: type[np.signedinteger[Any]]
    sums: type[np.signedinteger[Any]]


NARROW_TYPES = Types(np.int16, np.int32)
WIDE_TYPES = Types(np.int32, np.int64)


class Lanes:
    """All channel blocks, ready to run; parameters as for `qpim_emu.engine.fast.dots.Dots`."""

    def __init__(self, script: LaneScript, memory: Memory, outlet: Outlet, plan: Plan) -> None:
        self.lanes = script
        self.script = script.whole
        self.outlet = outlet
        self.plane = script.jobs[0].tables[0]
        self.streamed = streamed_range(plan)
        words = plan.spec.words_per_block
        self.width = self.plane.residents * words
        shape = -1, self.plane.residents, words
        groups = [job.tables[0].group for job in script.jobs]
        self.filters = outlet.columns.filters.reshape(shape)[groups]
        self.outputs = int((self.filters >= 0).sum(axis=(1, 2)) @ np.diff(script.pieces))
        self.table = self.read_tables(memory, plan)
        by_lane = self.table.transpose(0, 1, 3, 2).reshape(-1, self.plane.vector_blocks)
        ranges = step_ranges(sum_by_sign(np.ascontiguousarray(by_lane), 1), self.streamed)
        self.sums = by_lane.sum(axis=1, dtype=np.int64)
        self.bound = int(ranges.magnitudes.sum(axis=1).max()) * max(map(abs, self.streamed))
        self.register = plan.layer.accumulator.format
        biases = outlet.biases
        self.leaves = bool(
            can_leave(
                self.register,
                least=ranges.least,
                most=ranges.most,
                biases=(int(biases.min()), int(biases.max())),
            ).any()
        )
        saturates = self.leaves and plan.layer.accumulator.overflow is Overflow.SATURATE
        self.run = self.saturate() if saturates else self.multiply(plan)

    def read_tables(self, memory: Memory, plan: Plan) -> IntArray:
        """Read the weights of all jobs, ``int32[jobs, residents, taps, words]``; idle lanes 0."""
        words, taps = plan.spec.words_per_block, self.plane.vector_blocks
        held = np.concatenate([memory.table(job.tables) for job in self.lanes.jobs])
        points = plan.layer.weight_zero_point[self.filters]  # [jobs, residents, words]
        by_word = np.broadcast_to(points[:, :, None], (*points.shape[:2], taps, words))
        whole = table_reader(plan, self.plane, held, by_word.reshape(len(held), -1))()
        table: IntArray = whole.reshape(by_word.shape)
        if (self.filters < 0).any():
            table *= (self.filters >= 0)[:, :, None]
        return table

    @property
    def types(self) -> Types:
        """Narrowest types that are exact: sums wrap, so only the exact sum must fit."""
        fits = np.iinfo(np.int16)
        narrow = (
            self.bound < NARROW
            and fits.min <= self.table.min() <= self.table.max() <= fits.max
            and self.streamed[1] - self.streamed[0] <= fits.max - fits.min
        )
        return NARROW_TYPES if narrow else WIDE_TYPES

    @property
    def offset(self) -> int:
        """What to subtract from activations so that they fit the type of the operands."""
        limits = np.iinfo(self.types.operands)
        low, high = self.streamed
        return 0 if limits.min <= low and high <= limits.max else low - int(limits.min)

    def multiply(self, plan: Plan) -> Compute:
        """Multiply on threads of our own."""
        types, offset = self.types, self.offset
        tables = self.table.astype(types.operands, copy=False)
        pieces = self.pieces((self.sums * offset).astype(types.sums))
        drain = drain_of(self.outlet, self.script, pieces, checked=self.leaves)
        filters = Filters(tables, self.taps(), pieces.edges)
        decoder = self.outlet.decoder(offset)
        shape = self.shape(types)
        source = Source(NO_WORDS, self.script.starts, self.script.runs, decoder)
        work = self.divide(plan)
        passing = Passing(
            pass_through, filters, source, drain, outlet=self.outlet, work=work, shape=shape
        )

        def compute(memory: Memory, sink: Sink) -> Iterator[int]:
            passing.run(memory, sink)
            yield self.outputs

        return compute

    def shares(self, *, grain: int) -> list[tuple[int, int]]:
        """Cut the vectors into shares."""
        vectors = len(self.script.rows)
        macs = vectors * self.table[0].size * SLOWNESS
        return shares_of(vectors, macs, grain=grain, least=grain)

    def divide(self, plan: Plan) -> Work:
        """Divide the vectors among threads, into shares of whole slabs if that goes.

        What a thread has just placed is then still in its cache.
        """
        shares, slabs = self.shares(grain=self.outlet.shape[2]), slabs_of(plan)
        if len(shares) < processors():
            return work_of(self.shares(grain=1))
        numbers = self.script.starts // (slabs.rows * slabs.pitch)
        found = [np.unique(numbers[slice(*share)]) for share in shares]
        return work_of(shares, [parts_of_slabs(part, slabs) for part in found])

    def taps(self) -> IntArray:
        """Where each tap lies, in words from where a vector begins."""
        words = self.table.shape[-1]
        runs = self.script.runs.tolist()
        return np.concatenate([begun + np.arange(0, count, words) for begun, _, count in runs])

    def pieces(self, corrections: NDArray[Any]) -> Pieces:
        """Describe the channel blocks."""
        return Pieces(
            edges=self.lanes.pieces,
            columns=np.array([script.columns[0] for script in self.lanes.scripts]),
            corrections=corrections.reshape(len(self.table), -1),
            blocks=self.script.blocks,
        )

    def shape(self, types: Types) -> RoomShape:
        """Shape of scratch memory."""
        operands, columns = self.table[0, 0].size, self.width
        wanted = TILE_BYTES // (operands * np.dtype(types.operands).itemsize)
        rows = min(max(wanted, 1), TILE_ROWS)
        share = max(1, SUMS_BYTES // (rows * columns * np.dtype(types.sums).itemsize)) * rows
        share = min(share, -(-len(self.script.rows) // rows) * rows)
        return room_shape(rows, share, (types.operands, operands), (types.sums, columns))

    def saturate(self) -> Compute:
        """Accumulate tap by tap, clipping."""
        pieces = self.pieces(np.zeros(self.sums.shape, np.int64))
        drain = started(drain_of(self.outlet, self.script, pieces, checked=False))
        decoder = self.outlet.decoder(0)
        shape = self.shape(Types(np.int32, np.int64))

        def compute(memory: Memory, sink: Sink) -> Iterator[int]:
            source = Source(memory.words, self.script.starts, self.script.runs, decoder)
            into = drain_into(drain, sink)
            overflows = np.empty((len(self.script.rows), 1), np.int32)

            def accumulate(scratch: Room, events: IntArray, part: tuple[int, int, int]) -> None:
                piece, first, past = part
                tile, values = scratch.tile[: past - first], scratch.sums[: past - first]
                begin(source, scratch.stretch, (first, past))
                unfold(source, scratch.stretch, first, tile)
                column = int(pieces.columns[piece])
                values[:] = self.outlet.biases[column : column + self.width]
                clips = np.zeros_like(values)
                registers = Registers(values, clips, self.register.min, self.register.max)
                saturate_lanes(self.table[piece], tile, registers)
                overflows[first:past, 0] = clips.sum(axis=1)
                drain_sums(into, events, values, (first, past))

            run_tiles(
                self.parts(shape.vectors),
                accumulate,
                shape=shape,
                events=sink.events,
                others=processors() - 1,
            )
            self.script.add_by_vault(overflows, sink.events[OVERFLOWS])
            yield self.outputs

        return compute

    def parts(self, size: int) -> list[tuple[int, int, int]]:
        """All vectors, up to `size` at a time, as (piece, first, past)."""
        return [
            (piece, first, min(first + size, past))
            for piece, (begun, past) in enumerate(pairwise(self.lanes.pieces.tolist()))
            for first in range(begun, past, size)
        ]
