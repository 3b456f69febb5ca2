"""Compiled last step of a product whose totals cannot leave their register: add the bias.

Sums arrive as exact integers in whatever type their kernel has; the addition is int64, and the
caller has proven that no total leaves the accumulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["add_biases"]


TILE = 32
"""Vectors turned at a time: what is read of one resident stays in the first-level cache."""


@compiled
def add_biases(sums: NDArray[Any], biases: IntArray, out: IntArray) -> None:
    """Write ``sums.T + biases`` to `out`.

    Parameters
    ----------
    sums
        Integers ``[vectors, residents]`` of any numeric type.
    biases
        ``int64[residents, 1]`` or ``int64[1, vectors]``; where both are 1, either.
    out
        ``int64[residents, vectors]``.
    """
    of_resident, of_vector = int(biases.shape[0] > 1), int(biases.shape[1] > 1)
    for begun in range(0, sums.shape[0], TILE):
        past = min(sums.shape[0], begun + TILE)
        for r in range(sums.shape[1]):
            row = biases[r * of_resident]
            read, written = sums[begun:past, r], out[r, begun:past]
            for v in range(past - begun):
                written[v] = np.int64(read[v]) + row[(begun + v) * of_vector]
