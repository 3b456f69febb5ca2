"""Dot products of a job: choose a kernel, read, multiply, drain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qpim_emu.engine.fast.drain import Pieces, drain_into, drain_of, started
from qpim_emu.engine.fast.floats import Floats
from qpim_emu.engine.fast.in_place import in_place_of
from qpim_emu.engine.fast.kernels.choice import Operands, choose_kernel, offset_of
from qpim_emu.engine.fast.kernels.chunks import OVERFLOWS
from qpim_emu.engine.fast.kernels.draining import drain_sums
from qpim_emu.engine.fast.kernels.multiply import saturate
from qpim_emu.engine.fast.kernels.passes import pass_through
from qpim_emu.engine.fast.kernels.products import Product
from qpim_emu.engine.fast.kernels.saturating import Registers
from qpim_emu.engine.fast.kernels.stepping_rule import choose_stepping
from qpim_emu.engine.fast.kernels.unfold import Source, begin, unfold
from qpim_emu.engine.fast.passing import NO_WORDS, Passing
from qpim_emu.engine.fast.placing import slabs_of
from qpim_emu.engine.fast.ranges import step_ranges
from qpim_emu.engine.fast.registers import can_leave
from qpim_emu.engine.fast.rooms import RoomShape, room_shape
from qpim_emu.engine.fast.tables import Table, streamed_range, table_reader
from qpim_emu.engine.fast.threads import shares_of
from qpim_emu.engine.fast.tiling import run_tiles
from qpim_emu.engine.fast.work import parts_of, work_of
from qpim_emu.engine.processors import processors
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import DTypeLike, NDArray

    from qpim_emu.engine.fast.jobs import Job
    from qpim_emu.engine.fast.kernels.draining import Drain
    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.outlet import Outlet
    from qpim_emu.engine.fast.script import Script
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["Compute", "Dots"]

Compute: TypeAlias = "Callable[[Memory, Sink], Iterator[int]]"
"""Computes a job; yields how many outputs are finished now and then."""

TILE_BYTES = 1 << 18
"""Streamed operands of a tile: they, and sums, stay in a second-level cache."""

SUMS_BYTES = 1 << 18
"""Sums that are drained together."""

TILE_ROWS = 392
"""Most vectors of a tile."""

GRAIN = 14
"""Tiles are multiples of this many vectors, which kernels take at once."""

LEAST_VECTORS = 7 * GRAIN
"""Fewest vectors of a share of whole images: every share reads all weights."""


class Dots:
    """A job, ready to run any number of times: all that takes no activations is found.

    Parameters
    ----------
    job, script
        What is computed, as planes and as arrays.
    memory
        Where weights lie.
    outlet
        What becomes of sums.
    plan
        The mapped layer.
    """

    def __init__(
        self, job: Job, script: Script, memory: Memory, outlet: Outlet, plan: Plan
    ) -> None:
        self.script = script
        self.outlet = outlet
        layer = plan.layer
        filters = slice(*script.columns)
        self.table = find_table(job, script, memory, plan)
        self.streamed = streamed_range(plan)
        # with 0 in the range no product turns a bound back: the last sums bound all before them
        around_zero = min(self.streamed[0], 0), max(self.streamed[1], 0)
        ranges = step_ranges(self.table.signs, around_zero)
        self.biases: IntArray = layer.bias[filters]
        self.register = layer.accumulator.format
        self.reach = int((script.runs[:, 0] + script.runs[:, 2]).max())
        self.leaves = bool(
            can_leave(
                self.register,
                least=ranges.least,
                most=ranges.most,
                biases=(int(self.biases.min()), int(self.biases.max())),
            ).any()
        )
        self.operands = Operands(
            streamed=self.streamed,
            resident=self.table.limits,
            block_sums=self.table.magnitudes,
            words_per_block=plan.spec.words_per_block,
            modulo_bits=None if self.leaves else layer.accumulator.bits,
        )
        if self.leaves and layer.accumulator.overflow is Overflow.SATURATE:
            self.run = self.saturate()
        else:
            kernel = choose_kernel(self.operands)
            self.run = (
                self.with_blas(kernel)
                if isinstance(kernel, Product)
                else self.with_kernel(kernel, plan)
            )
        self.table.forget()

    @property
    def vectors(self) -> int:
        """Streamed vectors."""
        return len(self.script.rows)

    def drain(self, corrections: NDArray[Any]) -> Drain:
        """Describe what becomes of the sums."""
        pieces = Pieces(
            edges=np.array([0, self.vectors]),
            columns=np.array(self.script.columns[:1]),
            corrections=corrections[None],
            blocks=self.script.blocks[None],
        )
        return drain_of(self.outlet, self.script, pieces, checked=self.leaves)

    def shape(self, tile: tuple[DTypeLike, int], sums: tuple[DTypeLike, int]) -> RoomShape:
        """Shape of scratch memory."""
        wanted = TILE_BYTES // (tile[1] * np.dtype(tile[0]).itemsize)
        rows = min(max(wanted // GRAIN, 1) * GRAIN, TILE_ROWS, -(-self.vectors // GRAIN) * GRAIN)
        tiles = max(1, SUMS_BYTES // (rows * sums[1] * np.dtype(sums[0]).itemsize))
        share = min(tiles, -(-self.vectors // rows)) * rows
        return room_shape(rows, share, tile, sums)

    def shape_in_place(self, streamed: DTypeLike, sums: tuple[DTypeLike, int]) -> RoomShape:
        """Shape of scratch memory where vectors are multiplied as they lie: there is no tile."""
        wanted = SUMS_BYTES // (sums[1] * np.dtype(sums[0]).itemsize)
        rows = min(max(wanted // GRAIN, 1), -(-self.vectors // GRAIN)) * GRAIN
        return room_shape(0, rows, (streamed, 0), sums)

    def with_kernel(self, kernel: Kernel, plan: Plan) -> Compute:
        """Multiply with a compiled kernel, on threads of our own."""
        residents, words = self.table.shape
        offset = offset_of(kernel, self.streamed)
        drain = self.drain((offset * self.table.sums).astype(kernel.sums))
        decoder = self.outlet.decoder(offset)
        source = Source(NO_WORDS, self.script.starts, self.script.runs, decoder)
        work = self.divide(self.vectors * residents * words, plan)
        sums = kernel.sums, kernel.columns(residents)
        weights: Any = in_place_of(kernel, self.script, self.table, edges=work.edges)
        if weights is None:
            weights = self.table.panels(kernel)
            shape = self.shape((kernel.streamed, kernel.depth(words)), sums)
        else:
            shape = self.shape_in_place(kernel.streamed, sums)
        passing = Passing(
            pass_through, weights, source, drain, outlet=self.outlet, work=work, shape=shape
        )

        def compute(memory: Memory, sink: Sink) -> Iterator[int]:
            passing.run(memory, sink)
            yield self.vectors * residents

        return compute

    def divide(self, macs: int, plan: Plan) -> Work:
        """Divide the vectors among threads; a batch into shares of whole images if that goes.

        What a thread has just placed is then still in its cache.
        """
        by_image = self.shares_by_image(macs)
        if not by_image:
            shares = shares_of(self.vectors, macs, grain=GRAIN)
            return work_of(shares)
        slabs = slabs_of(plan)
        return work_of(by_image, [parts_of(self.words_of(share), slabs) for share in by_image])

    def shares_by_image(self, macs: int) -> list[tuple[int, int]]:
        """Cut a batch into shares of whole images; none where that leaves threads without."""
        pixels, rows = self.outlet.shape[2], self.script.rows
        images = len(rows) // pixels
        if len(rows) != images * pixels or (np.diff(rows) != 1).any():
            return []
        least = -(-LEAST_VECTORS // pixels)
        shares = shares_of(images, macs, grain=1, least=least)
        if len(shares) < processors():
            return []
        return [(first * pixels, past * pixels) for first, past in shares]

    def words_of(self, share: tuple[int, int]) -> tuple[int, int]:
        """First of the words that vectors of whole images read, and the one past the last."""
        starts = self.script.starts[slice(*share)]
        return int(starts.min()), int(starts.max() + self.reach)

    def with_blas(self, product: Product) -> Compute:
        """Multiply with BLAS."""
        residents, decoder = self.table.shape[0], self.outlet.decoder(0)
        drain = self.drain(np.zeros(residents, np.int64))
        source = Source(NO_WORDS, self.script.starts, self.script.runs, decoder)
        floats = Floats(product, self.table, source, drain, outlet=self.outlet)

        def compute(memory: Memory, sink: Sink) -> Iterator[int]:
            floats.run(memory, sink)
            yield self.vectors * residents

        return compute

    def parts(self, size: int) -> list[tuple[int, int]]:
        """All vectors, up to `size` at a time, as (first, past)."""
        return [(first, min(first + size, self.vectors)) for first in range(0, self.vectors, size)]

    def saturate(self) -> Compute:
        """Accumulate block by block, clipping."""
        residents, words = self.table.shape
        stepping = choose_stepping(self.operands, self.register)
        kernel, steps = stepping.kernel, stepping.steps(self.table.values)
        drain = started(self.drain(np.zeros(residents, np.int64)))
        decoder = self.outlet.decoder(stepping.offset)
        panels, columns = self.table.panels(kernel), kernel.columns(residents)
        shape = self.shape((kernel.streamed, kernel.depth(words)), (np.int64, columns))
        spans = self.script.spans[:, 0]

        def compute(memory: Memory, sink: Sink) -> Iterator[int]:
            source = Source(memory.words, self.script.starts, self.script.runs, decoder)
            into = drain_into(drain, sink)
            overflows = np.empty((self.vectors, len(spans)), np.int32)

            def accumulate(scratch: Room, events: IntArray, part: tuple[int, int]) -> None:
                first, past = part
                tile, values = scratch.tile[: past - first], scratch.sums[: past - first]
                begin(source, scratch.stretch, part)
                unfold(source, scratch.stretch, first, tile)
                values[:, :residents], values[:, residents:] = self.biases, 0
                clips = np.zeros_like(values)
                registers = Registers(values, clips, self.register.min, self.register.max)
                saturate(panels, tile, registers, steps)
                overflows[first:past] = np.add.reduceat(clips[:, :residents], spans, axis=1)
                drain_sums(into, events, values, part)

            run_tiles(
                self.parts(shape.vectors),
                accumulate,
                shape=shape,
                events=sink.events,
                others=processors() - 1,
            )
            self.script.add_by_vault(overflows, sink.events[OVERFLOWS])
            yield self.vectors * residents

        return compute


def find_table(job: Job, script: Script, memory: Memory, plan: Plan) -> Table:
    """Read the weights of a job, unless a table of them is kept."""
    kept = memory.tables
    if script.columns not in kept:
        points = plan.layer.weight_zero_point[slice(*script.columns), None]
        read = table_reader(plan, job.tables[0], memory.table(job.tables), points)
        kept[script.columns] = Table(read, plan.spec.words_per_block)
    return kept[script.columns]
