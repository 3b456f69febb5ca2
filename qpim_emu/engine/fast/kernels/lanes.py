"""Compiled per-lane sums of depthwise layers: one accumulator per lane, one addition per tap.

A product has at most 34 bits, so up to `MOST_TAPS` of them stay below 2**53 and are summed
exactly in float64; longer vectors are cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["MOST_TAPS", "lane_sums"]

MOST_TAPS = 1 << 18


@compiled
def lane_sums(resident: NDArray[Any], streamed: NDArray[Any], totals: IntArray) -> None:
    """Add the products of up to `MOST_TAPS` taps to `totals`.

    Parameters
    ----------
    resident, streamed
        Operands ``[residents, taps, words]`` and ``[vectors, taps, words]``.
    totals
        ``int64[lanes, residents, vectors]``, of the lanes that carry channels.
    """
    lanes = totals.shape[0]
    sums = np.empty(lanes, np.float64)
    for v in range(streamed.shape[0]):
        for r in range(resident.shape[0]):
            sums[:] = 0
            for tap in range(resident.shape[1]):
                for lane in range(lanes):
                    operand = np.float64(streamed[v, tap, lane])
                    sums[lane] += operand * np.float64(resident[r, tap, lane])
            for lane in range(lanes):
                totals[lane, r, v] += np.int64(sums[lane])
