"""Compiled dot products into saturating accumulators: one addition, one clip per block.

The sum of one block is formed in float64, in any order: a block has at most 2**18 operands, a
product at most 34 bits, so every partial sum is below 2**53 and exact. The register is int64, and
whether an addition leaves its range is decided without ever leaving int64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_any_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["add_clipped", "saturating_products"]


@compiled
def add_clipped(register: int, amount: int, low: int, high: int) -> tuple[int, int]:
    """Add `amount` to a register of ``low..high``; return its new value and 1 if it clipped."""
    if amount > 0 and register > high - amount:
        return high, 1
    if amount < 0 and register < low - amount:
        return low, 1
    return register + amount, 0


@compiled_any_order
def block_sum(resident: NDArray[Any], streamed: NDArray[Any]) -> np.int64:
    """Sum the products of one block (exact, see the module)."""
    total = np.float64(0)
    for k in range(resident.shape[0]):
        total += np.float64(resident[k]) * np.float64(streamed[k])
    return np.int64(total)


@compiled
def saturating_products(
    resident: NDArray[Any],
    streamed: NDArray[Any],
    registers: IntArray,
    clips: IntArray,
    words: int,
    low: int,
    high: int,
) -> None:
    """Add every block of every vector to its register, clipping each time.

    Parameters
    ----------
    resident, streamed
        Operands ``[residents, K]`` and ``[vectors, K]``; K is whole blocks of `words` words.
    registers
        ``int64[residents, vectors]``, holding the bias; changed in place.
    clips
        Same shape; additions that were clipped are added to it.
    low, high
        Range of the registers.
    """
    for r in range(resident.shape[0]):
        for v in range(streamed.shape[0]):
            register, clipped = registers[r, v], 0
            for first in range(0, resident.shape[1], words):
                amount = block_sum(resident[r, first : first + words], streamed[v, first : first + words])
                register, clip = add_clipped(register, amount, low, high)
                clipped += clip
            registers[r, v] = register
            clips[r, v] += clipped
