"""Compiled sums of a table's negative and positive operands, from which all bounds follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.compiled import compiled_any_order

if TYPE_CHECKING:
    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["sum_by_sign"]


@compiled_any_order
def sum_by_sign(table: IntArray, words: int) -> tuple[FloatArray, FloatArray]:
    """Sum the negative and the positive operands of every step.

    Exact in any order: a step has at most 2**18 operands of at most 17 bits.

    Parameters
    ----------
    table
        Integers of any type, ``[residents, K]``.
    words
        Operands of a step.

    Returns
    -------
    negative, positive
        ``float64[residents, steps]``.
    """
    steps = table.shape[1] // words
    negative = np.empty((table.shape[0], steps), np.float64)
    positive = np.empty((table.shape[0], steps), np.float64)
    for r in range(table.shape[0]):
        for step in range(steps):
            low, high = np.float64(0), np.float64(0)
            for k in range(step * words, (step + 1) * words):
                operand = np.float64(table[r, k])
                low += min(operand, np.float64(0))
                high += max(operand, np.float64(0))
            negative[r, step] = low
            positive[r, step] = high
    return negative, positive
