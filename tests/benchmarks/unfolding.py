"""The same kernel on plain arrays: what a convolution on them cannot do without.

Pixels lie padded, channels last, in the 8-bit type that the kernel streams, as nothing in the
banks does. A tile of vectors is unfolded out of them, window row after window row, then
multiplied, tile after tile, on the threads of the fast tier; sums are written to memory that
exists. There is no bank image, nothing is decoded, requantized, packed or counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.calls import Call
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.kernels.records import read_record
from qpim_emu.engine.fast.kernels.sharing import next_share
from qpim_emu.engine.fast.threads import shares_of
from qpim_emu.engine.fast.work import work_of
from tests.benchmarks.bare import (
    GRAIN,
    choose_for,
    products_of,
    random_table,
    rows_of_tile,
    run_work,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.typing import IntArray
    from tests.benchmarks.stacks import Step

__all__ = ["unfold_and_multiply"]


class Windows(NamedTuple):
    """Windows in padded pixels.

    Attributes
    ----------
    rows
        ``[rows of all images, pixels of a row x channels]``.
    starts
        ``int64[vectors, 2]``: row and column at which the window of each vector begins.
    window
        Rows of a window, and columns (pixels times channels) of each.
    """

    rows: NDArray[Any]
    starts: IntArray
    window: tuple[int, int]


class Unfolding(NamedTuple):
    """Weights, windows, sums, shape of a tile, and the vectors divided."""

    panels: Any
    windows: Windows
    sums: NDArray[Any]
    shape: tuple[int, int]
    work: Work


def multiply_windows(record: Any, kind: Any) -> None:  # noqa: ANN401
    """Unfold and multiply the vectors of shares, a tile at a time."""
    panels, windows, sums, shape, work = read_record(record, kind)
    height, width = windows.window
    tile = np.empty(shape, windows.rows.dtype)
    share = next_share(work)
    while share >= 0:
        end = work.edges[share + 1]
        for begun in range(work.edges[share], end, shape[0]):
            count = min(shape[0], end - begun)
            for v in range(count):
                row, column = windows.starts[begun + v]
                unfolded = tile[v]
                for y in range(height):
                    pixels = windows.rows[row + y, column : column + width]
                    out = unfolded[y * width : (y + 1) * width]
                    for i in range(width):
                        out[i] = pixels[i]
            multiply(panels, tile[:count], sums[begun : begun + count])
        share = next_share(work)


def windows_of(step: Step, kind: np.dtype[Any]) -> Windows:
    """Random padded pixels of a convolution, and where its windows begin."""
    geometry, layer = step.layer.geometry(step.codes.shape), step.layer
    _, channels, height, width = step.codes.shape
    (top, bottom), (left, right) = layer.padding
    shape = len(step.codes), height + top + bottom, (width + left + right) * channels
    pixels = np.random.default_rng(2).integers(0, 128, shape, np.uint8).astype(kind)
    grid = np.indices((len(step.codes), geometry.out_height, geometry.out_width)).reshape(3, -1)
    rows = grid[0] * shape[1] + grid[1] * layer.stride[0]
    columns = grid[2] * layer.stride[1] * channels
    taps = layer.weights.shape[2], layer.weights.shape[3] * channels
    return Windows(pixels.reshape(-1, shape[2]), np.stack([rows, columns], axis=1), taps)


def unfold_and_multiply(step: Step) -> Callable[[], None]:
    """Make what computes a convolution without groups and dilation, of random pixels."""
    products = products_of(step)
    table = random_table(products)
    kernel = choose_for(products, table)
    assert isinstance(kernel, Kernel)
    panels, windows = kernel.pack(table), windows_of(step, kernel.streamed)
    sums = np.empty((products.vectors, kernel.columns(products.residents)), kernel.sums)
    shape = rows_of_tile(kernel, products.depth), kernel.depth(products.depth)
    work = work_of(shares_of(products.vectors, products.macs, grain=GRAIN))
    call = Call(multiply_windows, Unfolding(panels, windows, sums, shape, work))
    return lambda: run_work(call, work)
