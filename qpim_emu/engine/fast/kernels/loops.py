"""Products by plain compiled loops: any processor, any depth, whatever else is missing.

`LOOPS32` multiplies words into 32-bit sums, which wrap: they are exact modulo 2**32. `LOOPS64`
multiplies operands of up to 32 bits into 64-bit sums, exact modulo 2**64. Compilers turn the loop
along K into vector code where the processor has any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled
from qpim_emu.engine.fast.kernels.kernel import Kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels

__all__ = ["LOOPS32", "LOOPS64", "Loops32", "Loops64", "multiply_loops32", "multiply_loops64"]

GROUP = 16
"""Depths are multiples of this: most vector loops then have no rest."""


class Loops32(NamedTuple):
    """Panels of `LOOPS32`: one resident vector each, contiguous."""

    table: NDArray[np.int16]


class Loops64(NamedTuple):
    """Panels of `LOOPS64`, likewise."""

    table: NDArray[np.int32]


LOOPS32: Final = Kernel(
    name="loops32",
    panels=Loops32,
    streamed=np.dtype(np.int16),
    resident=np.dtype(np.int16),
    sums=np.dtype(np.int32),
    group=GROUP,
    width=1,
)
LOOPS64: Final = Kernel(
    name="loops64",
    panels=Loops64,
    streamed=np.dtype(np.int32),
    resident=np.dtype(np.int32),
    sums=np.dtype(np.int64),
    group=GROUP,
    width=1,
)


@compiled
def multiply_loops32(panels: Panels, tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Compute ``sums[v, r] = sum_k tile[v, k] * table[r, k]`` modulo 2**32."""
    table = panels.table.reshape(panels.table.shape[0], tile.shape[1])
    for v in range(tile.shape[0]):
        for r in range(table.shape[0]):
            total = np.int32(0)
            for k in range(tile.shape[1]):
                total = np.int32(total + np.int32(tile[v, k]) * np.int32(table[r, k]))
            sums[v, r] = total


@compiled
def multiply_loops64(panels: Panels, tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Compute ``sums[v, r] = sum_k tile[v, k] * table[r, k]`` modulo 2**64."""
    table = panels.table.reshape(panels.table.shape[0], tile.shape[1])
    for v in range(tile.shape[0]):
        for r in range(table.shape[0]):
            total = np.int64(0)
            for k in range(tile.shape[1]):
                total += np.int64(tile[v, k]) * np.int64(table[r, k])
            sums[v, r] = total
