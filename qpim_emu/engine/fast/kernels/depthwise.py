"""Per-lane sums of depthwise layers: each lane multiplies its own channel, tap by tap.

Streamed operands are read where they lie: the taps of all vectors lie at the same distances from
where they begin. Sums are exact modulo 2 to the width of their type, at any number of taps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.lane_blocks import multiply_block
from qpim_emu.engine.fast.kernels.windows import Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["multiply_lanes", "multiply_windows"]

ROWS = 8
"""Streamed vectors of a block: their addresses and sums stay in registers."""


@compiled_across
def multiply_windows(table: NDArray[Any], windows: Windows, sums: NDArray[Any]) -> None:
    """Compute ``sums[v, r, lane] = sum_tap streamed[v, tap, lane] * table[r, tap, lane]``.

    Parameters
    ----------
    table
        ``[residents, taps, words]`` of the windows' type.
    windows
        Streamed vectors.
    sums
        ``[vectors, residents * words]``, ``int32`` or ``int64``, at least as wide as a product;
        overwritten.
    """
    operands = table, windows, sums
    vectors, words = windows.starts.shape[0], table.shape[2]
    for resident in range(table.shape[0]):
        for lane in range(0, words - 15, 16):
            if vectors < ROWS:
                for row in range(vectors):
                    multiply_block(operands, 1, 16, (resident, lane, row))
            else:
                for row in range(0, vectors, ROWS):  # the last block may overlap the one before
                    begun = min(row, vectors - ROWS)
                    multiply_block(operands, ROWS, 16, (resident, lane, begun))
        for row in range(vectors):
            for lane in range(words - words % 16, words - 3, 4):
                multiply_block(operands, 1, 4, (resident, lane, row))
            for lane in range(words - words % 4, words):
                multiply_block(operands, 1, 1, (resident, lane, row))


@compiled_across
def multiply_lanes(table: NDArray[Any], tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Do the same for vectors that are rows of a C-contiguous tile, ``[vectors, taps * words]``."""
    starts = np.arange(tile.shape[0]) * tile.shape[1]
    taps = np.arange(table.shape[1]) * table.shape[2]
    multiply_windows(table, Windows(tile.reshape(tile.size), starts, 0, taps), sums)
