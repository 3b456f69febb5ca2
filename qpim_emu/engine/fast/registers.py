"""Accumulator policies on arrays: exact sums and biases into registers.

Sums of products are at most 2**62 in magnitude and biases are int64, so a total that leaves
int64 does so by less than one turn: the sign tells, and the low 64 bits are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import BoolArray, FloatArray, IntArray

__all__ = ["can_leave", "wrap_totals"]

INT64_BITS = 64


def wrap_totals(sums: IntArray, biases: IntArray, register: Format) -> tuple[IntArray, BoolArray]:
    """Add the biases and keep the low bits.

    Parameters
    ----------
    sums
        ``int64``, at most 2**62 in magnitude.
    biases
        ``int64``, broadcast against them.
    register
        Two's complement format of the accumulators.

    Returns
    -------
    accumulators, outside
        And which exact totals lie outside the format.
    """
    totals = sums + biases
    turned = ((sums ^ totals) & (biases ^ totals)) < 0
    outside: BoolArray = turned | (totals < register.min) | (totals > register.max)
    unused = INT64_BITS - register.bits
    return (totals << unused) >> unused, outside


def can_leave(
    register: Format,
    *,
    least: FloatArray,
    most: FloatArray,
    biases: tuple[int, int],
) -> BoolArray:
    """Say for which resident vectors some running sum could leave the register.

    Parameters
    ----------
    least, most
        ``float64[residents, steps]``: range of what each addition can add, exact integers.
    biases
        Least and largest value that the accumulators start at.

    Returns
    -------
    BoolArray
        ``bool[residents]``; false proves that no step leaves the format.
    """
    low = np.minimum(least.cumsum(axis=1).min(axis=1), 0)
    high = np.maximum(most.cumsum(axis=1).max(axis=1), 0)
    down, up = int(low.min()) + biases[0], int(high.max()) + biases[1]
    if register.min <= down and up <= register.max:  # the usual case, at once
        return np.zeros(len(low), np.bool_)
    return np.array(
        [
            int(down) + biases[0] < register.min or int(up) + biases[1] > register.max
            for down, up in zip(low, high, strict=True)
        ],
        np.bool_,
    )
