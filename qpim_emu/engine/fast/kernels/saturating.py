"""Compiled additions into saturating accumulators, clipped after each.

A dot product adds block by block, a depthwise layer tap by tap. The sum of one block is formed
in float64, in any order: a block has at most 2**18 operands, a product at most 34 bits, so every
partial sum is below 2**53 and exact. The register is int64, and whether an addition leaves its
range is decided without ever leaving int64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_any_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["Registers", "add_clipped", "saturating_lanes", "saturating_products"]


class Registers(NamedTuple):
    """Saturating accumulators.

    Attributes
    ----------
    values, clips
        ``int64``, of one shape: contents, the bias at first; additions clipped so far.
    low, high
        Range of the contents.
    """

    values: IntArray
    clips: IntArray
    low: int
    high: int


@compiled
def add_clipped(register: int, amount: np.int64, low: int, high: int) -> tuple[int, int]:
    """Add `amount` to a register of ``low..high``; return its new value and 1 if it clipped."""
    if amount > 0 and register > high - amount:
        return high, 1
    if amount < 0 and register < low - amount:
        return low, 1
    return register + int(amount), 0


@compiled_any_order
def block_sum(resident: NDArray[Any], streamed: NDArray[Any]) -> np.int64:
    """Sum the products of one block (exact, see the module)."""
    total = np.float64(0)
    for k in range(resident.shape[0]):
        total += np.float64(resident[k]) * np.float64(streamed[k])
    return np.int64(total)


@compiled
def saturating_products(
    resident: NDArray[Any], streamed: NDArray[Any], registers: Registers, words: int
) -> None:
    """Add every block of every vector to its register, clipping each time.

    Parameters
    ----------
    resident, streamed
        Operands ``[residents, K]`` and ``[vectors, K]``; K is whole blocks of `words` words.
    registers
        Of ``[residents, vectors]``; changed in place.
    """
    for r in range(resident.shape[0]):
        for v in range(streamed.shape[0]):
            register, clipped = registers.values[r, v], 0
            for first in range(0, resident.shape[1], words):
                block = slice(first, first + words)
                amount = block_sum(resident[r, block], streamed[v, block])
                register, clip = add_clipped(register, amount, registers.low, registers.high)
                clipped += clip
            registers.values[r, v] = register
            registers.clips[r, v] += clipped


@compiled
def saturating_lanes(resident: NDArray[Any], streamed: NDArray[Any], registers: Registers) -> None:
    """Add every tap to the registers of its lanes, clipping each time.

    Parameters
    ----------
    resident, streamed
        Operands ``[residents, taps, words]`` and ``[vectors, taps, words]``.
    registers
        Of ``[lanes, residents, vectors]``; changed in place.
    """
    for lane in range(registers.values.shape[0]):
        for r in range(resident.shape[0]):
            for v in range(streamed.shape[0]):
                register, clipped = registers.values[lane, r, v], 0
                for tap in range(resident.shape[1]):
                    operand = np.float64(streamed[v, tap, lane])
                    amount = np.int64(operand * np.float64(resident[r, tap, lane]))
                    register, clip = add_clipped(register, amount, registers.low, registers.high)
                    clipped += clip
                registers.values[lane, r, v] = register
                registers.clips[lane, r, v] += clipped
