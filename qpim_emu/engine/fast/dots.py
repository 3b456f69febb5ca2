"""Dot products of a job: choose a kernel, read, multiply, drain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.drain import count, drain_of, source_of, started
from qpim_emu.engine.fast.kernels.choice import Operands, choose_kernel, offset_of
from qpim_emu.engine.fast.kernels.multiply import saturate
from qpim_emu.engine.fast.kernels.products import Product
from qpim_emu.engine.fast.kernels.saturating import Registers
from qpim_emu.engine.fast.kernels.stepping_rule import choose_stepping
from qpim_emu.engine.fast.kernels.tiles import Pieces, drain_sums, sum_products
from qpim_emu.engine.fast.kernels.unfold import unfold
from qpim_emu.engine.fast.ranges import step_ranges
from qpim_emu.engine.fast.registers import can_leave
from qpim_emu.engine.fast.rooms import RoomShape, room
from qpim_emu.engine.fast.tables import Table, streamed_range, table_reader
from qpim_emu.engine.fast.threads import run_shares, shares_of
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import DTypeLike, NDArray

    from qpim_emu.engine.fast.jobs import Job
    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.engine.fast.kernels.tiles import Drain
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.script import Script
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["Dots"]

TILE_BYTES = 1 << 17
"""Streamed operands of a tile: half of them, and their sums, stay in a second-level cache."""

SUMS_BYTES = 1 << 19
"""Sums that are drained together."""

TILE_ROWS = 384
"""Most vectors of a tile."""

GRAIN = 12
"""Tiles are multiples of this many vectors, which kernels take at once."""


class Dots:
    """A job, ready to run.

    Parameters
    ----------
    job, script
        What is computed, as planes and as arrays.
    memory
        Where operands lie.
    sink
        Where results go.
    """

    def __init__(self, job: Job, script: Script, memory: Memory, sink: Sink) -> None:
        self.plan: Plan = sink.plan
        self.script = script
        self.memory = memory
        self.sink = sink
        layer, words = self.plan.layer, self.plan.spec.words_per_block
        self.filters = slice(*script.columns)
        self.table = self.find_table(job)
        self.streamed = streamed_range(self.plan)
        # with 0 in the range no product turns a bound back: the last sums bound all before them
        around_zero = min(self.streamed[0], 0), max(self.streamed[1], 0)
        ranges = step_ranges(self.table.signs, around_zero)
        self.biases: IntArray = layer.bias[self.filters]
        self.leaves = bool(
            can_leave(
                layer.accumulator.format,
                least=ranges.least,
                most=ranges.most,
                biases=(int(self.biases.min()), int(self.biases.max())),
            ).any()
        )
        self.operands = Operands(
            streamed=self.streamed,
            resident=self.table.limits,
            block_sums=self.table.magnitudes,
            words_per_block=words,
            modulo_bits=None if self.leaves else layer.accumulator.bits,
        )

    def find_table(self, job: Job) -> Table:
        """Read the weights, unless a table of them is kept."""
        kept = self.memory.tables
        if self.script.columns not in kept:
            points = self.plan.layer.weight_zero_point[self.filters, None]
            words = self.memory.table(job.tables)
            read = table_reader(self.plan, job.tables[0], words, points)
            kept[self.script.columns] = Table(read, self.plan.spec.words_per_block)
        return kept[self.script.columns]

    @property
    def vectors(self) -> int:
        """Streamed vectors."""
        return len(self.script.rows)

    def run(self) -> Iterator[int]:
        """Compute everything; yields how many outputs are finished now and then."""
        policy = self.plan.layer.accumulator.overflow
        if self.leaves and policy is Overflow.SATURATE:
            yield from self.saturate()
        else:
            kernel = choose_kernel(self.operands)
            if isinstance(kernel, Product):
                self.with_blas(kernel)
            else:
                self.with_kernel(kernel)
            yield self.vectors * len(self.biases)
        self.table.forget()

    def drain(self, corrections: NDArray[Any]) -> Drain:
        """Describe where the sums go."""
        pieces = Pieces(
            edges=np.array([0, self.vectors]),
            columns=np.array(self.script.columns[:1]),
            corrections=corrections[None],
            blocks=self.script.blocks[None],
        )
        return drain_of(self.sink, self.script, pieces, checked=self.leaves)

    def shape(self, tile: tuple[DTypeLike, int], sums: tuple[DTypeLike, int]) -> RoomShape:
        """Shape of scratch memory."""
        wanted = TILE_BYTES // (tile[1] * np.dtype(tile[0]).itemsize)
        rows = min(max(wanted // GRAIN, 1) * GRAIN, TILE_ROWS, -(-self.vectors // GRAIN) * GRAIN)
        tiles = max(1, SUMS_BYTES // (rows * sums[1] * np.dtype(sums[0]).itemsize))
        share = min(tiles, -(-self.vectors // rows)) * rows
        return RoomShape(rows, share, len(self.biases), tile, sums)

    def with_kernel(self, kernel: Kernel) -> None:
        """Multiply with a compiled kernel, on threads of our own."""
        residents, words = self.table.shape
        offset = offset_of(kernel, self.streamed)
        drain = self.drain((offset * self.table.sums).astype(kernel.sums))
        panels = self.table.panels(kernel)
        source = source_of(self.sink, self.script, self.memory, offset=offset)
        shape = self.shape(
            (kernel.streamed, kernel.depth(words)), (kernel.sums, kernel.columns(residents))
        )

        def run(share: tuple[int, int]) -> None:
            with room(shape) as scratch:
                for first in range(*share, shape.share):
                    part = first, min(first + shape.share, share[1])
                    sum_products(panels, source, scratch, part)
                    drain_sums(drain, scratch, part)

        macs = self.vectors * residents * words
        run_shares(run, shares_of(self.vectors, macs, grain=GRAIN))
        count(self.sink, self.script, drain)

    def with_blas(self, product: Product) -> None:
        """Multiply with BLAS, whose threads are the only ones then."""
        residents, words = self.table.shape
        kind = product.kernel.dtype
        sums = np.int32 if self.operands.bound < 1 << 31 else np.int64
        table, drain = self.table.values.astype(kind), self.drain(np.zeros(residents, sums))
        source = source_of(self.sink, self.script, self.memory)
        shape = self.shape((kind, words), (sums, residents))
        with room(shape) as scratch:
            products = np.empty((shape.vectors, residents), kind)
            for part in self.parts(shape.vectors):
                tile = scratch.tile[: part[1] - part[0]]
                unfold(source, part[0], tile)
                found = product.multiply(table, tile, products[: len(tile)])
                np.copyto(scratch.sums[: len(tile)], found, casting="unsafe")
                drain_sums(drain, scratch, part)
        count(self.sink, self.script, drain)

    def parts(self, size: int) -> Iterator[tuple[int, int]]:
        """All vectors, up to `size` at a time, as (first, past)."""
        for first in range(0, self.vectors, size):
            yield first, min(first + size, self.vectors)

    def saturate(self) -> Iterator[int]:
        """Accumulate block by block, clipping."""
        register = self.plan.layer.accumulator.format
        residents, words = self.table.shape
        drain = started(self.drain(np.zeros(residents, np.int64)))
        stepping = choose_stepping(self.operands, register)
        kernel, steps = stepping.kernel, stepping.steps(self.table.values)
        source = source_of(self.sink, self.script, self.memory, offset=stepping.offset)
        panels, columns = self.table.panels(kernel), kernel.columns(residents)
        shape = self.shape((kernel.streamed, kernel.depth(words)), (np.int64, columns))
        with room(shape) as scratch:
            for first, past in self.parts(shape.vectors):
                tile, values = scratch.tile[: past - first], scratch.sums[: past - first]
                unfold(source, first, tile)
                values[:, :residents], values[:, residents:] = self.biases, 0
                clips = np.zeros_like(values)
                registers = Registers(values, clips, register.min, register.max)
                saturate(panels, tile, registers, steps)
                spans = self.script.spans[:, 0]
                counts = np.add.reduceat(clips[:, :residents], spans, axis=1)
                drain.overflows[first:past] = counts
                drain_sums(drain, scratch, (first, past))
                yield (past - first) * residents
        count(self.sink, self.script, drain)
