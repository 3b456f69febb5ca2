"""Products of layers alone, as a kernel of the fast tier computes them.

Operands were unfolded and packed beforehand, sums are written to memory that exists, and nothing
is placed, decoded, requantized, packed or counted. Threads are the fast tier's own; where BLAS
multiplies, its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.calls import Call
from qpim_emu.engine.fast.kernels.choice import Operands, choose_kernel
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.kernels.records import read_record
from qpim_emu.engine.fast.kernels.sharing import new_state, next_share
from qpim_emu.engine.fast.threads import shares_of
from qpim_emu.engine.fast.work import others_of, work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.products import Product
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.typing import IntArray
    from tests.benchmarks.stacks import Step

__all__ = [
    "GRAIN",
    "Products",
    "bare",
    "call_all",
    "choose_for",
    "products_of",
    "random_table",
    "rows_of_tile",
    "run_work",
]

GRAIN = 14
"""Vectors that kernels take at once."""

TILE_BYTES = 1 << 18
"""Streamed operands multiplied at a time, as in the fast tier."""

TILE_ROWS = 392

WORDS = 16
"""Operands of a block, between which BLAS may cut K."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """The products of a layer: ``[vectors, depth] x [depth, residents]``.

    Attributes
    ----------
    vectors, depth, residents
        Sizes.
    bits
        Bits of signed operands on both sides.
    modulo_bits
        If not None, sums are wanted modulo 2 to this power only.
    """

    vectors: int
    depth: int
    residents: int
    bits: int = 8
    modulo_bits: int | None = None

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return self.vectors * self.depth * self.residents


def products_of(step: Step) -> Products:
    """Products of a convolution without groups."""
    geometry = step.layer.geometry(step.codes.shape)
    return Products(
        vectors=geometry.images * geometry.pixels,
        depth=geometry.products,
        residents=geometry.filters,
    )


def random_table(products: Products) -> IntArray:
    """Resident vectors ``int64[residents, depth]``."""
    limit = 1 << (products.bits - 1)
    shape = products.residents, products.depth
    return np.random.default_rng(1).integers(-limit, limit, shape)


def choose_for(products: Products, table: IntArray) -> Kernel | Product:
    """What the fast tier would multiply with."""
    limit = 1 << (products.bits - 1)
    words = WORDS if products.depth % WORDS == 0 else products.depth
    blocks = np.abs(table).reshape(products.residents, -1, words)
    operands = Operands(
        streamed=(-limit, limit - 1),
        resident=(-limit, limit - 1),
        block_sums=blocks.sum(axis=2).astype(np.float64),
        words_per_block=words,
        modulo_bits=products.modulo_bits,
    )
    return choose_kernel(operands)


def rows_of_tile(kernel: Kernel, depth: int) -> int:
    """Vectors multiplied at a time."""
    wanted = TILE_BYTES // (kernel.depth(depth) * kernel.streamed.itemsize) // GRAIN * GRAIN
    return min(max(wanted, GRAIN), TILE_ROWS)


def bare(products: Products) -> Callable[[], None]:
    """Make what computes the products, with random operands."""
    table = random_table(products)
    kernel = choose_for(products, table)
    if isinstance(kernel, Kernel):
        return with_kernel(kernel, products, table)
    return with_blas(kernel, products, table)


def with_kernel(kernel: Kernel, products: Products, table: IntArray) -> Callable[[], None]:
    """Compiled products, the vectors shared out to threads, a tile at a time."""
    panels = kernel.pack(table)
    tiles = np.zeros((products.vectors, kernel.depth(products.depth)), kernel.streamed)
    shape = products.vectors, products.depth
    high = 1 << (products.bits - 1)
    tiles[:, : products.depth] = np.random.default_rng(2).integers(0, high, shape, np.uint16)
    sums = np.empty((products.vectors, kernel.columns(products.residents)), kernel.sums)
    rows = rows_of_tile(kernel, products.depth)
    work = work_of(shares_of(products.vectors, products.macs, grain=GRAIN))
    call = Call(multiply_tiles, Tiles(panels, tiles, sums, rows, work))
    return lambda: run_work(call, work)


def run_work(call: Call, work: Work) -> None:
    """Run a call on all threads, its member ``work`` begun anew."""
    record, state = call.numbers.copy(), new_state()
    call.put(record, "work.state", state)
    call.run(record, others=others_of(work), held=state)


class Tiles(NamedTuple):
    """Weights, streamed vectors, and sums, so many vectors at a time."""

    panels: Any
    tiles: NDArray[Any]
    sums: NDArray[Any]
    rows: int
    work: Work


def multiply_tiles(record: Any, kind: Any) -> None:  # noqa: ANN401
    """Multiply the vectors of shares until none is left."""
    panels, tiles, sums, rows, work = read_record(record, kind)
    share = next_share(work)
    while share >= 0:
        end = work.edges[share + 1]
        for first in range(work.edges[share], end, rows):
            past = min(first + rows, end)
            multiply(panels, tiles[first:past], sums[first:past])
        share = next_share(work)


def with_blas(product: Product, products: Products, table: IntArray) -> Callable[[], None]:
    """``np.matmul`` of each piece of K that sums exactly; the pieces are not added up."""
    kind = product.kernel.dtype
    high = 1 << (products.bits - 1)
    shape = products.vectors, products.depth
    streamed = np.random.default_rng(2).integers(0, high, shape, np.uint16).astype(kind)
    resident = table.astype(kind)
    sums = np.empty((products.vectors, products.residents), kind)

    def multiply_pieces() -> None:
        for first, past in pairwise(product.edges):
            np.matmul(streamed[:, first:past], resident[:, first:past].T, out=sums)

    return multiply_pieces


def call_all(functions: Sequence[Callable[[], object]]) -> None:
    """Call one after another."""
    for function in functions:
        function()
