"""Compiled additions into saturating accumulators, clipped after each.

A dot product adds block by block, a depthwise layer tap by tap. The sum of one block is exact in
int64: a block has at most 2**18 operands, a product at most 34 bits. The register is int64, and
whether an addition leaves its range is decided without ever leaving int64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.typing import IntArray

__all__ = [
    "Registers",
    "Steps",
    "add_clipped",
    "saturate_lanes",
    "saturate_loops",
]


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


class Steps(NamedTuple):
    """What each addition adds.

    Attributes
    ----------
    corrections
        ``int32`` or ``int64[blocks, columns]``: what the sums of blocks lack where operands were
        streamed with an offset. Its type is that of the lanes.
        For registers in two lanes as `limb_corrections` makes them.
    groups
        Groups of operands (`LOOPS64`: operands) whose products are summed at once, ...
    parts
        ... and how many such sums make a block.
    """

    corrections: NDArray[Any]
    groups: int
    parts: int


@compiled
def add_clipped(register: int, amount: np.int64, low: int, high: int) -> tuple[int, int]:
    """Add `amount` to a register of ``low..high``; return its new value and 1 if it clipped."""
    if amount > 0 and register > high - amount:
        return high, 1
    if amount < 0 and register < low - amount:
        return low, 1
    return register + int(amount), 0


@compiled
def saturate_loops(panels: Panels, tile: NDArray[Any], registers: Registers, steps: Steps) -> None:
    """Add block after block to the registers, for any operands of 32 bits and any register.

    Parameters as for `qpim_emu.engine.fast.kernels.multiply.saturate`. The sum of a block is
    exact in 64 bits: at most 2**18 operands of 17 bits each.
    """
    table = panels.table.reshape(panels.table.shape[0], tile.shape[1])
    for v in range(tile.shape[0]):
        for r in range(table.shape[0]):
            register, clipped = registers.values[v, r], 0
            for block in range(steps.corrections.shape[0]):
                amount = np.int64(steps.corrections[block, r])
                for k in range(block * steps.groups, (block + 1) * steps.groups):
                    amount += np.int64(tile[v, k]) * np.int64(table[r, k])
                register, clip = add_clipped(register, amount, registers.low, registers.high)
                clipped += clip
            registers.values[v, r] = register
            registers.clips[v, r] += clipped


@compiled
def saturate_lanes(table: NDArray[Any], tile: NDArray[Any], registers: Registers) -> None:
    """Add tap after tap to the registers of its lanes, clipping each time.

    Parameters
    ----------
    table, tile
        Operands ``[residents, taps, words]`` and ``[vectors, taps * words]`` of up to 32 bits.
    registers
        Of ``[vectors, residents * words]``; changed in place.
    """
    residents, taps, words = table.shape
    low, high = registers.low, registers.high
    room = high < 1 << 61  # then a register and a product stay within int64
    for v in range(tile.shape[0]):
        for r in range(residents):
            values = registers.values[v, r * words : (r + 1) * words]
            clips = registers.clips[v, r * words : (r + 1) * words]
            for tap in range(taps):
                streamed, resident = tile[v, tap * words : (tap + 1) * words], table[r, tap]
                if room:
                    for lane in range(words):
                        total = values[lane] + np.int64(streamed[lane]) * np.int64(resident[lane])
                        values[lane] = min(max(total, low), high)
                        clips[lane] += np.int64(total != values[lane])
                else:
                    for lane in range(words):
                        amount = np.int64(streamed[lane]) * np.int64(resident[lane])
                        values[lane], clip = add_clipped(values[lane], amount, low, high)
                        clips[lane] += clip
