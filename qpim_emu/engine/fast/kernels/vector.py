"""Products by vector instructions: the loops around `multiply_block`.

A stretch of K is taken that keeps a panel's part in the first-level cache, in it panel after
panel, and for each block after block of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.blocks import multiply_block, rows_of
from qpim_emu.engine.fast.kernels.fetching import CHUNK
from qpim_emu.engine.fast.kernels.kernel import LINE, LOW_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.typing import IntArray

__all__ = ["multiply_slices", "multiply_vectors"]

STRETCH_BYTES = 24576
"""Bytes of a panel that all rows use before the next: half of a first-level cache."""


@compiled_across
def multiply_planes(
    panels: Panels, planes: NDArray[Any], sums: NDArray[Any], starts: IntArray
) -> None:
    """Compute ``sums[v, r] = starts[v] + sum_k streamed[v, k] * resident[r, k]``.

    Parameters
    ----------
    panels
        Resident vectors, packed by a kernel of `INSTRUCTIONS`.
    planes
        Slices of the streamed vectors, lowest first: ``[slices, vectors, depth]``, rows
        contiguous.
    sums
        ``[vectors, columns]`` of the kernel's type, rows contiguous; overwritten.
    starts
        ``int64[vectors]``; used by kernels of several slices only.
    """
    table = panels.table
    vectors, steps = planes.shape[1], table.shape[1]
    stretches = -(-steps * table.strides[1] // STRETCH_BYTES)
    stretch = -(-steps // stretches)
    blocks = max(vectors // rows_of(panels, 0), 1)
    lines = -(-CHUNK * table.strides[1] // LINE // blocks)  # of the table, for each of them
    for first in range(0, steps, stretch):
        count = min(stretch, steps - first)
        for panel in range(table.shape[0]):
            rows = rows_of(panels, 0) if panel == 0 else 0  # they are near when the next begins
            after = (panel + 1, first)
            if panel + 1 == table.shape[0]:
                after = (0, first + count if first + count < steps else 0)
            row, line, place = 0, 0, (panel, first, count)
            while row + rows_of(panels, 0) <= vectors:
                ahead = (rows, *after, line, lines)
                multiply_block(panels, planes, (sums, starts), 0, ((row, *place), ahead))
                row += rows_of(panels, 0)
                line += lines * -(-count // CHUNK)
            nothing = (0, *after, line, 0)
            while row + rows_of(panels, 1) <= vectors:
                multiply_block(panels, planes, (sums, starts), 1, ((row, *place), nothing))
                row += rows_of(panels, 1)
            while row + rows_of(panels, 2) <= vectors:
                multiply_block(panels, planes, (sums, starts), 2, ((row, *place), nothing))
                row += rows_of(panels, 2)
            while row < vectors:
                multiply_block(panels, planes, (sums, starts), 3, ((row, *place), nothing))
                row += 1


@compiled_across
def multiply_vectors(panels: Panels, tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Multiply operands as they are; `qpim_emu.engine.fast.kernels.multiply` has the parameters."""
    planes = tile.reshape((1, tile.shape[0], tile.shape[1]))
    multiply_planes(panels, planes, sums, np.empty(0, np.int64))


@compiled_across
def multiply_slices(panels: Panels, tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Multiply words byte by byte (`qpim_emu.engine.fast.kernels.instructions` says how)."""
    planes = np.empty((2, tile.shape[0], tile.shape[1]), np.uint8)
    starts = np.empty(tile.shape[0], np.int64)
    for v in range(tile.shape[0]):
        words, low, high = tile[v], planes[0, v], planes[1, v]
        for k in range(words.shape[0]):
            low[k] = words[k] & np.uint16(255)
        for k in range(words.shape[0]):
            high[k] = words[k] >> np.uint16(8)
        total = np.int64(0)
        for k in range(words.shape[0]):
            total += np.int64(words[k])
        starts[v] = LOW_OFFSET * total
    multiply_planes(panels, planes, sums, starts)
