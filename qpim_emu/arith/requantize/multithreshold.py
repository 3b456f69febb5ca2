"""Mode ``multithreshold``: counting thresholds, as FINN and QONNX do.

Source: the ``MultiThreshold`` operator of QONNX; with integer accumulators its thresholds round
up to integers and its ``out_bias`` is our offset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import IntArray

__all__ = ["multithreshold"]

PER_FILTER = 2


def multithreshold(
    accumulator: Integers, *, thresholds: IntArray, offset: Integers = 0
) -> Integers:
    """Compute ``offset`` plus the number of thresholds that the accumulator reaches.

    Parameters
    ----------
    accumulator
        Up to 64 bits; an array has its filters on the last axis.
    thresholds
        Ascending ``int64[T]``, or ``int64[filters, T]`` with arrays of accumulators; a threshold
        is reached by an accumulator equal to it.
    offset
        Output code below all thresholds.

    Examples
    --------
    >>> multithreshold(5, thresholds=np.array([-3, 5, 5, 9]), offset=-1)
    2
    """
    if not isinstance(accumulator, np.ndarray):
        return int(np.searchsorted(thresholds, accumulator, side="right")) + int(offset)
    if thresholds.ndim < PER_FILTER:
        return np.searchsorted(thresholds, accumulator, side="right") + offset
    counts = np.empty(accumulator.shape, np.int64)
    for m, ascending in enumerate(thresholds):
        counts[..., m] = np.searchsorted(ascending, accumulator[..., m], side="right")
    return counts + offset
