"""Saturating accumulators in two vectors of 32-bit lanes: words into registers of up to 46 bits.

Sums of products of words leave 32 bits after a few of them, and vectors of 64-bit lanes hold half
as many and take longer. A total T is therefore kept as

``low``
    T modulo 2**32, to which VPDPWSSD adds all products of words, wrapping;
``high``
    about ``T / 2**16``, to which VPDPBUSD adds the products of the operands' upper bytes.

With ``a = 256*(u - FLIP) + al`` and ``w = 256*wh + wl``, al and wl in 0..255, the sum of a block is

    sum a*w = 2**16 * sum (u - FLIP)*wh  +  sum (256*(u - FLIP)*wl + al*w)

and its second part, which `high` lacks, is less than ``words * 2**24`` in magnitude. So
``T - 2**16 * high`` lies in int32 for blocks of up to `WORDS` words. Modulo 2**32 it is
``low - 2**16 * high``; so it is known. Its upper half is added to `high`, which is then
``floor(T / 2**16)``. The lowest 16 bits of a register's least and largest content are all 0 and all
1, if it has more bits than that: T leaves them just where `high` leaves their upper parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled, compiled_across
from qpim_emu.engine.fast.kernels.instructions import VNNI8, VNNI16
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.limb_blocks import (
    HALF_BITS,
    LANES,
    SLICES,
    VECTORS,
    saturate_block,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.saturating import Registers, Steps
    from qpim_emu.typing import IntArray

__all__ = ["LIMBS16", "WORDS", "limb_corrections", "saturate_limbs"]

FLIP: Final = 128
"""What is added to the upper byte of a streamed operand, so that it is unsigned."""

WORDS: Final = 127
"""Most operands of a block: ``127 * 2**24``, and ``2**17`` that `high` lacks besides, fit int32."""

GROUP: Final = 4
"""Operands of a group: two pairs of words, and four upper bytes."""

ROWS: Final = 4
"""Streamed vectors taken at once: of each of their sums three vectors stay in registers."""


class Limbs16(NamedTuple):
    """Panels of `LIMBS16`: of each group its two pairs of words, then its upper bytes."""

    table: NDArray[np.int8]


@compiled
def cut(rows: NDArray[np.int16], packed: NDArray[np.int8]) -> None:
    """Write pairs of words, and upper bytes; residents that there are not come out 0."""
    _, steps, _, width, group = packed.shape
    for r in range(packed.shape[0] * width):
        panel, lane = r // width, r % width
        for step in range(steps):
            for g in range(group):
                word = rows[r, step * group + g] if r < rows.shape[0] else np.int16(0)
                pair, byte = g // 2, 2 * (g % 2)
                packed[panel, step, pair, lane, byte] = np.int8(word & 255)
                packed[panel, step, pair, lane, byte + 1] = np.int8(word >> 8)
                packed[panel, step, 2, lane, g] = np.int8(word >> 8)


LIMBS16: Final = Kernel(
    name="limbs16",
    panels=Limbs16,
    streamed=np.dtype(np.int16),
    resident=np.dtype(np.int16),
    sums=np.dtype(np.int64),
    group=GROUP,
    width=VECTORS * LANES,
    slices=SLICES,
    cut=cut,
    features=tuple(sorted({*VNNI8.features, *VNNI16.features})),
)


def limb_corrections(table: IntArray, offset: int, words: int) -> NDArray[np.int32]:
    """What the sums of blocks lack in `high` and in `low`.

    Parameters
    ----------
    table
        Resident vectors ``[residents, K]`` of whole blocks.
    offset
        What was subtracted from streamed operands.
    words
        Operands of a block.

    Returns
    -------
    NDArray
        ``int32[blocks, 2, columns]``.
    """
    blocks = table.reshape(len(table), -1, words).astype(np.int64)
    lacking = offset * blocks.sum(axis=2)
    upper = (lacking >> HALF_BITS) - FLIP * (blocks >> 8).sum(axis=2)
    found = np.zeros((blocks.shape[1], 2, LIMBS16.columns(len(table))), np.int32)
    found[:, 0, : len(table)] = upper.T
    found[:, 1, : len(table)] = lacking.T.astype(np.int32)  # modulo 2**32
    return found


@compiled_across
def saturate_limbs(panels: Limbs16, tile: NDArray[Any], registers: Registers, steps: Steps) -> None:
    """Add block after block of ``tile[v, k] * table[r, k]`` to the registers, clipping each time.

    Parameters
    ----------
    panels, tile, registers
        As for `qpim_emu.engine.fast.kernels.stepping.saturate_vectors`.
    steps
        With `limb_corrections`.
    """
    vectors = tile.shape[0]
    upper = np.empty(tile.shape, np.uint8)
    for v in range(vectors):
        words, row = tile[v], upper[v]
        for k in range(words.shape[0]):
            row[k] = np.uint8((words[k] >> np.int16(8)) + np.int16(FLIP))
    many = vectors - vectors % ROWS
    for panel in range(panels.table.shape[0]):
        for row in range(0, many, ROWS):
            saturate_block(panels, (tile, upper), (registers, steps), ROWS, (row, panel))
        for row in range(many, vectors):
            saturate_block(panels, (tile, upper), (registers, steps), 1, (row, panel))
