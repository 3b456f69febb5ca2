"""Dot products that BLAS computes, tile by tile: read, multiply, drain."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.blas import can_be_limited, on_one_thread, routine_of
from qpim_emu.engine.fast.drain import drain_into
from qpim_emu.engine.fast.kernels.draining import drain_sums
from qpim_emu.engine.fast.kernels.float_passes import FloatWeights, pass_pieces, pass_products
from qpim_emu.engine.fast.kernels.products import WHOLE
from qpim_emu.engine.fast.kernels.unfold import begin, unfold
from qpim_emu.engine.fast.passing import Passing
from qpim_emu.engine.fast.rooms import room_shape
from qpim_emu.engine.fast.threads import LEAST_MACS
from qpim_emu.engine.fast.tiling import run_tiles
from qpim_emu.engine.fast.work import work_of
from qpim_emu.engine.processors import processors

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.engine.fast.kernels.draining import Drain
    from qpim_emu.engine.fast.kernels.products import Product
    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.kernels.unfold import Source
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.outlet import Outlet
    from qpim_emu.engine.fast.rooms import RoomShape
    from qpim_emu.engine.fast.sink import Sink
    from qpim_emu.engine.fast.tables import Table
    from qpim_emu.typing import IntArray

__all__ = ["Floats", "tiles_of"]

TILE_BYTES = 1 << 21
"""Streamed operands of a tile."""

LEAST_ROWS = 192
"""Vectors of a tile that may be larger: BLAS arranges all weights anew for each tile."""


class Floats:
    """A job that BLAS multiplies, ready to run.

    Threads are our own, each with one thread of BLAS. Where these cannot be limited, all is done
    by the caller and by those of BLAS.

    Parameters
    ----------
    product
        How BLAS multiplies.
    table
        Weights.
    source, drain
        Streamed vectors of no words yet, and what becomes of the sums but for the arrays of a run.
    outlet
        The layer's results.

    Attributes
    ----------
    run
        Computes the job on operands in memory, into a sink. Compiled code calls the routine of
        BLAS, if its address is known and the weights are kept; else the interpreter calls NumPy.
        So it does with a single vector, for which BLAS has another routine.
    """

    def __init__(
        self, product: Product, table: Table, source: Source, drain: Drain, *, outlet: Outlet
    ) -> None:
        self.product, self.table, self.source, self.drain = product, table, source, drain
        residents, words = table.shape
        vectors, kind = len(source.starts), product.kernel.dtype
        is_small = vectors * residents * words < LEAST_MACS
        self.threads = processors() if can_be_limited() and not is_small else 1
        self.tiles = tiles_of(vectors, words * np.dtype(kind).itemsize, self.threads)
        self.rows = max(past - first for first, past in self.tiles)
        self.has_gaps = int(source.runs[:, 2].sum()) < words
        is_direct = vectors > 1 and table.is_kept(kind)
        routine = routine_of(product.kernel.name) if is_direct else None
        self.run = self.with_numpy() if routine is None else self.with_routine(routine, outlet)

    def shape(self, pieces: int) -> RoomShape:
        """Shape of scratch memory, with sums of so many pieces of K."""
        (residents, words), kind = self.table.shape, self.product.kernel.dtype
        return room_shape(self.rows, self.rows * pieces, (kind, words), (kind, residents))

    def with_routine(self, routine: int, outlet: Outlet) -> Callable[[Memory, Sink], None]:
        """Make what calls the routine at an address from compiled code."""
        edges = np.array(self.product.edges)
        table = self.table.floats(self.product.kernel.dtype)
        weights = FloatWeights(table, edges, routine, int(self.has_gaps))
        passing = Passing(
            pass_products if len(edges) == WHOLE else pass_pieces,
            weights,
            self.source,
            self.drain,
            outlet=outlet,
            work=work_of(self.tiles),
            shape=self.shape(len(edges) - 1),
        )

        def run(memory: Memory, sink: Sink) -> None:
            with on_one_thread():
                passing.run(memory, sink)

        return run

    def with_numpy(self) -> Callable[[Memory, Sink], None]:
        """Make what calls ``np.matmul`` from the interpreter."""
        limit, kind = on_one_thread if self.threads > 1 else nullcontext, self.product.kernel.dtype

        def run(memory: Memory, sink: Sink) -> None:
            source, into = self.source._replace(words=memory.words), drain_into(self.drain, sink)
            weights = self.table.floats(kind)

            def multiply(scratch: Room, events: IntArray, part: tuple[int, int]) -> None:
                tile = scratch.tile[: part[1] - part[0]]
                if self.has_gaps:  # where anything lies, even what is no number times 0
                    scratch.tile[:] = scratch.stretch.operands[:] = 0
                begin(source, scratch.stretch, part)
                unfold(source, scratch.stretch, part[0], tile)
                found = self.product.multiply(weights, tile, scratch.sums[: len(tile)])
                drain_sums(into, events, found, part)

            with limit():
                run_tiles(
                    self.tiles,
                    multiply,
                    shape=self.shape(1),
                    events=sink.events,
                    others=self.threads - 1,
                )

        return run


def tiles_of(vectors: int, size: int, threads: int) -> list[tuple[int, int]]:
    """Cut vectors of `size` bytes each into tiles, as many for each thread, as (first, past)."""
    most = max(TILE_BYTES // size, LEAST_ROWS)
    count = min(-(-vectors // (most * threads)) * threads, vectors)
    return list(pairwise(vectors * i // count for i in range(count + 1)))
